//! What pods lose that `fix --check` finds to be edited: the findings of a check, which may be suppressed as there.

use std::collections::BTreeSet;

use crate::report::{Outcome, WorkloadReport};
use crate::rules::not_drained;
use crate::transform::Run;

use super::Checked;

/// What the pods lose in files that would change, and which of these are accepted as they are.
#[derive(Debug)]
pub(crate) struct Losses<'r, 'c> {
    /// The findings.
    pub checked: Checked<'c>,
    /// The inputs in which everything that would change is suppressed or in the baseline.
    pub accepted: BTreeSet<&'r str>,
}

impl<'r, 'c> Losses<'r, 'c> {
    /// Holds what would be edited against what a check of the same inputs found.
    pub(crate) fn of(run: &Run<'r>, checked_run: &Run<'r>, mut checked: Checked<'c>) -> Self {
        checked.found.retain(|one| one.report.running.is_none() && *one.located.finding.rule == not_drained::RULE);
        // It fails for each of them, however sure they are.
        checked.found.iter_mut().for_each(|one| one.level = one.located.finding.severity);
        let told: BTreeSet<_> = checked.found.iter().map(|one| std::ptr::from_ref(one.report)).collect();
        let is_told = |report: &WorkloadReport| told.contains(&std::ptr::from_ref(report));
        let key = |input: &'r str, report: &WorkloadReport| (input, report.offset, report.template.clone());
        let looked_at = checked_run.planned().flat_map(|(input, _, done)| {
            let lacking = done.reports.iter().filter(|report| report.outcome == Outcome::Lacking && !is_told(report));
            lacking.map(move |report| key(input, report))
        });
        let suppressed: BTreeSet<_> = looked_at.collect();
        let accepted = run.planned().filter_map(|(input, _, done)| {
            let mut edited = done.reports.iter().filter(|report| report.outcome == Outcome::Edited).peekable();
            let is_accepted = edited.peek().is_some() && edited.all(|report| suppressed.contains(&key(input, report)));
            is_accepted.then_some(input)
        });
        let accepted = accepted.collect();
        Self { accepted, checked }
    }
}
