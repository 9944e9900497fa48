//! Keys that are written twice: which of the two values counts depends on the reader.

use std::collections::{HashMap, HashSet};

use crate::yaml::{NodeId, NodeKind, Tree};

use super::{is_list_kind, kinds};

/// A key that is written twice in one mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DoubledKey {
    /// The mapping.
    pub mapping: NodeId,
    /// Where it stands first.
    pub first: NodeId,
    /// Where it stands again.
    pub second: NodeId,
}

/// What says that something is a list, and what is in it.
const LIST_KEYS: [&str; 5] = ["apiVersion", "kind", "items", "functionConfig", "results"];

/// The lists of a unit that say twice what they are or what is in them, also by a merge key, each with the first such
/// key. What is in them is not looked at.
pub(crate) fn doubled_in_lists(tree: &Tree<'_>) -> Vec<DoubledKey> {
    let mut doubled = Vec::new();
    let mut opened = HashSet::new();
    let mut open: Vec<_> = tree.roots().iter().rev().copied().collect();
    while let Some(node) = open.pop().map(|node| tree.resolve(node)) {
        if !kinds(tree, node).any(is_list_kind) || !opened.insert(node) {
            continue;
        }
        match LIST_KEYS.iter().find_map(|name| twice(tree, node, name)) {
            Some(key) => doubled.push(key),
            None => open.extend(tree.get(node, "items").into_iter().flat_map(|items| tree.items(items))),
        }
    }
    doubled.sort_by_key(|key| key.second);
    doubled
}

/// What says which object something is, and holds all else.
const PARTS: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "data"];

/// The first of the parts of an object that it has twice.
pub(crate) fn doubled_parts(tree: &Tree<'_>, object: NodeId) -> Option<DoubledKey> {
    PARTS.iter().find_map(|name| twice(tree, object, name))
}

/// A key of that name that a mapping has twice, or has beside one that it merges.
fn twice(tree: &Tree<'_>, mapping: NodeId, name: &str) -> Option<DoubledKey> {
    let entries = tree.entries(mapping).iter();
    let merged = entries.clone().filter(|(key, _)| tree.is_merge_key(*key)).flat_map(|(_, value)| {
        let several = tree.items(*value).take(MERGED_LISTS);
        std::iter::once(*value).chain(several)
    });
    let mut keys = entries.chain(merged.flat_map(|merged| tree.entries(merged))).map(|(key, _)| *key);
    let mut next = || keys.find(|key| tree.as_written(*key) == Some(name) && !tree.is_merge_key(*key));
    Some(DoubledKey { mapping, first: next()?, second: next()? })
}

/// Of a list of mappings to merge, the first ones are looked at, up to this many.
const MERGED_LISTS: usize = 100;

const FEW_KEYS: usize = 8;

/// The first key that a mapping has twice, in the node or anywhere in it, of those that are read. What an alias stands
/// for is looked at where it is written.
pub(crate) fn doubled(tree: &Tree<'_>, node: NodeId, is_read: impl Fn(NodeId, &str) -> bool) -> Option<DoubledKey> {
    let mut open = vec![node];
    while let Some(mapping) = open.pop() {
        match tree.node(mapping).kind {
            NodeKind::Mapping { entries, .. } => {
                let mut seen = HashMap::new();
                // Few keys are compared faster than put into a table.
                let is_short = entries.len() <= FEW_KEYS;
                let among = |before: usize, name: &str| {
                    let mut before = entries.iter().take(before).map(|(key, _)| *key);
                    before.find(|key| tree.as_written(*key) == Some(name) && !tree.is_merge_key(*key))
                };
                for (at, (second, value)) in entries.iter().enumerate() {
                    if tree.is_merge_key(*second) {
                        continue;
                    }
                    let name = tree.as_written(*second).filter(|name| is_read(mapping, name));
                    let first = |name| if is_short { among(at, name) } else { seen.insert(name, *second) };
                    if let Some(first) = name.and_then(first) {
                        return Some(DoubledKey { mapping, first, second: *second });
                    }
                    open.push(*value);
                }
            }
            NodeKind::Sequence { items, .. } => open.extend(items),
            NodeKind::Scalar { .. } | NodeKind::Alias(_) | NodeKind::Pruned => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Source, parse_all};

    #[track_caller]
    fn check(text: &str, find: impl Fn(&Tree<'_>) -> Option<DoubledKey>, expected: Option<(usize, usize)>) {
        let tree = parse_all(Source::embedded(text)).unwrap();
        let line = |key: NodeId| tree.source.position(tree.node(key).span.start()).line;
        assert_eq!(find(&tree).map(|key| (line(key.first), line(key.second))), expected, "{text}");
    }

    #[test]
    fn lists_say_once_what_they_are() {
        let check = |text: &str, expected| check(text, |tree| doubled_in_lists(tree).first().copied(), expected);
        check("kind: List\nitems: []\n", None);
        check("kind: List\nitems: []\n\"items\": []\n", Some((2, 3)));
        check("kind: List\nitems: []\n\"it\\u0065ms\":\n", Some((2, 3)));
        check("kind: PodList\nkind: Foo\n", Some((1, 2)));
        check("kind: Foo\napiVersion: v1\nkind: PodList\n", Some((1, 3)));
        check("kind: ResourceList\nfunctionConfig: {}\nfunctionConfig: {}\n", Some((2, 3)));
        check("kind: ResourceList\nresults: []\nresults: []\n", Some((2, 3)));
        check("kind: List\nitems:\n- kind: List\n  items: []\n  items: []\n", Some((4, 5)));
        check("kind: List\nmetadata: {}\nmetadata: {}\n", None);
        check("kind: List\nitems:\n- kind: Pod\n  kind: Foo\n", None);
        check("x: &x\n  items: []\nkind: List\n<<: *x\n", None);
        check("x: &x\n  items: []\nkind: List\n<<: *x\nitems: []\n", Some((5, 2)));
        check("x: &x\n  items: []\nkind: List\n<<: [*x]\nitems: []\n", Some((5, 2)));
        check("kind: List\nitems: &a\n- kind: List\n  items: *a\n", None);
    }

    #[test]
    fn keys_are_found_at_any_depth() {
        let check = |text: &str, expected| {
            check(text, |tree| doubled(tree, tree.roots()[0], |_, name| name != "foreign"), expected)
        };
        check("a: 1\nb: {c: [{d: 1}, {d: 1}]}\n", None);
        check("a: 1\nb:\n  c:\n  - d: 1\n    e: 2\n    d: 3\n", Some((4, 6)));
        check("a: &a {b: 1}\nc: {<<: *a, <<: *a, b: 2}\n", None);
        check("a: &a\n  b: *a\n", None);
        check("1: a\n'1': b\n", Some((1, 2)));
        check("foreign: 1\nforeign: 2\na: 1\na: 2\n", Some((3, 4)));
    }
}
