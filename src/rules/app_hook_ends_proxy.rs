use crate::istio::{Feature, ProxyEnd};
use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// The preStop hook of an app ends istio-proxy while the app still needs it.
    ///
    /// # What it does
    ///
    /// It looks for commands in the preStop hooks of the apps that make istio-proxy exit: a request to `quitquitquit`
    /// or `drain` of the agent, to `quitquitquit` of Envoy, or a signal.
    ///
    /// # Why it is bad
    ///
    /// The app gets SIGTERM only after its hook. From then on it has no network: open requests fail, and so do its own
    /// calls. Up to Istio 1.25 `quitquitquit` on port 15020 drains for the drain duration first. From 1.26 on the proxy
    /// exits at once. On port 15000 it always exits at once.
    ///
    /// # Example
    ///
    /// ```yaml
    /// preStop:
    ///   exec:
    ///     command: ["sh", "-c", "sleep 8; curl -X POST http://localhost:15020/quitquitquit"]
    /// ```
    ///
    /// # Remedy
    ///
    /// Remove the call from the hook: when a pod ends, the kubelet ends its proxy. The call is meant for Jobs, whose
    /// main command may make it at its very end.
    ///
    /// # What fix does
    ///
    /// It writes what the pod needs, and leaves the hook of the app as it is.
    ///
    /// # Source
    ///
    /// istio/istio#55424; istio/istio `pilot/cmd/pilot-agent/status/server.go`, `pkg/envoy/agent.go`
    "app-hook-ends-proxy", Warning, Certain, Advice
}

/// The hook of `container` ends the proxy in the way `by`. The proxy may be gone after the time `gone`, and is needed
/// until `until`. `quits_at_once` says whether the release exits at once on `quitquitquit`, if the release is known.
pub(crate) fn found(
    container: &str,
    by: ProxyEnd,
    [gone, until]: [Seconds; 2],
    quits_at_once: Option<bool>,
) -> Finding {
    let since = Feature::QuitAtOnce.since();
    let how = match (by, quits_at_once) {
        (ProxyEnd::AgentDrain, _) => {
            "tells the agent of istio-proxy to drain, so that it exits as soon as SIGTERM comes".to_owned()
        }
        (ProxyEnd::AgentQuit, Some(true)) => "tells the agent of istio-proxy to quit, which it does at once".to_owned(),
        (ProxyEnd::AgentQuit, Some(false)) => {
            "tells the agent of istio-proxy to quit, which it does after its drain".to_owned()
        }
        (ProxyEnd::AgentQuit, None) => {
            format!("tells the agent of istio-proxy to quit, which it does at once from Istio {since} on")
        }
        (ProxyEnd::EnvoyQuit, _) => "ends Envoy at once".to_owned(),
        (ProxyEnd::Signal, _) => "sends the agent of istio-proxy its signal to end".to_owned(),
    };
    let finding = RULE.found(
        Subject::AppHook(container.to_owned()),
        format!(
            "the preStop hook of container `{container}` {how}: the proxy may be gone after {gone}, and is needed for \
             {until}"
        ),
        REMEDY,
    );
    match by {
        ProxyEnd::AgentDrain | ProxyEnd::AgentQuit => {
            finding.assuming("the agent still listens on port 15020, which it stops at SIGTERM")
        }
        ProxyEnd::EnvoyQuit | ProxyEnd::Signal => finding,
    }
}

/// The agent refuses the request, so the hook does nothing.
pub(crate) fn refused(container: &str) -> Finding {
    RULE.found(
        Subject::AppHook(container.to_owned()),
        format!(
            "the preStop hook of container `{container}` asks istio-proxy to exit, but the agent refuses: it accepts \
             such requests only by POST and from within the pod"
        ),
        REMEDY,
    )
}

const REMEDY: &str = "remove the call from the hook, since the proxy ends with its pod";

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: [Seconds; 2] = [Seconds::new(8), Seconds::new(13)];

    #[test]
    fn what_quitting_means_depends_on_the_release() {
        let how = |at_once| found("web", ProxyEnd::AgentQuit, TIMES, at_once).message;
        assert!(
            how(Some(true)).contains("which it does at once: the proxy may be gone after 8s"),
            "{}",
            how(Some(true))
        );
        assert!(how(Some(false)).contains("after its drain"), "{}", how(Some(false)));
        assert!(how(None).contains("at once from Istio 1.26 on"), "{}", how(None));
    }

    #[test]
    fn what_goes_through_the_agent_assumes_that_it_listens() {
        assert!(found("web", ProxyEnd::AgentDrain, TIMES, None).confidence().assumption().is_some());
        assert_eq!(found("web", ProxyEnd::Signal, TIMES, None).confidence().assumption(), None);
    }

    #[test]
    fn a_refused_request_has_the_same_remedy() {
        assert_eq!(refused("web").remedy, found("web", ProxyEnd::EnvoyQuit, TIMES, None).remedy);
    }
}
