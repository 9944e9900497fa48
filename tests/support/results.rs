//! The golden text of what a run found: YAML, so that it can be read by people and by programs.

use std::fmt::Write as _;

use istio_drain::inside::istio::SettingPlace;
use istio_drain::inside::report::{Located, Outcome, WorkloadReport};
use istio_drain::inside::transform::{TransformError, Transformed};
use istio_drain::inside::yaml::Source;

use super::case::{Case, Run};

/// The exit code, and what became of each workload; or the error text where there is nothing but that.
pub(crate) fn golden(case: &Case, run: &Run, done: Option<&Result<Transformed, TransformError>>) -> String {
    let mut text = format!("exit: {}\n", run.exit);
    let source = Source::new(&case.input).unwrap_or(Source::embedded(""));
    match done {
        Some(Ok(done)) if done.reports.is_empty() => text.push_str("workloads: []\n"),
        Some(Ok(done)) => {
            text.push_str("workloads:\n");
            done.reports.iter().for_each(|report| workload(&mut text, source, report));
            for rule in done.rules.iter().filter(|rule| !rule.matched) {
                let _ = writeln!(text, "warning: {}", serde_json::Value::from(rule.finding().message));
            }
        }
        _ => {
            text.push_str("stderr: |\n");
            run.stderr.lines().for_each(|line| text.push_str(&format!("  {line}\n")));
        }
    }
    text
}

fn workload(text: &mut String, source: Source<'_>, report: &WorkloadReport) {
    let _ = writeln!(text, "- object: {}", report.title());
    let _ = writeln!(text, "  line: {}", source.position(report.offset).line);
    if let Some(path) = &report.origin.path {
        let index = report.origin.index.map_or(String::new(), |index| format!(" document {index}"));
        let _ = writeln!(text, "  origin: {path}{index}");
    }
    let outcome = match &report.outcome {
        Outcome::Patch(sign) => format!("left alone: {sign}"),
        Outcome::Edited => "edited".to_owned(),
        Outcome::Lacking => "lacking".to_owned(),
        Outcome::Withheld => "withheld".to_owned(),
        Outcome::Unchanged => "unchanged".to_owned(),
        Outcome::Refused => "refused".to_owned(),
        Outcome::Variable => "left alone: Flux fills in what the plan would go by".to_owned(),
        Outcome::Local => "left alone, local-config".to_owned(),
        Outcome::Refers(to) => format!("unchanged, refers to {to}"),
        Outcome::Observed => "observed".to_owned(),
        Outcome::Skipped(cause) => format!("skipped by {cause}"),
        Outcome::Forbidden { why, .. } => format!("left alone, since {why}"),
        Outcome::LeftAlone(reasons) => {
            let codes: Vec<_> = reasons.iter().map(|reason| reason.code()).collect();
            format!("left alone, {}", codes.join(", "))
        }
    };
    let _ = writeln!(text, "  outcome: {outcome}");
    for (field, cause) in &report.sources {
        let _ = writeln!(text, "  {field}: by {cause}");
    }
    if !report.findings.is_empty() {
        text.push_str("  findings:\n");
        report.findings.iter().for_each(|located| finding(text, source, located));
    }
}

fn finding(text: &mut String, source: Source<'_>, located: &Located) {
    let Located { finding, place, .. } = located;
    let (offset, field) = (place.offset, &place.route);
    let field = &field.to_string();
    let position = source.position(offset);
    let _ = writeln!(text, "  - {}: {}", finding.severity.name(), finding.rule.id());
    let _ = writeln!(text, "    place: line {}, column {}", position.line, position.column);
    match finding.beside {
        Some(SettingPlace::Input { offset, .. }) => {
            let position = source.position(offset);
            let _ = writeln!(text, "    mesh: line {}, column {}", position.line, position.column);
        }
        Some(SettingPlace::File { line, column, .. }) => {
            let _ = writeln!(text, "    mesh: line {line}, column {column} of the policy");
        }
        None => {}
    }
    for (key, value) in [("field", field), ("message", &finding.message), ("remedy", &finding.remedy)] {
        if !value.is_empty() {
            let _ = writeln!(text, "    {key}: {}", serde_json::Value::from(value.as_str()));
        }
    }
}
