//! The one line that every run ends with: what was done, what was not, and the one thing to do about the largest risk.
//!
//! It has at most [`MOST_CHARACTERS`] characters. What does not fit is shown with `-v`.

use std::collections::BTreeMap;

use crate::escape;
use crate::istio::{Reason, SidecarMode};
use crate::report::{Outcome, WorkloadReport};
use crate::rules::{grace_beyond_cover, no_endpoint_delay};
use crate::transform::{Run, Unasked};

use super::Detail;
use super::tally::{Tally, counted};

/// A terminal shows that much in two or three lines, and a log in one.
const MOST_CHARACTERS: usize = 200;
/// What stands in for the points that did not fit.
const MORE: &str = "; more with -v";
const START: &str = "istio-drain: ";

/// How a run over its inputs ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending<'r> {
    /// What became of everything.
    pub run: &'r Run<'r>,
    /// How many files changed, where files were worked on.
    pub changed_files: Option<usize>,
    /// Nothing was really changed: that is what would have been.
    pub is_dry: bool,
    /// How much was said before.
    pub detail: Detail,
    /// How many folders with templates of charts were not entered.
    pub template_folders: usize,
    /// What people call the policies that were found by themselves, where any count.
    pub found_policies: Option<&'r str>,
}

/// One thing that was not done, or was taken for granted, with what to do about it.
struct LinePart {
    text: String,
    remedy: &'static str,
}

impl LinePart {
    /// A point, where there is anything to say.
    fn of(count: usize, text: impl FnOnce() -> String, remedy: &'static str) -> Option<Self> {
        (count > 0).then(|| Self { text: text(), remedy })
    }
}

/// The line, with its end. Where all is said, a line for each point stands before it.
pub(crate) fn last_line(ending: &Ending<'_>) -> String {
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
        }
        if line.chars().count() + part.chars().count() + MORE.len() > MOST_CHARACTERS {
            is_short = true;
            continue;
        }
        has_remedy |= part.ends_with(')');
        line.push_str(&part);
    }
    let more = if is_short && ending.detail != Detail::All { MORE } else { "" };
    before + &line + more + "\n"
}

/// What was done.
fn head(ending: &Ending<'_>, tally: &Tally) -> String {
    let run = ending.run;
    if run.is_empty() {
        return "input was empty: did the command before the pipe fail?".to_owned();
    }
    let is_emitted = run.planned().any(|(.., done)| done.emitted.is_some());
    let edited = match (is_emitted, ending.is_dry) {
        (true, _) => "to be edited, and nothing is given back (emitNothing)",
        (_, true) => "to be edited",
        (_, false) => "edited",
    };
    let workloads = match tally.workloads {
        0 => "no workload in the input".to_owned(),
        all => format!("{} of {} {edited}", tally.edited, counted(all, "workload")),
    };
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
    let others: Vec<_> = reports.iter().copied().filter(is_other).collect();
    let assumed = |is: fn(&WorkloadReport) -> bool| of(&|report| is_written(report) && is(report));
    let withheld = of(&|report| report.outcome == Outcome::Withheld);
    let unasked = run.unasked();
    let policies = run.unused_policies;
    let unknown = of(&WorkloadReport::has_unknown_mode);
    let hasty = of(&is_without_delay);
    let uncovered: Vec<_> = reports.iter().filter_map(|report| without_proxy(report)).collect();
    let longest = |seconds: &[u64]| seconds.iter().copied().max().unwrap_or_default();
    [
        LinePart::of(tally.refused, || format!("{} refused", tally.refused), ""),
        LinePart::of(withheld, || format!("{withheld} held back for that"), ""),
        LinePart::of(unasked.total(), || kinds(&unasked), KINDS),
        LinePart::of(
            unlabelled,
            || format!("{unlabelled} in a namespace without an injection label"),
            "--namespaces, where it has one in the cluster",
        ),
        LinePart::of(
            policies,
            || format!("{} not used", counted_as(policies, "ShutdownPolicy", "ShutdownPolicies")),
            "--policy",
        ),
        found(tally.errors, "error", ending.detail, Detail::Errors),
        LinePart::of(
            uncovered.len(),
            || format!("{} whose app may have no proxy for {}s", uncovered.len(), longest(&uncovered)),
            "--drain",
        ),
        found(tally.warnings, "warning", ending.detail, Detail::Warnings),
        LinePart::of(unknown, || linger(unknown, &reports), "say --sidecar"),
        LinePart::of(assumed(needs_sleep_action), || "needs Kubernetes 1.30".to_owned(), "--target-kubernetes"),
        LinePart::of(assumed(lacks_mesh), || "mesh settings not in the input".to_owned(), "--mesh-drain"),
        LinePart::of(hasty, || format!("{hasty} without an app delay"), "--app-pre-stop"),
        LinePart::of(tally.assumed, || format!("{} assumed injected", tally.assumed), ""),
        LinePart::of(others.len(), || left_alone(&others), what_helps(&others)),
        LinePart::of(run.passed_over(), || passed_over(run.passed_over()), ""),
        LinePart::of(
            ending.template_folders,
            || format!("{} with Helm templates passed over", counted(ending.template_folders, "folder")),
            "pipe what `helm template` renders",
        ),
        found(tally.notes, "note", ending.detail, Detail::All),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Findings of a severity, with how to see them where they were not shown.
fn found(count: usize, what: &str, shown: Detail, needed: Detail) -> Option<LinePart> {
    LinePart::of(
        count,
        || counted(count, what),
        match count {
            _ if shown >= needed => "",
            1 => "-v shows it",
            _ => "-v shows them",
        },
    )
}

/// What asks for kinds.
pub(super) const KINDS: &str = "--kinds";

/// Why a run fails that must not pass over workloads of other kinds.
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

/// What it costs that a sidecar may be native: the drain hook holds it back then.
fn linger(count: usize, reports: &[&WorkloadReport]) -> String {
    let stays = reports.iter().filter(|report| report.has_unknown_mode()).filter_map(|report| {
        let numbers = report.explanation.as_ref()?.numbers.as_ref()?;
        Some(numbers.lasting.value().get())
    });
    let longest = stays.max().unwrap_or_default();
    format!("{count} on an unknown sidecar mode: on native they may linger {longest}s")
}

/// `2 left alone: 1 host-network, 1 not-selected`: as many of each reason, of workloads that are all left alone.
pub(super) fn left_alone(reports: &[&WorkloadReport]) -> String {
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for report in reports {
        let code = match &report.outcome {
            Outcome::LeftAlone(reasons) => reasons.first().map_or("not-injected", Reason::code),
            Outcome::Local => "local-config",
            Outcome::Variable => "flux-variable",
            Outcome::Patch(_) => "kustomize-patch",
            Outcome::Forbidden(_) => "forbidden-kind",
            Outcome::Skipped(_) => "skip",
            _ => continue,
        };
        *codes.entry(code).or_default() += 1;
    }
    let codes: Vec<_> = match codes.len() {
        1 => codes.keys().map(|code| (*code).to_owned()).collect(),
        _ => codes.iter().map(|(code, count)| format!("{count} {code}")).collect(),
    };
    format!("{} left alone: {}", reports.len(), codes.join(", "))
}

/// What to do about the first of these workloads that anything can be done about.
fn what_helps(left_alone: &[&WorkloadReport]) -> &'static str {
    let remedies = left_alone.iter().filter_map(|report| match &report.outcome {
        Outcome::LeftAlone(reasons) => reasons.first().and_then(|reason| match reason {
            Reason::Gateway => Some("--gateways with --drain"),
            Reason::Ambient(_) => Some("--app-pre-stop"),
            Reason::AlreadyInjected => Some("run it on the manifest of its owner"),
            _ => None,
        }),
        Outcome::Variable => Some("run it behind Flux's substitution"),
        _ => None,
    });
    remedies.into_iter().next().unwrap_or_default()
}

fn passed_over(count: usize) -> String {
    format!("{} without manifests passed over", counted(count, "file"))
}

fn counted_as(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// Left alone since nothing in the input asks for a sidecar: labels of namespaces are often set in the cluster only.
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

/// For how many seconds an app may run on without its proxy, where nobody has said for how long it needs one.
fn without_proxy(report: &WorkloadReport) -> Option<u64> {
    report.findings.iter().find(|located| *located.finding.rule == grace_beyond_cover::RULE)?;
    let explanation = report.explanation.as_ref()?;
    let numbers = explanation.numbers.as_ref()?;
    Some(explanation.facts.grace.effective().minus(numbers.margin).minus(numbers.cover()?).get())
}

fn is_without_delay(report: &WorkloadReport) -> bool {
    report.findings.iter().any(|located| *located.finding.rule == no_endpoint_delay::RULE)
}
