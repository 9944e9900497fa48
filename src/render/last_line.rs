//! The last line of every run: what was done, what was not, and one remedy for the largest risk.
//!
//! It has at most [`MOST_CHARACTERS`] characters. `-v` shows the rest.

use std::cmp::Reverse;

use crate::escape;
use crate::istio::{Reason, SidecarMode};
use crate::report::{Outcome, WorkloadReport};
use crate::rules::{Finding, Remedy, Severity, grace_beyond_cover, no_endpoint_delay};
use crate::transform::{Fate, NoManifest, RuleUse, Run, TransformError, Unasked};

use super::left_alone::{left_alone, what_helps};
use super::tally::{Tally, counted};
use super::{Detail, is_entry};

/// The maximum length: two or three lines on a terminal, one line in a log.
const MOST_CHARACTERS: usize = 200;
/// The text that replaces points that don't fit.
const MORE: &str = "; more with -v";
/// How each line about a run starts.
pub(super) const START: &str = "istio-drain: ";

/// The data for the last line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending<'r> {
    /// The run with its results.
    pub run: &'r Run<'r>,
    /// The number of changed files, if the run works on files.
    pub changed_files: Option<usize>,
    /// Nothing was written. The line says what would change.
    pub is_dry: bool,
    /// Which messages were printed before.
    pub detail: Detail,
    /// How many folders with templates of charts were not entered.
    pub template_folders: usize,
    /// The name of the `.istio-drain.yaml` files in use, for people.
    pub found_policies: Option<&'r str>,
}

/// One thing that was not done or was assumed, with its remedy.
struct LinePart {
    text: String,
    remedy: String,
}

impl LinePart {
    /// A point, if `count` is not zero.
    fn of(count: usize, text: impl FnOnce() -> String, remedy: &str) -> Option<Self> {
        (count > 0).then(|| Self { text: text(), remedy: remedy.to_owned() })
    }
}

/// The line, with its end. With `-v`, the points precede it, each in a line of its own.
pub(crate) fn last_line(ending: &Ending<'_>) -> String {
    if ending.run.is_piped() && ending.run.is_empty() {
        return format!("{START}input was empty: did the command before the pipe fail?\n");
    }
    let tally = Tally::of(ending.run);
    let mut line = START.to_owned();
    line.push_str(&head(ending, &tally));
    if let Some(title) = ending.found_policies {
        line.push_str(&format!(" by {}", escape::line(title)));
    }
    let mut has_remedy = false;
    let mut is_short = false;
    let mut before = String::new();
    for LinePart { text, remedy } in points(ending, &tally) {
        let mut part = format!("; {text}");
        if !has_remedy && !remedy.is_empty() {
            part.push_str(&format!(" ({remedy})"));
        }
        if ending.detail == Detail::All {
            let remedy = if remedy.is_empty() { String::new() } else { format!(" ({remedy})") };
            before.push_str(&format!("{START}{text}{remedy}\n"));
            continue;
        }
        if line.chars().count() + part.chars().count() + MORE.len() > MOST_CHARACTERS {
            is_short = true;
            continue;
        }
        has_remedy |= part.ends_with(')');
        line.push_str(&part);
    }
    let more = if is_short { MORE } else { "" };
    before + &line + more + "\n"
}

/// The line of a run that failed because an input can't be read: the remedy for the first one.
pub(crate) fn failed(run: &Run<'_>) -> String {
    let wrong: Vec<_> = run.inputs.iter().filter(|(_, fate)| fate.is_wrong()).collect();
    let remedy = wrong.first().map_or("", |(_, fate)| match fate {
        Fate::Failed(source, TransformError::NoObject(offset)) if is_entry(*source, *offset) => {
            "values of a chart: pipe what `helm template` renders"
        }
        Fate::Failed(_, TransformError::NoObject(_)) => "look at the command before the pipe",
        Fate::Failed(_, TransformError::Template(_)) => "render the template first",
        Fate::Failed(_, TransformError::Policy(_)) => "correct the policy",
        Fate::Failed(_, TransformError::Overlap(_) | TransformError::Proof(_)) => "report the bug, with the input",
        _ => "correct what is named above",
    });
    format!("{START}nothing was written: {} can't be used ({remedy})\n", counted(wrong.len(), "input"))
}

/// A line about named files that are blank, if any is.
pub(crate) fn blank(run: &Run<'_>) -> String {
    let blank = match run.blank_files().as_slice() {
        [] => return String::new(),
        [one] => format!("{} is empty: did the command that writes it fail?", escape::line(one)),
        all => format!("{} files are empty: {}", all.len(), escape::line(&all.join(", "))),
    };
    format!("{START}{blank}\n")
}

/// What was done.
fn head(ending: &Ending<'_>, tally: &Tally) -> String {
    let run = ending.run;
    let is_emitted = run.planned().any(|(.., done)| done.emitted.is_some());
    let edited = match (is_emitted, ending.is_dry) {
        (true, _) => "to be edited, and nothing is given back (emitNothing)",
        (_, true) => "to be edited",
        (_, false) => "edited",
    };
    let workloads = match (tally.workloads, tally.mesh) {
        (0, 0) => "no workload in the input".to_owned(),
        (0, _) => String::new(),
        (all, _) => format!("{} of {} {edited}", tally.edited, counted(all, "workload")),
    };
    let mesh = (tally.mesh > 0).then(|| format!("{} of the mesh {edited}", counted(tally.mesh, "object")));
    let parts: Vec<_> = [workloads, mesh.unwrap_or_default()].into_iter().filter(|part| !part.is_empty()).collect();
    let workloads = parts.join(", ");
    match ending.changed_files {
        Some(changed) => {
            let files = counted(run.files(), "file");
            let verb = if ending.is_dry { "would change" } else { "changed" };
            format!("{changed} of {files} {verb}, {workloads}")
        }
        None => workloads,
    }
}

/// What was not done and what was assumed, the largest risk first.
fn points(ending: &Ending<'_>, tally: &Tally) -> Vec<LinePart> {
    let run = ending.run;
    let reports: Vec<_> = run.planned().flat_map(|(.., done)| &done.reports).collect();
    let of = |is: &dyn Fn(&WorkloadReport) -> bool| reports.iter().filter(|report| is(report)).count();
    let unlabelled = of(&is_in_an_unlabelled_namespace);
    let is_other = |report: &&WorkloadReport| report.outcome.is_left_alone() && !is_in_an_unlabelled_namespace(report);
    let others = reports.iter().copied().filter(is_other);
    // The base of a patch is in the run, or in another one: nothing is lost by it.
    let loses =
        |report: &&WorkloadReport| !what_helps(report).is_empty() && !matches!(report.outcome, Outcome::Patch(_));
    let (helped, others): (Vec<_>, Vec<_>) = others.partition(loses);
    let remedy = |reports: &[&WorkloadReport]| reports.first().map_or("", |report| what_helps(report));
    let assumed = |is: fn(&WorkloadReport) -> bool| of(&|report| is_written(report) && is(report));
    let withheld = of(&|report| report.outcome == Outcome::Withheld);
    let unasked = run.unasked();
    let policies = run.unused_policies;
    let passed_over = |what: NoManifest| run.passed_over().filter(|passed| *passed == what).count();
    let (templates, foreign) = (passed_over(NoManifest::Template), passed_over(NoManifest::Foreign));
    let unknown = of(&WorkloadReport::has_unknown_mode);
    let hasty = of(&is_without_delay);
    let is_kept =
        |report: &&&WorkloadReport| report.is_left_for_a_finding() && report.severity() == Some(Severity::Info);
    let kept: Vec<_> = reports.iter().filter(is_kept).collect();
    let uncovered: Vec<_> = reports.iter().filter_map(|report| without_proxy(report)).collect();
    let longest = |seconds: &[u64]| seconds.iter().copied().max().unwrap_or_default();
    [
        LinePart::of(tally.refused, || format!("{} refused", tally.refused), &first_remedy(ending, Severity::Error)),
        LinePart::of(withheld, || format!("{withheld} held back for that"), ""),
        LinePart::of(unasked.total(), || kinds(&unasked), KINDS),
        LinePart::of(
            unlabelled,
            || format!("{unlabelled} in a namespace without an injection label"),
            "--namespaces, where it has one in the cluster",
        ),
        LinePart::of(helped.len(), || left_alone(&helped), remedy(&helped)),
        LinePart::of(
            policies,
            || format!("{} not used", counted_as(policies, "ShutdownPolicy", "ShutdownPolicies")),
            "--policy",
        ),
        found(ending, tally.errors, Severity::Error),
        LinePart::of(
            uncovered.len(),
            || format!("{} may have no proxy for {}s", counted(uncovered.len(), "app"), longest(&uncovered)),
            "--drain",
        ),
        found(ending, tally.warnings, Severity::Warning),
        LinePart::of(kept.len(), || format!("{} left as they are", kept.len()), &first_remedy(ending, Severity::Info)),
        LinePart::of(
            templates,
            || format!("{} passed over", counted(templates, "unrendered template")),
            "pipe what is rendered",
        ),
        LinePart::of(unknown, || linger(unknown, &reports), "say --sidecar"),
        LinePart::of(assumed(needs_sleep_action), || "needs Kubernetes 1.30".to_owned(), "--target-kubernetes"),
        LinePart::of(assumed(lacks_mesh), || "mesh settings not in the input".to_owned(), "--mesh-drain"),
        LinePart::of(hasty, || format!("{hasty} without an app delay"), "--app-pre-stop"),
        LinePart::of(tally.assumed, || format!("{} assumed injected", tally.assumed), "--namespaces"),
        LinePart::of(others.len(), || left_alone(&others), remedy(&others)),
        LinePart::of(
            ending.template_folders,
            || format!("{} with Helm templates passed over", counted(ending.template_folders, "folder")),
            "pipe what `helm template` renders",
        ),
        LinePart::of(foreign, || format!("{} without manifests passed over", counted(foreign, "file")), ""),
        LinePart::of(tally.notes, || counted(tally.notes, "note"), ""),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The findings of a severity. If they were not shown, with the remedy of the most certain one.
fn found(ending: &Ending<'_>, count: usize, severity: Severity) -> Option<LinePart> {
    let is_shown = severity >= ending.detail.least();
    let remedy = if is_shown { String::new() } else { first_remedy(ending, severity) };
    LinePart::of(count, || counted(count, severity.name()), &remedy)
}

/// What to do about the first of the surest findings of a severity.
fn first_remedy(ending: &Ending<'_>, severity: Severity) -> String {
    let run = ending.run;
    let located = run.planned().flat_map(|(.., done)| &done.reports).flat_map(|report| &report.findings);
    let unmatched: Vec<_> = run.rules.iter().filter(|rule| !rule.matched).map(RuleUse::finding).collect();
    let all = located.map(|located| &located.finding).chain(&unmatched);
    let first = all.filter(|finding| finding.severity == severity).min_by_key(|finding| Reverse(finding.confidence()));
    first.map_or_else(String::new, in_short)
}

/// The remedy of a finding: its own text or the first clause of it if that is short, otherwise the field to set.
fn in_short(finding: &Finding) -> String {
    let is_short = |text: &&str| text.chars().count() <= SHORT_REMEDY;
    let remedies = [Some(finding.remedy.as_str()), first_clause(&finding.remedy)];
    match (remedies.into_iter().flatten().find(is_short), finding.way()) {
        (Some(text), _) => escape::line(text).into_owned(),
        (None, Remedy::Policy(field)) => format!("set {field}"),
        (None, Remedy::Edit | Remedy::Advice) => format!("{}: -v shows it", finding.rule.id()),
    }
}

/// The maximum length of a remedy, so that there is room for the rest.
const SHORT_REMEDY: usize = 52;

/// The text up to its first comma outside lists and quotes.
fn first_clause(text: &str) -> Option<&str> {
    let (clause, _) = text.split_once(", ")?;
    let is_closed = clause.matches('`').count() % 2 == 0 && !clause.contains(['[', '(', '"']);
    is_closed.then_some(clause)
}

/// The flag for kinds.
pub(super) const KINDS: &str = "--kinds";

/// The error of `--fail-on-unasked`.
pub(crate) fn failed_for_unasked(unasked: &Unasked) -> String {
    format!("error: {} ({KINDS})\n", kinds(unasked))
}

/// `2 Rollouts, 1 DaemonSet not asked for`.
pub(super) fn kinds(unasked: &Unasked) -> String {
    let kinds = unasked.kinds().map(|(kind, count)| {
        let name = kind.split('.').next().unwrap_or(kind);
        counted(count, &escape::line(name))
    });
    format!("{} not asked for", kinds.collect::<Vec<_>>().join(", "))
}

/// The cost if the sidecar is native: the pod stays longer because of the drain hook.
fn linger(count: usize, reports: &[&WorkloadReport]) -> String {
    let stays = reports.iter().filter(|report| report.has_unknown_mode()).filter_map(|report| {
        let numbers = report.explanation.as_ref()?.numbers.as_ref()?;
        Some(numbers.lasting.value().get())
    });
    let longest = stays.max().unwrap_or_default();
    format!("{count} on an unknown sidecar mode: on native they may linger {longest}s")
}

fn counted_as(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// Whether it is left alone because nothing in the input asks for a sidecar. Labels of namespaces are often set only in
/// the cluster.
fn is_in_an_unlabelled_namespace(report: &WorkloadReport) -> bool {
    matches!(&report.outcome, Outcome::LeftAlone(reasons) if matches!(reasons.as_slice(), [Reason::NotSelected { .. }]))
}

fn is_written(report: &WorkloadReport) -> bool {
    matches!(report.outcome, Outcome::Edited | Outcome::Lacking)
}

fn needs_sleep_action(report: &WorkloadReport) -> bool {
    report.explanation.as_ref().is_some_and(|explanation| explanation.assumed.sleep_action)
}

fn lacks_mesh(report: &WorkloadReport) -> bool {
    let is_native = report.sidecar.mode.kind == SidecarMode::Native;
    !is_native && report.explanation.as_ref().is_some_and(|explanation| explanation.assumed.mesh_drain)
}

/// How many seconds an app may run without its proxy, if nothing states how long it needs one.
fn without_proxy(report: &WorkloadReport) -> Option<u64> {
    report.findings.iter().find(|located| *located.finding.rule == grace_beyond_cover::RULE)?;
    let explanation = report.explanation.as_ref()?;
    let numbers = explanation.numbers.as_ref()?;
    Some(explanation.facts.grace.effective().minus(numbers.margin).minus(numbers.cover()?).get())
}

/// Whether none of its apps waits for clients.
pub(super) fn is_without_delay(report: &WorkloadReport) -> bool {
    report.findings.iter().any(|located| *located.finding.rule == no_endpoint_delay::RULE)
}
