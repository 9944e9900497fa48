//! The output of a check in one line a finding: as compilers print errors, as workflow commands of GitHub, and in the
//! code quality report of GitLab.

use std::fmt::Write as _;

use serde_json::json;

use crate::check::{Checked, CheckedFinding};
use crate::escape;
use crate::rules::Severity;

/// `web.yaml:6:3: error: ... [not-drained]`, as gcc does. It is for editors and problem matchers. They read one line of
/// a message, so a terminal does not break these.
pub(super) fn concise(shown: &[&CheckedFinding<'_>]) -> String {
    let line = |one: &&CheckedFinding<'_>| {
        let (input, finding) = (escape::line(one.input), &one.located.finding);
        let said = format!("{}: {}", one.report.title(), finding.message);
        let (level, id) = (one.level.name(), finding.rule.id());
        format!("{input}:{}: {level}: {} [{id}]\n", one.position, escape::line(&said))
    };
    shown.iter().map(line).collect()
}

/// A workflow command for each finding
/// (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>).
///
/// GitHub shows ten of each severity for a step (actions/toolkit `docs/problem-matchers.md`, "Limitations"), so those
/// that fail the check come first.
pub(super) fn github(checked: &Checked<'_>) -> String {
    let mut text = String::new();
    let (failing, others): (Vec<_>, Vec<_>) = checked.found.iter().partition(|one| one.fails);
    for one in failing.into_iter().chain(others) {
        let command = match one.level {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let file = property(one.input.strip_prefix("./").unwrap_or(one.input));
        let (line, column) = (one.position.line, one.position.column);
        let title = property(&format!("istio-drain {}", one.located.finding.rule.id()));
        let _ = writeln!(text, "::{command} file={file},line={line},col={column},title={title}::{}", data(&said(one)));
    }
    text
}

/// The report of GitLab (<https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>).
pub(super) fn gitlab(checked: &Checked<'_>) -> String {
    let issues = checked.with_fingerprints().into_iter().map(|(one, fingerprint)| {
        let severity = match one.level {
            Severity::Error => "major",
            Severity::Warning => "minor",
            Severity::Info => "info",
        };
        json!({
            "description": said(one),
            "check_name": one.located.finding.rule.id(),
            "fingerprint": fingerprint,
            "severity": severity,
            "location": {
                "path": one.input.strip_prefix("./").unwrap_or(one.input),
                "lines": {"begin": one.position.line},
            },
        })
    });
    let issues: Vec<_> = issues.collect();
    escape::json_of(serde_json::to_string_pretty(&issues).unwrap_or_default()) + "\n"
}

/// A finding in one text.
fn said(one: &CheckedFinding<'_>) -> String {
    let finding = &one.located.finding;
    let assumption = finding.confidence().assumption().map(|what| format!("; true if {what}")).unwrap_or_default();
    let remedy = if finding.remedy.is_empty() { String::new() } else { format!(" ({})", finding.remedy) };
    let beside = finding.beside.as_ref().map(|place| format!(" [{place}]")).unwrap_or_default();
    format!("{}: {}{beside}{remedy}{assumption}", one.report.title(), finding.message)
}

/// Escapes the text after the last `::` of a command.
fn data(text: &str) -> String {
    escape::line(text).replace('%', "%25")
}

/// Escapes the value of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_end_no_command() {
        assert_eq!(property("a,b:c%\n"), "a%2Cb%3Ac%25\\n");
    }
}
