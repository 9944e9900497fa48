use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// A new pod has to wait until the proxy of the old one has exited.
    ///
    /// # What it does
    ///
    /// It looks at kinds and strategies that replace pods one after the other: StatefulSet, DaemonSet, `strategy:
    /// Recreate`. A classic proxy always waits for its whole drain duration.
    ///
    /// # Why it is bad
    ///
    /// A rollout takes that much longer for each pod. If there is only one pod, nothing serves in the meantime.
    ///
    /// # Example
    ///
    /// A Deployment with `strategy: {type: Recreate}` and a drain duration of 28s.
    ///
    /// # Remedy
    ///
    /// Set `preStop: wait`, with which the proxy exits together with the apps. Or set `cover: 0s`, which keeps the
    /// drain duration as short as the apps need.
    ///
    /// # What fix does
    ///
    /// It writes what the policy says.
    ///
    /// # Source
    ///
    /// istio/istio `pkg/envoy/agent.go` (`terminate`); Kubernetes, StatefulSet Basics and DaemonSet rolling updates
    "drain-lengthens-downtime", Info, Likely("the sidecar is classic"), Policy("preStop")
}

/// `why` a new pod waits; the proxy stays for `stays`, and the apps need `needed` of it.
pub(crate) fn found(why: &str, stays: Seconds, needed: Seconds) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("{why}: the proxy stays for {stays}, and the apps need {needed} of it"),
        "set preStop to `wait`, or cover to 0s, if rollouts or restarts take too long",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_times_are_named() {
        let found = found("a DaemonSet starts a new pod when the old one has gone", Seconds::new(28), Seconds::new(10));
        assert!(found.message.ends_with("the proxy stays for 28s, and the apps need 10s of it"));
    }
}
