//! What a check found, as SARIF 2.1.0, within the limits of GitHub's code scanning: paths are relative to the root of the
//! repository, and there are at most 5,000 results
//! (<https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>).

use std::path::Path;

use serde_json::{Value, json};

use crate::check::{Checked, CheckedFinding};
use crate::escape;
use crate::rules::{ALL, Rule, Severity, Sureness};

/// GitHub shows no more of one run.
const MOST_RESULTS: usize = 5_000;
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The log, with a line feed at the end. Where there are too many results, those that fail the check come first.
pub(super) fn sarif(checked: &Checked<'_>) -> String {
    let mut found = checked.with_fingerprints();
    if found.len() > MOST_RESULTS {
        found.sort_by_key(|(one, _)| std::cmp::Reverse((one.fails, one.level)));
        found.truncate(MOST_RESULTS);
    }
    let results: Vec<_> = found.iter().map(|(one, fingerprint)| result(one, fingerprint)).collect();
    let rules: Vec<_> = ALL.iter().map(|rule| descriptor(rule)).collect();
    let driver = json!({"name": "istio-drain", "version": env!("CARGO_PKG_VERSION"), "rules": rules});
    let run = json!({"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results});
    let log = json!({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]});
    escape::json(&serde_json::to_string_pretty(&log).unwrap_or_default()).into_owned() + "\n"
}

fn descriptor(rule: &Rule) -> Value {
    let summary = rule.summary();
    let precision = match rule.confidence().sureness() {
        Sureness::Certain => "very-high",
        Sureness::Likely => "medium",
        Sureness::Style => "low",
    };
    json!({
        "id": rule.id(),
        "shortDescription": {"text": summary},
        "fullDescription": {"text": summary},
        "help": {"text": rule.page(), "markdown": rule.page()},
        "defaultConfiguration": {"level": level(rule.severity())},
        "properties": {"precision": precision, "tags": ["reliability"]},
    })
}

fn result(one: &CheckedFinding<'_>, fingerprint: &str) -> Value {
    let finding = &one.located.finding;
    let assumption = finding.confidence().assumption().map(|what| format!(" True if {what}.")).unwrap_or_default();
    let remedy = if finding.remedy.is_empty() { String::new() } else { format!(" Remedy: {}.", finding.remedy) };
    let text = format!("{}: {}.{remedy}{assumption}", one.report.title(), finding.message);
    let place = json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(one.input)},
            "region": {"startLine": one.position.line, "startColumn": one.position.column},
        },
        "logicalLocations": [{"fullyQualifiedName": one.name.object, "kind": "object"}],
    });
    json!({
        "ruleId": finding.rule.id(),
        "ruleIndex": ALL.iter().position(|rule| *rule == finding.rule),
        "level": level(one.level),
        "message": {"text": text},
        "locations": [place],
        "partialFingerprints": {"istioDrain/v1": fingerprint},
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// The path of an input below the working directory, as a URI reference.
pub(super) fn uri(input: &str) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let path = Path::new(input);
    let path = path.strip_prefix(&here).unwrap_or(path);
    let path = path.to_string_lossy();
    let path = path.strip_prefix("./").unwrap_or(&path);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_references() {
        assert_eq!(uri("./a b/c.yaml"), "a%20b/c.yaml");
        let here = std::env::current_dir().unwrap();
        assert_eq!(uri(&here.join("x#1.yaml").display().to_string()), "x%231.yaml");
    }
}
