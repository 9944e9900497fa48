//! One unit of an input: what is to be done with the workloads in it, proven.

use std::num::NonZeroUsize;

use crate::parallel;
use crate::report::WorkloadReport;
use crate::yaml::{Edit, EditSet, Keep, NodeId, Patch, Source, Span, SyntaxError, Tree};

use super::heed::heed;
use super::lower::Draft;
use super::planning::Planning;
use super::unasked::Unasked;
use super::{TransformError, Transformed, mesh, proof, workload};

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
    let unit = UnitDraft::of(tree, span, planning, threads);
    let edits = EditSet::new(unit.edits().collect()).map_err(TransformError::Overlap)?;
    let patches = proof::gather(tree, unit.patches());
    proof::prove(tree, span, &edits, &patches, keep).map_err(TransformError::Proof)?;
    let patches = proof::by_offset(tree, patches);
    let (reports, unasked) = (unit.reports().cloned().collect(), unit.unasked);
    Ok(Transformed { edits, reports, patches, unasked, ..Transformed::default() })
}

/// What is to be done with the workloads of one unit.
pub(super) struct UnitDraft {
    pub drafts: Vec<Draft>,
    /// Workloads that only some readers see.
    pub hidden: Vec<WorkloadReport>,
    pub unasked: Unasked,
}

impl UnitDraft {
    /// Plans every workload of a unit.
    pub(super) fn of(tree: &Tree<'_>, span: Span, planning: &Planning<'_>, threads: NonZeroUsize) -> Self {
        let objects = planning.interest.planned(tree);
        let drafts = parallel::map(&objects, threads, |object| {
            let mut drafts =
                parallel::working_on(|| object.identity.to_string(), || workload::draft(tree, object, planning));
            if planning.policy.check {
                heed(tree, object, &mut drafts, &planning.policy.checks);
            }
            drafts
        });
        let mut drafts: Vec<_> = drafts.into_iter().flatten().collect();
        for (object, draft) in mesh::drafts(tree, planning) {
            let mut of_mesh = [draft];
            if planning.policy.check {
                heed(tree, &object, &mut of_mesh, &planning.policy.checks);
            }
            drafts.extend(of_mesh);
        }
        let hidden = workload::hidden(tree.source, span, &drafts, planning.policy).unwrap_or_default();
        Self { drafts, hidden, unasked: planning.interest.unasked(tree) }
    }

    pub(super) fn reports(&self) -> impl Iterator<Item = &WorkloadReport> {
        self.drafts.iter().map(|draft| &draft.report).chain(&self.hidden)
    }

    pub(super) fn edits(&self) -> impl Iterator<Item = Edit> + '_ {
        let edits = self.drafts.iter().flat_map(|draft| draft.edits.iter().cloned());
        #[cfg(test)]
        let edits = edits.map(|edit| TAMPER.get().map_or(edit.clone(), |tamper| tamper(edit)));
        edits
    }

    /// What is to change in each document of the unit.
    pub(super) fn patches(&self) -> impl Iterator<Item = (NodeId, Patch)> + '_ {
        self.drafts.iter().map(|draft| (draft.root, draft.patch.clone()))
    }
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
