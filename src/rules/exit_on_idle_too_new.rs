use crate::istio::Feature;
use crate::kubernetes::Release;

use super::{Finding, Severity, Subject};

rule! {
    /// Exit on idle needs Istio 1.12.
    ///
    /// # Source
    ///
    /// istio/istio#34855, `pkg/envoy/agent.go`
    "exit-on-idle-too-new", Warning, Certain, Policy("exitOnIdle")
}

/// `is_asked_for` says that the policy asks for it, not the manifest or the mesh.
pub(crate) fn found(release: Release, is_asked_for: bool) -> Finding {
    let finding = RULE.found(
        Subject::ProxyConfig,
        format!(
            "Istio {release} does not know EXIT_ON_ZERO_ACTIVE_CONNECTIONS (needs {}): terminationDrainDuration decides \
             how long the proxy stays",
            Feature::ExitOnIdle.since()
        ),
        "upgrade Istio, or leave exit on idle out",
    );
    if is_asked_for { finding.at(Severity::Error) } else { finding }
}
