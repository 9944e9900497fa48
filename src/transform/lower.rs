//! The last step for every site: turns changed values into edits of the text, or into a refusal.

use crate::report::{Outcome, WorkloadReport};
use crate::rules::{Finding, Severity};
use crate::shutdown::{Change, Refused};
use crate::yaml::{Edit, EditSet, NodeId, Patch, Refusal, Route, lower};

use super::site::{Site, soften};

/// The plan for a site.
pub(super) struct Planned<'t> {
    pub site: Site<'t>,
    /// The planned changes of values.
    pub patch: Patch,
    /// The refusal if readers read the plan's input differently.
    pub ambiguity: Option<Refusal>,
    /// The changes that the patch stands for.
    pub changes: Vec<Change>,
    /// Its outcome if nothing changes.
    pub untouched: Outcome,
    /// The loss of the workload as it is, if it is only checked.
    pub loss: Option<Finding>,
    /// How to treat it if it can't be edited safely.
    pub refused: Refused,
    /// With all findings so far.
    pub report: WorkloadReport,
}

/// The result for one site.
pub(super) struct Draft {
    /// The root of its document.
    pub root: NodeId,
    pub patch: Patch,
    pub edits: Vec<Edit>,
    pub report: WorkloadReport,
    /// The route to the pod template, if there is one.
    pub template: Option<Route>,
}

impl Draft {
    /// Nothing is done.
    pub(super) fn idle(root: NodeId, report: WorkloadReport) -> Self {
        Self { root, patch: Patch::default(), edits: Vec::new(), report, template: None }
    }
}

impl Planned<'_> {
    /// Makes edits of the patch. One error is enough to have none.
    pub(super) fn lower(self) -> Draft {
        let Self { site, patch, mut report, .. } = self;
        let lowered = match self.ambiguity {
            Some(refusal) => Err(refusal),
            None if patch.is_empty() => Ok(Vec::new()),
            None => lower(site.tree, site.object.root, &patch),
        };
        let edits = lowered.unwrap_or_else(|refusal| {
            report.findings.push(site.refused(&refusal, &patch));
            Vec::new()
        });
        let has_error = report.severity() == Some(Severity::Error);
        soften(&mut report.findings, self.refused);
        report.outcome = match (has_error, edits.is_empty()) {
            (true, _) => Outcome::Refused,
            (false, true) => self.untouched,
            (false, false) if self.loss.is_some() => Outcome::Lacking,
            (false, false) => Outcome::Edited,
        };
        if let Some(loss) = self.loss.filter(|_| report.outcome == Outcome::Lacking) {
            report.findings.retain(|located| !located.finding.speaks_of_plan());
            report.findings.push(site.located(site.route, loss, &patch));
        }
        if matches!(report.outcome, Outcome::Edited | Outcome::Lacking) {
            report.changes = self.changes;
        }
        let root = site.object.root;
        let template = Some(site.route.clone());
        match report.outcome {
            Outcome::Edited => Draft { root, patch, edits, report, template },
            Outcome::Lacking => {
                report.fix = EditSet::new(edits).unwrap_or_default();
                Draft { template, ..Draft::idle(root, report) }
            }
            _ => Draft { template, ..Draft::idle(root, report) },
        }
    }
}
