use super::{Finding, Subject};

rule! {
    /// `preStop: sleep` has no app hook of known length to wait for, so the drain hook is used instead.
    "sleep-without-length", Info, Certain, Policy("preStopEstimate")
}

/// How long the hooks take is not known.
pub(crate) fn unknown() -> Finding {
    RULE.found(
        Subject::Workload,
        "preStop: sleep needs to know how long the preStop hooks of the apps take: the drain hook is used instead",
        "set preStopEstimate to the longest they may take",
    )
}

/// There are no hooks.
pub(crate) fn nothing_to_wait_for() -> Finding {
    RULE.found(
        Subject::Workload,
        "preStop: sleep waits for the preStop hooks of the apps and there are none: the drain hook is used instead",
        "",
    )
}
