//! A shutdown as lanes with phases and events, as pictures show it.

use std::time::Duration;

use crate::shutdown::AppEnd;

use super::containers::{AppRun, PodRun, ProxyRun};
use super::scenario::clause;
use super::when::When;

/// Who or what a lane is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum LaneRole {
    /// The kubelet.
    Kubelet,
    /// Whether clients still know the pod.
    Endpoints,
    /// A container of an app.
    App,
    /// The container istio-proxy: pilot-agent with Envoy.
    Proxy,
    /// What Envoy does with connections to the pod.
    Inbound,
    /// What Envoy does with connections of the app to others.
    Outbound,
}

/// One line of the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lane {
    /// Who it is about.
    pub role: LaneRole,
    /// The container's name, or what people call the lane.
    pub name: String,
    /// What is going on, in the order of time; gone where there is no phase.
    pub phases: Vec<Phase>,
    /// What happens, in the order of time.
    pub events: Vec<Event>,
}

/// What is going on in a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum LaneState {
    /// Works as usual.
    Open,
    /// A preStop hook runs; apart from that, it works as usual.
    Hook,
    /// A native sidecar waits until the apps have gone.
    Waiting,
    /// Still works, and tells clients to close their connections.
    Draining,
    /// Between SIGTERM and the end.
    Ending,
}

/// A state, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Phase {
    /// Which.
    pub state: LaneState,
    /// Its start.
    pub from: When,
    /// Its end.
    pub to: When,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// When.
    pub at: When,
    /// Its name for programs, which stays the same.
    pub code: &'static str,
    /// What, as a clause.
    pub text: String,
}

impl LaneRole {
    /// Its name for programs.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Kubelet => "kubelet",
            Self::Endpoints => "endpoints",
            Self::App => "app",
            Self::Proxy => "proxy",
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}

impl LaneState {
    /// All of them, in the order of a legend.
    pub(crate) const ALL: [Self; 5] = [Self::Open, Self::Hook, Self::Draining, Self::Waiting, Self::Ending];

    /// What people call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Open => "as usual",
            Self::Hook => "preStop hook",
            Self::Waiting => "waits for its turn",
            Self::Draining => "draining",
            Self::Ending => "after SIGTERM",
        }
    }

    /// Its name for programs.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Hook => "hook",
            Self::Waiting => "waiting",
            Self::Draining => "draining",
            Self::Ending => "ending",
        }
    }
}

/// The same pod with what is not known taking as little time, and as much, as it can.
#[derive(Clone, Copy)]
pub(super) struct Ends<'r> {
    pub least: &'r PodRun,
    pub most: &'r PodRun,
}

/// The same container in both runs.
struct Two<'r, T>(&'r T, &'r T);

impl<T> Two<'_, T> {
    fn when(&self, time: impl Fn(&T) -> Duration) -> When {
        When::between(time(self.0), time(self.1))
    }

    /// A time that one of them may have only.
    fn may(&self, time: impl Fn(&T) -> Option<Duration>) -> Option<When> {
        let (one, other) = (time(self.0), time(self.1));
        Some(When::between(one.or(other)?, other.or(one)?))
    }

    fn any(&self, is_so: impl Fn(&T) -> bool) -> bool {
        is_so(self.0) || is_so(self.1)
    }
}

fn event(at: When, code: &'static str, text: impl Into<String>) -> Event {
    Event { at, code, text: text.into() }
}

/// Phases of no length are left out.
fn lane(role: LaneRole, name: &str, phases: Vec<Phase>, mut events: Vec<Event>) -> Lane {
    let phases = phases.into_iter().filter(|phase| phase.to.latest > phase.from.earliest).collect();
    events.sort_by_key(|event| event.at);
    Lane { role, name: name.to_owned(), phases, events }
}

const START: When = When::at(Duration::ZERO);

/// All lanes of a pod.
pub(super) fn lanes(ends: Ends<'_>) -> Vec<Lane> {
    let runs = Two(ends.least, ends.most);
    let mut lanes = vec![kubelet(&runs), endpoints(&runs)];
    let apps = ends.least.apps.iter().zip(&ends.most.apps);
    lanes.extend(apps.map(|(least, most)| app(&Two(least, most), ends.least.inputs.scenario.app_end())));
    if let (Some(least), Some(most)) = (&ends.least.proxy, &ends.most.proxy) {
        let two = Two(least, most);
        lanes.extend([proxy(&two), inbound(&two), outbound(&two)]);
    }
    lanes
}

fn kubelet(runs: &Two<'_, PodRun>) -> Lane {
    let grace = runs.0.inputs.grace.whole;
    let gone = runs.when(PodRun::gone);
    let over = When::at(grace);
    let text = format!("the pod is deleted, with a grace period of {} s", grace.as_secs());
    let mut events = vec![event(START, "deleted", text), event(gone, "podGone", "the pod is gone")];
    if gone.latest > grace {
        events.push(event(over, "graceOver", "the grace period is over"));
    }
    let to = When::between(gone.earliest.min(grace), gone.latest.min(grace));
    lane(LaneRole::Kubelet, "kubelet", vec![Phase { state: LaneState::Open, from: START, to }], events)
}

fn endpoints(runs: &Two<'_, PodRun>) -> Lane {
    let gone = When::at(runs.0.inputs.scenario.endpoints_gone());
    let events =
        vec![event(gone, "endpointsGone", "clients know that the pod is going away, and send it no more requests")];
    lane(LaneRole::Endpoints, "endpoints", vec![Phase { state: LaneState::Open, from: START, to: gone }], events)
}

fn app(two: &Two<'_, AppRun>, end: AppEnd) -> Lane {
    let (term, gone) = (two.when(|app| app.kill.term), two.when(|app| app.gone));
    let closes = two.when(|app| app.closes);
    let mut events = Vec::new();
    if two.0.has_hook {
        events.push(event(START, "hookStarts", "its preStop hook starts; it serves as before"));
    }
    if two.any(|app| app.hook_fails) {
        events.push(event(term, "hookFails", "its preStop hook fails, and delays SIGTERM no longer"));
    }
    let signal = match (two.0.kill.is_cut, two.1.kill.is_cut) {
        (true, true) => "the grace period ends before its hook does: SIGTERM, with two seconds left".to_owned(),
        (false, false) => format!("SIGTERM: it {}", clause(end)),
        _ => format!("SIGTERM, as its hook or the grace period ends: it {}", clause(end)),
    };
    events.push(event(term, "sigterm", signal));
    if closes > term && closes < gone {
        events.push(event(closes, "closes", "it takes no new connections"));
    }
    let killed = two.any(|app| app.is_killed);
    events.push(event(gone, if killed { "sigkill" } else { "gone" }, if killed { "SIGKILL" } else { "it exits" }));
    let phases = vec![
        Phase { state: LaneState::Hook, from: START, to: term },
        Phase { state: LaneState::Ending, from: term, to: gone },
    ];
    lane(LaneRole::App, &two.0.name, phases, events)
}

fn proxy(two: &Two<'_, ProxyRun>) -> Lane {
    let gone = two.when(|proxy| proxy.gone);
    let term = two.may(|proxy| proxy.signalled).unwrap_or(gone);
    let hook_end = two.when(|proxy| proxy.kill.hook_end.min(proxy.gone));
    let mut events = Vec::new();
    if two.any(|proxy| proxy.hook_fails) {
        events.push(event(START, "hookFails", "its preStop hook fails, and does nothing"));
    } else if two.0.has_hook {
        events.push(event(START, "hookStarts", "its preStop hook starts"));
    }
    if let Some(term) = two.may(|proxy| proxy.signalled) {
        let is_native = two.0.is_native;
        let is_by_hook = two.0.signalled.is_some_and(|signalled| signalled < two.0.kill.term);
        let text = match two.0.kill {
            kill if kill.is_cut => "the grace period ends before its hook does: SIGTERM, with two seconds left",
            kill if is_native && kill.is_floored => "SIGTERM: the grace period is over, with two seconds left",
            _ if is_by_hook => "SIGTERM, which its own hook sends",
            _ if is_native => "SIGTERM: the apps have exited",
            _ => "SIGTERM",
        };
        events.push(event(term, "sigterm", text));
    }
    let killed = two.any(|proxy| proxy.is_killed);
    events.push(event(
        gone,
        if killed { "sigkill" } else { "gone" },
        if killed { "SIGKILL: Envoy ends" } else { "Envoy exits" },
    ));
    let phases = vec![
        Phase { state: LaneState::Hook, from: START, to: hook_end.min(term) },
        Phase { state: LaneState::Waiting, from: hook_end.min(term), to: term },
        Phase { state: LaneState::Ending, from: term, to: gone },
    ];
    lane(LaneRole::Proxy, "istio-proxy", phases, events)
}

fn inbound(two: &Two<'_, ProxyRun>) -> Lane {
    let gone = two.when(|proxy| proxy.gone);
    let drains = two.may(|proxy| proxy.drains);
    let closes = two.may(|proxy| proxy.listeners_close);
    let end = closes.unwrap_or(gone);
    let mut events = vec![];
    if let Some(at) = drains {
        events.push(event(
            at,
            "drains",
            "Envoy drains: it still takes new connections, and tells clients to close theirs",
        ));
    }
    if let Some(at) = two.may(|proxy| proxy.closes_idle.map(|(from, _)| from)) {
        let may = if two.0.may_keep_idle { "may close" } else { "closes" };
        events.push(event(at, "closesIdle", format!("Envoy {may} idle connections from now on")));
    }
    match closes {
        Some(at) => events.push(event(at, "listenersClose", "drainDuration is over: Envoy refuses new connections")),
        None => events.push(event(gone, "refuses", "connections to the pod are refused")),
    }
    let phases = vec![
        Phase { state: LaneState::Open, from: START, to: drains.unwrap_or(end) },
        Phase { state: LaneState::Draining, from: drains.unwrap_or(end), to: end },
    ];
    lane(LaneRole::Inbound, "Envoy inbound", phases, events)
}

fn outbound(two: &Two<'_, ProxyRun>) -> Lane {
    let gone = two.when(|proxy| proxy.outbound_closes.unwrap_or(proxy.gone));
    let events = vec![event(gone, "refuses", "connections of the app to others are refused")];
    lane(LaneRole::Outbound, "Envoy outbound", vec![Phase { state: LaneState::Open, from: START, to: gone }], events)
}
