//! `drainDuration`: how long a draining Envoy takes new connections and keeps idle ones.
//!
//! The drain starts when Envoy is asked to drain, at the time `h` after the start of the shutdown. Two things depend on
//! it:
//!
//! - A plain graceful drain closes the listeners at its end. The drain hook of Istio 1.21 and later keeps them open,
//!   and so does Istio's own hook on a native sidecar. If they would close while the apps' hooks still run, it is at
//!   least `D`.
//! - From Envoy 1.40 on, idle connections and WebSockets are closed in its last third, however the drain was started
//!   (Envoy changelog, `http__proactive_connection_drain`; measured: with 45s at 31s to 43s). So it is at least 1.5 (P
//!   + A - h). With the SIGTERM hook of the guides and an unknown release, only a note says so.
//!
//! It is compared with the value in force and never lowered. Up to Istio 1.16 `parentShutdownDuration` must be longer.

use crate::istio::{Feature, ProxyEnd, ProxyExec};

use super::app_hooks::AppHooks;
use super::pod_draft::PodDraft;
use super::{Change, Effective, Part, PodFacts, Policy, Seconds};

/// How much longer than `drainDuration` the written `parentShutdownDuration` is: the difference of Istio's defaults.
pub(super) const PARENT_SHUTDOWN_AFTER: Seconds = Seconds::new(15);

/// The value in force.
fn present(facts: &PodFacts) -> Seconds {
    facts.settings.drain_duration.in_force().copied().unwrap_or(Effective::DRAIN_DURATION)
}

/// 1.5 times a span, rounded up.
pub(super) fn with_last_third(span: Seconds) -> Seconds {
    Seconds::new(span.get().saturating_add(span.get().div_ceil(2)))
}

/// How long Envoy must keep idle connections; `None` if the target's release does not close them.
fn for_connections(draft: &PodDraft<'_>) -> Seconds {
    let PodDraft { facts, policy, apps, numbers, .. } = *draft;
    if facts.is_gateway || numbers.awaits_apps || policy.lacks(Feature::ConnectionDrain) {
        return Seconds::ZERO;
    }
    // A hook that waits may wait for the whole grace period.
    let grace = numbers.grace_in_force(facts.grace);
    let until = if numbers.waits { grace } else { apps.longest + policy.app_shutdown };
    with_last_third(until.minus(numbers.hook.unwrap_or_default()))
}

/// How long Envoy must accept new connections; `None` if its listeners stay open.
fn for_listeners(draft: &PodDraft<'_>) -> Seconds {
    let PodDraft { facts, policy, apps, hook, numbers } = *draft;
    let closes = match hook.in_force {
        // Nothing drains before the apps are gone.
        _ if numbers.is_native || numbers.awaits_apps => false,
        Some(exec) if exec.acts().is_some_and(|acts| acts.drains_envoy) => {
            facts.is_gateway || policy.lacks(Feature::SkipExit)
        }
        Some(ProxyExec::Ends { by: ProxyEnd::AgentDrain | ProxyEnd::AgentQuit | ProxyEnd::EnvoyQuit, .. }) => {
            facts.is_gateway
        }
        _ => true,
    };
    let lasting = numbers.lasting.value();
    // Load balancers may send new connections to a gateway for as long as it drains.
    let used = if facts.is_gateway { lasting } else { apps.longest.minus(numbers.hook.unwrap_or_default()) };
    if closes && used > present(facts) { lasting } else { Seconds::ZERO }
}

/// The changes to write.
pub(super) fn changes(draft: &PodDraft<'_>) -> Vec<Change> {
    let PodDraft { facts, policy, hook, .. } = *draft;
    let present = present(facts);
    let listeners = for_listeners(draft);
    let connections = for_connections(draft);
    let signals = hook.in_force.and_then(ProxyExec::acts).is_some_and(|acts| acts.signals_agent);
    let is_note = signals && !policy.has(Feature::ConnectionDrain);
    let is_written = listeners > present || connections > present && !is_note;
    let wanted = if is_written { listeners.max(connections) } else { present };
    let mut changes = Vec::new();
    if is_written {
        changes.push(Change::DrainDuration(wanted));
    }
    let settings = &facts.settings;
    let parent = settings.parent_shutdown.in_force().copied().unwrap_or(Effective::PARENT_SHUTDOWN);
    let is_own = is_written || settings.drain_duration.own.is_some();
    if is_own && policy.has(Feature::ParentShutdownDuration) && parent <= wanted {
        changes.push(Change::ParentShutdown(wanted + PARENT_SHUTDOWN_AFTER));
    }
    changes
}

/// How long connections are needed and how long they are kept, if that is shorter and no change is written.
pub(super) fn shortfall(draft: &PodDraft<'_>) -> Option<(Seconds, Seconds)> {
    let (present, connections) = (present(draft.facts), for_connections(draft));
    let is_written = !changes(draft).is_empty();
    (connections > present && !is_written).then_some((connections, present))
}

/// Whether the pod's own `drainDuration` is one that this tool writes.
fn is_of_recipe(facts: &PodFacts, policy: &Policy, apps: &AppHooks, own: Seconds) -> bool {
    let settings = &facts.settings;
    let lasting = [settings.drain.own, settings.minimum.own];
    let connections = with_last_third(apps.longest + policy.app_shutdown);
    let present = facts.proxy.present().and_then(|present| present.hook.exec()).and_then(ProxyExec::acts);
    let waits = present.is_some_and(|acts| acts.waits_for_apps);
    let is_of_wait = waits && own == with_last_third(facts.grace.effective());
    let below = settings.drain_duration.under.as_ref().map_or(Effective::DRAIN_DURATION, |under| under.value);
    own > below && (lasting.contains(&Some(own)) || own == connections || is_of_wait)
}

/// The parts that an earlier run wrote.
pub(super) fn written(facts: &PodFacts, policy: &Policy, apps: &AppHooks) -> Vec<Part> {
    let settings = &facts.settings;
    let Some(own) = settings.drain_duration.own.filter(|own| is_of_recipe(facts, policy, apps, *own)) else {
        return Vec::new();
    };
    let parent = settings.parent_shutdown.own.filter(|parent| *parent == own + PARENT_SHUTDOWN_AFTER);
    [Part::DrainDuration].into_iter().chain(parent.map(|_| Part::ParentShutdown)).collect()
}
