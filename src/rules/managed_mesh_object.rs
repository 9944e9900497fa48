use super::{Finding, Subject};

rule! {
    /// An object of the mesh is edited that something else writes again.
    ///
    /// # What it does
    ///
    /// It looks for labels, annotations and ownerReferences of installers on each object that `writeMesh` changes:
    /// those of Helm, istioctl, operators, Flux and Argo CD.
    ///
    /// # Why it is bad
    ///
    /// The next installation or reconciliation overwrites the object, and what was written is gone without a word.
    ///
    /// # Example
    ///
    /// ```yaml
    /// kind: ConfigMap
    /// metadata:
    ///   name: istio
    ///   annotations: {meta.helm.sh/release-name: istiod}
    /// ```
    ///
    /// # Remedy
    ///
    /// Set the values that the finding lists where the installer takes them from.
    ///
    /// # What fix does
    ///
    /// It edits the object all the same: behind a renderer it is the last word.
    ///
    /// # Source
    ///
    /// `manifests/charts/istio-control/istio-discovery/templates/configmap.yaml` of istio/istio; Helm's
    /// `pkg/action/validate.go` (`meta.helm.sh/release-name`); argo-cd `docs/user-guide/resource_tracking.md`
    "managed-mesh-object", Warning, Certain, Advice
}

/// `owner` writes the object; what was written stands in `source`, as `values`.
pub(crate) fn found(owner: &str, source: &str, values: &str) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("{owner} writes this object, and overwrites what is changed in it"),
        format!("edit {source} instead: {values}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_and_its_values_are_named() {
        let found = found("the Helm release istiod", "its values", "meshConfig.a: 1");
        assert_eq!(found.message, "the Helm release istiod writes this object, and overwrites what is changed in it");
        assert_eq!(found.remedy, "edit its values instead: meshConfig.a: 1");
    }
}
