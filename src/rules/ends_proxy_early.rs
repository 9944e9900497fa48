use crate::istio::ProxyEnd;
use crate::kubernetes::Seconds;

use super::{Finding, HookOwner};

rule! {
    /// The preStop hook of a classic istio-proxy makes the proxy exit while the apps still run.
    ///
    /// # What it does
    ///
    /// It looks at what the hook of istio-proxy does: a request to `quitquitquit` or `drain` of the agent, to
    /// `quitquitquit` of Envoy, or a signal to the agent. It compares the end of the proxy with the end of the apps.
    ///
    /// # Why it is bad
    ///
    /// Without the proxy the pod has no network: open requests fail, and so do the app's own calls.
    ///
    /// # Example
    ///
    /// ```yaml
    /// - name: istio-proxy
    ///   image: auto
    ///   lifecycle:
    ///     preStop:
    ///       exec:
    ///         command: ["pilot-agent", "request", "POST", "drain"]
    /// ```
    ///
    /// # Remedy
    ///
    /// Remove the hook, or set `replaceHooks`.
    ///
    /// # What fix does
    ///
    /// It keeps the hook, unless `replaceHooks` is set.
    ///
    /// # Source
    ///
    /// istio/istio `pkg/envoy/agent.go` (`terminate`): after a drain by request, the agent exits as soon as it gets
    /// SIGTERM
    "ends-proxy-early", Warning, Certain, Policy("replaceHooks")
}

/// The hook ends the proxy in the way `by`, after the time `after`. The proxy is needed until `until`.
pub(crate) fn found(owner: HookOwner, by: ProxyEnd, after: Seconds, until: Seconds) -> Finding {
    let (message, remedy) = ended(owner, by, after, until);
    RULE.found(owner.subject(), message, remedy).of_hook(owner)
}

/// The message and the remedy for hooks that end the proxy.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_both_times() {
        let [after, until] = [Seconds::new(0), Seconds::new(45)];
        let found = found(HookOwner::Foreign, ProxyEnd::AgentDrain, after, until);
        assert!(found.message.ends_with("the proxy may be gone after 0s, and is needed for 45s"), "{}", found.message);
        assert_eq!(found.remedy, "remove the hook, or set replaceHooks");
    }
}
