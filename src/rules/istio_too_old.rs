use crate::istio::Feature;
use crate::kubernetes::Release;

use super::{Finding, Remedy, Subject};

rule! {
    /// The Istio release of the target is too old for some of the edits.
    ///
    /// # What it does
    ///
    /// It compares `target.istio` with two releases: the first that merges an istio-proxy container into the sidecar,
    /// and the first that knows `terminationDrainDuration`.
    ///
    /// # Why it is bad
    ///
    /// An older injector does not merge the container. The pod then has two containers with that name and is rejected.
    /// An older agent ignores the drain duration.
    ///
    /// # Example
    ///
    /// `target: {istio: "1.8"}`
    ///
    /// # Remedy
    ///
    /// Upgrade Istio, or use `preStop: none`.
    ///
    /// # What fix does
    ///
    /// It writes no hook if the container would not be merged.
    ///
    /// # Source
    ///
    /// istio/istio#29374 (merging of containers); istio/api `mesh/v1alpha1/proxy.proto` (`terminationDrainDuration`)
    "istio-too-old", Warning, Certain, Policy("target.istio")
}

/// An override is not merged, so no hook is written.
pub(crate) fn no_override(release: Release) -> Finding {
    RULE.found(
        Subject::Workload,
        format!(
            "Istio {release} does not merge an istio-proxy container into its own (needs {}): no hook is written",
            Feature::OverrideMerge.since()
        ),
        "use preStop: none, or upgrade Istio",
    )
    .by(Remedy::Policy("preStop"))
}

/// There is no drain duration.
pub(crate) fn no_drain(release: Release) -> Finding {
    let since = Feature::TerminationDrainDuration.since();
    let message = format!("Istio {release} does not know terminationDrainDuration (needs {since})");
    RULE.found(Subject::ProxyConfig, message, "upgrade Istio")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_release_is_named() {
        assert!(no_override(Release::new(1, 8)).message.starts_with("Istio 1.8 does not merge"));
        assert!(no_drain(Release::new(1, 6)).message.contains("(needs 1."));
    }
}
