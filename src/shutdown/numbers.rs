//! The numbers of the plan: how long the proxy must stay, and the settings for it.

use crate::istio::{AppLoop, ProxyExec};
use crate::kubernetes::HookLength;

use super::app_hooks::AppHooks;
use super::hook_choice::HookChoice;
use super::needs::{Needs, until_apps_are_gone};
use super::sum::{Largest, Symbol, Term};
use super::{Effective, Grace, PodFacts, Policy, Seconds, idle, mode};

/// The time that the kubelet gives a container after SIGTERM if the grace period is over (kubernetes/kubernetes
/// `pkg/kubelet/kuberuntime/kuberuntime_container.go`, `minimumGracePeriodInSeconds`).
pub(super) const KUBELET_MINIMUM: Seconds = Seconds::new(2);

/// No grace period below this is ever written: with 0 the API server deletes the pod at once (kubernetes/kubernetes
/// `pkg/registry/core/pod/strategy.go`, `CheckGracefulDelete`).
const SHORTEST_GRACE: Seconds = Seconds::new(1);

/// The numbers that the pod needs. They are compared with its present settings later. The letters are those of the
/// arithmetic of [`plan`](super::plan()).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Numbers {
    /// `P`: the longest preStop hook of the apps.
    pub longest_hook: Seconds,
    /// The container that has it.
    pub container: Option<String>,
    /// `A`
    pub app_shutdown: Seconds,
    /// `M`
    pub margin: Seconds,
    /// How long the proxy must certainly stay: `max(drain, P + A)`.
    pub needed: Seconds,
    /// `F`: how long it must stay.
    pub stay: Largest,
    /// How long the proxy stays after its hook: `D`, or the minimum if it exits on idle.
    pub lasting: Largest,
    /// `h`; zero on a native sidecar, where the hook delays nothing. `None` if it can't be read.
    pub hook: Option<Seconds>,
    /// `G`; `None` if it is unknown because the length of the hook can't be read.
    pub grace: Option<Largest>,
    /// The proxy exits as soon as it is idle, so `lasting` is the minimum and not `D`.
    pub exits_on_idle: bool,
    /// The proxy is a native sidecar.
    pub is_native: bool,
    /// The hook of the proxy waits for the apps. `lasting` applies if it fails.
    pub waits: bool,
    /// A hook of somebody else delays SIGTERM in a loop until the apps are gone.
    pub awaits_apps: bool,
}

impl Numbers {
    /// Does the arithmetic that the table of [`plan`](super::plan()) shows.
    pub(super) fn of(facts: &PodFacts, policy: &Policy, apps: &AppHooks, needs: Needs, hook: &HookChoice) -> Self {
        let is_native = mode::is_native(facts, policy);
        let exits_on_idle = idle::is_in_force(facts, policy);
        let Needs { certain, stay } = needs;
        let needed = certain.value();
        let grace_now = facts.grace.effective();
        let stay = if exits_on_idle || hook.serves_through_hooks { certain } else { stay };

        let is_displaced = hook.displaces_mesh_hook();
        let waits = hook.in_force.and_then(ProxyExec::acts).is_some_and(|acts| acts.waits_for_apps);
        let awaits_apps = awaits_apps(facts, hook);
        let length = if is_native { HookLength::Exactly(0) } else { hook.length() };
        let hook = length.known().map(Seconds::new);
        let rest = Term::of(Symbol::Stay, stay.value());
        let rest = if hook == Some(Seconds::ZERO) { rest } else { rest.minus(Symbol::ProxyHook, hook) };
        // The apps are gone when it begins.
        let rest = if awaits_apps { Term::of(Symbol::Constant, Seconds::ZERO) } else { rest };
        let lasting = if exits_on_idle {
            idle::minimum(facts, policy, rest)
        } else {
            let now = facts.settings.drain.in_force().copied().unwrap_or(Effective::DRAIN);
            let now = Term::of(Symbol::DrainNow, now);
            let displaced = displaced(facts, hook).filter(|_| is_displaced && !is_native);
            let now = [Some(now), displaced].into_iter().flatten();
            Largest::of(now.filter(|_| !policy.exact || awaits_apps).chain((!awaits_apps).then_some(rest)))
        };

        let behind_apps = || {
            let margin = Term::of(Symbol::Margin, policy.margin);
            if facts.is_gateway {
                margin
            } else {
                until_apps_are_gone(policy, apps).plus(Symbol::Margin, policy.margin)
            }
        };
        let lasts = if exits_on_idle { Symbol::Minimum } else { Symbol::DrainDuration };
        let behind_proxy = |hook: Seconds| {
            let start = match hook {
                Seconds::ZERO => Term::of(lasts, lasting.value()),
                hook => Term::of(Symbol::ProxyHook, hook).plus(lasts, lasting.value()),
            };
            start.plus(Symbol::Margin, policy.margin)
        };
        let enough = match hook {
            _ if is_native || awaits_apps => Some(Largest::of([behind_apps()])),
            Some(hook) => {
                let (proxy, apps) = (behind_proxy(hook), behind_apps());
                let is_first = apps.value() > proxy.value();
                Some(Largest::of([proxy].into_iter().chain(is_first.then_some(apps))))
            }
            // The API server rejects a sleep that is longer than the grace period, so the grace period must be right
            // for it even if `h` is unknown.
            None => (!apps.given.is_empty() && grace_now < apps.longest).then(|| Largest::of([behind_apps()])),
        };
        let grace = enough.map(|enough| {
            let now = (!policy.exact).then(|| Term::of(Symbol::GraceNow, grace_now));
            let grace = enough.and_first(now);
            let is_none = grace.value() < SHORTEST_GRACE;
            if is_none { grace.and(Term::of(Symbol::Constant, SHORTEST_GRACE)) } else { grace }
        });
        Self {
            longest_hook: apps.longest,
            container: apps.container.map(str::to_owned),
            app_shutdown: policy.app_shutdown,
            margin: policy.margin,
            needed,
            stay,
            lasting,
            hook,
            grace,
            exits_on_idle,
            is_native,
            waits,
            awaits_apps,
        }
    }

    /// The grace period after the changes.
    pub(super) fn grace_in_force(&self, present: Grace) -> Seconds {
        self.grace.as_ref().map_or(present.effective(), Largest::value)
    }

    /// How long the proxy certainly stays, from the start of the shutdown on; `None` if it exits with the apps.
    pub(crate) fn cover(&self) -> Option<Seconds> {
        (!self.is_native && !self.waits && !self.awaits_apps)
            .then(|| self.hook.unwrap_or_default() + self.lasting.value())
    }
}

/// Whether a hook of somebody else delays SIGTERM in a loop until the apps are gone.
fn awaits_apps(facts: &PodFacts, hook: &HookChoice) -> bool {
    match hook.in_force.filter(|_| !hook.fails) {
        // A loop sees the processes of the apps only if they are shared.
        Some(ProxyExec::AwaitsApps(AppLoop::Processes)) => facts.shares_process_namespace,
        Some(ProxyExec::AwaitsApps(_)) => !facts.is_gateway,
        _ => false,
    }
}

/// How long a classic proxy stayed with the mesh's hook, if the pod's own hook replaces it. The hook's length then
/// counts towards `D0`, but only with the drain duration of the mesh: the pod's own may make up for the hook already.
fn displaced(facts: &PodFacts, hook: Option<Seconds>) -> Option<Term> {
    let length = facts.mesh_hook_length().and_then(HookLength::known).filter(|length| *length > 0)?;
    let of_mesh = facts.settings.drain.under.as_ref().map_or(Effective::DRAIN, |under| under.value);
    let stay = Term::of(Symbol::MeshHook, Seconds::new(length)).plus(Symbol::DrainNow, of_mesh);
    Some(if hook == Some(Seconds::ZERO) { stay } else { stay.minus(Symbol::ProxyHook, hook) })
}
