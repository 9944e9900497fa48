//! What the pod sets and the mesh sets, too. It is superfluous, and taken out only with `dropCovered`: the mesh must be
//! live before the pods are.

use crate::istio::{Layered, MeshHook, Setting};

use super::{Change, Part, Plan, PodFacts};

/// The settings of the pod that come to the same without it, and the pod without them.
pub(super) fn taken_out(facts: &PodFacts) -> (PodFacts, Vec<Part>) {
    let (mut facts, mut parts) = (facts.clone(), Vec::new());
    let settings = &mut facts.settings;
    parts.extend(take_out(&mut settings.drain).then_some(Part::Drain));
    parts.extend(take_out(&mut settings.drain_duration).then_some(Part::DrainDuration));
    parts.extend(take_out(&mut settings.exit_on_idle).then_some(Part::ExitOnIdle));
    parts.extend(take_out(&mut settings.minimum).then_some(Part::Minimum));
    (facts, parts)
}

fn take_out<T: PartialEq>(setting: &mut Layered<T>) -> bool {
    let is_covered = setting.own.is_some() && same(setting).is_some();
    if is_covered {
        setting.own = None;
    }
    is_covered
}

/// What the mesh says, where the pod says the same and nothing wins over both.
pub(super) fn same<T: PartialEq>(setting: &Layered<T>) -> Option<&Setting<T>> {
    let is_same = |under: &&Setting<T>| setting.over.is_none() && setting.own.as_ref() == Some(&under.value);
    setting.under.as_ref().filter(is_same)
}

/// Whether a hook is that of the mesh, which nothing of the pod gives.
pub(super) fn is_of_mesh(facts: &PodFacts, command: &[String]) -> bool {
    let of_mesh = facts.mesh_hook.as_ref().filter(|_| facts.annotated_hook().is_none());
    of_mesh.is_some_and(|hook| matches!(&hook.value, MeshHook::Exec(of_mesh) if of_mesh == command))
}

/// The plan for a pod without what is covered; what it needs all the same stays.
pub(super) fn dropped(mut plan: Plan, parts: Vec<Part>) -> Plan {
    let is_written = |part: &Part| {
        plan.changes.iter().any(|change| match change {
            Change::Drain(_) => *part == Part::Drain,
            Change::DrainDuration(_) => *part == Part::DrainDuration,
            Change::ExitOnIdle { turn_on, minimum } => {
                *turn_on && *part == Part::ExitOnIdle || minimum.is_some() && *part == Part::Minimum
            }
            _ => false,
        })
    };
    let gone: Vec<_> = parts.into_iter().filter(|part| !is_written(part)).map(Change::Remove).collect();
    plan.changes.splice(0..0, gone);
    plan
}
