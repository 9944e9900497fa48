//! The output of a check for people: each finding with its line, then the number of findings of each rule.

mod json;
mod line_hash;
mod one_line;
mod sarif;

use std::collections::BTreeMap;

use crate::check::{Checked, CheckedFinding};
use crate::rules::{Remedy, Severity};
use crate::transform::Run;

use super::last_line::{KINDS, START, kinds};
use super::left_alone::left_alone;
use super::paint::PaintStyle;
use super::tally::counted;
use super::timeline::timelines_behind;
use super::{Detail, Look, Message, Paint, message};

/// The output formats of a check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum CheckFormat {
    /// For people.
    #[default]
    Text,
    /// For editors, one line a finding.
    Concise,
    /// For programs.
    Json,
    /// For code scanning.
    Sarif,
    /// For the log of a GitHub workflow.
    Github,
    /// For the code quality widget of GitLab.
    Gitlab,
}

impl CheckFormat {
    /// The formats with their names.
    pub(crate) const ALL: [(&str, Self); 6] = [
        ("text", Self::Text),
        ("concise", Self::Concise),
        ("json", Self::Json),
        ("sarif", Self::Sarif),
        ("github", Self::Github),
        ("gitlab", Self::Gitlab),
    ];

    /// Prints the findings in this format; text with the timelines of a run, if there is one.
    pub(crate) fn render(
        self,
        checked: &Checked<'_>,
        detail: Detail,
        look: Look,
        explained: Option<&Run<'_>>,
    ) -> String {
        match self {
            Self::Text => text(checked, detail, look, explained),
            Self::Concise => concise(checked, detail),
            Self::Json => json::json(checked),
            Self::Sarif => sarif::sarif(checked),
            Self::Github => one_line::github(checked),
            Self::Gitlab => one_line::gitlab(checked),
        }
    }
}

/// All errors and warnings, for all detail also notes; then the timelines, and the summary, unless only errors are
/// wanted.
fn text(checked: &Checked<'_>, detail: Detail, look: Look, explained: Option<&Run<'_>>) -> String {
    let shown = shown(checked, detail);
    let mut text: String = shown.iter().map(|one| block(one, look.paint)).collect();
    text.extend(explained.map(|run| timelines_behind(run, &shown, look)));
    if detail == Detail::Errors {
        return text;
    }
    let by_rule = summary(&shown);
    text.push_str(&by_rule);
    if !by_rule.is_empty() {
        text.push('\n');
    }
    text.push_str(&last(checked, checked.found.len() - shown.len()));
    text
}

/// The same in one line a finding, then the summary.
fn concise(checked: &Checked<'_>, detail: Detail) -> String {
    let shown = shown(checked, detail);
    let text = one_line::concise(&shown);
    if detail == Detail::Errors { text } else { text + &last(checked, checked.found.len() - shown.len()) }
}

/// What a person is shown of what was found.
fn shown<'c, 'r>(checked: &'c Checked<'r>, detail: Detail) -> Vec<&'c CheckedFinding<'r>> {
    let is_shown = |one: &&CheckedFinding<'_>| detail == Detail::All || one.fails || one.level > Severity::Info;
    checked.found.iter().filter(is_shown).collect()
}

/// All findings, as the text for people has them.
pub(crate) fn checked_findings(checked: &Checked<'_>) -> String {
    checked.found.iter().map(|one| block(one, Paint::Plain)).collect()
}

/// One finding.
fn block(one: &CheckedFinding<'_>, paint: Paint) -> String {
    let finding = &one.located.finding;
    let label = format!("{}[{}]", one.level.name(), finding.rule.id());
    let text = message(&Message {
        label: "",
        text: &finding.message,
        input: one.input,
        place: Some((one.position, one.source.line_at(one.located.place.offset))),
        about: &one.report.title_with_origin(),
        remedy: &finding.remedy,
        assumption: finding.confidence().assumption(),
        beside: finding.beside.as_ref(),
    });
    let style = match one.level {
        Severity::Error => PaintStyle::Gone,
        Severity::Warning => PaintStyle::Slow,
        Severity::Info => PaintStyle::Label,
    };
    format!("{}{text}\n", paint.on(style, &label))
}

/// A line for each rule, the worst first.
fn summary(shown: &[&CheckedFinding<'_>]) -> String {
    let mut rules: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for one in shown {
        let counts = rules.entry(one.located.finding.rule.id()).or_default();
        match one.level {
            Severity::Error => counts[0] += 1,
            Severity::Warning => counts[1] += 1,
            Severity::Info => counts[2] += 1,
        }
    }
    let mut rules: Vec<_> = rules.into_iter().collect();
    rules.sort_by_key(|(_, counts)| std::cmp::Reverse(*counts));
    let width = rules.iter().map(|(id, _)| id.len()).max().unwrap_or_default();
    let line = |(id, counts): &(&str, [usize; 3])| format!("{id:width$}  {}\n", severities(*counts));
    rules.iter().map(line).collect()
}

fn severities(counts: [usize; 3]) -> String {
    let named = counts.into_iter().zip(["error", "warning", "note"]).filter(|(count, _)| *count > 0);
    named.map(|(count, what)| counted(count, what)).collect::<Vec<_>>().join(", ")
}

/// A line about findings that don't fail the check since they rest on an assumption, and what to state to settle those.
fn likely(checked: &Checked<'_>) -> Option<String> {
    let passed = checked.found.iter().filter(|one| one.fails_if_likely);
    let assumptions: Vec<_> = passed.filter_map(|one| one.located.finding.confidence().assumption()).collect();
    let (are, them) = match assumptions.len() {
        0 => return None,
        1 => ("is", "it"),
        _ => ("are", "them"),
    };
    let rests_on = |what: &str| assumptions.iter().any(|assumption| assumption.contains(what));
    let stated = match (rests_on("gets a sidecar"), rests_on("classic")) {
        (true, true) => "`istio-drain init`, or --namespaces and --sidecar",
        (true, false) => "`istio-drain init`, or --namespaces",
        (false, true) => "`istio-drain init`, --sidecar or --target-istio",
        (false, false) => "",
    };
    let settled = if stated.is_empty() { String::new() } else { format!("; to make {them} certain, use {stated}") };
    let count = assumptions.len();
    Some(format!("{count} {are} only likely: to fail for {them}, add --min-confidence likely{settled}"))
}

/// How the check ends: a line, and one about what is only likely.
fn last(checked: &Checked<'_>, hidden: usize) -> String {
    let failing = checked.found.iter().filter(|one| one.fails).count();
    let workloads = match (checked.workloads, checked.pods) {
        (0, pods @ 1..) => counted(pods, "running pod"),
        (workloads, 0) => counted(workloads, "workload"),
        (workloads, pods) => format!("{} and {}", counted(workloads, "workload"), counted(pods, "running pod")),
    };
    let files = if checked.is_piped { String::new() } else { format!(" in {}", counted(checked.inputs, "file")) };
    let has_any = checked.workloads + checked.pods > 0;
    let mut parts = vec![match (failing, checked.found.len() - hidden) {
        // Nothing was looked at, so nothing can be said to be right.
        (0, 0) if !has_any => "there was no workload to check".to_owned(),
        (0, 0) => "nothing found".to_owned(),
        (0, others) => format!("{}, none of which fails the check", counted(others, "finding")),
        (failing, others) if failing == others => counted(failing, "finding"),
        (failing, others) => format!("{failing} of {} fail the check", counted(others, "finding")),
    }];
    let is_counted = |one: &CheckedFinding<'_>| hidden == 0 || one.fails || one.level > Severity::Info;
    let is_mended = |one: &&CheckedFinding<'_>| {
        is_counted(one) && one.located.finding.way() == Remedy::Edit && one.report.running.is_none()
    };
    let mended = checked.found.iter().filter(is_mended).count();
    parts.extend((mended > 0).then(|| format!("`istio-drain fix` resolves {mended}")));
    parts.extend((checked.unasked.total() > 0).then(|| format!("{} ({KINDS})", kinds(&checked.unasked))));
    parts.extend((!checked.left_alone.is_empty()).then(|| left_alone(&checked.left_alone)));
    parts.extend((hidden > 0).then(|| format!("{} with -v", counted(hidden, "more note"))));
    parts.extend((checked.known > 0).then(|| format!("{} in the baseline", checked.known)));
    parts.extend((checked.stale > 0).then(|| format!("{} of the baseline no longer there", checked.stale)));
    let lines = [Some(format!("{workloads}{files} checked: {}", parts.join("; "))), likely(checked)];
    lines.into_iter().flatten().map(|line| format!("{START}{line}\n")).collect()
}
