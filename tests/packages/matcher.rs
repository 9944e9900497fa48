use std::fs;

use regex_automata::meta::Regex;
use serde_json::Value;

use super::super::support::process::{fed, program};

/// The findings of the shop in a format of `check`.
fn shown(format: &str) -> String {
    let shop = fed(program().args(["demo", "--manifests"]), "").stdout;
    let check = ["check", "--sidecar", "classic", "--format", format];
    String::from_utf8(fed(program().args(check), shop).stdout).unwrap()
}

/// What a matcher finds in a text: severity, code, file, line and column, and the message.
fn read(patterns: &Value, text: &str) -> Vec<(String, String)> {
    let patterns: Vec<_> = patterns.as_array().unwrap().iter().collect();
    let regexes: Vec<_> = patterns.iter().map(|one| Regex::new(one["regexp"].as_str().unwrap()).unwrap()).collect();
    let group = |lines: &[&str], key: &str| {
        let at = patterns.iter().position(|pattern| pattern[key].is_u64()).unwrap();
        let mut found = regexes[at].create_captures();
        regexes[at].captures(lines[at], &mut found);
        let span = found.get_group(usize::try_from(patterns[at][key].as_u64().unwrap()).unwrap()).unwrap();
        lines[at][span.start..span.end].to_owned()
    };
    let lines: Vec<_> = text.lines().collect();
    let found =
        lines.windows(patterns.len()).filter(|all| regexes.iter().zip(*all).all(|(regex, line)| regex.is_match(*line)));
    let read = found.map(|all| {
        let parts = ["severity", "code", "file", "line", "column"].map(|key| group(all, key));
        (parts.join(" "), group(all, "message"))
    });
    read.collect()
}

/// The problem matchers find each finding in what a check prints, with its place and its whole message.
#[test]
fn the_problem_matchers_read_what_a_check_prints() {
    let text = fs::read_to_string(".github/problem-matcher.json").unwrap();
    let matchers: Value = serde_json::from_str(&text).unwrap();
    let page = fs::read_to_string("docs/check.md").unwrap();
    let task =
        page.split("```json\n").map(|rest| rest.split("```").next().unwrap()).find(|json| json.contains("tasks"));
    let task: Value = serde_json::from_str(task.unwrap()).unwrap();
    let of_task = &task["tasks"][0]["problemMatcher"]["pattern"];
    let (of_text, of_concise) = (&matchers["problemMatcher"][0]["pattern"], &matchers["problemMatcher"][1]["pattern"]);
    assert_eq!(of_task, of_concise);
    let found = read(of_text, &shown("text"));
    let places: Vec<_> = found.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(
        places,
        ["error not-drained stdin 11 3", "warning not-drained stdin 24 3", "error not-drained stdin 36 3"]
    );
    let concise = read(of_concise, &shown("concise"));
    assert_eq!(concise.len(), found.len());
    for ((place, message), (same, longer)) in found.iter().zip(&concise) {
        assert_eq!(place, same);
        assert!(longer.contains(message.as_str()), "{longer}\n{message}");
    }
}
