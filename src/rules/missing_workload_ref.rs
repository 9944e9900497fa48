use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// The workload that a `workloadRef` names is not in the input.
    ///
    /// # Why it is bad
    ///
    /// A Rollout may have its pod template in another workload, and that one has to be edited.
    "missing-workload-ref", Warning, Certain, Advice
}

pub(crate) fn found(workload: &dyn Display) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("`workloadRef` names {workload}, which is not in the input, so its pods are not edited"),
        "run over the manifest of that workload, too",
    )
}
