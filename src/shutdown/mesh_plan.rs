//! What is written into the mesh itself, so that every proxy has it: `defaultConfig` of the mesh config.
//!
//! The time is stated, by `drain`, and never worked out: the longest workload would make every pod linger. What the
//! mesh has is only raised, unless `exact` is set. `drainDuration` is at least 1.5 times the drain, for the reason in
//! [`drain_duration`](super::drain_duration).
//!
//! # Plans
//!
//! | case | there | policy | changes |
//! |---|---|---|---|
//! | nothing stated | - | - | - |
//! | a short drain | - | drain 20 | D 20 |
//! | over 30s | - | drain 40 | D 40, DD 60 |
//! | at 30s | - | drain 30 | D 30 |
//! | Istio's default is enough | - | drain 5 | - |
//! | longer already | D 60 | drain 40 | DD 60 |
//! | longer already, exact | D 60 | drain 40, exact | D 40, DD 60 |
//! | all there | D 40, DD 60 | drain 40 | - |
//! | before Envoy 1.40 | - | drain 40, istio 1.20 | D 40 |
//! | before Envoy 1.40, long | - | drain 60, istio 1.20 | D 60, DD 60 |
//! | an old Istio | - | drain 60, istio 1.15 | D 60, DD 60, PSD 75 |
//! | older than the setting | - | drain 40, istio 1.6 | - |
//! | exit on idle | - | drain 40, idle | DD 60, turn on idle 40 |
//! | exit on idle, in force | idle 10 | drain 40 | DD 60, idle 40 |
//! | exit on idle, too new | - | drain 20, idle, istio 1.11 | D 20 |
//! | removed | D 40, DD 60 | remove | - drain, - drainDuration |
//! | removed, with a drainDuration of its own | D 40, DD 90 | remove | - drain |
//! | exit on idle removed | idle 40, DD 60 | remove | - drainDuration, - idle, - minimum |
//! | removed from an old Istio | D 60, DD 60, PSD 75 | remove, istio 1.15 | - drain, - drainDuration, - parentShutdown |

use crate::istio::{Bare, Effective, Feature, MeshHook, ProxySettings, WrittenHook};

use super::drain_duration::{PARENT_SHUTDOWN_AFTER, with_last_third};
use super::hook_choice::command_for_all;
use super::{Change, Grace, Part, Policy, Seconds, idle};

/// What has to change in a mesh config that has these settings.
pub(crate) fn plan_mesh(present: &ProxySettings<Bare>, policy: &Policy) -> Vec<Change> {
    if policy.remove {
        return removed(present, policy).into_iter().map(Change::Remove).collect();
    }
    let Some(drain) = policy.drain.filter(|_| !policy.lacks(Feature::TerminationDrainDuration)) else {
        return Vec::new();
    };
    settings(present, policy, drain, drain_duration(drain, policy))
}

/// What has to change for a gateway with these settings and that grace period. Its listeners are open to all, so it is
/// drained as a whole, and `drainDuration` is as long as the drain where Istio's default is shorter.
pub(crate) fn plan_gateway(present: &ProxySettings<Bare>, grace: Option<Grace>, policy: &Policy) -> Vec<Change> {
    if policy.remove {
        return removed(present, policy).into_iter().map(Change::Remove).collect();
    }
    let Some(drain) = policy.drain.filter(|_| !policy.lacks(Feature::TerminationDrainDuration)) else {
        return Vec::new();
    };
    let mut changes = settings(present, policy, drain, drain);
    let lasting = if policy.exact { drain } else { drain.max(present.drain.unwrap_or_default()) };
    let needed = lasting + policy.margin;
    let is_short = |grace: Grace| grace.effective() < needed || policy.exact && grace.effective() != needed;
    changes.extend(grace.filter(|grace| is_short(*grace)).map(|_| Change::Grace(needed)));
    changes
}

/// What has to change in settings for such a drain.
fn settings(present: &ProxySettings<Bare>, policy: &Policy, drain: Seconds, wanted: Seconds) -> Vec<Change> {
    let raised = |now: Seconds| now < drain || policy.exact && now != drain;
    let mut changes = Vec::new();
    let is_on = present.exit_on_idle == Some(true);
    let exits_on_idle = (policy.exit_on_idle || is_on) && !idle::is_too_new(policy);
    if !exits_on_idle && raised(present.drain.unwrap_or(Effective::DRAIN)) {
        changes.push(Change::Drain(drain));
    }
    let now = present.drain_duration.unwrap_or(Effective::DRAIN_DURATION);
    let is_written = wanted > now;
    if is_written {
        changes.push(Change::DrainDuration(wanted));
    }
    let parent = present.parent_shutdown.unwrap_or(Effective::PARENT_SHUTDOWN);
    if is_written && policy.has(Feature::ParentShutdownDuration) && parent <= wanted {
        changes.push(Change::ParentShutdown(wanted + PARENT_SHUTDOWN_AFTER));
    }
    let minimum = Some(drain).filter(|_| raised(present.minimum.unwrap_or(Effective::MINIMUM)));
    if exits_on_idle && (!is_on || minimum.is_some()) {
        changes.push(Change::ExitOnIdle { turn_on: !is_on, minimum });
    }
    changes
}

/// How long Envoy must keep its listeners and idle connections for a drain of that length.
fn drain_duration(drain: Seconds, policy: &Policy) -> Seconds {
    if policy.lacks(Feature::ConnectionDrain) { drain } else { with_last_third(drain) }
}

/// What an earlier run wrote, by its form.
fn removed(present: &ProxySettings<Bare>, policy: &Policy) -> Vec<Part> {
    let mut parts = Vec::new();
    let is_idle = present.exit_on_idle == Some(true) && present.minimum.is_some();
    parts.extend(present.drain.map(|_| Part::Drain));
    let lasting = [present.drain, present.minimum.filter(|_| is_idle)];
    let own = |duration: Seconds| {
        lasting.iter().flatten().any(|lasting| [*lasting, with_last_third(*lasting)].contains(&duration))
    };
    if let Some(duration) = present.drain_duration.filter(|duration| own(*duration)) {
        parts.push(Part::DrainDuration);
        let is_after = |parent: &Seconds| *parent == duration + PARENT_SHUTDOWN_AFTER;
        let parent =
            present.parent_shutdown.filter(is_after).filter(|_| !policy.lacks(Feature::ParentShutdownDuration));
        parts.extend(parent.map(|_| Part::ParentShutdown));
    }
    if is_idle {
        parts.extend([Part::ExitOnIdle, Part::Minimum]);
    }
    parts
}

/// What is to become of the hook that the mesh gives to every istio-proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MeshHookPlan {
    /// It stays as it is.
    Same,
    /// It is somebody else's, and stays.
    Kept,
    /// The policy's command holds an action of a template, which nobody would render.
    Template,
    /// It becomes this change.
    Changed(Change),
}

/// What has to become of `global.proxy.lifecycle.preStop`. The policy has to state a hook for it: a mesh-wide one hides
/// those that Istio's template gives.
pub(crate) fn plan_mesh_hook(present: Option<&MeshHook>, policy: &Policy, is_stated: bool) -> MeshHookPlan {
    let wanted = command_for_all(policy);
    let is_ours = |present: &MeshHook| match present {
        MeshHook::Exec(command) => {
            Some(command) == wanted.as_ref() || WrittenHook::of(command).is_some_and(WrittenHook::is_distinctive)
        }
        MeshHook::Other(_) => false,
    };
    if policy.remove {
        return match present {
            Some(hook) if is_ours(hook) => MeshHookPlan::Changed(Change::Remove(Part::Hook)),
            _ => MeshHookPlan::Same,
        };
    }
    let Some(wanted) = wanted.clone().filter(|_| is_stated) else { return MeshHookPlan::Same };
    match present {
        _ if wanted.iter().any(|word| word.contains("{{")) => MeshHookPlan::Template,
        Some(MeshHook::Exec(command)) if *command == wanted => MeshHookPlan::Same,
        Some(hook) if !is_ours(hook) && !policy.replace_hooks => MeshHookPlan::Kept,
        _ => MeshHookPlan::Changed(Change::Hook(wanted)),
    }
}
