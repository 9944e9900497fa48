//! A run in one line.

use std::fmt::{self, Write as _};

use super::Detail;
use crate::report::{Outcome, WorkloadReport};
use crate::shutdown::Severity;
use crate::transform::{RuleUse, Transformed};

/// How many workloads became what, and how much was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    workloads: usize,
    edited: usize,
    /// As many of them are edited for a sidecar that nothing shows.
    assumed: usize,
    unknown_modes: usize,
    left_alone: usize,
    refused: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
}

impl Tally {
    /// Counts the workloads of one input in.
    pub fn add(&mut self, reports: &[WorkloadReport]) {
        self.workloads += reports.iter().filter(|report| report.outcome != Outcome::Observed).count();
        self.unknown_modes += reports.iter().filter(|report| report.has_unknown_mode()).count();
        self.assumed += reports.iter().filter(|report| report.rests_on_assumption()).count();
        for report in reports {
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
    }

    /// Counts the rules in that are for no workload of the run.
    pub fn add_rules(&mut self, rules: &[RuleUse]) {
        self.warnings += rules.iter().filter(|rule| !rule.matched).count();
    }

    /// For how many workloads the plan has to be right for either kind of sidecar, what that costs, and how to say which it is, in one
    /// line; empty where there are none.
    pub fn unknown_modes(&self) -> String {
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
    pub fn text(&self, what: &str) -> String {
        let mut text = format!("{} of {} workloads {what}", self.edited, self.workloads);
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
pub fn summary(done: &Transformed, detail: Detail) -> String {
    let mut tally = Tally::default();
    tally.add(&done.reports);
    tally.add_rules(&done.rules);
    if tally.is_quiet() {
        return String::new();
    }
    let what = if done.emitted.is_some() { "to be edited (nothing is given back: emitNothing)" } else { "edited" };
    format!("istio-drain: {}{}\n", tally.text(what), tally.hint(detail))
}

/// A run over files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilesRun {
    /// How many files were read.
    pub files: usize,
    /// How many of them changed.
    pub changed: usize,
    /// They did not really change: that is what would have been.
    pub is_dry: bool,
    /// What became of the workloads in them.
    pub tally: Tally,
    /// How much was told of it.
    pub detail: Detail,
    /// How many files were no YAML, and none that is missed.
    pub passed_over: usize,
    /// How many folders with templates of charts were not entered.
    pub template_folders: usize,
}

/// In one line.
impl fmt::Display for FilesRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (changed, edited) = if self.is_dry { ("would change", "to be edited") } else { ("changed", "edited") };
        let files = counted(self.files, "file");
        let tally = self.tally.text(edited);
        write!(f, "istio-drain: {} of {files} {changed}, {tally}{}", self.changed, self.tally.hint(self.detail))?;
        if self.passed_over > 0 {
            write!(f, ", {} without YAML passed over", counted(self.passed_over, "file"))?;
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
