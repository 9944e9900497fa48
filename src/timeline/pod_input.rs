//! What a pod's facts come to: in one sidecar mode, and at one end of what is not known.

use std::time::Duration;

use crate::istio::{Feature, MeshHook, ProxyEnd, app_call};
use crate::kubernetes::{Handler, HookLength, Release};
use crate::shutdown::{AppHook, Effective, PodFacts, ProxyHook, Seconds};

use super::agent::Terminate;
use super::kubelet::GracePeriod;
use super::proxy_hook::{self, End, HookEffect, lacks, length};
use super::scenario::Scenario;

/// One container of an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AppInput {
    pub name: String,
    /// How long its hook takes; `None` where it has none.
    pub hook: Option<Duration>,
    /// Its hook fails as it starts.
    pub hook_fails: bool,
    /// Its hook goes through the agent's port, and fails when the agent goes.
    pub hook_needs_agent: bool,
    /// Requests come to it.
    pub serves: bool,
    /// What its hook does to the proxy, and when.
    pub ends_proxy: Option<(ProxyEnd, Duration)>,
}

/// The proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProxyInput {
    pub is_native: bool,
    pub hook: Option<HookEffect>,
    pub terminate: Terminate,
    /// `drainDuration`
    pub drain_duration: Duration,
    /// Envoy closes idle connections in the last third of it; `None` where the release is not known.
    pub closes_idle: Option<bool>,
    /// `POST quitquitquit` to the agent ends it without a drain.
    pub quits_at_once: bool,
}

/// All that a shutdown follows from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inputs {
    pub grace: GracePeriod,
    pub apps: Vec<AppInput>,
    /// `None` in a pod without a sidecar.
    pub proxy: Option<ProxyInput>,
    pub scenario: Scenario,
    /// Clients keep connections that they don't use.
    pub clients_stay: bool,
}

fn duration(seconds: Seconds) -> Duration {
    Duration::from_secs(seconds.get())
}

impl Inputs {
    /// Those of a pod whose sidecar is native or not.
    pub(super) fn of(facts: &PodFacts, scenario: &Scenario, is_native: bool, end: End) -> Self {
        let target = scenario.target;
        let grace = GracePeriod {
            whole: duration(facts.grace.effective()).max(Duration::from_secs(1)),
            is_renewed: target.kubernetes.is_some_and(|release| release < Release::new(1, 28)),
        };
        let proxy = (!facts.is_ambient).then(|| ProxyInput::of(facts, scenario, is_native, end));
        Self { grace, apps: apps(facts, scenario, end), proxy, scenario: *scenario, clients_stay: end == End::Most }
    }
}

/// The containers of the apps. Where nothing shows which of them requests come to, they come to all.
fn apps(facts: &PodFacts, scenario: &Scenario, end: End) -> Vec<AppInput> {
    let shows_traffic = facts.hookless_apps.iter().any(|app| app.gets_traffic) || !facts.app_hooks.is_empty();
    let hooked = facts.app_hooks.iter().map(|hook| hooked(hook, facts, scenario, end));
    let hookless = facts.hookless_apps.iter().map(|app| AppInput {
        name: app.container.clone(),
        hook: None,
        hook_fails: false,
        hook_needs_agent: false,
        serves: app.gets_traffic || !shows_traffic,
        ends_proxy: None,
    });
    hooked.chain(hookless).collect()
}

fn hooked(hook: &AppHook, facts: &PodFacts, scenario: &Scenario, end: End) -> AppInput {
    let target = scenario.target;
    let taken = hook.length();
    // What is surely known of a hook is its least length, also beside an estimate.
    let least = taken.known().map(Duration::from_secs).unwrap_or_default();
    let estimate = scenario.hook_estimate.filter(|_| !taken.is_exact());
    let time = estimate.map_or_else(|| length(taken, end), |estimate| estimate.max(least));
    // Kubernetes before 1.30 may not know the handler, and drops it.
    let is_dropped = matches!(hook.handler, Some(Handler::Sleep(_))) && lacks(Feature::SleepAction, target);
    let is_one_word = matches!(&hook.handler, Some(Handler::Exec(command))
        if matches!(command.as_slice(), [word] if word.contains(' ')));
    let fails = is_one_word || hook.handler.as_ref().is_some_and(Handler::always_fails);
    let call = hook.handler.as_ref().and_then(|handler| app_call(handler, facts.shares_process_namespace));
    let ends_proxy = call.and_then(|call| Some((call.end?, length(call.after, end))));
    let is_http = matches!(hook.handler, Some(Handler::HttpGet { .. }));
    AppInput {
        name: hook.container.clone(),
        hook: (!is_dropped).then_some(if fails { Duration::ZERO } else { time }),
        hook_fails: fails,
        hook_needs_agent: is_http && !facts.keeps_app_http && !lacks(Feature::AppHooksRewritten, target),
        serves: true,
        ends_proxy: ends_proxy.filter(|_| !fails),
    }
}

impl ProxyInput {
    fn of(facts: &PodFacts, scenario: &Scenario, is_native: bool, end: End) -> Self {
        let (settings, target) = (&facts.settings, scenario.target);
        let exits_on_idle = settings.exit_on_idle.in_force() == Some(&true) && !lacks(Feature::ExitOnIdle, target);
        let terminate = if exits_on_idle {
            Terminate::OnIdle(duration(settings.minimum.in_force().copied().unwrap_or(Effective::MINIMUM)))
        } else {
            Terminate::After(duration(settings.drain.in_force().copied().unwrap_or(Effective::DRAIN)))
        };
        let drain_duration = settings.drain_duration.in_force().copied().unwrap_or(Effective::DRAIN_DURATION);
        Self {
            is_native,
            hook: proxy_hook(facts, scenario, is_native, end),
            terminate,
            drain_duration: duration(drain_duration),
            closes_idle: Feature::ConnectionDrain.is_in(target),
            quits_at_once: !lacks(Feature::QuitAtOnce, target),
        }
    }
}

/// The hook that is in force: the pod's own wins over the mesh's, and that over the one of Istio's template.
fn proxy_hook(facts: &PodFacts, scenario: &Scenario, is_native: bool, end: End) -> Option<HookEffect> {
    let own = facts.proxy.present().map(|present| &present.hook).filter(|hook| **hook != ProxyHook::None);
    let of_mesh = || {
        facts.mesh_hook.as_ref().map(|hook| match &hook.value {
            MeshHook::Exec(command) => ProxyHook::Exec(command.clone()),
            MeshHook::Other(_) => ProxyHook::Other(HookLength::Unknown),
        })
    };
    match own.cloned().or_else(of_mesh) {
        Some(hook) => proxy_hook::of_pod(&hook, facts, scenario, is_native, end),
        // The container of a running pod has it already.
        None if is_native && !facts.is_running => proxy_hook::of_template(facts, scenario.target),
        None => None,
    }
}
