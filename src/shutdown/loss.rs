//! The worst loss of a pod that is deleted as it is.
//!
//! The plan says what a pod needs. This file follows what happens with its present settings. A classic proxy gets
//! SIGTERM at once, or after its hook. It drains for the drain duration in force, and is gone. A native proxy ends
//! after the apps. The apps run their hooks, get SIGTERM, and end. At the end of the grace period the kubelet kills the
//! rest.

use crate::istio::{MeshHook, ProxyEnd, ProxyExec, SidecarMode};
use crate::kubernetes::HookLength;
use crate::rules::grace_below_mesh_drain;
use crate::rules::not_drained::{self, Needed};

use super::image::lacking_program;
use super::numbers::KUBELET_MINIMUM;
use super::{AppHook, Change, Effective, Finding, Grace, PodFacts, Policy, Seconds, mode};

/// The worst loss of the pod as it is. `changes` is its plan.
pub(crate) fn loss(facts: &PodFacts, policy: &Policy, changes: &[Change], owner: Option<&str>) -> Finding {
    let shown: Vec<_> = changes.iter().map(ToString::to_string).collect();
    let needed = Needed { changes: &shown.join(", "), owner };
    if policy.remove {
        return not_drained::nothing_lost(&needed);
    }
    if facts.is_gateway {
        return not_drained::of_gateway(&needed);
    }
    let now = Present::of(facts, policy);
    now.of_apps(&needed)
        .or_else(|| now.of_proxy(&needed).map(|finding| finding.likely(now.assumption())))
        .or_else(|| now.likely(&needed, changes))
        .unwrap_or_else(|| not_drained::nothing_lost(&needed))
}

/// The mesh lets the proxy of the pod as it is drain for longer than its grace period.
pub(crate) fn grace_below_mesh(facts: &PodFacts, policy: &Policy) -> Option<Finding> {
    let drain = &facts.settings.drain;
    let under = drain.under.as_ref().filter(|_| drain.own.is_none() && drain.over.is_none())?;
    let is_ignored = mode::is_native(facts, policy) || facts.settings.exit_on_idle.in_force() == Some(&true);
    let grace = facts.grace.effective();
    let is_short = grace < under.value && !is_ignored && !facts.is_gateway && !facts.is_ambient && !policy.remove;
    is_short.then(|| grace_below_mesh_drain::found(grace, under.value, &under.origin).beside(under.place.as_ref()))
}

/// The shutdown of the pod as it is.
struct Present<'f> {
    facts: &'f PodFacts,
    policy: &'f Policy,
    /// The longest readable hook of an app, and the app.
    longest: Option<(Seconds, &'f str)>,
    grace: Seconds,
    /// When a classic proxy would exit, without regard to the grace period; `None` if that is unknown, or if it exits
    /// after the apps.
    gone: Option<Seconds>,
}

impl<'f> Present<'f> {
    fn of(facts: &'f PodFacts, policy: &'f Policy) -> Self {
        let read = |hook: &'f AppHook| Some((Seconds::new(hook.length().known()?), hook.container.as_str()));
        let longest =
            facts.app_hooks.iter().filter_map(read).reduce(|one, other| if other.0 > one.0 { other } else { one });
        let gone = match mode::of(facts, policy) {
            _ if facts.is_ambient => None,
            // It goes after the apps, unless its own hook sends it SIGTERM.
            SidecarMode::Native if !signals_proxy(facts) => None,
            _ => proxy_end(facts, policy),
        };
        Self { facts, policy, longest, grace: facts.grace.effective(), gone }
    }

    /// The assumption under which the proxy exits like a classic sidecar; `None` if that is certain.
    fn assumption(&self) -> Option<&'static str> {
        match (self.facts.is_injection_seen, self.is_classic()) {
            (true, true) => None,
            (true, false) => Some("the sidecar is a classic one"),
            (false, true) => Some("the pod gets a sidecar"),
            (false, false) => Some("the pod gets a sidecar, and a classic one"),
        }
    }

    /// Whether it is known to be one.
    fn is_classic(&self) -> bool {
        self.facts.is_running || mode::of(self.facts, self.policy) == SidecarMode::Classic
    }

    fn hook(&self) -> Seconds {
        self.longest.map_or(Seconds::ZERO, |(longest, _)| longest)
    }

    /// The loss that any pod has, with any sidecar and without one.
    fn of_apps(&self, needed: &Needed<'_>) -> Option<Finding> {
        let (longest, container) = self.longest.filter(|(longest, _)| *longest > Seconds::ZERO)?;
        let is_over = self.grace.minus(longest) < KUBELET_MINIMUM;
        is_over.then(|| not_drained::cut_off(needed, container, [longest, self.grace, KUBELET_MINIMUM]))
    }

    /// The loss with a classic sidecar, whatever the app does.
    fn of_proxy(&self, needed: &Needed<'_>) -> Option<Finding> {
        let gone = self.gone?;
        let (longest, container) = self.longest.unwrap_or_default();
        let drain = self.policy.drain.filter(|drain| *drain > gone);
        if longest > gone {
            return Some(not_drained::proxy_gone(needed, container, [longest, gone]));
        }
        if let Some(drain) = drain {
            return Some(not_drained::before_drain(needed, [drain, gone]));
        }
        let is_cut = gone > self.grace && self.facts.settings.drain.in_force().is_some();
        is_cut.then(|| not_drained::drain_cut_off(needed, [gone, self.grace]))
    }

    /// The loss if the app behaves like most apps.
    fn likely(&self, needed: &Needed<'_>, changes: &[Change]) -> Option<Finding> {
        let hook = self.hook();
        let until = hook + self.policy.app_shutdown;
        let given = changes.iter().find_map(|change| match change {
            Change::AppHook(container, _) => Some(container),
            _ => None,
        });
        let without_hook = self.facts.hookless_apps.iter().find(|app| Some(&app.container) == given);
        if let Some(app) = without_hook {
            let found = not_drained::endpoints(needed, &app.container);
            return Some(found.likely(Some("the app stops taking requests at SIGTERM")));
        }
        if let Some(gone) = self.gone.filter(|gone| until > *gone) {
            let found = not_drained::before_app(needed, [until, gone]);
            return Some(found.likely(Some(match self.is_classic() {
                true => "the app takes as long as appShutdown says",
                false => "the sidecar is a classic one, and the app takes as long as appShutdown says",
            })));
        }
        if until > self.grace {
            let left = self.grace.minus(hook);
            let found = not_drained::short_grace(needed, [left, self.policy.app_shutdown, self.grace]);
            return Some(found.likely(Some("the app takes as long as appShutdown says")));
        }
        let is_stated = self.facts.settings.drain.in_force().is_some();
        if let (Some(gone), Grace::Explicit(grace)) = (self.gone.filter(|_| !is_stated), self.facts.grace)
            && grace > Grace::DEFAULT
            && gone < grace
        {
            let found = not_drained::before_grace(needed, [grace, gone]);
            return Some(found.likely(Some(match self.is_classic() {
                true => "the app uses its grace period",
                false => "the sidecar is a classic one, and the app uses its grace period",
            })));
        }
        let is_written = changes.iter().any(|change| matches!(change, Change::DrainDuration(_)));
        let lasts = self.facts.settings.drain_duration.in_force().copied().unwrap_or(Effective::DRAIN_DURATION);
        let closes = Seconds::new(lasts.get() / 3 * 2);
        (is_written && until > closes).then(|| {
            let found = not_drained::connections(needed, [until, closes]);
            found.likely(Some("the release of Istio has Envoy 1.40"))
        })
    }
}

/// Whether the hook of istio-proxy sends it SIGTERM.
fn signals_proxy(facts: &PodFacts) -> bool {
    let hook = facts.proxy.present().and_then(|present| present.hook.exec());
    matches!(hook, Some(ProxyExec::Ends { by: ProxyEnd::Signal, .. }))
        || hook.and_then(ProxyExec::acts).is_some_and(|acts| acts.signals_agent)
}

/// When a classic proxy exits; `None` if it waits for the apps, exits on idle, is ended by its hook, or if its hook
/// can't be read.
fn proxy_end(facts: &PodFacts, policy: &Policy) -> Option<Seconds> {
    let settings = &facts.settings;
    if settings.exit_on_idle.in_force() == Some(&true) {
        return None;
    }
    let own = facts.proxy.present().and_then(|present| present.hook.exec());
    let of_mesh = facts.mesh_hook.as_ref().map(|hook| match &hook.value {
        MeshHook::Exec(command) => ProxyExec::of(command),
        MeshHook::Other(_) => ProxyExec::Other(HookLength::Unknown),
    });
    let drain = settings.drain.in_force().copied().unwrap_or(Effective::DRAIN);
    match own.or(of_mesh) {
        None => Some(drain),
        // The hook fails, and SIGTERM follows at once.
        Some(_) if lacking_program(facts, policy).is_some() => Some(drain),
        Some(ProxyExec::AwaitsApps(_)) => None,
        Some(exec) if exec.acts().is_some_and(|acts| acts.waits_for_apps) => None,
        Some(ProxyExec::Ends { by: ProxyEnd::Signal, after }) => after.known().map(|after| Seconds::new(after) + drain),
        // Another finding is about such a hook.
        Some(ProxyExec::Ends { .. }) => None,
        Some(hook) => hook.length().known().map(|length| Seconds::new(length) + drain),
    }
}
