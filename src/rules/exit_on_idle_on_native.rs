use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// Exit on idle has no effect on a native sidecar, and may even hold the pod.
    ///
    /// # What it does
    ///
    /// It looks for `exitOnIdle`, or the setting itself, in pods whose sidecar is or may be native. A native proxy
    /// exits when the apps are gone.
    ///
    /// # Why it is bad
    ///
    /// The setting has no effect. If a hook of istio-drain replaced Istio's own, the agent waits for its minimum time
    /// after the apps are gone, and the pod stays that long.
    ///
    /// # Example
    ///
    /// `exitOnIdle: true` in a mesh whose sidecars are native.
    ///
    /// # Remedy
    ///
    /// Leave `exitOnIdle` out for native sidecars. If the mode is not known, set `sidecar`.
    ///
    /// # What fix does
    ///
    /// It writes nothing for exit on idle if the sidecar is known to be native.
    ///
    /// # Source
    ///
    /// istio/istio `pkg/envoy/agent.go` (`terminate`), istio/istio#47226
    "exit-on-idle-on-native", Info, Certain, Policy("sidecar")
}

/// The sidecar is known to be native.
pub(crate) fn native() -> Finding {
    RULE.found(
        Subject::Workload,
        "exitOnIdle has no effect on a native sidecar, which ends when the apps are gone: nothing is written for it",
        "leave it out for native sidecars",
    )
}

/// The sidecar may be native. Its agent then waits for `minimum`.
pub(crate) fn if_native(minimum: Seconds) -> Finding {
    let finding = RULE.found(
        Subject::Workload,
        format!(
            "if the sidecar is native, the pod stays for MINIMUM_DRAIN_DURATION {minimum} after the apps have gone, \
             or until its grace period is over"
        ),
        "set sidecar to classic or native",
    );
    finding.assuming("the sidecar is native")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_mode_is_an_assumption() {
        assert_eq!(native().confidence().assumption(), None);
        let unknown = if_native(Seconds::new(45));
        assert_eq!(unknown.confidence().assumption(), Some("the sidecar is native"));
        assert!(unknown.message.contains("MINIMUM_DRAIN_DURATION 45s"), "{}", unknown.message);
    }
}
