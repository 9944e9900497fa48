//! The containers of one pod together: when each is signalled, stops serving, and is gone.

use std::time::Duration;

use crate::istio::ProxyEnd;
use crate::shutdown::AppEnd;

use super::kubelet::Kill;
use super::pod_input::{AppInput, Inputs, ProxyInput};
use super::proxy_hook::{Drains, Holds};

/// The drain timeout of Envoy's connection manager. Envoy closes no idle connections early where the last third of
/// `drainDuration` is not longer than that (Envoy changelog; measured: none with 15s, all at 12 s with 16s).
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// What happens to the container of an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AppRun {
    pub name: String,
    pub has_hook: bool,
    /// Its hook fails: as it starts, or when the agent goes.
    pub hook_fails: bool,
    pub serves: bool,
    pub kill: Kill,
    /// It takes no new connections from then on.
    pub closes: Duration,
    /// It is gone.
    pub gone: Duration,
    /// By SIGKILL.
    pub is_killed: bool,
}

/// What happens to the proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProxyRun {
    pub is_native: bool,
    pub has_hook: bool,
    pub hook_fails: bool,
    pub kill: Kill,
    /// The agent gets SIGTERM, by the kubelet or by a hook; `None` where it is gone before.
    pub signalled: Option<Duration>,
    /// Envoy starts to drain; `None` where it is gone before.
    pub drains: Option<Duration>,
    /// Its listeners close for new connections to the pod.
    pub listeners_close: Option<Duration>,
    /// Its listeners close for new calls of the apps.
    pub outbound_closes: Option<Duration>,
    /// Envoy closes idle connections and WebSockets between these; `None` where its release doesn't, or it is gone
    /// before.
    pub closes_idle: Option<(Duration, Duration)>,
    /// It may be of a release that does not close them.
    pub may_keep_idle: bool,
    /// It is gone.
    pub gone: Duration,
    pub is_killed: bool,
}

/// What happens to all containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PodRun {
    pub inputs: Inputs,
    pub apps: Vec<AppRun>,
    pub proxy: Option<ProxyRun>,
}

impl PodRun {
    /// Runs the shutdown.
    pub(super) fn of(inputs: Inputs) -> Self {
        let mut run = Self { apps: Vec::new(), proxy: None, inputs };
        run.apps = run.inputs.apps.iter().map(|app| run.app(app, None)).collect();
        run.proxy = run.inputs.proxy.as_ref().map(|proxy| run.proxy(proxy));
        // Hooks that go through the agent end with it. Where the proxy follows the apps, it outlives them, so once is
        // enough.
        if let Some(end) = run.proxy.as_ref().map(|proxy| proxy.gone)
            && run.inputs.apps.iter().any(|app| app.hook_needs_agent)
        {
            run.apps = run.inputs.apps.iter().map(|app| run.app(app, Some(end))).collect();
            run.proxy = run.inputs.proxy.as_ref().map(|proxy| run.proxy(proxy));
        }
        run
    }

    fn app(&self, app: &AppInput, proxy_gone: Option<Duration>) -> AppRun {
        let scenario = &self.inputs.scenario;
        let hook = app.hook.unwrap_or_default();
        let cut = proxy_gone.filter(|gone| app.hook_needs_agent && *gone < hook.min(self.inputs.grace.whole));
        let kill = self.inputs.grace.end(cut.unwrap_or(hook), None);
        let time = scenario.app_time();
        let closes = match scenario.app_end() {
            AppEnd::Serves => kill.term.saturating_add(time),
            AppEnd::Closes | AppEnd::Exits => kill.term,
        };
        let requests = scenario.endpoints_gone().min(closes).saturating_add(scenario.longest_request());
        let own = match scenario.app_end() {
            AppEnd::Exits => kill.term,
            AppEnd::Closes | AppEnd::Serves if app.serves => kill.term.saturating_add(time).max(requests),
            AppEnd::Closes | AppEnd::Serves => kill.term.saturating_add(time),
        };
        AppRun {
            name: app.name.clone(),
            has_hook: app.hook.is_some(),
            hook_fails: app.hook_fails || cut.is_some(),
            serves: app.serves,
            kill,
            closes: closes.min(kill.kill),
            gone: own.min(kill.kill),
            is_killed: own > kill.kill,
        }
    }

    fn proxy(&self, proxy: &ProxyInput) -> ProxyRun {
        let effect = proxy.hook;
        let (turn, apps_gone) = (self.apps_done(), self.apps_gone());
        let hook = match effect.map(|effect| effect.holds) {
            None => Duration::ZERO,
            Some(Holds::For(time)) => time,
            Some(Holds::UntilAppsGone { least, look }) => apps_gone.max(least).saturating_add(look),
        };
        let kill = self.inputs.grace.end(hook, proxy.is_native.then_some(turn));
        let of_apps = |end: ProxyEnd| {
            let ends = self.inputs.apps.iter().filter_map(|app| app.ends_proxy);
            ends.filter(|(by, _)| *by == end).map(|(_, at)| at).min()
        };
        let agent_quit = of_apps(ProxyEnd::AgentQuit);
        let (quits, asks) = if proxy.quits_at_once { (agent_quit, None) } else { (None, agent_quit) };
        let signals = [effect.and_then(|effect| effect.signals), of_apps(ProxyEnd::Signal), asks];
        let signalled = signals.into_iter().flatten().chain([kill.term]).min().unwrap_or(kill.term);
        let drained = effect.filter(|effect| effect.drains_agent && !kill.is_cut).map(|_| kill.hook_end);
        let drained = [drained, of_apps(ProxyEnd::AgentDrain)].into_iter().flatten().min();
        let own = proxy.terminate.end(signalled, self.idle(), drained);
        let quits = [effect.and_then(|effect| effect.quits), of_apps(ProxyEnd::EnvoyQuit), quits];
        let own = quits.into_iter().flatten().chain([own]).min().unwrap_or(own);
        let gone = own.min(kill.kill);

        // The first request to drain decides; later ones change nothing.
        let early = effect.and_then(|effect| effect.drains).map(|how| (Duration::ZERO, how));
        let by_app = of_apps(ProxyEnd::AgentDrain).map(|at| (at, Drains::Keeps));
        let first = [early, by_app, Some((signalled, Drains::Closes))];
        let first = first.into_iter().flatten().min_by_key(|(at, _)| *at).filter(|(at, _)| *at < gone);
        let duration = proxy.drain_duration;
        let listeners_close = first.and_then(|(at, how)| match how {
            Drains::Keeps => None,
            Drains::Closes => Some(at.saturating_add(duration)),
            Drains::Abruptly => Some(at),
        });
        let third = duration.checked_div(3).unwrap_or_default();
        let closes = proxy.closes_idle != Some(false) && third > DRAIN_TIMEOUT;
        let closes_idle = first
            .filter(|_| closes)
            .map(|(at, _)| (at.saturating_add(duration.saturating_sub(third)), at.saturating_add(duration)));
        ProxyRun {
            is_native: proxy.is_native,
            has_hook: effect.is_some(),
            hook_fails: effect.is_some_and(|effect| effect.fails),
            kill,
            signalled: Some(signalled).filter(|at| *at <= gone),
            drains: first.map(|(at, _)| at),
            listeners_close: listeners_close.filter(|at| *at < gone),
            outbound_closes: listeners_close.filter(|at| *at < gone && effect.is_some_and(|by| by.drains_outbound)),
            closes_idle: closes_idle.filter(|(at, _)| *at < gone),
            may_keep_idle: proxy.closes_idle.is_none(),
            gone,
            is_killed: own > kill.kill,
        }
    }

    /// The last app is gone.
    pub(super) fn apps_gone(&self) -> Duration {
        self.apps.iter().map(|app| app.gone).max().unwrap_or_default()
    }

    /// The kubelet is done with the last app: a hook that runs on holds it.
    fn apps_done(&self) -> Duration {
        self.apps.iter().map(|app| app.gone.max(app.kill.term)).max().unwrap_or_default()
    }

    /// The first app that requests come to takes no new ones; `None` where there is none.
    pub(super) fn stops_serving(&self) -> Option<Duration> {
        self.apps.iter().filter(|app| app.serves).map(|app| app.closes).min()
    }

    /// The last request that still reaches an app starts.
    fn last_request(&self) -> Duration {
        let te = self.inputs.scenario.endpoints_gone();
        self.stops_serving().map_or(te, |stops| stops.min(te))
    }

    /// The last connection through the proxy is gone, as far as it depends on clients and apps.
    fn idle(&self) -> Duration {
        let scenario = &self.inputs.scenario;
        let requests = self.last_request().saturating_add(scenario.longest_request());
        let calls = if scenario.calls_out() { self.apps_gone() } else { Duration::ZERO };
        let streams = self.apps.iter().filter(|app| scenario.streams && app.serves).map(|app| app.closes).max();
        // A client that had a stream may keep its connection, and send nothing over it.
        let stays = if scenario.streams && self.inputs.clients_stay { Duration::MAX } else { Duration::ZERO };
        requests.max(calls).max(streams.unwrap_or_default()).max(scenario.endpoints_gone()).max(stays)
    }

    /// All containers are gone.
    pub(super) fn gone(&self) -> Duration {
        let proxy = self.proxy.as_ref().map(|proxy| proxy.gone.max(proxy.kill.term));
        self.apps_done().max(proxy.unwrap_or_default())
    }
}
