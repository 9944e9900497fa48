use crate::istio::ProxyEnd;
use crate::kubernetes::Seconds;

use super::{Finding, HookOwner};

rule! {
    /// The preStop hook of a classic istio-proxy makes the proxy exit while the apps still run.
    ///
    /// # Why it is bad
    ///
    /// Without the proxy the pod has no network: open requests fail, and so do the app's own calls.
    "ends-proxy-early", Warning, Certain, Policy("replaceHooks")
}

/// The hook ends the proxy by `by` after the time `after`, and it is needed for `until`.
pub(crate) fn found(owner: HookOwner, by: ProxyEnd, after: Seconds, until: Seconds) -> Finding {
    let (message, remedy) = ended(owner, by, after, until);
    RULE.found(owner.subject(), message, remedy)
}

/// What is said of hooks that end the proxy, and what to do about them.
pub(super) fn ended(owner: HookOwner, by: ProxyEnd, after: Seconds, until: Seconds) -> (String, &'static str) {
    let how = match by {
        ProxyEnd::AgentDrain => "tells the agent to drain, so that it exits as soon as SIGTERM follows",
        ProxyEnd::AgentQuit | ProxyEnd::EnvoyQuit => "tells the proxy to quit",
        ProxyEnd::Signal => "sends the agent its signal to end, and nothing starts it again",
    };
    let remedy = match owner {
        HookOwner::Mesh => "remove the hook from the mesh's `global.proxy.lifecycle`",
        HookOwner::Foreign => "remove the hook, or set replaceHooks",
        HookOwner::New | HookOwner::Present => "use preStop: drain",
    };
    let hook = "the preStop hook of istio-proxy";
    (format!("{hook} {how}: the proxy may be gone after {after}, and is needed for {until}"), remedy)
}
