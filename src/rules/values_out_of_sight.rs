use super::{Finding, Subject};

rule! {
    /// An object of the mesh has values from elsewhere, which can't be seen.
    ///
    /// # What it does
    ///
    /// It looks for `valuesFrom` and `valuesFiles` of a HelmRelease, and for `valueFiles` and `fileParameters` of an
    /// Argo CD Application, where the object installs istiod and states no drain itself. A ConfigMap of `valuesFrom`
    /// that is in the input is read. A Secret never is.
    ///
    /// # Why it is bad
    ///
    /// The drain of the mesh may stand there. It counts as unknown, so a workload may get an annotation that it does
    /// not need, or a grace period that is too short for the mesh.
    ///
    /// # Example
    ///
    /// ```yaml
    /// kind: HelmRelease
    /// spec:
    ///   chart: {spec: {chart: istiod}}
    ///   valuesFrom:
    ///   - {kind: ConfigMap, name: mesh-values}
    /// ```
    ///
    /// # Remedy
    ///
    /// Look there, and state the drain: as `mesh.terminationDrainDuration` of the policy, or in the values of the
    /// object, which win over `valuesFrom` and files.
    ///
    /// # What fix does
    ///
    /// It takes the drain of the mesh for unknown. With `writeMesh: true` it writes its own drain into the values of
    /// the object, so a longer one elsewhere no longer counts.
    ///
    /// # Source
    ///
    /// fluxcd/pkg `chartutil/values.go` (`ChartValuesFromReferences`); argoproj/argo-cd `docs/user-guide/helm.md`
    /// (`parameters > valuesObject > values > valueFiles`)
    "values-out-of-sight", Info, Certain, Policy("mesh")
}

/// `field` names the values.
pub(crate) fn found(field: &str) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("`{field}` names values that can't be seen here, so the drain of the mesh is unknown"),
        "look there, and state it as mesh.terminationDrainDuration in the policy, or in the values of this object",
    )
}
