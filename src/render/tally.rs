//! A run in one line.

use std::fmt::{self, Write as _};

use serde::Serialize;

use super::Detail;
use crate::report::{Outcome, WorkloadReport};
use crate::shutdown::Severity;
use crate::transform::Run;

/// How many workloads became what, and how much was found: the `summary` of a report, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tally {
    workloads: usize,
    edited: usize,
    /// As many of them are edited for a sidecar that nothing shows.
    #[serde(rename = "assumedInjected")]
    assumed: usize,
    #[serde(skip)]
    unknown_modes: usize,
    left_alone: usize,
    refused: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
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
        self.workloads += usize::from(report.outcome != Outcome::Observed);
        self.unknown_modes += usize::from(report.has_unknown_mode());
        self.assumed += usize::from(report.rests_on_assumption());
        match report.outcome {
            Outcome::Edited => self.edited += 1,
            Outcome::LeftAlone(_) | Outcome::Local | Outcome::Forbidden(_) | Outcome::Skipped(_) => {
                self.left_alone += 1
            }
            Outcome::Refused => self.refused += 1,
            Outcome::Unchanged | Outcome::Withheld | Outcome::Lacking | Outcome::Refers(_) | Outcome::Observed => {}
        }
        for located in &report.findings {
            match located.finding.severity {
                Severity::Error => self.errors += 1,
                Severity::Warning => self.warnings += 1,
                Severity::Info => self.notes += 1,
            }
        }
    }

    /// For how many workloads the plan has to be right for either kind of sidecar, what that costs, and how to say which it is, in one
    /// line; empty where there are none.
    pub(super) fn unknown_modes(&self) -> String {
        if self.unknown_modes == 0 {
            return String::new();
        }
        format!(
            "istio-drain: the sidecar mode of {} is not known: where it is native, as it is by default from Istio 1.27 with Kubernetes 1.33 \
             on, the drain hook makes the pods stay for the drain duration after their apps have gone (say which it is with `sidecar`, or with \
             `target` and both releases)\n",
            counted(self.unknown_modes, "workload")
        )
    }

    /// Whether there is anything to tell but of workloads that are as they should be, or left alone.
    fn is_quiet(&self) -> bool {
        [self.edited, self.refused, self.errors, self.warnings, self.notes].iter().all(|count| *count == 0)
    }

    /// The counts: `1 of 3 workloads edited, 2 left alone`; where `what` stands for `edited`.
    fn text(&self, what: &str) -> String {
        let mut text = format!("{} of {} {what}", self.edited, counted(self.workloads, "workload"));
        let parts = [
            (self.assumed, "assumed to be injected"),
            (self.left_alone, "left alone"),
            (self.refused, "refused"),
            (self.errors, "errors"),
            (self.warnings, "warnings"),
            (self.notes, "notes"),
        ];
        for (count, what) in parts.iter().filter(|(count, _)| *count > 0) {
            let what = if *count == 1 { what.trim_end_matches('s') } else { what };
            let _ = write!(text, ", {count} {what}");
        }
        text
    }

    /// How to see what was only counted, where not more than `detail` was told; goes behind [`Tally::text`].
    fn hint(&self, detail: Detail) -> &'static str {
        let untold = match detail {
            Detail::Errors => self.warnings + self.notes,
            Detail::Warnings => self.notes,
            Detail::All => 0,
        };
        match untold {
            0 => "",
            1 => " (-v shows it)",
            _ => " (-v shows them)",
        }
    }
}

/// The whole run of the function in one line, where `detail` was told of it before; empty where there is nothing to tell.
pub fn summary(run: &Run<'_>, detail: Detail) -> String {
    let tally = Tally::of(run);
    if tally.is_quiet() {
        return String::new();
    }
    let is_emitted = run.planned().any(|(.., done)| done.emitted.is_some());
    let what = if is_emitted { "to be edited (nothing is given back: emitNothing)" } else { "edited" };
    format!("istio-drain: {}{}\n", tally.text(what), tally.hint(detail))
}

/// A run over files.
#[derive(Clone, Copy, Debug)]
pub struct FilesRun<'r> {
    /// What became of all files.
    pub run: &'r Run<'r>,
    /// How many of them changed.
    pub changed: usize,
    /// They did not really change: that is what would have been.
    pub is_dry: bool,
    /// How much was told of it.
    pub detail: Detail,
    /// How many folders with templates of charts were not entered.
    pub template_folders: usize,
}

/// In one line.
impl fmt::Display for FilesRun<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (changed, edited) = if self.is_dry { ("would change", "to be edited") } else { ("changed", "edited") };
        let files = counted(self.run.inputs.len(), "file");
        let tally = Tally::of(self.run);
        let (counts, hint) = (tally.text(edited), tally.hint(self.detail));
        write!(f, "istio-drain: {} of {files} {changed}, {counts}{hint}", self.changed)?;
        let passed_over = self.run.passed_over();
        if passed_over > 0 {
            write!(f, ", {} without YAML passed over", counted(passed_over, "file"))?;
        }
        if self.template_folders > 0 {
            let folders = counted(self.template_folders, "folder");
            write!(f, ", {folders} with Helm templates passed over (pipe what `helm template` renders)")?;
        }
        f.write_str("\n")
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
