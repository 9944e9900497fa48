//! One unit of an input: the plan for its workloads, with the proof.

use std::num::NonZeroUsize;

use crate::parallel;
use crate::report::WorkloadReport;
use crate::yaml::{Edit, EditSet, Keep, NodeId, Patch, Source, Span, SyntaxError, Tree};

use super::heed::{heed, judge};
#[cfg(test)]
use super::lower::Draft;
use super::planning::Planning;
use super::proof::Edited;
use super::unasked::Unasked;
use super::{TransformError, Transformed, mesh, observe, proof, workload};

/// Plans, makes and proves the edits of one unit.
pub(super) fn plan_part(
    source: Source<'_>,
    read: Result<&Tree<'_>, SyntaxError>,
    span: Span,
    planning: &Planning<'_>,
    threads: NonZeroUsize,
    keep: Keep<'_>,
) -> Result<Transformed, TransformError> {
    let tree = match read {
        Ok(tree) => tree,
        // It may be YAML to readers of YAML 1.1.
        Err(error) => {
            let hidden = workload::hidden(source, span, &[], planning.policy);
            let reports = hidden.ok_or(TransformError::Syntax(error))?;
            return Ok(Transformed { reports, ..Transformed::default() });
        }
    };
    let unit = UnitDraft::of(tree, span, planning, threads)?;
    let edits = EditSet::new(unit.edits).map_err(TransformError::Overlap)?;
    let patches = proof::gather(tree, unit.patches);
    proof::prove(&Edited { old: tree, span, edits: &edits, patches: &patches, keep }).map_err(TransformError::Proof)?;
    let patches = planning.kept(tree, patches);
    let (reports, unasked) = (unit.reports, unit.unasked);
    Ok(Transformed { edits, reports, patches, unasked, ..Transformed::default() })
}

/// What is to be done with the workloads of one unit.
pub(super) struct UnitDraft {
    /// Those that only some readers see come last.
    pub reports: Vec<WorkloadReport>,
    pub edits: Vec<Edit>,
    /// What is to change in each document of the unit.
    pub patches: Vec<(NodeId, Patch)>,
    pub unasked: Unasked,
}

impl UnitDraft {
    /// Plans every workload of a unit, as far as there is room for what is found.
    pub(super) fn of(
        tree: &Tree<'_>,
        span: Span,
        planning: &Planning<'_>,
        threads: NonZeroUsize,
    ) -> Result<Self, TransformError> {
        let objects = planning.interest.planned(tree);
        let drafts = parallel::map(&objects, threads, |object| {
            if !planning.bounds.has_room() {
                return Vec::new();
            }
            let mut drafts =
                parallel::working_on(|| object.identity.to_string(), || workload::draft(tree, object, planning));
            if planning.policy.check {
                heed(tree, object, &mut drafts, &planning.policy.checks);
                judge(&mut drafts, &planning.policy.checks, &planning.settings.judging);
            }
            planning.bounds.count(&drafts);
            drafts
        });
        let mut drafts: Vec<_> = drafts.into_iter().flatten().collect();
        for (object, draft) in mesh::drafts(tree, planning)? {
            let mut of_mesh = [draft];
            if planning.policy.check {
                heed(tree, &object, &mut of_mesh, &planning.policy.checks);
                judge(&mut of_mesh, &planning.policy.checks, &planning.settings.judging);
            }
            drafts.extend(of_mesh);
        }
        let hidden = workload::hidden(tree.source, span, &drafts, planning.policy).unwrap_or_default();
        // Most units have one workload, and a list that grows has room for four reports at once.
        let mut reports = observe::doubled_lists(tree, planning);
        reports.reserve_exact(drafts.len());
        let (mut edits, mut patches) = (Vec::new(), Vec::new());
        for draft in drafts {
            #[cfg(test)]
            let draft = spoilt(draft);
            reports.push(draft.report);
            edits.extend(draft.edits);
            if !draft.patch.is_empty() {
                patches.push((draft.root, draft.patch));
            }
        }
        reports.extend(hidden);
        Ok(Self { reports, edits, patches, unasked: planning.interest.unasked(tree) })
    }
}

#[cfg(test)]
fn spoilt(draft: Draft) -> Draft {
    let spoil = |edit: Edit| TAMPER.get().map_or(edit.clone(), |tamper| tamper(edit));
    Draft { edits: draft.edits.into_iter().map(spoil).collect(), ..draft }
}

/// What spoils the edits of a run in this thread, for tests of the proof.
#[cfg(test)]
pub(super) type Tamper = fn(Edit) -> Edit;

#[cfg(test)]
thread_local!(static TAMPER: std::cell::Cell<Option<Tamper>> = const { std::cell::Cell::new(None) });

/// What `run` gives where every edit of a workload is spoilt.
#[cfg(test)]
pub(super) fn tampered<R>(tamper: Tamper, run: impl FnOnce() -> R) -> R {
    TAMPER.set(Some(tamper));
    let done = run();
    TAMPER.set(None);
    done
}
