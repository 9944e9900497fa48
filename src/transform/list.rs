//! One ResourceList: its workloads and its `results`.

use crate::istio::SettingPlace;
use crate::object;
use crate::protocol::{self, ListPlace, ResultEntry};
use crate::report::WorkloadReport;
use crate::rules::Severity;
use crate::yaml::{EditSet, Keep, NodeId, Patch, Span, Tree, document, lower};

use super::observe::find_referred;
use super::planning::Planning;
use super::pods::merge_pods;
use super::proof::Edited;
use super::unit::UnitDraft;
use super::{TransformError, Transformed, has_errors, observe, proof, withhold, workload_rules};

/// Plans, makes and proves the edits of a list.
pub(super) fn plan(
    tree: &Tree<'_>,
    root: NodeId,
    span: Span,
    planning: &Planning<'_>,
    keep: Keep<'_>,
) -> Result<Transformed, TransformError> {
    let mut unit = UnitDraft::of(tree, span, planning, planning.threads)?;
    planning.bounds.hold()?;
    let mut reports = observe::reports(planning);
    reports.append(&mut unit.reports);
    find_referred(&mut reports, planning.policy.default_namespace.as_deref());
    merge_pods(&mut reports, planning.policy.default_namespace.as_deref());
    if has_errors(&reports) {
        unit.edits.clear();
        unit.patches.clear();
        withhold(&mut reports);
    }
    let rules = workload_rules::uses(planning.policy, !planning.settings.policy.states("workloads"), &reports);
    let entries = results_of(tree, root, &reports, workload_rules::results(tree, root, &rules));
    let mut results = Patch::default();
    protocol::complete_items(tree, root, &mut results).map_err(TransformError::Items)?;
    let needs_items = !results.is_empty();
    protocol::append_results(tree, root, &entries, &mut results);
    let result_edits = match lower(tree, root, &results) {
        Ok(edits) => edits,
        Err(refusal) if needs_items => return Err(TransformError::Items(refusal.offset)),
        // Where the list itself can't be edited safely, stderr and the exit code still tell what was found.
        Err(_) => {
            results = Patch::default();
            Vec::new()
        }
    };
    let all = unit.edits.into_iter().chain(result_edits).collect();
    let edits = EditSet::new(all).map_err(TransformError::Overlap)?;
    let patches = proof::gather(tree, unit.patches.into_iter().chain([(root, results)]));
    proof::prove(&Edited { old: tree, span, edits: &edits, patches: &patches, keep }).map_err(TransformError::Proof)?;
    let patches = planning.kept(tree, patches);
    let unasked = unit.unasked;
    let checks = planning.checks();
    let is_resource_list = true;
    let done =
        Transformed { edits, reports, rules, patches, is_resource_list, unasked, checks, ..Transformed::default() };
    let mut done = done;
    done.emitted = planning.policy.emit_nothing.then(|| bare_list(tree, root, &done)).transpose()?;
    Ok(done)
}

/// The findings as entries of `results`, errors first: kpt shows only the first four.
fn results_of(
    tree: &Tree<'_>,
    root: NodeId,
    reports: &[WorkloadReport],
    others: Vec<(Severity, ResultEntry)>,
) -> Vec<ResultEntry> {
    let objects = object::collect(tree, |_| true);
    let place = |place: &SettingPlace| match place {
        SettingPlace::Input { offset, .. } => ListPlace::at(tree, root, &objects, *offset),
        SettingPlace::File { file, line, .. } => Some(ListPlace::of_file(file, *line)),
    };
    let mut entries: Vec<_> = reports.iter().flat_map(|report| report.results(place)).chain(others).collect();
    entries.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// The list as it is written where no objects are to be given back.
fn bare_list(tree: &Tree<'_>, root: NodeId, done: &Transformed) -> Result<String, TransformError> {
    let mut results = Patch::default();
    let entries = results_of(tree, root, &done.reports, workload_rules::results(tree, root, &done.rules));
    protocol::append_results(tree, root, &entries, &mut results);
    let list = protocol::bare_list(tree, root, &results);
    let text = document(&list);
    proof::prove_new(&text, &list).map_err(TransformError::Proof)?;
    Ok(text)
}
