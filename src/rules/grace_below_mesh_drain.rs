use crate::istio::SettingOrigin;
use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// The grace period of the pod is shorter than the mesh's drain.
    ///
    /// # What it does
    ///
    /// A check compares `terminationGracePeriodSeconds` of the workload as it is with the mesh's
    /// `terminationDrainDuration`.
    ///
    /// # Why it is bad
    ///
    /// A classic proxy drains for the whole time that the mesh states. The kubelet kills it, and the apps, when the
    /// grace period is over, with the requests that they still have.
    ///
    /// # Example
    ///
    /// `terminationDrainDuration: 60s` in `meshConfig.defaultConfig`, and a workload with the default of 30 seconds.
    ///
    /// # Remedy
    ///
    /// Raise the grace period above the drain.
    ///
    /// # What fix does
    ///
    /// It raises the grace period.
    ///
    /// # Source
    ///
    /// istio/istio `pkg/envoy/agent.go` (`terminate`), which always waits for the whole drain duration
    "grace-below-mesh-drain", Info, Certain, Advice
}

/// `origin` lets the proxy drain for `drain`, and the grace period is `grace`.
pub(crate) fn found(grace: Seconds, drain: Seconds, origin: &SettingOrigin) -> Finding {
    RULE.found(
        Subject::GracePeriod,
        format!("the grace period of {grace} ends before the {drain} that {origin} lets the proxy drain"),
        "raise it above the drain, as `istio-drain fix` does",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_numbers_are_named() {
        let message = found(Seconds::new(30), Seconds::new(60), &SettingOrigin::Declared).message;
        assert_eq!(
            message,
            "the grace period of 30s ends before the 60s that the policy's `mesh` lets the proxy drain"
        );
    }
}
