//! The end of each chain, whatever its site is: from changed values to edits of the text, or to a refusal.

use crate::report::{Outcome, WorkloadReport};
use crate::rules::{Finding, Severity};
use crate::shutdown::{Change, Refused};
use crate::yaml::{Edit, EditSet, NodeId, Patch, Refusal, Route, lower};

use super::site::{Site, soften};

/// What is to become of a site.
pub(super) struct Planned<'t> {
    pub site: Site<'t>,
    /// The values that are to change.
    pub patch: Patch,
    /// What readers see differently in what the plan was made of.
    pub ambiguity: Option<Refusal>,
    /// The changes that the patch stands for.
    pub changes: Vec<Change>,
    /// What it is where nothing changes.
    pub untouched: Outcome,
    /// It is only looked at, and loses that as it stands.
    pub loss: Option<Finding>,
    /// What it is where it can't be edited safely.
    pub refused: Refused,
    /// With all findings so far.
    pub report: WorkloadReport,
}

/// What is done with one site.
pub(super) struct Draft {
    /// The document that it stands in.
    pub root: NodeId,
    pub patch: Patch,
    pub edits: Vec<Edit>,
    pub report: WorkloadReport,
    /// The way to the pod template, where there is one.
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
            report.findings.retain(|located| !located.finding.rule.speaks_of_plan());
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
