//! What a check found, as SARIF 2.1.0, within the limits of GitHub's code scanning: paths are relative to the root of
//! the repository, and there are at most 25,000 results
//! (<https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::check::{Checked, CheckedFinding};
use crate::escape;
use crate::istio::SettingPlace;
use crate::rules::{ALL, Remedy, Rule, Severity, Sureness};
use crate::yaml::{EditSet, Position, Span};

use super::line_hash::line_hashes;

/// GitHub rejects a run with more results, and shows 5,000 of them.
pub(super) const MOST_RESULTS: usize = 25_000;
/// The maximum number of characters in a short or full description on GitHub.
const MOST_CHARACTERS: usize = 1024;
/// The schema as OASIS publishes it.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The name for the root of the repository, which viewers and CI systems know.
const ROOT: &str = "%SRCROOT%";

/// The log, with a line feed at the end. If there are too many results, those that fail the check come first.
pub(super) fn sarif(checked: &Checked<'_>) -> String {
    let mut found = checked.with_fingerprints();
    let all = found.len();
    if all > MOST_RESULTS {
        found.sort_by_key(|(one, _)| std::cmp::Reverse((one.fails, one.level)));
        found.truncate(MOST_RESULTS);
    }
    let places = places(&found);
    let rules: Vec<_> = ALL.iter().map(|rule| descriptor(rule)).collect();
    let driver = json!({
        "name": "istio-drain",
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    let run = RunLog {
        column_kind: "unicodeCodePoints",
        invocations: json!([{"executionSuccessful": true, "toolExecutionNotifications": left_out(all)}]),
        original_uri_base_ids: json!({ROOT: {"description": {"text": "the working directory of the check"}}}),
        results: Results { found, places },
        tool: json!({"driver": driver}),
    };
    let log = Log { schema: SCHEMA, runs: [run], version: "2.1.0" };
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    escape::json_of(text)
}

#[derive(Serialize)]
struct Log<'c> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    runs: [RunLog<'c>; 1],
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunLog<'c> {
    column_kind: &'static str,
    invocations: Value,
    original_uri_base_ids: Value,
    #[serde(serialize_with = "one_by_one")]
    results: Results<'c>,
    tool: Value,
}

/// What was found, each with its fingerprint, and where it stands.
struct Results<'c> {
    found: Vec<(&'c CheckedFinding<'c>, String)>,
    places: Vec<ResultPlace>,
}

/// What is counted from the start of an input, for all of its results together.
#[derive(Default)]
struct ResultPlace {
    /// The starts and ends of what `fix` replaces.
    replaced: Vec<(Position, Position)>,
    /// The hash of the line.
    line_hash: Option<String>,
}

/// Each result is made when it is written: as values, thousands of them take much more memory than as text.
fn one_by_one<S: Serializer>(results: &Results<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    let all = results.found.iter().zip(&results.places);
    serializer.collect_seq(all.map(|((one, fingerprint), place)| result(one, fingerprint, place)))
}

/// What is said of results that are not in the log.
fn left_out(all: usize) -> Vec<Value> {
    let said = (all > MOST_RESULTS).then(|| {
        let text = format!("{MOST_RESULTS} of {all} findings are here, those that fail the check first.");
        json!({"level": "warning", "message": {"text": text}})
    });
    said.into_iter().collect()
}

fn descriptor(rule: &Rule) -> Value {
    let summary = rule.summary();
    let precision = match rule.confidence().sureness() {
        Sureness::Certain => "very-high",
        Sureness::Likely => "medium",
        Sureness::Style => "low",
    };
    let problem = match rule.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "recommendation",
    };
    json!({
        "id": rule.id(),
        "name": pascal_case(rule.id()),
        "shortDescription": {"text": shortened(&summary)},
        "fullDescription": {"text": shortened(&summary)},
        "help": {"text": rule.page(), "markdown": rule.page()},
        "defaultConfiguration": {"level": level(rule.severity())},
        "properties": {"precision": precision, "problem.severity": problem, "tags": ["reliability"]},
    })
}

fn result(one: &CheckedFinding<'_>, fingerprint: &str, known: &ResultPlace) -> Value {
    let finding = &one.located.finding;
    let assumption = finding.confidence().assumption().map(|what| format!(" True if {what}.")).unwrap_or_default();
    let remedy = if finding.remedy.is_empty() { String::new() } else { format!(" Remedy: {}.", finding.remedy) };
    let text = format!("{}: {}.{remedy}{assumption}", one.report.title(), finding.message);
    let line = one.source.line_at(one.located.place.offset);
    let place = json!({
        "physicalLocation": {
            "artifactLocation": artifact(one.input),
            "region": {
                "startLine": one.position.line,
                "startColumn": one.position.column,
                "endColumn": line.chars().count() + 1,
                "snippet": {"text": line.chars().skip(one.position.column - 1).collect::<String>()},
            },
            "contextRegion": {"startLine": one.position.line, "snippet": {"text": line}},
        },
        "logicalLocations": [{"fullyQualifiedName": one.name.object, "kind": "object"}],
    });
    let mut result = json!({
        "ruleId": finding.rule.id(),
        "ruleIndex": ALL.iter().position(|rule| *rule == finding.rule),
        "level": level(one.level),
        "message": {"text": text},
        "locations": [place],
        "partialFingerprints": fingerprints(fingerprint, known),
        "properties": {"confidence": finding.confidence().name(), "failsCheck": one.fails},
    });
    let related = finding.beside.as_ref().and_then(related);
    let fix = is_edited(one).then(|| fix(one, known));
    if let Some(result) = result.as_object_mut() {
        let known = [("relatedLocations", related), ("fixes", fix)];
        result.extend(known.into_iter().filter_map(|(key, one)| Some((key.to_owned(), json!([one?])))));
    }
    result
}

fn fingerprints(fingerprint: &str, known: &ResultPlace) -> BTreeMap<&'static str, String> {
    let hash = known.line_hash.clone().map(|hash| ("primaryLocationLineHash", hash));
    [("istioDrain/v1", fingerprint.to_owned())].into_iter().chain(hash).collect()
}

/// The setting of the mesh that a finding is about, too.
fn related(setting: &SettingPlace) -> Option<Value> {
    let SettingPlace::File { file, line, column } = setting else { return None };
    let region = json!({"startLine": line, "startColumn": column});
    let place = json!({"artifactLocation": artifact(file), "region": region});
    Some(json!({"id": 1, "physicalLocation": place, "message": {"text": "the setting of the mesh"}}))
}

/// The places of what was found. Those of one input are worked out together, since each is counted from its start.
fn places(found: &[(&CheckedFinding<'_>, String)]) -> Vec<ResultPlace> {
    let mut places: Vec<_> = found.iter().map(|_| ResultPlace::default()).collect();
    let mut all: Vec<_> = found.iter().map(|(one, _)| *one).zip(&mut places).collect();
    for of_input in all.chunk_by_mut(|(one, _), (next, _)| one.input == next.input) {
        let Some(source) = of_input.first().map(|(one, _)| one.source) else { continue };
        let hashes = line_hashes(source.text());
        let spans = |one: &CheckedFinding<'_>| joined(&one.report.fix).into_iter().map(|(span, _)| span);
        let mended = of_input.iter().filter(|(one, _)| is_edited(one));
        let offsets = mended.flat_map(|(one, _)| spans(one)).flat_map(|span| [span.start(), span.end()]);
        let mut positions = source.positions(offsets.collect::<Vec<_>>()).into_iter();
        for (one, place) in of_input {
            place.line_hash = hashes.get(one.position.line - 1).cloned();
            if is_edited(one) {
                place.replaced = spans(one).filter_map(|_| positions.next().zip(positions.next())).collect();
            }
        }
    }
    places
}

/// What `fix` writes for a finding.
fn fix(one: &CheckedFinding<'_>, place: &ResultPlace) -> Value {
    let edits = joined(&one.report.fix);
    let replacements: Vec<_> = edits.iter().zip(place.replaced.iter().copied()).map(replacement).collect();
    let change = json!({"artifactLocation": artifact(one.input), "replacements": replacements});
    json!({"description": {"text": "What `istio-drain fix` writes."}, "artifactChanges": [change]})
}

/// Edits in their order, those that touch in one: of replacements at one place no reader can tell which comes first.
fn joined(edits: &EditSet) -> Vec<(Span, String)> {
    let mut joined: Vec<(Span, String)> = Vec::new();
    for edit in edits.as_slice() {
        match joined.last_mut().filter(|(span, _)| span.end == edit.span.start) {
            Some((span, text)) => {
                span.end = edit.span.end;
                text.push_str(&edit.text);
            }
            None => joined.push((edit.span, edit.text.clone())),
        }
    }
    joined
}

fn is_edited(one: &CheckedFinding<'_>) -> bool {
    one.located.finding.way() == Remedy::Edit && !one.report.fix.is_empty()
}

/// What goes and what comes, by lines and by bytes of the file.
fn replacement(((span, text), (start, end)): (&(Span, String), (Position, Position))) -> Value {
    json!({
        "deletedRegion": {
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
            "byteOffset": span.start(),
            "byteLength": span.end() - span.start(),
        },
        "insertedContent": {"text": text},
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// `not-drained` as `NotDrained`.
fn pascal_case(id: &str) -> String {
    let words = id.split('-').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    });
    words.collect()
}

/// A description, cut to the maximum length.
fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MOST_CHARACTERS) {
        None => Cow::Borrowed(text),
        Some(_) => Cow::Owned(text.chars().take(MOST_CHARACTERS - 1).collect::<String>() + "\u{2026}"),
    }
}

/// The location of an input: a relative path below the working directory, otherwise the full path.
fn artifact(input: &str) -> Value {
    let here = std::env::current_dir().unwrap_or_default();
    let path = plain(&here.join(input));
    match path.strip_prefix(&here) {
        Ok(path) => json!({"uri": encoded(path), "uriBaseId": ROOT}),
        Err(_) => json!({"uri": format!("file://{}", encoded(&path))}),
    }
}

/// An absolute path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

/// A path in a URI.
fn encoded(path: &Path) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encode = |byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    path.to_string_lossy().bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_working_directory() {
        let here = std::env::current_dir().unwrap();
        let uri = |input: &str| artifact(input)["uri"].as_str().unwrap().to_owned();
        assert_eq!(uri("./a b/c.yaml"), "a%20b/c.yaml");
        assert_eq!(uri("a/../x.yaml"), "x.yaml");
        assert_eq!(uri(&here.join("x#1.yaml").display().to_string()), "x%231.yaml");
        assert_eq!(artifact("/elsewhere/a.yaml"), json!({"uri": "file:///elsewhere/a.yaml"}));
        assert!(uri("../a.yaml").starts_with("file:///"));
    }

    #[test]
    fn what_is_left_out_is_said() {
        assert!(left_out(MOST_RESULTS).is_empty());
        let said = left_out(MOST_RESULTS + 1)[0]["message"]["text"].to_string();
        assert!(said.contains("25000 of 25001 findings"), "{said}");
    }

    #[test]
    fn descriptions_have_a_limit() {
        assert_eq!(shortened("short"), "short");
        assert_eq!(shortened(&"\u{e4}".repeat(2000)).chars().count(), MOST_CHARACTERS);
    }
}
