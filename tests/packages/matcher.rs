use std::fs;

use regex_automata::meta::Regex;
use serde_json::Value;

use super::super::support::process::{fed, program};

/// The problem matcher finds each finding in the text of a check, with its place.
#[test]
fn the_problem_matcher_reads_what_a_check_prints() {
    let text = fs::read_to_string(".github/problem-matcher.json").unwrap();
    let matcher: Value = serde_json::from_str(&text).unwrap();
    let patterns = matcher["problemMatcher"][0]["pattern"].as_array().unwrap();
    let regex = |at: usize| Regex::new(patterns[at]["regexp"].as_str().unwrap()).unwrap();
    let (label, place) = (regex(0), regex(1));
    let shop = fed(program().args(["demo", "--manifests"]), "").stdout;
    let shown = String::from_utf8(fed(program().args(["check", "--sidecar", "classic"]), shop).stdout).unwrap();
    let group = |regex: &Regex, line: &str, number: u64| {
        let mut found = regex.create_captures();
        regex.captures(line, &mut found);
        let span = found.get_group(usize::try_from(number).unwrap()).unwrap();
        line[span.start..span.end].to_owned()
    };
    let number = |at: usize, key: &str| patterns[at][key].as_u64().unwrap();
    let lines: Vec<_> = shown.lines().collect();
    let found: Vec<_> = lines.windows(2).filter(|two| label.is_match(two[0]) && place.is_match(two[1])).collect();
    let read: Vec<_> = found
        .iter()
        .map(|two| {
            let first = ["severity", "code"].map(|key| group(&label, two[0], number(0, key)));
            let second = ["file", "line", "column"].map(|key| group(&place, two[1], number(1, key)));
            format!("{} {}", first.join(" "), second.join(" "))
        })
        .collect();
    assert_eq!(
        read,
        ["error not-drained stdin 11 3", "warning not-drained stdin 24 3", "error not-drained stdin 36 3"],
        "{shown}"
    );
    // The page shows the same patterns.
    let page = fs::read_to_string("docs/check.md").unwrap();
    for pattern in patterns {
        assert!(page.contains(&pattern["regexp"].to_string()), "{pattern}");
    }
}
