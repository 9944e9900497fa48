use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// The workload that a `workloadRef` names is not in the input.
    ///
    /// # What it does
    ///
    /// It looks in the input for the workload that an Argo Rollout refers to.
    ///
    /// # Why it is bad
    ///
    /// Such a Rollout has no pod template of its own. Its pods are made from that workload, so nothing is written for
    /// them.
    ///
    /// # Example
    ///
    /// ```yaml
    /// kind: Rollout
    /// spec:
    ///   workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    /// ```
    ///
    /// # Remedy
    ///
    /// Add the manifest of that workload to the input.
    ///
    /// # What fix does
    ///
    /// Nothing: the Rollout stays as it is.
    ///
    /// # Source
    ///
    /// <https://argo-rollouts.readthedocs.io/en/stable/migrating/> (`workloadRef`)
    "missing-workload-ref", Warning, Certain, Advice
}

pub(crate) fn found(workload: &dyn Display) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("`workloadRef` names {workload}, which is not in the input, so its pods are not edited"),
        "add the manifest of that workload to the input",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workload_is_named() {
        assert!(found(&"Deployment web").message.starts_with("`workloadRef` names Deployment web, which is not"));
    }
}
