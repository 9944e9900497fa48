//! The same object has the same findings in whatever it comes: as a document, in a List, in a ResourceList, as JSON, with
//! the line ends of Windows, behind the comment of Helm.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::support::case::{self, Case};
use super::support::wrapping::item;
use super::universal::documents;

/// A finding without its place, which differs.
type Told = (String, String, String, String, String, String);

/// What a check finds; `None` where it can't read the input.
fn told(case: &Case, input: &str) -> Option<Vec<Told>> {
    let flags = ["--threads", "1", "--refused", "warn", "--format", "json"];
    let run = case.run_as("check", input.as_bytes(), &flags);
    if run.exit == 2 {
        return None;
    }
    let report: Json = serde_json::from_slice(&run.stdout).unwrap();
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let read = |one: &Json| {
        let object = format!("{} {}", one["object"], one["pods"]);
        let [rule, level, sure] = ["rule", "level", "confidence"].map(|key| text(&one[key]));
        (object, rule, text(&one["message"]), level, sure, text(&one["remedy"]))
    };
    let mut all: Vec<_> = report["findings"].as_array().unwrap().iter().map(read).collect();
    all.sort();
    Some(all)
}

/// The documents of a text that are plain block mappings; `None` where one is something else.
fn plain_documents(text: &str) -> Option<Vec<String>> {
    let text = text.strip_prefix("---\n").unwrap_or(text).trim_end_matches("---");
    let is_odd = |c: char| matches!(c, '\r' | '\u{FEFF}' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\t');
    let is_bound = |line: &str| line.starts_with("...") || line.starts_with('%') || line.starts_with("--- ");
    if text.contains(is_odd) || text.lines().any(is_bound) {
        return None;
    }
    let all = text.split("\n---\n").map(|one| format!("{}\n", one.trim_end_matches('\n')));
    let has_content = |one: &String| one.lines().any(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let all: Vec<_> = all.filter(has_content).collect();
    let starts_with_key = |one: &String| {
        let mut lines = one.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        lines.next().is_some_and(|line| line.starts_with(|c: char| c.is_alphanumeric() || c == '"'))
    };
    all.iter().all(starts_with_key).then_some(all)
}

/// The same objects, otherwise wrapped, each with its name.
fn wrapped(text: &str) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    if !text.contains('\r') {
        all.push(("with CRLF", text.replace('\n', "\r\n")));
    }
    // A ResourceList can't be an item of a list, and nor can the values of a chart.
    let is_object = |one: &String| one.lines().any(|line| line.starts_with("kind:") && !line.contains("ResourceList"));
    if let Some(plain) = plain_documents(text).filter(|plain| plain.iter().all(is_object)) {
        let items: String = plain.iter().map(|one| item(one)).collect();
        all.push(("in a List", format!("apiVersion: v1\nkind: List\nitems:\n{items}")));
        let head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n";
        all.push(("in a ResourceList", format!("{head}{items}")));
        let documents = plain.iter().map(|one| format!("---\n# Source: shop/templates/all.yaml\n{one}"));
        all.push(("with the comment of Helm", documents.collect()));
    }
    all
}

/// What JSON lacks: comments that are heeded, aliases, merge keys.
const HAS_NO_JSON: [&str; 6] = ["istio-drain: ignore[", "# kpt-set", ": &", ": *", "- *", "<<:"];

/// The same objects in JSON: as documents, in a List and in a ResourceList.
fn as_json(text: &str) -> Vec<(&'static str, String)> {
    if HAS_NO_JSON.iter().any(|word| text.contains(word)) {
        return Vec::new();
    }
    let Some(documents) = documents(text) else { return Vec::new() };
    let values = documents.iter().filter(|one| !one.is_null()).map(|one| serde_json::to_value(one).ok());
    let Some(values) = values.collect::<Option<Vec<_>>>() else { return Vec::new() };
    if values.iter().any(|value| !value["kind"].is_string() || value["kind"] == "ResourceList") {
        return Vec::new();
    }
    let pretty = |value: &Json| serde_json::to_string_pretty(value).unwrap();
    let each: Vec<_> = values.iter().map(pretty).collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": values});
    let resources = json!({"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": values});
    vec![
        ("as JSON", each.join("\n---\n")),
        ("in a List as JSON", pretty(&list)),
        ("in a ResourceList as JSON", resources.to_string()),
    ]
}

#[test]
fn the_same_objects_have_the_same_findings_in_any_wrapping() {
    let (mut wrong, mut names) = (Vec::new(), BTreeSet::new());
    for case in case::all() {
        let Ok(text) = std::str::from_utf8(&case.input) else { continue };
        let Some(expected) = told(&case, text) else { continue };
        // The other areas have refusals of text, and words and numbers that YAML 1.1 and 1.2 read differently.
        let is_text = ["refused/", "text/"].iter().any(|area| case.name.starts_with(area));
        let as_json = if is_text { Vec::new() } else { as_json(text) };
        // Nothing at all is an error, comments are not.
        for (name, input) in wrapped(text).into_iter().chain(as_json).filter(|(_, input)| !input.trim().is_empty()) {
            names.insert(name);
            let found = told(&case, &input);
            if found.as_ref() != Some(&expected) {
                wrong.push(format!("{} {name}:\n  {found:?}\n  not {expected:?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(names.len(), 7);
}
