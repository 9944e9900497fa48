use crate::istio::ProxyEnd;
use crate::kubernetes::Seconds;

use super::ends_proxy_early::ended;
use super::{Finding, HookOwner};

rule! {
    /// The preStop hook of a native sidecar ends the proxy before the apps, and nothing starts it again.
    ///
    /// # Why it is bad
    ///
    /// The kubelet runs the hooks of all containers at once, and sends SIGTERM to a native sidecar only when the apps
    /// are gone. A hook that ends the proxy ends the pod's network for the rest of the shutdown.
    ///
    /// # Source
    ///
    /// kubernetes/enhancements KEP-753
    "hook-kills-native-proxy", Warning, Certain, Policy("replaceHooks")
}

/// The hook ends the proxy by `by` after the time `after`, and it is needed for `until`.
pub(crate) fn found(owner: HookOwner, by: ProxyEnd, after: Seconds, until: Seconds) -> Finding {
    let (message, remedy) = ended(owner, by, after, until);
    RULE.found(owner.subject(), message, remedy)
}

/// The SIGTERM hook, which is harmless on a classic sidecar. The proxy ends after the time `lasting`.
pub(crate) fn if_native(owner: HookOwner, lasting: Seconds) -> Finding {
    let finding = RULE.found(
        owner.subject(),
        format!(
            "whether the sidecar is native is not known, and on a native one the SIGTERM hook ends the proxy after \
             {lasting}, even if the apps still run"
        ),
        "set sidecar: classic if that is what the mesh injects, or use preStop: drain",
    );
    finding.assuming("the sidecar is native")
}
