//! From a way to the place that it leads to.

use super::patch::{Route, Step};
use super::tree::{NodeId, NodeKind, Tree};

/// The node at the end of a route, or the last one on the way that is there, and the offset at which people look for it:
/// that of its key where it has one, since a value may be far below it.
pub(crate) fn reach(tree: &Tree<'_>, root: NodeId, route: &Route) -> (usize, NodeId) {
    let (mut offset, mut node) = (tree.node(root).span.start(), root);
    for step in &route.0 {
        let next = match step {
            Step::Key(name) => {
                let key = tree.entries(node).iter().rev().find(|(key, _)| tree.str(*key) == Some(name));
                key.map(|(key, value)| (tree.node(*key).span.start(), *value))
            }
            Step::Item(index) => match &tree.node(tree.resolve(node)).kind {
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
