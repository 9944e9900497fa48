//! Which requests are lost on the way.
//!
//! | class | lost while |
//! |---|---|
//! | new to the pod, answered 503 | the proxy takes them, and the app's socket is closed |
//! | new to the pod, refused | the proxy takes none any more, and clients still know the pod; retries elsewhere help |
//! | in flight | one may be on its way when the proxy or the app exits |
//! | WebSockets | the proxy exits, or closes idle connections, before the app has closed them |
//! | calls of the app | the proxy is gone, or takes none any more, and the app is still there |

use std::time::Duration;

use crate::shutdown::AppEnd;

use super::containers::PodRun;
use super::when::When;

/// Which requests are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum LossClass {
    /// Requests to the pod that start then.
    NewInbound,
    /// Requests to the pod that are on their way then.
    InFlight,
    /// WebSockets and other connections that are idle for long.
    Streams,
    /// Calls of the app to others.
    Outbound,
}

/// How they are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum LossKind {
    /// The proxy answers 503, which mesh clients don't try again (istio/istio#52111).
    Answered503,
    /// The connection is refused, which clients with a sidecar try again on another pod.
    Refused,
    /// The connection breaks.
    Cut,
}

/// Requests that are lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Loss {
    /// Which.
    pub class: LossClass,
    /// How.
    pub kind: LossKind,
    /// From then on.
    pub from: When,
    /// Until then; the same as `from` where it is a moment.
    pub to: When,
    /// It happens at both ends of what is not known.
    pub is_certain: bool,
    /// Why, as a sentence without full stop.
    pub why: &'static str,
}

impl LossClass {
    /// All of them, in the order in which they are shown.
    pub(crate) const ALL: [Self; 4] = [Self::NewInbound, Self::InFlight, Self::Streams, Self::Outbound];

    /// What people call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::NewInbound => "new requests",
            Self::InFlight => "requests in flight",
            Self::Streams => "WebSockets",
            Self::Outbound => "calls of the app",
        }
    }

    /// Its name for programs.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::NewInbound => "newInbound",
            Self::InFlight => "inFlight",
            Self::Streams => "streams",
            Self::Outbound => "outbound",
        }
    }
}

impl LossKind {
    /// What becomes of them.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Answered503 => "answered 503",
            Self::Refused => "refused",
            Self::Cut => "cut off",
        }
    }

    /// Its name for programs.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Answered503 => "503",
            Self::Refused => "refused",
            Self::Cut => "cut",
        }
    }
}

/// Why requests are lost, in detail; [`Loss::cause`] says it in a few words.
const APP_CLOSED_ALONE: &str = "the app has closed its socket while clients still send requests";
const APP_CLOSED: &str = "the app has closed its socket while the proxy still takes requests for it";
const PROXY_GONE: &str = "the proxy is gone while clients still send requests";
const LISTENERS_CLOSED: &str =
    "the proxy has closed its listeners at the end of drainDuration while clients still send requests";
const APP_EXITS: &str = "the app exits at SIGTERM without finishing its requests";
const APP_KILLED: &str = "the app is killed with SIGKILL before it has finished its requests";
const PROXY_CUTS: &str = "the proxy exits, and the requests through it break off";
const IDLE_CLOSED: &str = "Envoy closes idle connections in the last third of drainDuration";
const PROXY_CUTS_STREAMS: &str = "the proxy exits, and the WebSockets through it break off";
const APP_CUTS_STREAMS: &str = "the app ends without closing them";
const PROXY_GONE_BEFORE_APP: &str = "the proxy is gone while the app still calls others through it";
const OUTBOUND_CLOSED: &str =
    "the hook of the proxy, without inboundonly, has closed its listeners for calls of the app too";

impl Loss {
    /// What is wrong, in a few words.
    pub(crate) fn cause(&self) -> &'static str {
        match self.why {
            APP_CLOSED_ALONE | APP_CLOSED => "the app stops taking requests before its clients know",
            PROXY_GONE => "the proxy exits before its clients know",
            LISTENERS_CLOSED => "the proxy refuses connections before its clients know",
            APP_EXITS => "the app does not finish its requests",
            APP_KILLED => "the grace period is too short for the app",
            PROXY_CUTS => "the proxy exits before requests have ended",
            IDLE_CLOSED => "Envoy closes WebSockets before the app does",
            PROXY_CUTS_STREAMS | PROXY_GONE_BEFORE_APP => "the proxy exits before the app",
            APP_CUTS_STREAMS => "the app does not close its WebSockets",
            OUTBOUND_CLOSED => "the hook of the proxy closes it for calls of the app",
            why => why,
        }
    }
}

/// A loss of one run, where all is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LossSpan {
    pub class: LossClass,
    pub kind: LossKind,
    pub from: Duration,
    pub to: Duration,
    pub is_certain: bool,
    pub why: &'static str,
}

/// All losses of one run.
pub(super) fn losses(run: &PodRun) -> Vec<LossSpan> {
    [new_inbound(run), in_flight(run), streams(run), outbound(run)].concat()
}

const fn loss(class: LossClass, kind: LossKind, from: Duration, to: Duration, why: &'static str) -> LossSpan {
    LossSpan { class, kind, from, to, is_certain: true, why }
}

/// From when on the proxy takes no new connections to the pod; never in a pod without one.
fn proxy_refuses(run: &PodRun) -> Duration {
    run.proxy.as_ref().map_or(Duration::MAX, |proxy| proxy.listeners_close.unwrap_or(proxy.gone))
}

fn new_inbound(run: &PodRun) -> Vec<LossSpan> {
    let known_until = run.inputs.scenario.endpoints_gone();
    let refuses = proxy_refuses(run);
    let closes = run.stops_serving().unwrap_or(Duration::MAX);
    let mut lost = Vec::new();
    if run.proxy.is_none() {
        let why = APP_CLOSED_ALONE;
        lost.push((LossKind::Refused, closes, known_until, why));
    } else {
        let why = APP_CLOSED;
        lost.push((LossKind::Answered503, closes, refuses.min(known_until), why));
        let is_gone = run.proxy.as_ref().is_some_and(|proxy| proxy.listeners_close.is_none());
        let why = if is_gone { PROXY_GONE } else { LISTENERS_CLOSED };
        lost.push((LossKind::Refused, refuses, known_until, why));
    }
    let retries = run.inputs.scenario.retries;
    let lost = lost.into_iter().filter(|(kind, from, to, _)| from < to && !(retries && *kind == LossKind::Refused));
    lost.map(|(kind, from, to, why)| loss(LossClass::NewInbound, kind, from, to, why)).collect()
}

fn in_flight(run: &PodRun) -> Vec<LossSpan> {
    let scenario = &run.inputs.scenario;
    let Some(closes) = run.stops_serving().or_else(|| run.apps.is_empty().then_some(Duration::MAX)) else {
        return Vec::new();
    };
    let longest = scenario.longest_request();
    let last = scenario.endpoints_gone().min(closes).min(proxy_refuses(run));
    let done = last.saturating_add(longest);
    let why_app = match scenario.app_end() {
        AppEnd::Exits => APP_EXITS,
        AppEnd::Closes | AppEnd::Serves => APP_KILLED,
    };
    let is_abrupt = |killed: bool| killed || scenario.app_end() == AppEnd::Exits;
    let app = run.apps.iter().filter(|app| app.serves && is_abrupt(app.is_killed)).map(|app| (app.gone, why_app));
    let proxy = run.proxy.iter().map(|proxy| (proxy.gone, PROXY_CUTS));
    let first = app.chain(proxy).min_by_key(|(at, _)| *at);
    let cut = first.filter(|(at, _)| *at < done && !longest.is_zero());
    cut.map(|(at, why)| loss(LossClass::InFlight, LossKind::Cut, at, at, why)).into_iter().collect()
}

fn streams(run: &PodRun) -> Vec<LossSpan> {
    let scenario = &run.inputs.scenario;
    let serving = || run.apps.iter().filter(|app| app.serves);
    if !scenario.streams || run.apps.is_empty() {
        return Vec::new();
    }
    // The app closes them in order as it stops serving.
    let Some(ends) = serving().map(|app| app.closes).max() else { return Vec::new() };
    let at = |at: Duration, why| loss(LossClass::Streams, LossKind::Cut, at, at, why);
    if let Some(proxy) = &run.proxy {
        if let Some((from, to)) = proxy.closes_idle.filter(|(from, _)| *from < ends.min(proxy.gone)) {
            let why = IDLE_CLOSED;
            let to = to.min(ends).min(proxy.gone);
            let is_certain = !proxy.may_keep_idle;
            return vec![LossSpan { is_certain, ..loss(LossClass::Streams, LossKind::Cut, from, to, why) }];
        }
        if proxy.gone < ends {
            return vec![at(proxy.gone, PROXY_CUTS_STREAMS)];
        }
    }
    let is_abrupt = |killed: bool, closes: Duration, gone: Duration| killed && closes >= gone;
    let abrupt =
        serving().find(|app| scenario.app_end() == AppEnd::Exits || is_abrupt(app.is_killed, app.closes, app.gone));
    abrupt.map(|app| at(app.gone, APP_CUTS_STREAMS)).into_iter().collect()
}

fn outbound(run: &PodRun) -> Vec<LossSpan> {
    let Some(proxy) = run.proxy.as_ref().filter(|_| run.inputs.scenario.calls_out()) else { return Vec::new() };
    let gone = run.apps_gone();
    let (from, why) = match proxy.outbound_closes {
        None => (proxy.gone, PROXY_GONE_BEFORE_APP),
        Some(at) => (at, OUTBOUND_CLOSED),
    };
    let lost = (from < gone).then(|| loss(LossClass::Outbound, LossKind::Refused, from, gone, why));
    lost.into_iter().collect()
}
