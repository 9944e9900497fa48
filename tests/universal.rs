//! What must hold for any text, whoever wrote it: generated, mutated, or taken from the world. Used by property tests,
//! the corpus and fuzz targets alike, so it speaks to the library only.

use std::num::NonZeroUsize;

use istio_drain::inside::policy::PolicyFields;
use istio_drain::inside::transform::{Settings, TransformError, Transformed, transform};
use istio_drain::inside::yaml::{NodeId, NodeKind, Patch, Source, Tree, parse_all};
use serde::Deserialize as _;
use serde_yaml::{Deserializer, Value};

use super::support::oracle;

/// What became of a text.
pub(crate) enum Verdict {
    /// It can't be read, or its policy can't.
    Failed(TransformError),
    /// An error was found, so nothing was edited; in a ResourceList nothing but `results`.
    Refused(Transformed),
    /// What was done, and what came out.
    Done(Transformed, String),
}

pub(crate) fn settings(policy: PolicyFields) -> Settings {
    Settings { keeps_patches: true, ..Settings::of(policy) }
}

/// Runs the tool over `text` and checks all that can be checked without knowing what it says.
///
/// # Panics
///
/// Where something does not hold, with the text.
pub(crate) fn check(text: &str, settings: &Settings) -> Verdict {
    let source = Source::new(text.as_bytes()).unwrap_or_else(|error| panic!("{error} in {text:?}"));
    let other_threads = Settings { threads: NonZeroUsize::new(3).unwrap(), ..settings.clone() };
    let (done, threaded) = (transform(source, settings), transform(source, &other_threads));
    assert_eq!(format!("{done:?}"), format!("{threaded:?}"), "threads make a difference for\n{text}");
    let done = match done {
        Err(error @ (TransformError::Overlap(_) | TransformError::Proof(_))) => panic!("{error}\n{text}\n{text:?}"),
        Err(error) => {
            let offset = error.offset().unwrap_or_else(|| panic!("{error} has no place\n{text}"));
            assert!(text.is_char_boundary(offset), "{error} at no character\n{text}");
            return Verdict::Failed(error);
        }
        Ok(done) => done,
    };
    let output = applied(text, &done);
    assert_eq!(output, done.edits.apply(source), "the edits are applied otherwise than they say\n{text}");
    places(text, &done);
    second_run(text, &output, &done, settings);
    values(text, &output, &done);
    if done.has_errors() {
        assert!(done.is_resource_list || done.edits.is_empty(), "edits beside an error\n{text}");
        return Verdict::Refused(done);
    }
    Verdict::Done(done, output)
}

/// The output, made of the edits once more: the bytes between them are those of the input.
fn applied(text: &str, done: &Transformed) -> String {
    let (mut output, mut at) = (String::new(), 0);
    for edit in done.edits.as_slice() {
        output.push_str(text.get(at..edit.span.start()).unwrap_or_else(|| panic!("edits out of order in\n{text}")));
        output.push_str(&edit.text);
        at = edit.span.end();
    }
    output + &text[at..]
}

/// A run over the output finds nothing left to do.
fn second_run(text: &str, output: &str, done: &Transformed, settings: &Settings) {
    let again = match transform(Source::embedded(output), settings) {
        Ok(again) => again,
        Err(error) => panic!("{error} in the output\n{output}\nof\n{text}"),
    };
    assert_eq!(
        again.has_errors(),
        done.has_errors(),
        "errors come or go in the second run of\n{text}\n---- first\n{output}"
    );
    assert!(again.edits.is_empty(), "{:?}\nis left to do in\n{output}\nof\n{text}", again.edits);
}

/// Every workload and every finding has a place in the text.
fn places(text: &str, done: &Transformed) {
    for report in &done.reports {
        for offset in std::iter::once(report.offset).chain(report.findings.iter().map(|located| located.place.offset)) {
            assert!(text.is_char_boundary(offset), "{offset} is not a place in\n{text}");
        }
    }
}

/// In the reading of serde_yaml, output and input differ by the plan and by nothing else, and no pod has two proxies.
fn values(text: &str, output: &str, done: &Transformed) {
    let Some(before) = documents(text) else { return };
    let after =
        documents(output).unwrap_or_else(|| panic!("serde_yaml can't read\n{output}\n---- of\n{text}\n{text:?}"));
    differ_by(text, &done.patches, output);
    let most = |documents: &[Value]| documents.iter().map(most_proxies).max().unwrap_or(0);
    assert!(most(&after) <= most(&before).max(1), "more than one istio-proxy in\n{output}\nof\n{text}");
}

/// Holds `output` against `text` with the patches applied, where serde_yaml reads it rightly.
pub(crate) fn differ_by(text: &str, patches: &[(usize, Patch)], output: &str) {
    if documents(text).is_none() {
        return;
    }
    let cut = text.len() - text.trim_start_matches(BOM).len();
    let patches: Vec<_> = patches.iter().map(|(offset, patch)| (offset - cut, patch.clone())).collect();
    if let Some(holds) = oracle::check(&readable(text), &patches, &readable(output)) {
        holds.unwrap_or_else(|why| panic!("{why}\nin\n{output}\n---- of\n{text}\n{text:?}"));
    }
}

const BOM: char = '\u{FEFF}';

/// The text as kubectl sees it: without byte order mark, which serde_yaml takes for a column, and with a final line
/// end, without which it reads a block scalar otherwise.
fn readable(text: &str) -> String {
    let text = text.trim_start_matches(BOM);
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

/// The documents that serde_yaml reads, the empty ones left out; `None` where it can't read the text.
pub(crate) fn documents(text: &str) -> Option<Vec<Value>> {
    // Its time is quadratic in the nesting of brackets; the other parser bounds that.
    let tree = parse_all(Source::embedded(text)).ok()?;
    if has_double_anchor(&tree) {
        return None;
    }
    let mut values = Vec::new();
    // It repeats an error without end.
    for document in Deserializer::from_str(&readable(text)) {
        values.push(Value::deserialize(document).ok()?);
    }
    Some(values.into_iter().filter(|document| !document.is_null()).collect())
}

/// Whether an anchor is there twice in a document: serde_yaml mixes all anchors up then.
fn has_double_anchor(tree: &Tree<'_>) -> bool {
    fn collect<'t>(tree: &'t Tree<'_>, id: NodeId, names: &mut Vec<&'t str>) {
        let node = tree.node(id);
        names.extend(node.props.as_ref().and_then(|props| props.anchor.as_ref()).map(|anchor| anchor.name.as_str()));
        match node.kind {
            NodeKind::Mapping { entries, .. } => {
                entries.iter().flat_map(|(key, value)| [*key, *value]).for_each(|child| collect(tree, child, names));
            }
            NodeKind::Sequence { items, .. } => items.iter().for_each(|item| collect(tree, *item, names)),
            _ => {}
        }
    }
    tree.roots().iter().any(|root| {
        let mut names = Vec::new();
        collect(tree, *root, &mut names);
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        names.len() < all
    })
}

/// The number of containers called `istio-proxy` in the pod that has most of them.
pub(crate) fn most_proxies(value: &Value) -> usize {
    let is_proxy = |container: &&Value| container.get("name").and_then(Value::as_str) == Some("istio-proxy");
    match value {
        Value::Mapping(mapping) => {
            let lists = ["containers", "initContainers"].iter().filter_map(|list| value.get(*list)?.as_sequence());
            let here = lists.flatten().filter(is_proxy).count();
            mapping.values().map(most_proxies).max().unwrap_or(0).max(here)
        }
        Value::Sequence(items) => items.iter().map(most_proxies).max().unwrap_or(0),
        Value::Tagged(tagged) => most_proxies(&tagged.value),
        _ => 0,
    }
}
