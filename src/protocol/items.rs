//! The `items` of a ResourceList: makes sure that they exist, and says which are not for a cluster.

use crate::object;
use crate::yaml::{NodeId, NodeKind, Patch, Resolved, Route, Tree, Value};

use super::RESOURCE_LIST;
use super::results::{ITEMS, RESULTS};

/// Gives a list without `items` an empty one. This is the only edit that does not concern a workload. Without that key
/// kpt fails, and kustomize outputs the list itself as a resource.
///
/// # Errors
///
/// The offset of `items`, if they are not a list.
pub(crate) fn complete_items(tree: &Tree<'_>, root: NodeId, patch: &mut Patch) -> Result<(), usize> {
    match tree.get(root, ITEMS) {
        Some(items) if tree.scalar(items) == Some(Resolved::Null) => {}
        Some(items) => {
            let is_list = matches!(tree.node(items).kind, NodeKind::Sequence { .. });
            return if is_list { Ok(()) } else { Err(tree.node(items).span.start()) };
        }
        None => {}
    }
    patch.put(&Route::from([ITEMS]), Value::Items(Vec::new()));
    Ok(())
}

/// The list with its `results` and without items and config, for `emitNothing`. kustomize treats every item that a
/// validator returns as a change (kustomize issue 5036), and removes nothing if there are no items.
pub(crate) fn bare_list(tree: &Tree<'_>, root: NodeId, changes: &Patch) -> Value {
    let version = tree.str_at(root, &["apiVersion"]).unwrap_or_default();
    let old = tree.get(root, RESULTS).and_then(|results| object::value(tree, results, RESULTS_LIMIT));
    let new = changes.at(&Route::from([RESULTS]));
    let results = new.map_or_else(|| old.clone(), |patch| patch.applied(old.as_ref()));
    let mut entries = vec![
        ("apiVersion".into(), Value::str(version)),
        ("kind".into(), Value::str(RESOURCE_LIST)),
        (ITEMS.into(), Value::Items(Vec::new())),
    ];
    entries.extend(results.map(|results| (RESULTS.into(), results)));
    Value::Map(entries)
}

/// Whether an object is only for tools and never reaches a cluster. kustomize drops objects that have the annotation
/// with any value except `false` (`api/resource/factory.go`), and kpt never applies them.
pub(crate) fn is_local(tree: &Tree<'_>, object: NodeId) -> bool {
    let value = tree.get_path(object, &["metadata", "annotations", LOCAL_CONFIG]);
    value.and_then(|value| tree.as_written(value)).is_some_and(|value| !value.trim().eq_ignore_ascii_case("false"))
}

/// Results of earlier functions with more nodes than this are not written again.
const RESULTS_LIMIT: usize = 10_000;
const LOCAL_CONFIG: &str = "config.kubernetes.io/local-config";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{EditSet, Source, Step, document, lower, parse_all};

    #[test]
    fn items_are_always_there() {
        let complete = |text: &str| {
            let source = Source::embedded(text);
            let tree = parse_all(source).unwrap();
            let mut patch = Patch::default();
            complete_items(&tree, tree.roots()[0], &mut patch)?;
            let edits = lower(&tree, tree.roots()[0], &patch).map_err(|refusal| refusal.offset)?;
            Ok(EditSet::new(edits).unwrap().apply(source))
        };
        let check = |text: &str, expected: &str| assert_eq!(complete(text), Ok(expected.to_owned()));
        check("kind: ResourceList\n", "kind: ResourceList\nitems: []\n");
        check("items:\nkind: ResourceList\n", "items: []\nkind: ResourceList\n");
        check("items: null # none\n", "items: [] # none\n");
        check("{\"kind\": \"ResourceList\"}", "{\"kind\": \"ResourceList\", \"items\": []}");
        for done in ["items: []\n", "items: [a]\n", "items:\n- a\n", "a: &a []\nitems: *a\n"] {
            check(done, done);
        }
        assert_eq!(complete("kind: x\nitems: {}\n"), Err(15));
        assert_eq!(complete("items: 1\n"), Err(7));
        assert_eq!(complete("items:\nitems:\n"), Err(7));
    }

    #[test]
    fn a_bare_list_has_results_and_no_items() {
        let bare = |text: &str, changes: &Patch| {
            let tree = parse_all(Source::embedded(text)).unwrap();
            document(&bare_list(&tree, tree.roots()[0], changes))
        };
        let text =
            "items:\n- a: 1\nkind: ResourceList\napiVersion: config.kubernetes.io/v1beta1\nfunctionConfig: {b: 1}\n";
        let head = "apiVersion: config.kubernetes.io/v1beta1\nkind: ResourceList\nitems: []\n";
        assert_eq!(bare(text, &Patch::default()), head);
        let mut changes = Patch::default();
        changes.put(&Route::from([RESULTS]).then([Step::End]), Value::map([("message", Value::str("b"))]));
        assert_eq!(bare(text, &changes), format!("{head}results:\n- message: b\n"));
        let more = format!("{text}results:\n- message: a\n  file: {{index: 1}}\n");
        assert_eq!(bare(&more, &Patch::default()), format!("{head}results:\n- message: a\n  file:\n    index: 1\n"));
        assert!(bare(&more, &changes).ends_with("    index: 1\n- message: b\n"));
    }

    #[test]
    fn local_objects_are_told_from_others() {
        let is_local = |value: &str| {
            let text = format!("metadata: {{annotations: {{config.kubernetes.io/local-config: {value}}}}}\n");
            let tree = parse_all(Source::embedded(&text)).unwrap();
            is_local(&tree, tree.roots()[0])
        };
        for yes in ["'true'", "true", "\"True\"", "yes", "''"] {
            assert!(is_local(yes), "{yes}");
        }
        for no in ["'false'", "false", "False", "{}"] {
            assert!(!is_local(no), "{no}");
        }
        let tree = parse_all(Source::embedded("metadata: {annotations: {}}\n")).unwrap();
        assert!(!super::is_local(&tree, tree.roots()[0]));
    }
}
