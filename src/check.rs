//! What a check found: the findings of all inputs in one order, each with its severity and whether it fails the check.
//!
//! The name of a finding stays the same when lines move: it consists of the rule, the object and the field. A baseline
//! is a list of such names.

mod baseline;
mod losses;

use std::collections::{BTreeMap, BTreeSet};

use crate::report::{Located, Name, Outcome, WorkloadReport};
use crate::rules::Severity;
use crate::transform::{Run, Unasked};
use crate::yaml::{Position, Source};

pub(crate) use baseline::Baseline;
pub(crate) use losses::Losses;

/// The baselines of a run, by the names of their files.
pub(crate) type Baselines = BTreeMap<String, Baseline>;

/// What a check found.
#[derive(Clone, Debug)]
pub(crate) struct Checked<'r> {
    /// All findings that the baseline does not list, sorted by input, place and rule.
    pub found: Vec<CheckedFinding<'r>>,
    /// The number of findings that the baseline lists.
    pub known: usize,
    /// The number of entries of the baseline whose findings are gone.
    pub stale: usize,
    /// The number of workloads that were checked, without running pods.
    pub workloads: usize,
    /// The number of running pods that were checked.
    pub pods: usize,
    /// Workloads that were not checked, each with its reason. They may lose requests although nothing is found.
    pub left_alone: Vec<&'r WorkloadReport>,
    /// Workloads of kinds that were not asked for.
    pub unasked: Unasked,
    /// How many inputs were read.
    pub inputs: usize,
    /// The input is not a file.
    pub is_piped: bool,
}

/// One finding.
#[derive(Clone, Debug)]
pub(crate) struct CheckedFinding<'r> {
    /// The name of the input.
    pub input: &'r str,
    /// Its text.
    pub source: Source<'r>,
    /// Where the finding is.
    pub position: Position,
    /// The workload that it is about.
    pub report: &'r WorkloadReport,
    /// The finding itself.
    pub located: &'r Located,
    /// The severity, lowered as far as the confidence demands.
    pub level: Severity,
    /// Whether it fails the check.
    pub fails: bool,
    /// Whether it fails a check with `--min-confidence likely`, and not this one.
    pub fails_if_likely: bool,
    /// Its name, which does not depend on its place.
    pub name: Name,
}

impl<'r> Checked<'r> {
    /// All findings of a run.
    pub(crate) fn of(run: &'r Run<'_>, baselines: &Baselines) -> Self {
        let (mut found, mut known, mut seen) = (Vec::new(), 0, BTreeSet::new());
        for (input, source, done) in run.planned() {
            let located =
                || done.reports.iter().flat_map(|report| report.findings.iter().map(move |one| (report, one)));
            let positions = source.positions(located().map(|(_, located)| located.place.offset));
            let mut of_input: Vec<_> = located()
                .zip(positions)
                .map(|((report, located), position)| {
                    let level = located.finding.level();
                    let fails = done.checks.as_ref().is_some_and(|checks| checks.fail(&located.finding));
                    let fails_if_likely =
                        done.checks.as_ref().is_some_and(|checks| checks.fail_if_likely(&located.finding));
                    let name = Name::of(report, located);
                    CheckedFinding { input, source, position, report, located, level, fails, fails_if_likely, name }
                })
                .collect();
            of_input.sort_by_key(|one| (one.position.line, one.position.column, one.located.finding.rule.id()));
            let baseline = done.checks.as_ref().and_then(|checks| baselines.get(checks.baseline.as_deref()?));
            let is_known = |one: &CheckedFinding<'_>| baseline.is_some_and(|known| known.names.contains(&one.name));
            let (listed, mut others): (Vec<_>, Vec<_>) = of_input.into_iter().partition(is_known);
            known += listed.len();
            seen.extend(listed.into_iter().map(|one| one.name));
            found.append(&mut others);
        }
        let reports = run.planned().flat_map(|(.., done)| &done.reports);
        let (left_alone, checked): (Vec<_>, Vec<_>) = reports
            .filter(|report| report.outcome != Outcome::Observed)
            .partition(|report| report.outcome.is_left_alone());
        let listed = baselines.values().flat_map(|baseline| &baseline.names);
        Self {
            known,
            stale: listed.filter(|name| !seen.contains(name)).count(),
            found,
            workloads: checked.iter().filter(|report| report.running.is_none()).count(),
            pods: checked.iter().filter(|report| report.running.is_some()).count(),
            left_alone,
            unasked: run.unasked(),
            inputs: run.inputs.len() - run.passed_over().count(),
            is_piped: run.is_piped(),
        }
    }

    /// Whether a finding fails the check.
    pub(crate) fn fails(&self) -> bool {
        self.found.iter().any(|one| one.fails)
    }

    /// Each finding with its fingerprint.
    pub(crate) fn with_fingerprints(&self) -> Vec<(&CheckedFinding<'r>, String)> {
        let mut seen: BTreeMap<&Name, usize> = BTreeMap::new();
        let each = self.found.iter().map(|one| {
            let nth = seen.entry(&one.name).or_default();
            *nth += 1;
            (one, one.name.fingerprint(*nth))
        });
        each.collect()
    }
}
