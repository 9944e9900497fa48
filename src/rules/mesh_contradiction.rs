use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// Two objects contradict each other about the mesh, so neither is used.
    ///
    /// # Why it is bad
    ///
    /// The manifests of two clusters in one input look like one mesh, and which of the two a pod is for can't be seen.
    "mesh-contradiction", Warning, Certain, Policy("mesh")
}

/// This object and the other one differ in `what`.
pub(crate) fn found(other: &dyn Display, what: &dyn Display) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("this and the {other} differ in {what}, so neither is used"),
        "run over the manifests of one cluster at a time, or declare the value in the policy's `mesh` or `namespaces`",
    )
}
