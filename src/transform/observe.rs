//! What the first pass found, as reports.

use std::collections::HashSet;

use crate::istio::SettingPlace;
use crate::object::{self, DoubledKey, Identity};
use crate::policy::PolicySet;
use crate::protocol::Origin;
use crate::report::{Located, Outcome, WorkloadReport};
use crate::rules::{
    duplicate_key, mesh_contradiction, missing_workload_ref, template_in_mesh_hook, unreadable_mesh,
    values_out_of_sight,
};
use crate::world::{Flaw, Trouble};
use crate::yaml::{NodeId, Place, Route, Tree};

use super::planning::Planning;
use super::site::soften;

/// What is wrong with the statements of the source of that number: a report for each object that makes some.
pub(super) fn reports(run: &Planning<'_>) -> Vec<WorkloadReport> {
    let mut reports: Vec<WorkloadReport> = Vec::new();
    for trouble in run.world.troubles(run.number).filter(|trouble| !is_known(&trouble.flaw, run.policy)) {
        let located = located(trouble);
        match reports.last_mut() {
            Some(report) if report.identity == trouble.place.identity => report.findings.push(located),
            _ => {
                let place = trouble.place.clone();
                let mut report = WorkloadReport::new(place.identity, place.file, place.field.offset, Outcome::Observed);
                report.findings.push(located);
                reports.push(report);
            }
        }
    }
    reports
}

/// A report for each list of a unit that says twice what it is or what is in it.
pub(super) fn doubled_lists(tree: &Tree<'_>, run: &Planning<'_>) -> Vec<WorkloadReport> {
    let reports = object::doubled_in_lists(tree).into_iter().map(|DoubledKey { mapping, first, second }| {
        let start = |node: NodeId| tree.node(node).span.start();
        let kind = object::kinds(tree, mapping).find(|kind| object::is_list_kind(kind)).unwrap_or_default();
        let identity = Identity::read(tree, mapping, kind);
        let mut report = WorkloadReport::new(identity, Origin::default(), start(mapping), Outcome::Observed);
        let first = SettingPlace::Input { number: run.number, offset: start(first) };
        let key = tree.as_written(second).unwrap_or_default();
        let place = Place { offset: start(second), route: Route::default().key(key.to_owned()) };
        report.findings.push(Located::at(place, duplicate_key::in_list(key, &first)));
        soften(&mut report.findings, run.policy.policy.refused);
        report
    });
    reports.collect()
}

/// Whether the policy says what can't be seen, or nobody needs it.
fn is_known(flaw: &Flaw, policy: &PolicySet) -> bool {
    let Flaw::Unseen { revision, .. } = flaw else { return false };
    let own = policy.revisions.get(revision).map(|revision| &revision.mesh);
    policy.policy.remove || own.into_iter().chain([&policy.policy.mesh]).any(|mesh| mesh.proxy.drain.is_some())
}

fn located(trouble: &Trouble) -> Located {
    let finding = match &trouble.flaw {
        Flaw::Text(field) => unreadable_mesh::text(field),
        Flaw::Duration(field, error) => unreadable_mesh::duration(field, error),
        Flaw::Value(field, accepted) => unreadable_mesh::value(field, accepted),
        Flaw::Template(command) => template_in_mesh_hook::found(command),
        Flaw::Unseen { field, .. } => values_out_of_sight::found(field),
        Flaw::Twice { key, first } => duplicate_key::in_mesh(key, first.as_ref()),
        Flaw::Contradiction { what, other, place } => mesh_contradiction::found(other, what).beside(place.as_ref()),
    };
    Located::at(trouble.place.field.clone(), finding)
}

/// Takes the warning back that the workload is missing that another one refers to, where it is among those of the run.
///
/// A run over many sources calls it once, over the reports of all of them.
pub(super) fn find_referred<'r>(
    reports: impl IntoIterator<Item = &'r mut WorkloadReport>,
    default_namespace: Option<&str>,
) {
    let mut reports: Vec<_> = reports.into_iter().collect();
    if !reports.iter().any(|report| matches!(report.outcome, Outcome::Refers(_))) {
        return;
    }
    let known: HashSet<_> = reports.iter().map(|report| report.identity.key(default_namespace)).collect();
    for report in &mut reports {
        let Outcome::Refers(to) = &report.outcome else { continue };
        if known.contains(&to.key(default_namespace)) {
            report.findings.retain(|located| located.finding.rule != &missing_workload_ref::RULE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PolicyFields;
    use crate::rules::Severity;
    use crate::transform::{Settings, transform};
    use crate::yaml::Source;

    #[test]
    fn a_list_with_two_lists_of_items_is_an_error_at_both_places() {
        let workload = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, \
                        spec: {template: {spec: {containers: [{name: b}]}}}}";
        let check = |list: &str, items: [&str; 2], expected: [usize; 2]| {
            for threads in [1, 4] {
                let text = format!("{list}items:\n- {}\nitems:\n- {}\n", items[0], items[1]);
                let settings = Settings {
                    policy: PolicyFields::default(),
                    strict: false,
                    threads: threads.try_into().unwrap(),
                    reads_running: false,
                    judging: Default::default(),
                    keeps_patches: false,
                };
                let done = transform(Source::embedded(&text), &settings).unwrap();
                let reports = done.reports.iter().filter(|report| report.outcome == Outcome::Observed);
                let found: Vec<_> = reports.flat_map(|report| &report.findings).collect();
                let [Located { finding, place, .. }] = found.as_slice() else { panic!("{text}: {found:?}") };
                assert_eq!((finding.rule.id(), finding.severity), ("duplicate-key", Severity::Error), "{text}");
                let first = Some(SettingPlace::Input { number: 0, offset: expected[0] });
                assert_eq!((&finding.beside, place.offset), (&first, expected[1]), "{text}");
                assert!(done.has_errors());
            }
        };
        for list in ["apiVersion: v1\nkind: List\n", "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"] {
            let at = list.len();
            check(list, [workload, "{}"], [at, at + 10 + workload.len()]);
            check(list, ["{}", workload], [at, at + 12]);
        }
    }
}
