use super::{Finding, Subject};

rule! {
    /// The mesh config lacks what the policy asks for.
    ///
    /// # What it does
    ///
    /// With `writeMesh: true` it makes the plan that `fix` would make of each object of the mesh.
    ///
    /// # Why it is bad
    ///
    /// Proxies drain for as long as the mesh says, unless their pods say otherwise. Pods without an annotation lose
    /// what takes longer.
    ///
    /// # Example
    ///
    /// A mesh without `terminationDrainDuration`, and a policy with `drain: 40s`.
    ///
    /// # Remedy
    ///
    /// Run `istio-drain fix` with `writeMesh: true` over it.
    ///
    /// # What fix does
    ///
    /// It writes the settings that the finding names.
    ///
    /// # Source
    ///
    /// istio/api `mesh/v1alpha1/proxy.proto` (`terminationDrainDuration`, 5s by default)
    "mesh-not-drained", Error, Certain, Edit
}

/// The changes, as a list, are missing.
pub(crate) fn found(changes: &str) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("the mesh lacks what the policy asks for: {changes}"),
        "`istio-drain fix` with writeMesh writes it",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_changes_are_named() {
        assert!(found("terminationDrainDuration 40s").message.ends_with(": terminationDrainDuration 40s"));
    }
}
