use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// Two objects contradict each other about the mesh, so neither is used.
    ///
    /// # What it does
    ///
    /// It compares all objects of the input that describe the same namespace, revision or mesh.
    ///
    /// # Why it is bad
    ///
    /// The manifests of two clusters in one input look like one mesh. The input does not show which of the two a pod
    /// belongs to, so neither object is used.
    ///
    /// # Example
    ///
    /// Two ConfigMaps `istio-system/istio` with different values of `terminationDrainDuration`.
    ///
    /// # Remedy
    ///
    /// Run over the manifests of one cluster at a time, or state the value in `mesh` or `namespaces` of the policy.
    ///
    /// # What fix does
    ///
    /// It plans as if neither object were there.
    ///
    /// # Source
    ///
    /// istio-drain's own rule
    "mesh-contradiction", Warning, Certain, Advice
}

/// This object and the other one differ in `what`.
pub(crate) fn found(other: &dyn Display, what: &dyn Display) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("this and the {other} differ in {what}, so neither is used"),
        "run over the manifests of one cluster at a time, or state the value in `mesh` or `namespaces` of the policy",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_object_is_named() {
        let message = found(&"ConfigMap istio-system/istio", &"terminationDrainDuration").message;
        assert_eq!(
            message,
            "this and the ConfigMap istio-system/istio differ in terminationDrainDuration, so neither is used"
        );
    }
}
