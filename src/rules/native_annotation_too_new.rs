use crate::istio::Feature;
use crate::kubernetes::Release;

use super::{Finding, Remedy, Subject};

rule! {
    /// Pinning the sidecar mode needs Istio 1.24, and Kubernetes 1.29 for native sidecars.
    ///
    /// # What it does
    ///
    /// It compares `target` with the first releases that read the annotation `sidecar.istio.io/nativeSidecar` and that
    /// run native sidecars.
    ///
    /// # Why it is bad
    ///
    /// An older Istio ignores the annotation. An older Kubernetes waits for an init container that never exits, and no
    /// app starts.
    ///
    /// # Example
    ///
    /// `pinSidecar: true` with `target: {istio: "1.22"}`.
    ///
    /// # Remedy
    ///
    /// Upgrade, or leave `pinSidecar` out.
    ///
    /// # What fix does
    ///
    /// It does not write the annotation.
    ///
    /// # Source
    ///
    /// istio/api `annotation/annotations.yaml`; kubernetes/enhancements KEP-753
    "native-annotation-too-new", Warning, Certain, Policy("target.istio")
}

/// Istio is too old to read the annotation.
pub(crate) fn for_istio(release: Release) -> Finding {
    RULE.found(
        Subject::Workload,
        format!(
            "Istio {release} does not read the annotation sidecar.istio.io/nativeSidecar (needs {}), so it is not \
             written",
            Feature::NativeAnnotation.since()
        ),
        "upgrade Istio, or leave pinSidecar out",
    )
    .by(Remedy::Policy("pinSidecar"))
}

/// Kubernetes is too old for native sidecars.
pub(crate) fn for_nodes(release: Release) -> Finding {
    RULE.found(
        Subject::Workload,
        format!(
            "Kubernetes {release} does not run native sidecars (needs {}), and with the annotation no app would start, \
             so it is not written",
            Feature::SidecarContainers.since()
        ),
        "set sidecar: classic, or upgrade Kubernetes",
    )
    .by(Remedy::Policy("sidecar"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_is_named() {
        assert!(for_istio(Release::new(1, 22)).message.contains("Istio 1.22"));
        assert!(for_nodes(Release::new(1, 27)).message.contains("(needs 1.29)"));
    }
}
