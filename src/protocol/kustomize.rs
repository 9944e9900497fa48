//! Patches of kustomize: parts of workloads, which are merged into whole ones when an overlay is built.

use std::fmt;

use crate::yaml::{NodeId, NodeKind, Route, Source, Tree, parse_all};

/// The sign that a manifest is a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchSign {
    /// The kustomization with that name lists its file.
    Listed(String),
    /// It is in a kustomization.
    Inline,
    /// It has a `$patch` directive.
    Directive,
    /// No container except istio-proxy has an image, which the API server requires of whole workloads.
    NoImage,
}

/// Prints a clause to follow "since".
impl fmt::Display for PatchSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listed(by) => write!(f, "it is a kustomize patch: {by} lists it"),
            Self::Inline => f.write_str("it is a kustomize patch: it is written inside a kustomization"),
            Self::Directive => f.write_str("it is a kustomize patch: it has a `$patch` directive"),
            Self::NoImage => f.write_str(
                "it is a part of a workload, as kustomize patches are: no container but istio-proxy has an image",
            ),
        }
    }
}

/// The key of a directive (kubernetes/apimachinery `pkg/util/strategicpatch/patch.go`).
const DIRECTIVE: &str = "$patch";

/// Whether a mapping has a directive of a strategic merge patch anywhere in it. Aliases are not followed.
pub(crate) fn has_directive(tree: &Tree<'_>, node: NodeId) -> bool {
    if !tree.source.may_read(tree.node(node).span, DIRECTIVE) {
        return false;
    }
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match tree.node(node).kind {
            NodeKind::Mapping { entries, .. } => {
                if entries.iter().any(|(key, _)| tree.as_written(*key) == Some(DIRECTIVE)) {
                    return true;
                }
                open.extend(entries.iter().map(|(_, value)| *value));
            }
            NodeKind::Sequence { items, .. } => open.extend(items),
            NodeKind::Scalar { .. } | NodeKind::Alias(_) | NodeKind::Pruned => {}
        }
    }
    false
}

/// The files that a kustomization or a component lists as patches, as written; none if it can't be read.
///
/// Source: kubernetes-sigs/kustomize `api/types/kustomization.go`.
pub(crate) fn listed_patches(kustomization: &[u8]) -> Vec<String> {
    let Ok(source) = Source::new(kustomization) else { return Vec::new() };
    let Ok(tree) = parse_all(source) else { return Vec::new() };
    let mut paths = Vec::new();
    for root in tree.roots() {
        let items =
            |list: &str| tree.get(*root, list).into_iter().flat_map(|list| tree.items(list)).collect::<Vec<_>>();
        let with_path = ["patches", "patchesJson6902"].into_iter().flat_map(items);
        paths.extend(with_path.filter_map(|item| tree.str_at(item, &["path"])).map(str::to_owned));
        let merged = items("patchesStrategicMerge").into_iter();
        paths.extend(merged.filter_map(|item| tree.str(item)).filter(|text| !is_inline(text)).map(str::to_owned));
    }
    paths
}

/// Whether an entry of `patchesStrategicMerge` is the patch itself, not the path to one.
fn is_inline(entry: &str) -> bool {
    entry.contains('\n') || entry.trim_start().starts_with(['{', '['])
}

/// The texts of the patches inside a kustomization, each with its path.
pub(crate) fn inline_patches<'t>(tree: &'t Tree<'_>, root: NodeId) -> Vec<(Route, NodeId, &'t str)> {
    let mut found = Vec::new();
    for (list, key) in [("patches", Some("patch")), ("patchesJson6902", Some("patch")), ("patchesStrategicMerge", None)]
    {
        let items = tree.get(root, list).into_iter().flat_map(|list| tree.items(list)).enumerate();
        for (index, item) in items {
            let route = Route::default().then([list]).then([index]).then(key);
            let node = key.map_or(Some(item), |key| tree.get(item, key));
            let text = node.and_then(|node| Some((node, tree.str(node)?)));
            let text = text.filter(|(_, text)| key.is_some() || is_inline(text));
            found.extend(text.map(|(node, text)| (route, node, text)));
        }
    }
    found
}

/// The paths of the writing operations in a JSON patch (RFC 6902), each with the operation; `None` if the document is
/// not a JSON patch.
pub(crate) fn json_patch<'t>(tree: &'t Tree<'_>, root: NodeId) -> Option<Vec<(NodeId, &'t str)>> {
    let operations: Vec<_> = tree.items(root).collect();
    let is_operation = |item: &NodeId| tree.str_at(*item, &["op"]).is_some() && tree.str_at(*item, &["path"]).is_some();
    if operations.is_empty() || !operations.iter().all(is_operation) {
        return None;
    }
    let writes = operations.into_iter().filter(|item| tree.str_at(*item, &["op"]) != Some("test"));
    Some(writes.filter_map(|item| Some((item, tree.str_at(item, &["path"])?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kustomization_lists_its_patches() {
        let text = "patches:\n- path: a.yaml\n- patch: |-\n    - op: remove\n      path: /x\n- {path: b/c.yaml, \
                    target: {}}\n\
                    patchesJson6902:\n- path: d.json\npatchesStrategicMerge:\n- e.yaml\n- |-\n  kind: Pod\n  x: \
                    y\nresources: [f.yaml]\n";
        assert_eq!(listed_patches(text.as_bytes()), ["a.yaml", "b/c.yaml", "d.json", "e.yaml"]);
        assert!(listed_patches(b"patches: [").is_empty());
        assert!(listed_patches(b"\xFF").is_empty());
    }

    #[test]
    fn directives_are_found_where_they_stand() {
        let check = |text: &str, expected: bool| {
            let tree = parse_all(Source::embedded(text)).unwrap();
            assert_eq!(has_directive(&tree, tree.roots()[0]), expected, "{text}");
        };
        check("spec: {a: [{$patch: delete, name: b}]}", true);
        check("spec: {a: [{name: $patch}]}", false);
        check("a: &a {$patch: delete}\nb: *a\n", true);
    }
}
