use super::{Finding, Severity, Subject};

rule! {
    /// A classic sidecar keeps a pod from completing.
    ///
    /// # Why it is bad
    ///
    /// A Job is complete when all containers have exited, and a classic istio-proxy never does by itself. Native
    /// sidecars are not waited for.
    ///
    /// # Source
    ///
    /// kubernetes/kubernetes issue 25908; kubernetes/enhancements KEP-753
    "classic-proxy-keeps-job", Warning, Certain, Policy("sidecar")
}

/// The sidecar is known to be classic.
pub(crate) fn classic() -> Finding {
    RULE.found(
        Subject::Workload,
        "the pods run to completion, and a classic sidecar goes on when the app has ended, so they never complete",
        REMEDY,
    )
}

/// The sidecar may be classic.
pub(crate) fn if_classic() -> Finding {
    let message = "the pods run to completion, and a classic sidecar would go on when the app has ended";
    RULE.found(Subject::Workload, message, REMEDY).at(Severity::Info).assuming("the sidecar is classic")
}

const REMEDY: &str =
    "use native sidecars (say so by `sidecar: native`), or let the app call the agent's /quitquitquit at its end";
