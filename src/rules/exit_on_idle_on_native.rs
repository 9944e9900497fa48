use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// Exit on idle has no effect on a native sidecar, and may even hold the pod.
    ///
    /// # What it does
    ///
    /// A native proxy ends when the apps are gone, so nothing is written for it. Where a hook of this tool replaced the
    /// one of Istio, the agent waits for its minimum after them.
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

/// The sidecar may be native; its agent waits for `minimum`.
pub(crate) fn if_native(minimum: Seconds) -> Finding {
    let finding = RULE.found(
        Subject::Workload,
        format!(
            "should the sidecar be native, the pod lingers for MINIMUM_DRAIN_DURATION {minimum} after the apps have \
             gone, or until its grace period is over"
        ),
        "say which kind of sidecar it is by `sidecar`",
    );
    finding.assuming("the sidecar is native")
}
