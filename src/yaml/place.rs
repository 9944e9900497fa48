//! Where something stands: the byte, and the way to it. Each leads to the other.

use std::cell::RefCell;
use std::collections::HashMap;

use super::patch::{Route, Step};
use super::source::Span;
use super::tree::{NodeId, NodeKind, ScalarStyle, Tree};

/// Where something stands in a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The byte of the source. Lines and columns are worked out where they are shown.
    pub offset: usize,
    /// The way to it from the root of its document, or from its object where there is one around it.
    pub route: Route,
}

/// The node at the end of a route, or the last one on the way that is there, and the offset at which people look for
/// it: that of its key where it has one, since a value may be far below it.
pub(crate) fn reach(tree: &Tree<'_>, root: NodeId, route: &Route) -> (usize, NodeId) {
    reach_by(tree, root, route, |node, name| {
        tree.entries(node).iter().rev().find(|(key, _)| tree.str(*key) == Some(name)).copied()
    })
}

/// The same for many routes in one tree. The keys of each mapping on the way are looked through once.
pub(crate) struct KeyIndex<'t, 's> {
    tree: &'t Tree<'s>,
    entries: RefCell<HashMap<NodeId, EntriesByKey<'t>>>,
}

type EntriesByKey<'t> = HashMap<&'t str, (NodeId, NodeId)>;

impl<'t, 's> KeyIndex<'t, 's> {
    pub(crate) fn new(tree: &'t Tree<'s>) -> Self {
        Self { tree, entries: RefCell::default() }
    }

    pub(crate) fn reach(&self, root: NodeId, route: &Route) -> (usize, NodeId) {
        let of_mapping = |node| {
            let entries = self.tree.entries(node).iter();
            entries.filter_map(|(key, value)| Some((self.tree.str(*key)?, (*key, *value)))).collect()
        };
        let entry = |node, name: &str| {
            self.entries.borrow_mut().entry(node).or_insert_with(|| of_mapping(node)).get(name).copied()
        };
        reach_by(self.tree, root, route, entry)
    }
}

fn reach_by(
    tree: &Tree<'_>,
    root: NodeId,
    route: &Route,
    entry: impl Fn(NodeId, &str) -> Option<(NodeId, NodeId)>,
) -> (usize, NodeId) {
    let (mut offset, mut node) = (tree.node(root).span.start(), root);
    for step in &route.0 {
        let next = match step {
            Step::Key(name) => entry(node, name).map(|(key, value)| (tree.node(key).span.start(), value)),
            Step::Item(index) => match tree.node(tree.resolve(node)).kind {
                NodeKind::Sequence { items, .. } => {
                    items.get(*index).map(|item| (tree.node(*item).span.start(), *item))
                }
                _ => None,
            },
            Step::First(_) | Step::End | Step::Text => None,
        };
        let Some(next) = next else { break };
        (offset, node) = next;
    }
    (offset, node)
}

/// The node at the end of a route, aliases followed.
pub(crate) fn node_at(tree: &Tree<'_>, root: NodeId, route: &Route) -> Option<NodeId> {
    route.0.iter().try_fold(tree.resolve(root), |node, step| match step {
        Step::Key(name) => tree.get(node, name),
        Step::Item(index) => match tree.node(node).kind {
            NodeKind::Sequence { items, .. } => items.get(*index).map(|item| tree.resolve(*item)),
            _ => None,
        },
        Step::First(_) | Step::End | Step::Text => None,
    })
}

/// The way from a node to what stands at an offset: to the innermost field around it. An alias is as far as it goes,
/// and so is a merge key: what is behind them stands somewhere else.
pub(crate) fn route_at(tree: &Tree<'_>, from: NodeId, offset: usize) -> Route {
    let holds = |span: Span| span.start() <= offset && offset < span.end();
    let (mut node, mut route) = (from, Route::default());
    loop {
        let next = match tree.node(node).kind {
            NodeKind::Mapping { entries, .. } => {
                let behind = entries.partition_point(|(key, _)| tree.node(*key).span.start() <= offset);
                let entry = behind.checked_sub(1).and_then(|at| entries.get(at));
                let name = entry.and_then(|(key, _)| tree.as_written(*key)).filter(|name| *name != MERGE_KEY);
                name.zip(entry).map(|(name, (key, value))| {
                    (Step::Key(name.to_owned().into()), *value, holds(tree.node(*key).span))
                })
            }
            NodeKind::Sequence { items, .. } => {
                let at = items.partition_point(|item| start(tree, *item) <= offset).checked_sub(1);
                at.and_then(|at| items.get(at).map(|item| (Step::Item(at), *item, false)))
            }
            _ => None,
        };
        let Some((step, value, is_key)) = next else { return route };
        let from_props = Span::new(start(tree, value), tree.node(value).span.end());
        if !is_key && !holds(from_props) {
            return route;
        }
        route.0.push(step);
        if is_key {
            return route;
        }
        node = value;
    }
}

/// Where each line of a literal block starts: in its text, and in the source. Empty for other styles, whose lines don't
/// stand as they are read.
pub(crate) fn lines_of_text(tree: &Tree<'_>, text: NodeId) -> Vec<(usize, usize)> {
    let node = tree.node(tree.resolve(text));
    let NodeKind::Scalar { style: ScalarStyle::Literal(content), text } = node.kind else { return Vec::new() };
    let content = content as usize;
    let indent = content - tree.line_start(content);
    let (mut inside, mut line) = (0, tree.line_end(node.span.start()) + 1);
    let lines = text.split_inclusive('\n').map(|read| {
        let starts = (inside, (line + indent).min(tree.line_end(line)));
        (inside, line) = (inside + read.len(), tree.line_end(line) + 1);
        starts
    });
    lines.collect()
}

/// Where a node starts with its anchor and tag.
fn start(tree: &Tree<'_>, node: NodeId) -> usize {
    let node = tree.node(node);
    node.props.as_ref().map_or(node.span.start(), |props| node.span.start().min(props.start as usize))
}

const MERGE_KEY: &str = "<<";

#[cfg(test)]
mod tests {
    use super::super::{Source, parse_all};
    use super::*;

    #[test]
    fn lines_of_a_literal_block_stand_as_they_are_read() {
        let check = |text: &str| {
            let tree = parse_all(Source::embedded(text)).unwrap();
            let node = tree.get(tree.roots()[0], "a").unwrap();
            let read = tree.str(node).unwrap();
            let lines = lines_of_text(&tree, node);
            assert_eq!(lines.len(), read.lines().count(), "{text}");
            for (inside, outside) in lines {
                let line = read.get(inside..).unwrap().lines().next().unwrap();
                assert!(text.get(outside..).unwrap().starts_with(line), "{text}: {line}");
            }
        };
        check("a: |\n\n  b: 1\n   # c\n\n  d: 2\nx: y\n");
        check("a: |2- # comment\r\n    b: 1\r\n  c: 2");
        let tree = parse_all(Source::embedded("a: 'b: 1'\nc: >\n  b: 1\n")).unwrap();
        let root = tree.roots()[0];
        assert!(["a", "c"].iter().all(|key| lines_of_text(&tree, tree.get(root, key).unwrap()).is_empty()));
    }

    #[test]
    fn a_place_leads_back_to_its_field() {
        let text = "\
kind: Pod
spec:
  <<: &m {x: 1}
  list:
  - &a
    b: 1
  - {c: *a}
  text: |
    here
";
        let tree = parse_all(Source::embedded(text)).unwrap();
        let check = |at: &str, expected: &str| {
            assert_eq!(route_at(&tree, tree.roots()[0], text.find(at).unwrap()).to_string(), expected, "{at}");
        };
        check("Pod", "kind");
        check("spec", "spec");
        check("<<", "spec");
        check("&m", "spec");
        check("&a", "spec.list[0]");
        check("b: 1", "spec.list[0].b");
        check("*a", "spec.list[1].c");
        check("here", "spec.text");
        assert_eq!(route_at(&tree, tree.roots()[0], text.len()), Route::default());
    }
}
