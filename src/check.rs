//! What a check found: the findings of all inputs in one order, each with its severity and whether it fails the check.
//!
//! The name of a finding stays the same when lines move: it consists of the rule, the object and the field. A baseline
//! is a list of such names.

mod baseline;

use std::collections::BTreeMap;

use crate::policy::Checks;
use crate::report::{Located, Outcome, WorkloadReport};
use crate::rules::{Severity, Subject, Sureness};
use crate::transform::{Run, Unasked};
use crate::yaml::{Position, Source};

pub(crate) use baseline::Baseline;

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
    /// Its name, which does not depend on its place.
    pub name: Name,
}

/// The name of a finding, which does not depend on its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    /// The id of the rule.
    pub rule: String,
    /// Group, kind, namespace and name of the object.
    pub object: String,
    /// The field, or the container with the hook.
    pub field: String,
}

impl Name {
    fn of(report: &WorkloadReport, located: &Located) -> Self {
        // Pods come and go.
        let owner = report.running.as_ref().and_then(|running| running.owner.as_ref());
        let identity = owner.unwrap_or(&report.identity);
        let group = identity.gvk().map(|gvk| gvk.group).unwrap_or_default();
        let kind = if group.is_empty() { identity.kind.clone() } else { format!("{}.{group}", identity.kind) };
        let namespace = identity.namespace.as_deref().unwrap_or_default();
        let field = match &located.finding.subject {
            // Containers move in their list.
            Subject::AppHook(container) => format!("{} hook of {container}", report.template),
            _ => located.place.route.to_string(),
        };
        Self {
            rule: located.finding.rule.id().to_owned(),
            object: format!("{kind} {namespace}/{}", identity.name),
            field: field.trim_start().to_owned(),
        }
    }

    /// A 64-bit hash as hexadecimal text. `nth` distinguishes findings with the same name in one run.
    pub(crate) fn fingerprint(&self, nth: usize) -> String {
        let text = format!("{}\n{}\n{}\n{nth}", self.rule, self.object, self.field);
        // FNV-1a: unlike the hashes of std, it must be the same in every release.
        let hash = text
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        format!("{hash:016x}")
    }
}

impl<'r> Checked<'r> {
    /// All findings of a run.
    pub(crate) fn of(run: &'r Run<'_>, checks: &Checks, baseline: &Baseline) -> Self {
        let mut found = Vec::new();
        for (input, source, done) in run.planned() {
            let located =
                || done.reports.iter().flat_map(|report| report.findings.iter().map(move |one| (report, one)));
            let positions = source.positions(located().map(|(_, located)| located.place.offset));
            let mut of_input: Vec<_> = located()
                .zip(positions)
                .map(|((report, located), position)| {
                    let level = level(located);
                    let sureness = located.finding.confidence().sureness();
                    let fails = level >= checks.fail_on && sureness >= checks.min_confidence;
                    let name = Name::of(report, located);
                    CheckedFinding { input, source, position, report, located, level, fails, name }
                })
                .collect();
            of_input.sort_by_key(|one| (one.position.line, one.position.column, one.located.finding.rule.id()));
            found.append(&mut of_input);
        }
        let all = found.len();
        let reports = run.planned().flat_map(|(.., done)| &done.reports);
        let (left_alone, checked): (Vec<_>, Vec<_>) = reports
            .filter(|report| report.outcome != Outcome::Observed)
            .partition(|report| report.outcome.is_left_alone());
        let stale = baseline.names.iter().filter(|name| found.iter().all(|one| one.name != **name)).count();
        found.retain(|one| !baseline.names.contains(&one.name));
        Self {
            known: all - found.len(),
            stale,
            found,
            workloads: checked.iter().filter(|report| report.running.is_none()).count(),
            pods: checked.iter().filter(|report| report.running.is_some()).count(),
            left_alone,
            unasked: run.unasked(),
            inputs: run.inputs.len() - run.passed_over(),
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

/// A likely error becomes a warning, and a finding of style a note.
fn level(located: &Located) -> Severity {
    let most = match located.finding.confidence().sureness() {
        Sureness::Certain => Severity::Error,
        Sureness::Likely => Severity::Warning,
        Sureness::Style => Severity::Info,
    };
    located.finding.severity.min(most)
}
