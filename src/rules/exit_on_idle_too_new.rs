use crate::istio::Feature;
use crate::kubernetes::Release;

use super::{Finding, Remedy, Severity, Subject};

rule! {
    /// Exit on idle needs Istio 1.12.
    ///
    /// # What it does
    ///
    /// It compares `target.istio` with the first release that knows `EXIT_ON_ZERO_ACTIVE_CONNECTIONS`.
    ///
    /// # Why it is bad
    ///
    /// An older agent ignores the variable. The drain duration decides how long the proxy stays, and that may be too
    /// short.
    ///
    /// # Example
    ///
    /// `exitOnIdle: true` with `target: {istio: "1.11"}`.
    ///
    /// # Remedy
    ///
    /// Upgrade Istio, or leave exit on idle out.
    ///
    /// # What fix does
    ///
    /// It refuses to edit the workload if the policy asks for exit on idle. If the manifest or the mesh sets it, `fix`
    /// writes the drain duration.
    ///
    /// # Source
    ///
    /// istio/istio#34855; istio/istio `pkg/envoy/agent.go`
    "exit-on-idle-too-new", Warning, Certain, Policy("exitOnIdle")
}

/// `is_asked_for`: the policy asks for it, not the manifest or the mesh.
pub(crate) fn found(release: Release, is_asked_for: bool) -> Finding {
    let finding = RULE.found(
        Subject::ProxyConfig,
        format!(
            "Istio {release} does not know EXIT_ON_ZERO_ACTIVE_CONNECTIONS (needs {}): terminationDrainDuration \
             decides how long the proxy stays",
            Feature::ExitOnIdle.since()
        ),
        "upgrade Istio, or leave exit on idle out",
    );
    if is_asked_for { finding.at(Severity::Error) } else { finding.by(Remedy::Advice) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_where_the_policy_asks_for_it() {
        let release = Release::new(1, 11);
        assert_eq!(found(release, true).severity, Severity::Error);
        assert_eq!(found(release, false).severity, Severity::Warning);
        assert!(found(release, true).message.contains("(needs 1.12)"));
    }
}
