//! The `items` of a ResourceList: that they are always there, and which of them are not for a cluster.

use crate::yaml::{NodeId, NodeKind, Patch, Resolved, Route, Tree, Value};

/// Gives a list without `items` an empty one. This is the one edit that is not about a workload: without that key kpt fails, and
/// kustomize takes the list itself for a resource and puts it out.
///
/// # Errors
///
/// The offset of `items` that are no list.
pub fn complete_items(tree: &Tree<'_>, root: NodeId, patch: &mut Patch) -> Result<(), usize> {
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

/// Whether an object is for the tools only and never reaches a cluster: kustomize drops what has the annotation with any value but
/// `false` (`api/resource/factory.go`), and kpt never applies it.
pub fn is_local(tree: &Tree<'_>, object: NodeId) -> bool {
    let value = tree.get_path(object, &["metadata", "annotations", LOCAL_CONFIG]);
    value.and_then(|value| tree.as_written(value)).is_some_and(|value| !value.trim().eq_ignore_ascii_case("false"))
}

const ITEMS: &str = "items";
const LOCAL_CONFIG: &str = "config.kubernetes.io/local-config";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{EditSet, Source, lower, parse_all};

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
