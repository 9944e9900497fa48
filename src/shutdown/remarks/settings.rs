//! Remarks on the settings of the proxy.
//!
//! # Mesh
//!
//! The columns are those of the table of [`plan`](super::super::plan()); `mesh` is what the mesh sets.
//!
//! | case | grace | app hooks | there | policy | changes | findings |
//! |---|---|---|---|---|---|---|
//! | the mesh drains long enough | - | - | mesh D 60 | - | G 62 | mesh-drains-already |
//! | the mesh drains long enough, grace does, too | 90 | 10 | mesh D 60 | - | - | mesh-drains-already, grace-beyond-cover |
//! | the mesh drains too short for the grace | 90 | 40 | mesh D 60 | - | D 70, DD 68, hook drain | grace-beyond-cover |
//! | drainDuration of the mesh, far too short | - | 40 | mesh DD 6 | sigterm, classic | D 45, DD 68, hook sigterm, G 47 | - |
//! | drainDuration of the mesh, far too short, on an older Istio | - | 40 | mesh DD 6 | sigterm, classic, istio 1.24 | D 45, DD 45, hook sigterm, G 47 | - |
//! | drainDuration of the mesh, far too short, listeners stay | - | - | mesh DD 6 | - | D 28, DD 8, hook drain, G 30 | - |
//! | the mesh drains long enough, all there | 62 | - | mesh D 60 | - | - | mesh-drains-already |
//! | the mesh drains long enough, our hook there | 62 | - | mesh D 60, bare drain | - | - override | mesh-drains-already |
//! | the mesh drains long enough, also for drain | 62 | - | mesh D 60 | drain 50 | - | mesh-drains-already, drain-without-effect |
//! | the mesh drains long enough, listeners don't | - | 50 | mesh D 60 | - | DD 83, G 62 | mesh-drains-already |
//! | the mesh drains long enough, another hook is asked for | 62 | - | mesh D 60 | sigterm, classic | hook sigterm | mesh-drains-already |
//! | the mesh drains too short | - | 40 | mesh D 20 | - | D 45, DD 68, hook drain, G 47 | - |
//! | the pod's own is shorter | - | - | mesh D 60, D 30 | - | hook drain, G 32 | shorter-than-mesh |
//! | the pod's own is the same | 62 | - | mesh D 60, D 60 | drain 60, app 60 | DD 90, hook drain | covered-by-mesh |
//! | the pod's own is the same, dropped | 62 | - | mesh D 60, D 60 | drain 60, app 60, drop | - drain, DD 90 | mesh-drains-already |
//! | the pod's own is the same, dropped with our hook | 62 | - | mesh D 60, D 60, bare drain | app 58, drop | - drain, DD 87, - override | mesh-drains-already |
//! | our hook is the same | 30 | - | mesh drain, D 28, bare drain | - | - | covered-by-mesh |
//! | our hook is the same, dropped | 30 | - | mesh drain, D 28, bare drain | drop | - override | - |
//! | our hook is the same, dropped from another's override | 30 | - | mesh drain, D 28, full drain | drop | - hook | - |
//! | the hook of the mesh is enough | 30 | - | mesh drain, D 28 | drop | - | - |
//! | another's hook is the same, not dropped | - | - | mesh sleep 10, full sleep 10 | drop | D 18, G 30 | foreign-hook-kept, covered-by-mesh |
//! | idle is the same | 47 | 40 | mesh idle 45, idle 45, DD 68, bare drain | classic | - | covered-by-mesh, covered-by-mesh |
//! | idle is the same, dropped | 47 | 40 | mesh idle 45, idle 45, DD 68, bare drain | classic, drop | - idle, - minimum | - |
//! | idle is the same, the minimum is not | 47 | 40 | mesh idle 10, idle 45, DD 68, bare drain | classic, drop | - idle | - |
//! | the same minimum is too short | - | 40 | mesh idle 10, idle 10 | classic, drop | - idle, DD 68, idle 45, hook drain, G 47 | - |
//! | the same and too short, not dropped | - | 40 | mesh D 20, D 20 | drop | D 45, DD 68, hook drain, G 47 | - |
//! | exact | - | - | mesh D 60 | exact | D 5, hook drain, G 7 | - |
//! | on a native sidecar | - | - | mesh D 60, native | - | G 30 | - |
//! | drainDuration of the mesh | - | 60 | mesh DD 70 | sigterm, classic | D 65, hook sigterm, G 67 | drain-beyond-drain-duration |
//! | drainDuration of the mesh, too short | - | 60 | mesh DD 50 | sigterm, classic | D 65, DD 98, hook sigterm, G 67 | - |
//! | admin port | - | - | port 15004 | - | D 28, hook drain at 15004, G 30 | - |
//! | admin port of the mesh, hook of the default port there | 30 | - | mesh port 15004, D 28, bare drain | - | hook drain at 15004 | - |
//! | admin port, there | 30 | - | port 15004, D 28, bare drain at 15004 | - | - | - |
//! | admin port no longer | 30 | - | D 28, bare drain at 15004 | - | hook drain | - |
//! | admin port out of reach | - | 40 | port 15001 | - | D 45, DD 68, G 47 | admin-port-out-of-reach |
//! | admin port out of reach, our hook there | 30 | - | mesh port 15001, D 28, bare drain at 15001 | - | - override | admin-port-out-of-reach |
//! | admin port out of reach, our hook in another's override | 30 | - | port 15001, D 28, full drain | - | - hook | admin-port-out-of-reach |
//! | admin port out of reach, a long hook | - | 60 | port 15001 | - | D 65, DD 98, G 67 | admin-port-out-of-reach |
//! | admin port out of reach, a hook of the mesh | - | 40 | port 15001, mesh sleep 10 | - | D 35, DD 53, G 47 | admin-port-out-of-reach |
//! | admin port out of reach, sigterm | - | 40 | port 15001 | sigterm, classic | D 45, hook sigterm, G 47 | drain-beyond-drain-duration |
//! | admin port out of reach, no sigterm | - | - | port 15001, shared | sigterm, classic | D 28, G 30 | admin-port-out-of-reach |
//! | admin port out of reach, native | - | 40 | port 15001, native | - | D 45, DD 68, G 47 | - |
//! | a hook of the mesh, replaced | - | 40 | mesh sleep 10 | - | D 45, DD 68, hook drain, G 47 | mesh-hook-replaced |
//! | a longer hook of the mesh, replaced | 90 | - | mesh sleep 60 | - | D 65, hook drain | mesh-hook-replaced, grace-beyond-cover |
//! | a longer hook of the mesh, replaced by a longer one | 90 | 70 | mesh sleep 60 | sleep | D 5, hook sleep 70 | mesh-hook-replaced |
//! | a longer hook of the mesh, replaced before | 90 | - | mesh sleep 60, D 65, bare drain | - | - | mesh-hook-replaced, grace-beyond-cover |
//! | a longer hook of the mesh, exact | 90 | - | mesh sleep 60 | exact | D 5, hook drain, G 7 | mesh-hook-replaced |
//! | a longer hook of the mesh, kept | 90 | - | mesh sleep 60 | none | D 5 | grace-beyond-cover |
//! | a hook of the mesh, in force | - | 40 | mesh sleep 10 | none | D 35, DD 53, G 47 | - |
//! | a hook of the mesh of unknown length | - | 40 | mesh /wait.sh | none | D 45, DD 68 | unknown-proxy-hook-length, hook-eats-grace |
//! | a hook of the mesh, native | - | 40 | mesh sleep 10, native | - | D 45, DD 68, G 47 | mesh-hook-on-native |
//! | a hook of the mesh that ends a native proxy | - | 40 | mesh kill -15 1, native | - | D 45, DD 68, G 47 | mesh-hook-on-native, hook-kills-native-proxy |
//! | a handler of another type | - | 40 | mesh other | - | D 45, DD 68, G 47 | two-handlers |
//! | a handler of another type, our hook there | - | 40 | mesh other, bare drain | - | D 45, DD 68, - override, G 47 | two-handlers |
//! | a handler of another type, a foreign hook there | 47 | 40 | mesh other, D 35, DD 53, full sleep 10 | - | - | foreign-hook-kept, two-handlers |
//! | a handler of another type, no hook wanted | - | 40 | mesh other | none | D 45, DD 68, G 47 | - |
//! | a handler of another type, native | - | 40 | mesh other, native | - | D 45, DD 68, G 47 | - |
//! | a foreign handler of another type | 47 | 40 | mesh sleep 3, D 35, DD 53, full other 10 | - | - | foreign-hook-kept, two-handlers |

use std::cmp::Ordering;

use crate::istio::{Effective, Feature, SettingOrigin, SidecarMode};
use crate::rules::{
    covered_by_mesh, drain_beyond_drain_duration, drain_ignored_by_exit_on_idle, exit_on_idle_on_native,
    exit_on_idle_too_new, istio_too_old, mesh_drains_already, native_annotation_too_new, overridden_setting,
    pin_contradicts_container, pin_without_mode, revisions_differ, shorter_than_mesh,
};

use super::super::hook_choice::HookChoice;
use super::super::mode::{self, Pin};
use super::super::numbers::Numbers;
use super::super::pod_draft::PodDraft;
use super::super::{Change, Finding, PodFacts, Policy, covered, drain_duration, idle};

pub(super) fn all(draft: &PodDraft<'_>) -> Vec<Finding> {
    let PodDraft { facts, policy, hook, numbers, .. } = *draft;
    let mut findings = Vec::new();
    findings.extend(pin(facts, policy));
    findings.extend(drain_too_new(policy));
    findings.extend(idle_too_new(facts, policy));
    findings.extend(idle_on_native(facts, policy, numbers));
    findings.extend(overridden(facts, policy, numbers));
    findings.extend(drain_ignored(facts, numbers));
    findings.extend(mesh_drains(facts, hook, numbers));
    findings.extend(other_revision(facts, policy, numbers));
    findings.extend(same_as_mesh(facts, policy, numbers));
    findings.extend(also_of_mesh(draft));
    findings.extend(connections_close(draft));
    findings
}

fn pin(facts: &PodFacts, policy: &Policy) -> Option<Finding> {
    match mode::pinned(facts, policy)? {
        Pin::Write(_) => None,
        Pin::NothingDeclared => Some(pin_without_mode::found()),
        Pin::TooNew(release) => Some(native_annotation_too_new::for_istio(release)),
        Pin::NoNativeOnNodes(release) => Some(native_annotation_too_new::for_nodes(release)),
        Pin::TwoHandlers => Some(pin_contradicts_container::by_hook()),
        Pin::Contradiction => Some(pin_contradicts_container::by_list()),
    }
}

fn drain_too_new(policy: &Policy) -> Option<Finding> {
    policy.istio.filter(|_| policy.lacks(Feature::TerminationDrainDuration)).map(istio_too_old::no_drain)
}

fn idle_too_new(facts: &PodFacts, policy: &Policy) -> Option<Finding> {
    let release = policy.istio.filter(|_| idle::is_too_new(policy))?;
    let is_on = policy.exit_on_idle || facts.settings.exit_on_idle.in_force() == Some(&true);
    is_on.then(|| exit_on_idle_too_new::found(release, policy.exit_on_idle))
}

/// A native proxy exits with the apps. If our drain hook replaced Istio's, the agent then waits for its minimum time.
fn idle_on_native(facts: &PodFacts, policy: &Policy, numbers: &Numbers) -> Option<Finding> {
    match mode::of(facts, policy) {
        SidecarMode::Native if policy.exit_on_idle => Some(exit_on_idle_on_native::native()),
        SidecarMode::Unknown if numbers.exits_on_idle && !numbers.waits => {
            Some(exit_on_idle_on_native::if_native(numbers.lasting.value()))
        }
        _ => None,
    }
}

/// Findings on settings that are needed but would have no effect.
fn overridden(facts: &PodFacts, policy: &Policy, numbers: &Numbers) -> Option<Finding> {
    let settings = &facts.settings;
    if !numbers.exits_on_idle {
        let over = settings.exit_on_idle.over.as_ref();
        let over = over.filter(|_| policy.exit_on_idle && !numbers.is_native && !idle::is_too_new(policy))?;
        return Some(overridden_setting::exit_on_idle(&over.origin).beside(over.place.as_ref()));
    }
    let over = settings.minimum.over.as_ref()?;
    let needed = numbers.needed.minus(numbers.hook.unwrap_or_default());
    let is_enough = numbers.is_native || over.value >= needed;
    (!is_enough)
        .then(|| overridden_setting::minimum_drain(&over.origin, over.value, needed).beside(over.place.as_ref()))
}

fn drain_ignored(facts: &PodFacts, numbers: &Numbers) -> Option<Finding> {
    if !numbers.exits_on_idle {
        return None;
    }
    let (drain, idle) = (&facts.settings.drain, &facts.settings.exit_on_idle);
    let lasting = numbers.lasting.value();
    // What the plan turns on stands in the annotation in the end.
    let of_pod = idle.own.is_some() || idle.over.is_some() || !idle.under.as_ref().is_some_and(|under| under.value);
    let of_annotation = || SettingOrigin::Annotation("proxy.istio.io/config");
    match (drain.own, &drain.under) {
        (Some(drain), _) if !of_pod => {
            let under = idle.under.as_ref()?;
            Some(drain_ignored_by_exit_on_idle::by_mesh(drain, &under.origin, lasting).beside(under.place.as_ref()))
        }
        (Some(drain), _) => Some(drain_ignored_by_exit_on_idle::found(drain, lasting)),
        (None, Some(under)) if of_pod => {
            let by = idle.over.as_ref().map_or_else(of_annotation, |over| over.origin.clone());
            Some(
                drain_ignored_by_exit_on_idle::of_mesh(under.value, &under.origin, &by, lasting)
                    .beside(under.place.as_ref()),
            )
        }
        _ => None,
    }
}

/// Other settings and the hook that the pod has from the mesh, too.
fn also_of_mesh(draft: &PodDraft<'_>) -> Vec<Finding> {
    let PodDraft { facts, hook, numbers, .. } = *draft;
    let mut findings = Vec::new();
    let duration = &facts.settings.drain_duration;
    let written = drain_duration::changes(draft).into_iter().find_map(|change| match change {
        Change::DrainDuration(duration) => Some(duration),
        _ => None,
    });
    let own = written.or(duration.own);
    let same = duration.under.as_ref().filter(|under| own == Some(under.value) && duration.over.is_none());
    findings.extend(same.map(|under| covered_by_mesh::drain_duration(&under.origin).beside(under.place.as_ref())));
    let (mut idle, mut minimum) = (facts.settings.exit_on_idle.clone(), facts.settings.minimum.clone());
    let written = numbers.exits_on_idle.then(|| idle::change(facts, numbers.lasting.value())).flatten();
    if let Some(Change::ExitOnIdle { turn_on, minimum: written }) = written {
        idle.own = turn_on.then_some(true).or(idle.own);
        minimum.own = written.or(minimum.own);
    }
    let same = covered::same(&idle);
    findings.extend(same.map(|mesh| covered_by_mesh::exit_on_idle(&mesh.origin).beside(mesh.place.as_ref())));
    let same = covered::same(&minimum);
    findings.extend(same.map(|mesh| covered_by_mesh::minimum_drain(&mesh.origin).beside(mesh.place.as_ref())));
    let same = facts.mesh_hook.as_ref().filter(|_| !hook.is_of_mesh && covered::is_of_mesh(facts, &hook.command));
    findings.extend(same.map(|mesh| covered_by_mesh::hook(&mesh.origin, hook.is_kept).beside(mesh.place.as_ref())));
    findings
}

fn mesh_drains(facts: &PodFacts, hook: &HookChoice, numbers: &Numbers) -> Option<Finding> {
    let drain = &facts.settings.drain;
    let under = drain.under.as_ref().filter(|_| drain.own.is_none())?;
    let is_enough = !numbers.exits_on_idle && !numbers.is_native && under.value == numbers.lasting.value();
    is_enough.then(|| {
        mesh_drains_already::found(under.value, &under.origin, !hook.command.is_empty()).beside(under.place.as_ref())
    })
}

/// What becomes of a pod that has its drain from the mesh on another revision: of all, the one that is worst for it.
fn other_revision(facts: &PodFacts, policy: &Policy, numbers: &Numbers) -> Option<Finding> {
    let drain = &facts.settings.drain;
    let under = drain.under.as_ref().filter(|_| drain.own.is_none() && drain.over.is_none());
    let here = under.map_or(Effective::DRAIN, |under| under.value);
    // What the plan writes wins on every revision.
    let is_written = numbers.lasting.value() != here;
    if is_written || numbers.exits_on_idle || numbers.awaits_apps || numbers.is_native || policy.remove {
        return None;
    }
    let needed = numbers.needed.minus(numbers.hook.unwrap_or_default());
    let grace = numbers.grace_in_force(facts.grace);
    let too_short = facts.others.first().filter(|other| other.drain.value < needed);
    let too_long = || facts.others.last().filter(|other| other.drain.value > grace);
    too_short
        .map(|other| revisions_differ::too_short(other, here, needed))
        .or_else(|| too_long().map(|other| revisions_differ::beyond_grace(other, grace)))
}

/// Where the pod sets what the mesh sets, or less. It is about the pod after the edits, so every run reports it.
fn same_as_mesh(facts: &PodFacts, policy: &Policy, numbers: &Numbers) -> Option<Finding> {
    let drain = &facts.settings.drain;
    let under = drain.under.as_ref().filter(|_| drain.own.is_some() && drain.over.is_none())?;
    if numbers.exits_on_idle || numbers.awaits_apps || numbers.is_native || policy.exact {
        return None;
    }
    let lasting = numbers.lasting.value();
    match lasting.cmp(&under.value) {
        Ordering::Less => {
            Some(shorter_than_mesh::found(lasting, under.value, &under.origin).beside(under.place.as_ref()))
        }
        Ordering::Equal => Some(covered_by_mesh::found(&under.origin).beside(under.place.as_ref())),
        Ordering::Greater => None,
    }
}

/// The finding on `drainDuration`, which stays as it is with the SIGTERM hook and an unknown release.
fn connections_close(draft: &PodDraft<'_>) -> Option<Finding> {
    let PodDraft { policy, apps, .. } = *draft;
    let (needed, present) = drain_duration::shortfall(draft)?;
    Some(drain_beyond_drain_duration::found(present, apps.longest + policy.app_shutdown, needed))
}
