//! The counts of a run.

use serde::Serialize;

use crate::report::{Outcome, WorkloadReport};
use crate::rules::Severity;
use crate::transform::Run;

/// The number of workloads with each outcome, and of findings. Also the `summary` of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tally {
    pub workloads: usize,
    pub edited: usize,
    /// Those that are edited on the assumption that they get a sidecar.
    #[serde(rename = "assumedInjected")]
    pub assumed: usize,
    /// How many objects of the mesh were edited.
    #[serde(skip)]
    pub mesh: usize,
    pub left_alone: usize,
    pub refused: usize,
    pub errors: usize,
    pub warnings: usize,
    pub notes: usize,
}

impl Tally {
    /// Counts all workloads of a run, and the rules that are for none of them.
    pub(super) fn of(run: &Run<'_>) -> Self {
        let mut tally = Self::of_workloads(run);
        tally.warnings += run.rules.iter().filter(|rule| !rule.matched).count();
        tally
    }

    /// Counts all workloads of a run.
    pub(super) fn of_workloads(run: &Run<'_>) -> Self {
        let mut tally = Self::default();
        run.planned().flat_map(|(.., done)| &done.reports).for_each(|report| tally.add(report));
        tally
    }

    fn add(&mut self, report: &WorkloadReport) {
        self.workloads += usize::from(report.outcome != Outcome::Observed && !report.is_mesh);
        self.assumed += usize::from(report.rests_on_assumption());
        match &report.outcome {
            Outcome::Edited if report.is_mesh => self.mesh += 1,
            Outcome::Edited => self.edited += 1,
            Outcome::Refused => self.refused += 1,
            outcome => self.left_alone += usize::from(outcome.is_left_alone()),
        }
        for located in &report.findings {
            match located.finding.severity {
                Severity::Error => self.errors += 1,
                Severity::Warning => self.warnings += 1,
                Severity::Info => self.notes += 1,
            }
        }
    }
}

/// `1 file`, `2 files`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
