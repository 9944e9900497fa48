use crate::istio::{Feature, ProxyEnd};
use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// The preStop hook of an app ends istio-proxy while the app still needs it.
    ///
    /// # Why it is bad
    ///
    /// The app gets SIGTERM only after its hook, and has no network from then on: requests that are open fail, and so do
    /// its own calls. Up to Istio 1.25 `quitquitquit` on port 15020 drains for the drain duration first; from 1.26 on the
    /// proxy goes at once. On port 15000 it always goes at once.
    ///
    /// # Remedy
    ///
    /// Take the call out of the hook: when a pod ends, the kubelet ends its proxy. The call is made for Jobs, whose main
    /// command may make it as the last thing that it does.
    ///
    /// # Source
    ///
    /// istio/istio#55424, `pilot/cmd/pilot-agent/status/server.go`, `pkg/envoy/agent.go`
    "app-hook-ends-proxy", Warning, Certain, Advice
}

/// The hook of `container` ends the proxy by `by`: it may be gone after the time `gone`, and is needed for `until`.
/// `quits_at_once` says what the release makes of `quitquitquit`, where it is known.
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
            "the preStop hook of container `{container}` {how}: the proxy may be gone after {gone}, and is needed for {until}"
        ),
        "take the call out of the hook: the proxy ends with its pod",
    );
    match by {
        ProxyEnd::AgentDrain | ProxyEnd::AgentQuit => {
            finding.assuming("the agent still listens on port 15020, which it stops at SIGTERM")
        }
        ProxyEnd::EnvoyQuit | ProxyEnd::Signal => finding,
    }
}

/// The proxy refuses the request, so the hook does nothing.
pub(crate) fn refused(container: &str) -> Finding {
    RULE.found(
        Subject::AppHook(container.to_owned()),
        format!(
            "the preStop hook of container `{container}` asks istio-proxy to end, and is refused: it takes such requests by \
             POST and from within the pod only"
        ),
        "take the call out of the hook: the proxy ends with its pod",
    )
}
