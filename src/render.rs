//! Findings and reports as text for people. Pure: text in, text out.

mod check;
mod diff;
mod explain;
mod fold;
mod hints;
mod last_line;
mod left_alone;
mod paint;
mod preview;
mod report_json;
mod rules;
mod run_text;
mod stat;
mod tally;
mod timeline;

use std::fmt::Write as _;

use crate::escape;
use crate::istio::SettingPlace;
use crate::report::{Outcome, SidecarSeen, WorkloadReport};
use crate::rules::Severity;
use crate::transform::{RuleUse, TransformError, Unasked};
use crate::yaml::{Position, Source};

pub(crate) use check::{CheckFormat, checked_findings};
pub(crate) use explain::{explain, plans};
pub(crate) use fold::folded;
pub(crate) use hints::hints;
pub(crate) use last_line::{Ending, blank, failed, failed_for_unasked, last_line};
pub(crate) use paint::{Paint, painted};
pub(crate) use preview::{ChangedFile, Preview};
pub(crate) use report_json::report;
pub use rules::rules_reference;
pub(crate) use rules::{nearest_rule, rule_ids, rule_list, rule_page};
pub(crate) use tally::counted;

pub(crate) use run_text::{encoding, run_text, wrong_input};
pub(crate) use timeline::{Asked, Look, TimelineFormat, lacking, logs_of_others, stories, timelines, tour};

/// One message with the line of the input that it is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    /// `error`, or `warning[rule-id]`.
    pub label: &'a str,
    /// What is so.
    pub text: &'a str,
    /// The name of the input.
    pub input: &'a str,
    /// The place, and the text of its line.
    pub place: Option<(Position, &'a str)>,
    /// The object that it is about, such as `apps/v1 Deployment prod/web`.
    pub about: &'a str,
    /// What to do about it.
    pub remedy: &'a str,
    /// What has to hold for it to be true.
    pub assumption: Option<&'a str>,
    /// Where the other setting stands that it is about.
    pub beside: Option<&'a SettingPlace>,
}

/// Renders a message with a caret under its place.
pub(crate) fn message(message: &Message<'_>) -> String {
    let mut text = format!("{}: {}\n", message.label, escape::line(message.text));
    let input = escape::line(message.input);
    let number = message.place.map_or(String::new(), |(position, _)| position.line.to_string());
    let margin = " ".repeat(number.len());
    if let Some((position, line)) = message.place {
        let _ = writeln!(text, "{margin}--> {input}:{position}{}", about(message.about));
        let (line, before) = excerpt(line, position.column - 1);
        let _ = writeln!(text, "{margin} |\n{number} | {line}");
        let _ = writeln!(text, "{margin} | {}^", " ".repeat(before));
    } else if !message.input.is_empty() {
        let _ = writeln!(text, "{margin}--> {input}{}", about(message.about));
    }
    if let Some(beside) = message.beside {
        let _ = writeln!(text, "{margin} = mesh: {}", escape::line(&beside.to_string()));
    }
    if !message.remedy.is_empty() {
        let _ = writeln!(text, "{margin} = help: {}", escape::line(message.remedy));
    }
    if let Some(assumption) = message.assumption {
        let _ = writeln!(text, "{margin} = note: true if {assumption}");
    }
    text
}

/// The part of a line to show, and the number of characters in it before the place: a manifest may be one long line.
fn excerpt(line: &str, before: usize) -> (String, usize) {
    let first = before.saturating_sub(BEFORE_PLACE);
    let shown = |from: usize, count: usize| -> String {
        let part: String = line.chars().skip(from).take(count).map(|c| if c == '\t' { ' ' } else { c }).collect();
        escape::line(&part).into_owned()
    };
    let head = shown(first, before - first);
    let width = head.chars().count();
    (head + &shown(before, BEFORE_PLACE + BEHIND_PLACE - (before - first)), width)
}

const BEFORE_PLACE: usize = 100;
const BEHIND_PLACE: usize = 60;

fn about(about: &str) -> String {
    if about.is_empty() { String::new() } else { format!(" ({})", escape::line(about)) }
}

/// Why there is no output.
pub(crate) fn failure(source: Source<'_>, input: &str, error: &TransformError) -> String {
    if let TransformError::Policy(error) = error {
        let flaws = error.flaws.iter().map(|flaw| {
            let place = flaw.offset.map(|offset| (source.position(offset), source.line_at(offset)));
            message(&Message {
                label: "error",
                text: &flaw.message,
                input,
                place,
                about: "",
                remedy: "",
                assumption: None,
                beside: None,
            })
        });
        return flaws.chain(error.rest().map(|rest| format!("error: {rest}\n"))).collect();
    }
    let place = error.offset().map(|offset| (source.position(offset), source.line_at(offset)));
    let (text, remedy) = match error {
        TransformError::Syntax(syntax) if is_json_lines(source, syntax.offset) => (
            "this is newline-delimited JSON, which is not one YAML document after another".to_owned(),
            "put a line with `---` between the objects, or wrap them into a List",
        ),
        TransformError::NoObject(offset) if is_entry(source, *offset) => (
            error.to_string(),
            "if these are the values of a chart, pipe what `helm template CHART --values FILE` renders; else look at \
             what came before the pipe",
        ),
        TransformError::NoObject(_) => (
            error.to_string(),
            "look at what came before the pipe: it may have failed, or have printed values or a page instead of \
             manifests",
        ),
        TransformError::Template(_) => (
            error.to_string(),
            "render it first, as with `helm template CHART | istio-drain`, and pipe what comes of it",
        ),
        _ => (error.to_string(), ""),
    };
    message(&Message { label: "error", text: &text, input, place, about: "", remedy, assumption: None, beside: None })
}

/// Whether a syntax error is at the start of JSON that follows other JSON.
fn is_json_lines(source: Source<'_>, offset: usize) -> bool {
    let before = source.text().get(..offset).unwrap_or_default();
    let is_behind = before.ends_with('\n') && before.trim_end().ends_with('}');
    is_behind && before.trim_start().starts_with('{') && source.line_at(offset).starts_with('{')
}

/// Whether an entry of a mapping starts at that byte, as in a file of values. `Error: ` is the output of a failed
/// command.
fn is_entry(source: Source<'_>, offset: usize) -> bool {
    let line = source.line_at(offset).trim_end();
    let key = line.split_once(": ").map(|(key, _)| key).or_else(|| line.strip_suffix(':'));
    key.is_some_and(|key| key != "Error" && !key.contains([' ', '<', '{']))
}

/// Which findings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Detail {
    /// Only errors.
    Errors,
    /// Errors and warnings.
    Warnings,
    /// All there is.
    All,
}

impl Detail {
    pub(crate) fn least(self) -> Severity {
        match self {
            Self::Errors => Severity::Error,
            Self::Warnings => Severity::Warning,
            Self::All => Severity::Info,
        }
    }
}

/// The findings of a run, in the order of the input.
pub(crate) fn findings(source: Source<'_>, input: &str, reports: &[WorkloadReport], detail: Detail) -> String {
    let mut text = String::new();
    let located = || reports.iter().flat_map(|report| report.findings.iter().map(move |located| (report, located)));
    let positions = source.positions(located().map(|(_, located)| located.place.offset));
    for ((report, located), position) in located().zip(positions) {
        let severity = located.finding.severity;
        if severity >= detail.least() {
            text.push_str(&message(&Message {
                label: &format!("{}[{}]", severity.name(), located.finding.rule.id()),
                text: &located.finding.message,
                input,
                place: Some((position, source.line_at(located.place.offset))),
                about: &report.title_with_origin(),
                remedy: &located.finding.remedy,
                assumption: located.finding.confidence().assumption(),
                beside: located.finding.beside.as_ref(),
            }));
        }
    }
    text
}

/// Warnings about rules of the policy that match no workload. The rules of a functionConfig are in the input; `stated`
/// is the file with the others.
pub(crate) fn unmatched_rules(
    rules: &[RuleUse],
    input: Option<(Source<'_>, &str)>,
    stated: Option<(Source<'_>, &str)>,
) -> String {
    let mut text = String::new();
    for rule in rules.iter().filter(|rule| !rule.matched) {
        let stated = if rule.is_of_input { input } else { stated };
        let place = stated
            .zip(rule.rule.offset)
            .map(|((source, name), offset)| (name, (source.position(offset), source.line_at(offset))));
        let finding = rule.finding();
        text.push_str(&message(&Message {
            label: &format!("{}[{}]", finding.severity.name(), finding.rule.id()),
            text: &finding.message,
            input: place.map_or("", |(name, _)| name),
            place: place.map(|(_, place)| place),
            about: "",
            remedy: &finding.remedy,
            assumption: finding.confidence().assumption(),
            beside: None,
        }));
    }
    text
}

/// One line for each workload: what happened to it.
pub(crate) fn outcomes(source: Source<'_>, input: &str, reports: &[WorkloadReport]) -> String {
    let mut text = String::new();
    let positions = source.positions(reports.iter().map(|report| report.offset));
    for (report, position) in reports.iter().zip(positions) {
        let what = match &report.outcome {
            Outcome::Edited => {
                let changes: Vec<_> = report.changes.iter().map(ToString::to_string).collect();
                format!("edited: {}", changes.join(", "))
            }
            Outcome::Lacking => "lacks settings that are planned for it".to_owned(),
            Outcome::Withheld => "not edited, since another workload can't be".to_owned(),
            Outcome::Unchanged if report.is_left_for_a_finding() => "unchanged, for what is found below".to_owned(),
            Outcome::Unchanged => "has all it needs".to_owned(),
            Outcome::Refused => "not edited".to_owned(),
            Outcome::Variable => "left alone, since Flux fills in values that the plan depends on".to_owned(),
            Outcome::Local => {
                "left alone: the annotation config.kubernetes.io/local-config keeps it from the cluster [local-config]"
                    .to_owned()
            }
            Outcome::Refers(to) => format!("unchanged, since its pods are those of {to}"),
            Outcome::Observed => "read for what it says of others".to_owned(),
            Outcome::Skipped(cause) => format!("left alone: {cause} says `skip`"),
            Outcome::Patch(sign) => format!("left alone, since {sign}"),
            Outcome::Forbidden { why, .. } => format!("left alone, since {why}"),
            Outcome::LeftAlone(reasons) => {
                let reasons: Vec<_> = reasons.iter().map(|reason| coded(&reason.sentence(), reason.code())).collect();
                format!("left alone: {}", reasons.join("; "))
            }
        };
        let title = report.title_with_origin();
        let line = format!("{input}:{position}: {title}: {what}{}", sources(report));
        let _ = writeln!(text, "{}", escape::line(&line));
        let is_planned =
            matches!(report.outcome, Outcome::Edited | Outcome::Lacking | Outcome::Withheld | Outcome::Unchanged);
        if is_planned && !report.is_mesh {
            text.push_str(&escape::lines(&sidecar(&report.sidecar)));
        }
    }
    text
}

/// One line about kinds that were not asked for; empty if there are none.
pub(crate) fn unasked(unasked: &Unasked) -> String {
    let text = unasked.to_string();
    if text.is_empty() { text } else { format!("istio-drain: {} (ask for them with `kinds`)\n", escape::line(&text)) }
}

/// Two lines: which sidecar a workload's pods get, and why.
fn sidecar(seen: &SidecarSeen) -> String {
    let injection: Vec<_> =
        seen.injection.reasons.iter().map(|reason| coded(&reason.sentence(), reason.code())).collect();
    let mode: Vec<_> = seen.mode.reasons.iter().map(|reason| coded(&reason.sentence(), reason.code())).collect();
    let assumed = if seen.is_assumed { ", assumed" } else { "" };
    let verdict = seen.injection.verdict.name();
    let kind = seen.mode.kind.name();
    format!(
        "  injection: {verdict}{assumed}, since {}\n  mode: {kind}, since {}\n",
        injection.join("; "),
        mode.join("; ")
    )
}

fn coded(sentence: &str, code: &str) -> String {
    format!("{sentence} [{code}]")
}

/// Who sets the fields that differ from the base of the policy: ` (drain by workloads[0], sidecar by its annotation)`.
fn sources(report: &WorkloadReport) -> String {
    let parts: Vec<_> = report.sources.iter().map(|(name, cause)| format!("{name} by {cause}")).collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_points_at_its_place() {
        let text = message(&Message {
            label: "error[edit-in-alias]",
            text: "can't be edited safely",
            input: "stdin",
            place: Some((Position { line: 12, column: 5 }, "    a: *b")),
            about: "v1 Pod x",
            remedy: "write it out",
            assumption: None,
            beside: None,
        });
        let expected = "\
error[edit-in-alias]: can't be edited safely
  --> stdin:12:5 (v1 Pod x)
   |
12 |     a: *b
   |     ^
   = help: write it out
";
        assert_eq!(text, expected);
    }

    #[test]
    fn lines_of_json_are_told_from_broken_yaml() {
        let is = |text: &str, at: &str| is_json_lines(Source::embedded(text), text.rfind(at).unwrap());
        assert!(is("{\"a\": 1}\n{\"b\": 2}\n", "{"));
        assert!(is("{\n  \"a\": 1\n}\n{\n  \"b\": 2\n}\n", "{"));
        assert!(!is("{\"a\": 1}\nb: {}\n", "b"));
        assert!(!is("{\"a\": 1}# c\n", "#"));
    }
}
