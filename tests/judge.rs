//! What must hold for generated texts, whose meaning is known.

use istio_drain::inside::policy::PolicyFields;
use istio_drain::inside::report::Outcome;
use istio_drain::inside::transform::Transformed;
use istio_drain::inside::yaml::{self, EditSet, Patch, Source, compare, lower, parse_all};
use serde_yaml::Value;

use super::generate::{Model, Stream};
use super::spans;
use super::universal::{Verdict, check, differ_by, documents, settings};

/// The kinds and names of the workloads that the tool has to find, in order.
fn wanted(stream: &Stream) -> Vec<(String, String)> {
    let text = |object: &Model, key: &str| object.get(key).and_then(Model::as_str).unwrap_or_default().to_owned();
    let is_wanted = |object: &&Model| {
        let (api, kind) = (text(object, "apiVersion"), text(object, "kind"));
        matches!(
            (api.as_str(), kind.as_str()),
            ("apps/v1", "Deployment" | "StatefulSet") | ("extensions/v1beta1", "Deployment")
        )
    };
    let named = |object: &Model| (text(object, "kind"), text(object.get("metadata").expect("metadata"), "name"));
    stream.objects().into_iter().filter(is_wanted).map(named).collect()
}

fn found(done: &Transformed) -> Vec<(String, String)> {
    // Kinds that must never be edited are named, but no workloads of the kinds asked for.
    let reports =
        done.reports.iter().filter(|report| !matches!(report.outcome, Outcome::Forbidden { .. } | Outcome::Observed));
    reports.map(|report| (report.identity.kind.clone(), report.identity.name.clone())).collect()
}

/// Everything that holds for a generated stream, beside what holds for any text.
pub(crate) fn check_stream(stream: &Stream, policy: PolicyFields) -> Verdict {
    let text = &stream.text;
    let verdict = check(text, &settings(policy));
    if let Some(read) = documents(text) {
        let expected: Vec<Value> = stream.documents.iter().map(Model::value).collect();
        assert_eq!(read, expected, "the generator wrote something else than it meant:\n{text}\n{text:?}");
    }
    match &verdict {
        Verdict::Failed(error) => panic!("{error} at {:?} of\n{text}\n{text:?}", error.offset()),
        Verdict::Refused(done) => assert_eq!(found(done), wanted(stream), "in\n{text}"),
        Verdict::Done(done, output) => {
            assert_eq!(found(done), wanted(stream), "in\n{text}");
            // A command that another replaces takes the comments in it along.
            if !done.patches.iter().any(|(_, patch)| replaces(patch)) {
                let lost = stream.lost_comments(output);
                assert!(lost.is_empty(), "{lost:?} are lost in\n{output}\nof\n{text}");
            }
        }
    }
    verdict
}

fn replaces(patch: &Patch) -> bool {
    match patch {
        Patch::Within(steps) => steps.iter().any(|(_, patch)| replaces(patch)),
        Patch::Remove => false,
        Patch::Put(value) => matches!(value, yaml::Value::Words(_)),
    }
}

/// Whether the change was made; if so, both readings agree that it was, and nothing else.
pub(crate) fn check_change(stream: &Stream, patch: &Patch) -> bool {
    let text = &stream.text;
    let source = Source::embedded(text);
    let tree = parse_all(source).unwrap_or_else(|error| panic!("{error} in\n{text}"));
    let root = tree.roots().iter().copied().find(|root| !tree.entries(*root).is_empty()).expect("a document");
    let Ok(edits) = lower(&tree, root, patch) else { return false };
    let edits = EditSet::new(edits).unwrap_or_else(|error| panic!("{error} for {patch:?} in\n{text}"));
    let output = edits.apply(source);
    let again = parse_all(Source::embedded(&output))
        .unwrap_or_else(|error| panic!("{error} in\n{output}\n---- of\n{text}\n---- by {patch:?}\n{text:?}"));
    let at = tree.roots().iter().position(|known| *known == root).expect("a root");
    let new_root = *again.roots().get(at).unwrap_or_else(|| panic!("a document is gone from\n{output}\nof\n{text}"));
    compare((&tree, root), patch, (&again, new_root))
        .unwrap_or_else(|error| panic!("{error}\n{output}\n---- of\n{text}\n---- by {patch:?}\n{text:?}"));
    differ_by(text, &[(tree.node(root).span.start(), patch.clone())], &output);
    spans::check(&output);
    true
}
