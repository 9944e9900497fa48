use super::{Finding, Subject};

rule! {
    /// `kill` can't reach the agent in a shared process namespace: PID 1 is the pause container there.
    ///
    /// # What it does
    ///
    /// The drain hook is used where `preStop: sigterm` is set.
    ///
    /// # Source
    ///
    /// <https://kubernetes.io/docs/tasks/configure-pod-container/share-process-namespace/>
    "shared-process-namespace", Info, Certain, Policy("preStop")
}

pub(crate) fn found() -> Finding {
    RULE.found(
        Subject::Workload,
        "shareProcessNamespace is true, so `kill` can't reach the agent: the drain hook is used instead of SIGTERM",
        "",
    )
}
