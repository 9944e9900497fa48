use crate::istio::Feature;
use crate::kubernetes::Release;

use super::{Finding, Subject};

rule! {
    /// The Istio of the target is too old for a part of what is written.
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
}

/// There is no drain duration.
pub(crate) fn no_drain(release: Release) -> Finding {
    let since = Feature::TerminationDrainDuration.since();
    let message = format!("Istio {release} does not know terminationDrainDuration (needs {since})");
    RULE.found(Subject::ProxyConfig, message, "upgrade Istio")
}
