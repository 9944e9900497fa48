//! What the pod sets and the mesh sets, too. It is superfluous, and taken out only with `dropCovered`: the mesh must be
//! live before the pods are.

use super::{Change, Part, Plan, PodFacts};

/// The settings of the pod that come to the same without it, and the pod without them.
pub(super) fn taken_out(facts: &PodFacts) -> (PodFacts, Vec<Part>) {
    let (mut facts, mut parts) = (facts.clone(), Vec::new());
    let settings = &mut facts.settings;
    let durations = [(&mut settings.drain, Part::Drain), (&mut settings.drain_duration, Part::DrainDuration)];
    for (setting, part) in durations {
        let under = setting.under.as_ref().map(|under| under.value);
        if setting.own.is_some() && setting.own == under && setting.over.is_none() {
            setting.own = None;
            parts.push(part);
        }
    }
    (facts, parts)
}

/// The plan for a pod without what is covered; what it needs all the same stays.
pub(super) fn dropped(mut plan: Plan, parts: Vec<Part>) -> Plan {
    let is_written = |part: &Part| {
        plan.changes.iter().any(|change| match change {
            Change::Drain(_) => *part == Part::Drain,
            Change::DrainDuration(_) => *part == Part::DrainDuration,
            _ => false,
        })
    };
    let gone: Vec<_> = parts.into_iter().filter(|part| !is_written(part)).map(Change::Remove).collect();
    plan.changes.splice(0..0, gone);
    plan
}
