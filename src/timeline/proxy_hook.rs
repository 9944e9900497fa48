//! What the preStop hook of istio-proxy does to the proxy, and for how long it delays SIGTERM.
//!
//! The commands themselves are read by [`ProxyExec`]; here stands what they do in a pod of a certain release and image.

use std::time::Duration;

use crate::istio::{AppLoop, Feature, HookActs, ProxyEnd, ProxyExec, REQUEST_PORTS, Target};
use crate::kubernetes::HookLength;
use crate::shutdown::{PodFacts, ProxyHook, ProxyImage};

use super::scenario::Scenario;

/// Which end of a length that is not known is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It takes no longer than it must.
    Least,
    /// It takes as long as it can.
    Most,
}

/// The length of a hook at one end: [`Duration::MAX`] where it may never be over.
pub(super) fn length(length: HookLength, end: End) -> Duration {
    let known = Duration::from_secs(length.known().unwrap_or_default());
    match (length, end) {
        (HookLength::Exactly(_), _) | (_, End::Least) => known,
        (_, End::Most) => Duration::MAX,
    }
}

/// How Envoy starts to drain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drains {
    /// Listeners stay open: `skip_exit`.
    Keeps,
    /// Listeners close when `drainDuration` is over.
    Closes,
    /// Listeners close at once: not `graceful`.
    Abruptly,
}

/// How long a hook of istio-proxy delays SIGTERM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// That long.
    For(Duration),
    /// Until it sees that the apps have gone.
    UntilAppsGone {
        /// It does not look before.
        least: Duration,
        /// What it needs to see it.
        look: Duration,
    },
}

/// What a hook of istio-proxy does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HookEffect {
    /// How long it delays SIGTERM.
    pub holds: Holds,
    /// It makes Envoy drain as it starts.
    pub drains: Option<Drains>,
    /// That drain is about the app's own calls, too: it does not say `inboundonly`.
    pub drains_outbound: bool,
    /// The agent is asked to drain when the hook ends, so that it goes at once at SIGTERM.
    pub drains_agent: bool,
    /// The agent gets SIGTERM by the hook, then.
    pub signals: Option<Duration>,
    /// Envoy or the agent is made to quit, then.
    pub quits: Option<Duration>,
    /// It fails as it starts.
    pub fails: bool,
}

/// Nothing but time.
const fn holds(holds: Holds) -> HookEffect {
    HookEffect {
        holds,
        drains: None,
        drains_outbound: false,
        drains_agent: false,
        signals: None,
        quits: None,
        fails: false,
    }
}

/// A hook that fails as it starts, and so delays nothing.
const FAILED: HookEffect = HookEffect { fails: true, ..holds(Holds::For(Duration::ZERO)) };

/// What the hook that waits needs to see that the apps have gone: three looks, 0.3 s apart, and the call; measured.
const WAIT_LOOK: Duration = Duration::from_secs(1);
/// The loops of guides look each second.
const LOOP_LOOK: Duration = Duration::from_secs(1);

/// The hook that Istio's template gives to a native sidecar: the agent is asked to drain.
pub(super) fn of_template(facts: &PodFacts, target: Target) -> Option<HookEffect> {
    if lacks(Feature::DrainHook, target) {
        return None;
    }
    let is_deaf = facts.status_port.is_some_and(|port| !REQUEST_PORTS.contains(&port));
    let drain = HookEffect { drains: Some(Drains::Keeps), drains_agent: true, ..holds(Holds::For(Duration::ZERO)) };
    Some(if is_deaf { FAILED } else { drain })
}

/// The hook that the mesh's values or the pod itself give it.
pub(super) fn of_pod(
    hook: &ProxyHook,
    facts: &PodFacts,
    scenario: &Scenario,
    is_native: bool,
    end: End,
) -> Option<HookEffect> {
    let target = scenario.target;
    let command = match hook {
        ProxyHook::None => return None,
        ProxyHook::Other(time) => return Some(holds(Holds::For(length(*time, end)))),
        ProxyHook::Exec(command) => command,
    };
    let program = command.first().map_or("", |program| program.rsplit('/').next().unwrap_or_default());
    if command.len() == 1 && program.contains(' ')
        || is_distroless(facts, scenario.image) && !["pilot-agent", "envoy"].contains(&program)
    {
        return Some(FAILED);
    }
    let time = |time| holds(Holds::For(length(time, end)));
    // The kubelet ends native sidecars after all containers that are none; the injector puts a native proxy first of
    // them, so that it ends last.
    let outlasted = facts.has_other_sidecar && !is_native;
    let effect = match ProxyExec::of(command) {
        ProxyExec::Written(hook) => written(hook.acts(), command, facts, target, outlasted, end),
        // Before Istio 1.21 the agent knows no such path.
        ProxyExec::Ends { by: ProxyEnd::AgentDrain, .. } if lacks(Feature::DrainHook, target) => FAILED,
        ProxyExec::Ends { by: ProxyEnd::AgentDrain, after } => {
            HookEffect { drains: Some(Drains::Keeps), drains_agent: true, ..time(after) }
        }
        ProxyExec::Ends { by: ProxyEnd::Signal, after } => signal(facts, length(after, end), length(after, end)),
        ProxyExec::Ends { by: ProxyEnd::AgentQuit, after } if lacks(Feature::QuitAtOnce, target) => {
            HookEffect { signals: Some(length(after, end)), ..time(after) }
        }
        ProxyExec::Ends { after, .. } => HookEffect { quits: Some(length(after, end)), ..time(after) },
        ProxyExec::AwaitsApps(seen) => awaits(seen, facts, outlasted, end),
        ProxyExec::Other(taken) => {
            let is_drain = command.iter().any(|word| word.contains("drain_listeners"));
            HookEffect { drains: is_drain.then(|| drains(command, target)), ..time(taken) }
        }
    };
    let is_inbound = command.iter().any(|word| word.contains("inboundonly"));
    let asks = command.iter().any(|word| word.contains("drain_listeners"));
    Some(HookEffect { drains_outbound: effect.drains.is_some() && asks && !is_inbound, ..effect })
}

/// What a hook that this tool writes does in a pod.
fn written(
    acts: HookActs,
    command: &[String],
    facts: &PodFacts,
    target: Target,
    outlasted: bool,
    end: End,
) -> HookEffect {
    if acts.signals_agent {
        return signal(facts, Duration::ZERO, Duration::ZERO);
    }
    // A hook that does more than ask Envoy goes on where Envoy does not answer.
    if acts.drains_envoy && !acts.waits_for_apps && !reaches_envoy(command, facts) {
        return FAILED;
    }
    let delay = match acts.waits_for_apps {
        true => until_apps_gone(acts.delay, WAIT_LOOK, outlasted, end),
        false => Holds::For(Duration::from_secs(acts.delay)),
    };
    HookEffect {
        drains: acts.drains_envoy.then(|| drains(command, target)),
        drains_agent: acts.drains_agent && !lacks(Feature::DrainHook, target),
        ..holds(delay)
    }
}

/// The image is known to hold nothing but the proxy and its agent: the pod's word counts most, then the policy's, then
/// the mesh's.
fn is_distroless(facts: &PodFacts, declared: ProxyImage) -> bool {
    let image = &facts.settings.image_type;
    let is_of_pod = image.over.is_some() || image.own.is_some();
    let is_seen = image.in_force().is_some_and(|name| name == "distroless");
    match declared {
        ProxyImage::Unknown => is_seen,
        ProxyImage::Default => is_of_pod && is_seen,
        ProxyImage::Distroless => !is_of_pod || is_seen,
    }
}

/// SIGTERM to PID 1, which is not the agent where processes are shared; the kill is refused then.
fn signal(facts: &PodFacts, at: Duration, hold: Duration) -> HookEffect {
    if facts.shares_process_namespace {
        return FAILED;
    }
    HookEffect { signals: Some(at), ..holds(Holds::For(hold)) }
}

/// A hook that looks for sockets of the apps, after a while. `outlasted` is a proxy that ends before a native sidecar,
/// which may or may not hold a socket.
const fn until_apps_gone(least: u64, look: Duration, outlasted: bool, end: End) -> Holds {
    match end {
        End::Most if outlasted => Holds::For(Duration::MAX),
        _ => Holds::UntilAppsGone { least: Duration::from_secs(least), look },
    }
}

/// A loop that waits for the apps.
fn awaits(seen: AppLoop, facts: &PodFacts, outlasted: bool, end: End) -> HookEffect {
    let until = until_apps_gone(0, LOOP_LOOK, outlasted && matches!(seen, AppLoop::Sockets { .. }), end);
    holds(match seen {
        AppLoop::Sockets { counts_agent: true } => Holds::For(Duration::MAX),
        // It sees the processes of its own container only.
        AppLoop::Processes if !facts.shares_process_namespace => Holds::For(length(HookLength::Unknown, end)),
        AppLoop::Sockets { counts_agent: false } | AppLoop::Processes | AppLoop::Answers => until,
    })
}

/// Whether a hook that drains Envoy asks the port that Envoy listens on.
fn reaches_envoy(command: &[String], facts: &PodFacts) -> bool {
    let asked = command.iter().find_map(|word| word.strip_prefix("--debug-port=")).unwrap_or("15000");
    facts.settings.admin_port.in_force().is_none_or(|port| port.to_string() == asked)
}

/// How a request to drain does it.
fn drains(command: &[String], target: Target) -> Drains {
    let says = |what: &str| command.iter().any(|word| word.contains(what));
    if ProxyExec::drains_abruptly(command) {
        Drains::Abruptly
    } else if says("skip_exit") && !lacks(Feature::SkipExit, target) {
        Drains::Keeps
    } else {
        Drains::Closes
    }
}

/// The release is known to be without it.
pub(super) fn lacks(feature: Feature, target: Target) -> bool {
    feature.is_in(target) == Some(false)
}
