//! What the first pass found, as reports.

use crate::policy::PolicySet;
use crate::report::{Located, Outcome, WorkloadReport};
use crate::rules::{
    mesh_contradiction, missing_workload_ref, template_in_mesh_hook, unreadable_mesh, values_out_of_sight,
};
use crate::world::{Flaw, Trouble};

use super::planning::Planning;

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
    let known: Vec<_> = reports.iter().map(|report| report.identity.clone()).collect();
    for report in &mut reports {
        let Outcome::Refers(to) = &report.outcome else { continue };
        if known.iter().any(|identity| identity.is_same(to, default_namespace)) {
            report.findings.retain(|located| located.finding.rule != &missing_workload_ref::RULE);
        }
    }
}
