//! The same object as a document between others, as an item of a List and as an item of a ResourceList: the text of the
//! object must come out the same but for its indentation, and so must what was found.

use istio_drain::inside::report::WorkloadReport;
use istio_drain::inside::transform::{Settings, Transformed, transform};
use istio_drain::inside::yaml::Source;

use super::golden;

const BEFORE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: before\n---\n";
const BEHIND: &str = "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: behind\n";
const LIST: &str = "apiVersion: v1\nkind: List\nitems:\n";
const RESOURCE_LIST: &str = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n";

/// Checks all three; `None` where the input is more than one plain block mapping, so that lines can't be put around it.
pub(crate) fn check(input: &str, done: &Transformed, settings: &Settings) -> Option<Result<(), String>> {
    let object = input.strip_prefix("---\n").unwrap_or(input);
    if done.is_resource_list || !is_plain(object) {
        return None;
    }
    let output = done.edits.apply(Source::embedded(input));
    let output = output.strip_prefix("---\n").unwrap_or(&output);
    let check = |name: &str, wrap: &dyn Fn(&str) -> String| {
        let wrapped = wrap(object);
        let again = transform(Source::embedded(&wrapped), settings).map_err(|error| format!("{name}: {error}"))?;
        let text = again.edits.apply(Source::embedded(&wrapped));
        let expected = wrap(output);
        // Behind the items stand only the results.
        let is_told = again.is_resource_list && again.reports.iter().any(|report| !report.findings.is_empty());
        // They stand in front of blank lines at the end.
        let kept = if is_told { format!("{}\n", expected.trim_end()) } else { expected.clone() };
        let rest = text
            .strip_prefix(&kept)
            .ok_or_else(|| format!("{name}: {}", golden::first_difference(expected.as_bytes(), text.as_bytes())))?;
        if rest.trim_start_matches('\n').starts_with("results:\n") != is_told || !is_told && !rest.is_empty() {
            return Err(format!("{name}: {rest:?} stands behind the items"));
        }
        if told(&again.reports) != told(&done.reports) {
            return Err(format!("{name}: {:?} was found, not {:?}", told(&again.reports), told(&done.reports)));
        }
        Ok(())
    };
    Some(
        check("between documents", &|text| format!("{BEFORE}{}{BEHIND}", with_newline(text)))
            .and_then(|()| check("in a List", &|text| format!("{LIST}{}", item(text))))
            .and_then(|()| check("in a ResourceList", &|text| format!("{RESOURCE_LIST}{}", item(text)))),
    )
}

/// What was found, without the places, which differ.
fn told(reports: &[WorkloadReport]) -> Vec<String> {
    let tell = |report: &WorkloadReport| {
        let findings = report.findings.iter().map(|located| {
            let mut finding = located.finding.clone();
            finding.beside = None;
            (finding, &located.place.route)
        });
        let findings: Vec<_> = findings.collect();
        format!("{} {:?} {findings:?}", report.title(), report.outcome)
    };
    reports.iter().map(tell).collect()
}

/// One document that is a block mapping at column 0, without anything that is bound to the start of a line.
fn is_plain(text: &str) -> bool {
    let mut content = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let starts_with_key =
        content.next().is_some_and(|line| line.starts_with(|c: char| c.is_alphanumeric() || c == '"'));
    let is_bound = |line: &str| ["---", "...", "%"].iter().any(|start| line.starts_with(start));
    let is_odd = |c: char| matches!(c, '\r' | '\u{FEFF}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    starts_with_key && !text.lines().any(is_bound) && !text.contains(is_odd)
}

fn with_newline(text: &str) -> String {
    if text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

/// The text as an item of a list whose dash stands at column 0.
pub(crate) fn item(text: &str) -> String {
    let lines = text.split_inclusive('\n').enumerate().map(|(at, line)| match (at, line) {
        (0, line) => format!("- {line}"),
        (_, "\n") => "\n".to_owned(),
        (_, line) => format!("  {line}"),
    });
    lines.collect()
}

#[test]
fn plain_documents_are_told_from_others() {
    for plain in ["kind: Pod\n", "# c\n\n\"kind\": Pod", "kind: Pod\nspec: {a:\n1}\n"] {
        assert!(is_plain(plain), "{plain}");
    }
    for other in ["", "# c\n", "{kind: Pod}\n", "kind: Pod\r\n", "kind: Pod\n---\n", "kind: Pod\n...\n", " kind: Pod\n"]
    {
        assert!(!is_plain(other), "{other}");
    }
    assert_eq!(item("a: 1\n\nb:\n  c: 2"), "- a: 1\n\n  b:\n    c: 2");
}
