//! The report of a run as JSON, for programs and for hosts that drop standard error.
//!
//! The format is frozen: within a version, fields may be added, but none is removed or changes its meaning.
//!
//! ```json
//! { "version": 1, "tool": "istio-drain 0.1.0", "exit": 0, "error": "why there is no output, where that is about no
//! input", "summary": {"workloads": 1, "edited": 1, "assumedInjected": 1, "leftAlone": 0, "refused": 0, "errors": 0,
//! "warnings": 1, "notes": 0}, "unmatchedRules": [{"name": "workloads[1]", "matcher": "name: web-*", "remedy": "..."}],
//! "inputs": [{
//!     "name": "stdin",
//!     "form": "ResourceList",
//!     "error": {"message": "why it can't be read", "line": 1, "column": 1},
//!     "workloads": [{
//!       "apiVersion": "apps/v1", "kind": "Deployment", "namespace": "prod", "name": "web",
//!       "template": "spec.a.template",
//!       "line": 4,
//!       "file": {"path": "web.yaml", "index": 0},
//!       "outcome": "edited",
//!       "reasons": [{"code": "host-network", "message": "the pod is on the host network"}],
//!       "injection": {"verdict": "unknown", "assumed": true, "reasons": [{"code": "namespace-not-visible", "message": "..."}]},
//!       "sidecar": {"mode": "classic", "reasons": [{"code": "declared-mode", "message": "..."}]},
//!       "rule": 0,
//!       "sources": [{"field": "drain", "by": "workloads[0]"}],
//!       "inForce": [{"setting": "terminationDrainDuration", "value": "5s", "origin": "Istio's default"}],
//!       "appHooks": [{"container": "web", "handler": "sleep 40", "seconds": 40, "length": "40s"}],
//!       "proxyHook": {"owner": "planned", "command": "pilot-agent ...", "seconds": 0, "length": "0s"},
//!       "numbers": {
//!         "longestHook": 40, "appShutdown": 5, "margin": 2, "proxyHook": 0, "stay": 45, "lasting": 45, "grace": 47,
//!         "exitsOnIdle": false, "sums": [{"name": "F", "sum": "max(P 40 + A 5, min(G0 30 - M 2, 30)) = 45s"}]
//!       },
//!       "changes": ["terminationGracePeriodSeconds 47"],
//!       "findings": [{
//!         "rule": "grace-beyond-cover", "severity": "info", "confidence": "likely",
//!         "assumption": "the app needs all of its grace period", "message": "...", "remedy": "...",
//!         "line": 9, "column": 7,
//!         "field": {"path": "spec.template.spec.terminationGracePeriodSeconds", "currentValue": 600, "proposedValue": 47}
//!       }]
//!     }]
//!   }]
//! }
//! ```
//!
//! What does not apply is left out; lists are always there. `form` is `ResourceList` or `stream`; `outcome` is one of
//!
//! | outcome | what became of it |
//! |---|---|
//! | `edited` | it was edited |
//! | `unchanged` | it has all that it needs, or stays as it is because of a finding |
//! | `lacking` | it lacks something, and was only checked (`check`) |
//! | `withheld` | it would have been edited, but another workload has an error |
//! | `refused` | it was not edited, because it has an error |
//! | `leftAlone` | it must not be edited, for the given `reasons` |
//! | `refers` | its pods are those of another workload, which the `reasons` name |
//! | `observed` | it is not a workload: it was read for what it says about the mesh |
//!
//! The `confidence` of a finding is `certain`, `likely` or `style`; one that is likely is true if its `assumption`
//! holds.
//!
//! The verdict on injection is `injected`, `notInjected` or `unknown`, and the mode `classic`, `native` or `unknown`.
//!
//! `rule` is the number of the rule in `workloads` that is for the workload, from 0. From `inForce` to `numbers`: what
//! the plan used, as `explain` shows it; left out where none was made. `owner` is `planned` or `present` for a hook of
//! istio-drain's, `kept` for somebody else's, `mesh` for that of the mesh. `seconds` is what is certain of a hook's
//! length. Numbers are seconds, by the letters of docs/numbers.md: P, A, M, h, F, D (or the minimum of a proxy that
//! exits on idle), G.

mod explained;

use serde::Serialize;
use serde_json::{Value as Json, json as to_json};

use crate::escape;
use crate::istio::{SettingPlace, SidecarMode, Verdict};
use crate::protocol::field_path;
use crate::report::{Located, Outcome, WorkloadReport};
use crate::transform::{Fate, Role, Run, TransformError, Transformed};
use crate::yaml::{EncodingError, Place, Position, Source, Value};

use super::tally::Tally;
use explained::ExplanationJson;

/// One input and what became of it.
#[derive(Clone, Debug, Serialize)]
struct InputJson {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<FailureJson>,
    workloads: Vec<WorkloadJson>,
}

#[derive(Clone, Debug, Serialize)]
struct FailureJson {
    message: String,
    #[serde(flatten)]
    place: Option<PlaceJson>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct PlaceJson {
    line: usize,
    column: usize,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct WorkloadJson {
    api_version: String,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    template: String,
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<FileJson>,
    outcome: &'static str,
    reasons: Vec<ReasonJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    injection: Option<InjectionJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sidecar: Option<SidecarJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<usize>,
    sources: Vec<FieldSourceJson>,
    #[serde(flatten)]
    explained: Option<ExplanationJson>,
    changes: Vec<String>,
    findings: Vec<FindingJson>,
}

#[derive(Clone, Debug, Serialize)]
struct FieldSourceJson {
    field: &'static str,
    by: String,
}

#[derive(Clone, Debug, Serialize)]
struct UnmatchedRuleJson {
    name: String,
    matcher: String,
    remedy: String,
}

#[derive(Clone, Debug, Serialize)]
struct FileJson {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
}

#[derive(Clone, Debug, Serialize)]
struct ReasonJson {
    code: &'static str,
    message: String,
}

#[derive(Clone, Debug, Serialize)]
struct InjectionJson {
    verdict: &'static str,
    assumed: bool,
    reasons: Vec<ReasonJson>,
}

#[derive(Clone, Debug, Serialize)]
struct SidecarJson {
    mode: &'static str,
    reasons: Vec<ReasonJson>,
}

#[derive(Clone, Debug, Serialize)]
struct FindingJson {
    rule: &'static str,
    severity: &'static str,
    confidence: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    assumption: Option<&'static str>,
    message: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    remedy: String,
    #[serde(flatten)]
    place: PlaceJson,
    /// Where the setting of the mesh stands that it is about, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    mesh: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<FieldJson>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FieldJson {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_value: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposed_value: Option<Json>,
}

#[derive(Debug, Serialize)]
struct ReportJson<'r> {
    version: u32,
    tool: &'static str,
    exit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'r str>,
    summary: Tally,
    #[serde(rename = "unmatchedRules")]
    unmatched_rules: Vec<UnmatchedRuleJson>,
    inputs: &'r [InputJson],
}

const VERSION: u32 = 1;
/// The value for facts that the input does not show.
const UNKNOWN: &str = "unknown";
const TOOL: &str = concat!("istio-drain ", env!("CARGO_PKG_VERSION"));

/// The whole run as JSON, with a final line end: its exit code, the results of its inputs if it got so far, and an
/// error that concerns no input.
pub(crate) fn report(exit: u8, error: Option<&str>, run: Option<&Run<'_>>) -> String {
    let fates = run.into_iter().flat_map(|run| &run.inputs);
    let fates = fates.filter(|(manifest, fate)| manifest.role != Role::Around || fate.has_reports());
    let inputs: Vec<_> = fates.filter_map(|(manifest, fate)| InputJson::of(&manifest.name, fate)).collect();
    let rules = run.map_or(&[][..], |run| &run.rules);
    let inputs = inputs.as_slice();
    let summary = run.map(Tally::of_workloads).unwrap_or_default();
    let unmatched = rules.iter().filter(|rule| !rule.matched);
    let unmatched_rules = unmatched
        .map(|it| UnmatchedRuleJson {
            name: it.rule.name(),
            matcher: it.rule.matcher.to_string(),
            remedy: it.finding().remedy,
        })
        .collect();
    let error = error.map(str::trim_end);
    let whole = ReportJson { version: VERSION, tool: TOOL, exit, error, summary, unmatched_rules, inputs };
    // It has only strings, numbers and lists, so this can't fail.
    let mut text = serde_json::to_string_pretty(&whole).unwrap_or_default();
    text.push('\n');
    escape::json_of(text)
}

impl InputJson {
    /// The result of an input; `None` for a skipped one.
    fn of(name: &str, fate: &Fate<'_>) -> Option<Self> {
        match fate {
            Fate::Planned(source, done) => Some(Self::done(name, *source, done)),
            Fate::Unreadable(error) => Some(Self::unreadable(name, error)),
            Fate::Failed(source, error) => Some(Self::failed(name, *source, error)),
            Fate::PassedOver(_) => None,
        }
    }

    /// An input that was read to its end.
    fn done(name: &str, source: Source<'_>, done: &Transformed) -> Self {
        let offsets = done.reports.iter().flat_map(|report| {
            std::iter::once(report.offset).chain(report.findings.iter().map(|located| located.place.offset))
        });
        let mut places = source.positions(offsets).into_iter().map(PlaceJson::from);
        let workloads = done.reports.iter().filter_map(|report| WorkloadJson::of(report, &mut places)).collect();
        let form = if done.is_resource_list { "ResourceList" } else { "stream" };
        Self { name: name.to_owned(), form: Some(form), error: None, workloads }
    }

    /// An input that failed.
    fn failed(name: &str, source: Source<'_>, error: &TransformError) -> Self {
        let position = error.offset().map(|offset| source.position(offset));
        Self::without(name, FailureJson { message: error.to_string(), place: position.map(PlaceJson::from) })
    }

    /// An input that is not text.
    fn unreadable(name: &str, error: &EncodingError) -> Self {
        Self::without(name, FailureJson { message: error.to_string(), place: Some(error.position.into()) })
    }

    fn without(name: &str, error: FailureJson) -> Self {
        Self { name: name.to_owned(), form: None, error: Some(error), workloads: Vec::new() }
    }
}

impl From<Position> for PlaceJson {
    fn from(Position { line, column }: Position) -> Self {
        Self { line, column }
    }
}

fn name_of(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Edited => "edited",
        Outcome::Unchanged => "unchanged",
        Outcome::Lacking => "lacking",
        Outcome::Withheld => "withheld",
        Outcome::Refused => "refused",
        Outcome::Refers(_) => "refers",
        Outcome::Observed => "observed",
        Outcome::LeftAlone(_)
        | Outcome::Local
        | Outcome::Variable
        | Outcome::Patch(_)
        | Outcome::Forbidden { .. }
        | Outcome::Skipped(_) => "leftAlone",
    }
}

impl WorkloadJson {
    /// Takes its own place from `places`, and one for each finding.
    fn of(report: &WorkloadReport, places: &mut impl Iterator<Item = PlaceJson>) -> Option<Self> {
        let place = places.next()?;
        let identity = report.identity.clone();
        let reason = |code, message: &str| ReasonJson { code, message: message.to_owned() };
        let reasons = match &report.outcome {
            Outcome::Skipped(cause) => vec![reason("skip", &format!("{cause} says `skip`"))],
            Outcome::LeftAlone(reasons) => reasons.iter().map(|it| reason(it.code(), &it.sentence())).collect(),
            Outcome::Variable => vec![reason("flux-variable", "Flux fills in what the plan needs")],
            Outcome::Local => vec![reason("local-config", "an annotation keeps it from the cluster")],
            Outcome::Refers(to) => vec![reason("workload-ref", &format!("its pods are those of {to}"))],
            Outcome::Patch(sign) => vec![reason("kustomize-patch", &sign.to_string())],
            Outcome::Forbidden { why, .. } => vec![reason("forbidden-kind", why)],
            _ => Vec::new(),
        };
        let seen = &report.sidecar;
        // A workload that was not read has no information about its sidecar.
        let was_read = !seen.mode.reasons.is_empty();
        let file = report.origin.path.clone().map(|path| FileJson { path, index: report.origin.index });
        Some(Self {
            api_version: identity.api_version,
            kind: identity.kind,
            namespace: identity.namespace,
            name: identity.name,
            template: report.template.clone(),
            line: place.line,
            file,
            outcome: name_of(&report.outcome),
            reasons,
            injection: was_read.then(|| InjectionJson {
                verdict: match seen.injection.verdict {
                    Verdict::Injected => "injected",
                    Verdict::NotInjected => "notInjected",
                    Verdict::Unknown => UNKNOWN,
                },
                assumed: seen.is_assumed,
                reasons: seen.injection.reasons.iter().map(|it| reason(it.code(), &it.sentence())).collect(),
            }),
            sidecar: was_read.then(|| SidecarJson {
                mode: match seen.mode.kind {
                    SidecarMode::Classic => "classic",
                    SidecarMode::Native => "native",
                    SidecarMode::Unknown => UNKNOWN,
                },
                reasons: seen.mode.reasons.iter().map(|it| reason(it.code(), &it.sentence())).collect(),
            }),
            rule: report.rule,
            sources: report
                .sources
                .iter()
                .map(|(field, cause)| FieldSourceJson { field, by: cause.to_string() })
                .collect(),
            explained: report.explanation.as_deref().map(ExplanationJson::of),
            changes: report.changes.iter().map(ToString::to_string).collect(),
            findings: report
                .findings
                .iter()
                .zip(places)
                .map(|(located, place)| FindingJson::of(located, place))
                .collect(),
        })
    }
}

impl FindingJson {
    fn of(located: &Located, place: PlaceJson) -> Self {
        let Located { finding, place: Place { route, .. }, current, proposed, .. } = located;
        let value = |value: &Option<Value>| value.as_ref().map(json);
        let path = field_path(route);
        let field = FieldJson { path, current_value: value(current), proposed_value: value(proposed) };
        Self {
            rule: finding.rule.id(),
            severity: finding.severity.name(),
            confidence: finding.confidence().name(),
            assumption: finding.confidence().assumption(),
            message: finding.message.clone(),
            remedy: finding.remedy.clone(),
            place,
            mesh: finding.beside.as_ref().and_then(mesh_place),
            field: Some(field).filter(|field| !field.path.is_empty()),
        }
    }
}

/// The place of a setting in a file.
pub(super) fn mesh_place(place: &SettingPlace) -> Option<Json> {
    match place {
        SettingPlace::File { file, line, column } => Some(to_json!({"file": file, "line": line, "column": column})),
        SettingPlace::Input { .. } => None,
    }
}

fn json(value: &Value) -> Json {
    match value {
        Value::Int(number) => Json::from(*number),
        Value::Number(number) => number.parse().map_or(Json::Null, Json::Number),
        Value::Bool(bool) => Json::Bool(*bool),
        Value::Str(text) | Value::Text(text) => Json::from(text.as_str()),
        Value::Words(words) => words.iter().map(String::as_str).collect(),
        Value::Items(items) => items.iter().map(json).collect(),
        Value::Map(entries) | Value::Braces(entries) => {
            Json::Object(entries.iter().map(|(key, inner)| (key.clone().into_owned(), json(inner))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::{Kustomized, Manifest, Role};

    #[test]
    fn an_error_beside_the_inputs_is_one_text() {
        let manifest =
            Manifest { name: "b".into(), bytes: b"a\xFF".into(), role: Role::Named, kustomized: Kustomized::No };
        let fate = Fate::Unreadable(Source::new(&manifest.bytes).unwrap_err());
        let run = Run { inputs: vec![(&manifest, fate)], rules: Vec::new(), unused_policies: 0, goes_by_found: false };
        let report = report(2, Some("a\n"), Some(&run));
        let report: Json = serde_json::from_str(&report).unwrap();
        assert_eq!((&report["error"], &report["inputs"][0]["name"]), (&Json::from("a"), &Json::from("b")));
        assert_eq!(report["inputs"][0]["error"]["column"], Json::from(2));
    }

    #[test]
    fn values_come_out_as_what_they_are() {
        let value = Value::map([
            ("a", Value::Number("-1.5".into())),
            ("b", Value::Words(vec!["x".into()])),
            ("c", Value::Items(vec![Value::Bool(true), Value::Int(1)])),
        ]);
        assert_eq!(json(&value), serde_json::json!({"a": -1.5, "b": ["x"], "c": [true, 1]}));
    }
}
