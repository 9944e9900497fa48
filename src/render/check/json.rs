//! The output of a check for programs. The format is frozen: within a version, fields may be added, but none is removed
//! or changes its meaning. docs/check.md describes it.

use serde::Serialize;
use serde_json::Value;

use crate::check::{Checked, CheckedFinding};
use crate::escape;
use crate::rules::Remedy;

use super::super::report_json::mesh_place;

#[derive(Serialize)]
struct CheckJson<'r> {
    version: u32,
    tool: String,
    summary: SummaryJson,
    findings: Vec<CheckedFindingJson<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SummaryJson {
    files: usize,
    workloads: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    failing: usize,
    in_baseline: usize,
    gone_from_baseline: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckedFindingJson<'r> {
    rule: &'static str,
    level: &'static str,
    severity: &'static str,
    confidence: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    assumption: Option<&'static str>,
    fails: bool,
    message: &'r str,
    remedy: &'r str,
    fix: RemedyJson,
    file: &'r str,
    line: usize,
    column: usize,
    /// Where the setting of the mesh stands that it is about, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    mesh: Option<Value>,
    object: Option<ObjectJson<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<ObjectJson<'r>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pods: &'r [String],
    field: String,
    fingerprint: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RemedyJson {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectJson<'r> {
    api_version: &'r str,
    kind: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'r str>,
    name: &'r str,
}

/// The report, with a line feed at the end.
pub(super) fn json(checked: &Checked<'_>) -> String {
    let count = |level: &str| checked.found.iter().filter(|one| one.level.name() == level).count();
    let summary = SummaryJson {
        files: checked.inputs,
        workloads: checked.workloads,
        errors: count("error"),
        warnings: count("warning"),
        notes: count("info"),
        failing: checked.found.iter().filter(|one| one.fails).count(),
        in_baseline: checked.known,
        gone_from_baseline: checked.stale,
    };
    let findings = checked.with_fingerprints().into_iter().map(|(one, fingerprint)| finding(one, fingerprint));
    let tool = format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    let report = CheckJson { version: 1, tool, summary, findings: findings.collect() };
    // Plain structs of strings and numbers can always be serialized.
    escape::json_of(serde_json::to_string_pretty(&report).unwrap_or_default()) + "\n"
}

fn finding<'r>(one: &CheckedFinding<'r>, fingerprint: String) -> CheckedFindingJson<'r> {
    let found = &one.located.finding;
    let owner = one.report.running.as_ref().and_then(|running| running.owner.as_ref());
    let [object, owner] = [Some(&one.report.identity), owner].map(|identity| {
        let identity = identity?;
        Some(ObjectJson {
            api_version: &identity.api_version,
            kind: &identity.kind,
            namespace: identity.namespace.as_deref(),
            name: &identity.name,
        })
    });
    CheckedFindingJson {
        rule: found.rule.id(),
        level: one.level.name(),
        severity: found.severity.name(),
        confidence: found.confidence().name(),
        assumption: found.confidence().assumption(),
        fails: one.fails,
        message: &found.message,
        remedy: &found.remedy,
        fix: match found.way() {
            Remedy::Edit => RemedyJson { kind: "edit", field: None },
            Remedy::Policy(field) => RemedyJson { kind: "policy", field: Some(field) },
            Remedy::Advice => RemedyJson { kind: "advice", field: None },
        },
        file: one.input,
        line: one.position.line,
        column: one.position.column,
        mesh: found.beside.as_ref().and_then(mesh_place),
        object,
        owner,
        pods: &one.located.pods,
        field: one.located.place.route.to_string(),
        fingerprint,
    }
}
