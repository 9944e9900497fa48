use super::{Finding, Subject};

rule! {
    /// `pinSidecar` needs a declared sidecar mode.
    "pin-without-mode", Warning, Certain, Policy("sidecar")
}

pub(crate) fn found() -> Finding {
    RULE.found(
        Subject::Workload,
        "pinSidecar writes the declared mode of the sidecar, and none is declared",
        "set sidecar: classic or sidecar: native",
    )
}
