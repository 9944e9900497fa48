//! Whether `remove` would leave the bytes of an object of the mesh as they are today.

use crate::mesh::MeshSite;
use crate::object::Object;
use crate::rules::{Finding, not_brought_back};
use crate::shutdown::Policy;
use crate::world::GatewayShare;
use crate::yaml::{EditSet, NodeId, NodeKind, Patch, Resolved, Route, Source, Span, Step, Tree, lower, parse_all};

use super::mesh_draft::MeshDraft;

/// Takes out again what `patch` writes, and finds the first value that does not come back. `sites` are what is written.
pub(super) fn not_brought_back(
    tree: &Tree<'_>,
    object: &Object,
    (sites, states_hook): (&[MeshSite], bool),
    policy: &Policy,
    patch: &Patch,
) -> Option<(Route, Finding)> {
    let edits = EditSet::new(lower(tree, object.root, patch).ok()?).ok()?;
    let source = tree.source;
    let span = lines_of(tree, object);
    let margin = " ".repeat(tree.column(object.node));
    let before = source.slice(span);
    let written = margin.clone() + &edits.pieces(source, span).collect::<String>();
    let after = taken_out(&written, object, (sites, states_hook), policy)?;
    if after.strip_prefix(&margin)? == before {
        return None;
    }
    let left = parse_all(Source::embedded(&after)).ok();
    let left = left.as_ref().and_then(|left| Some((left, *left.roots().first()?)));
    let lost = left.and_then(|left| lost((tree, object.node), Some(left), &Route::default(), ""));
    let Lost { route, what } = lost.unwrap_or_else(|| {
        let site = sites.first().map(|site| site.route.clone()).unwrap_or_default();
        let own = site.0.iter().skip(object.route.0.len()).take_while(|step| **step != Step::Text).cloned();
        let route = Route(own.collect());
        let key = route.0.iter().rev().find_map(|step| match step {
            Step::Key(name) => Some(name.to_string()),
            _ => None,
        });
        Lost { route, what: format!("the form of `{}`", key.unwrap_or_default()) }
    });
    Some((object.route.then(route.0), not_brought_back::found(&what)))
}

/// What does not come back.
struct Lost {
    /// The way to it from the object on.
    route: Route,
    what: String,
}

/// The first value under a key that is another one afterwards. It is looked for in texts, too, so that the same is said
/// of an object however it is written.
fn lost(old: (&Tree<'_>, NodeId), new: Option<(&Tree<'_>, NodeId)>, route: &Route, key: &str) -> Option<Lost> {
    let (tree, id) = (old.0, old.0.resolve(old.1));
    let other = || Some(Lost { route: route.clone(), what: said(tree, id, key) });
    let Some((after, left)) = new.map(|(after, left)| (after, after.resolve(left))) else { return other() };
    match (&tree.node(id).kind, &after.node(left).kind) {
        (NodeKind::Mapping { entries, .. }, NodeKind::Mapping { entries: others, .. }) => {
            let inner = entries.iter().find_map(|(name, value)| {
                let name = tree.as_written(*name)?;
                let left = after.get(left, name).map(|left| (after, left));
                lost((tree, *value), left, &route.then([Step::Key(name.to_owned().into())]), name)
            });
            inner.or_else(|| if others.len() == entries.len() { None } else { other() })
        }
        (NodeKind::Sequence { items, .. }, NodeKind::Sequence { items: others, .. }) if items.len() == others.len() => {
            let mut pairs = items.iter().zip(*others).enumerate();
            pairs.find_map(|(at, (item, other))| lost((tree, *item), Some((after, *other)), &route.then([at]), key))
        }
        (NodeKind::Scalar { .. }, NodeKind::Scalar { .. }) if tree.scalar(id) == after.scalar(left) => None,
        (NodeKind::Scalar { text: old, .. }, NodeKind::Scalar { text: new, .. }) => {
            let (old, new) = (parse_all(Source::embedded(old)).ok(), parse_all(Source::embedded(new)).ok());
            let root = |tree: &Option<Tree<'_>>| tree.as_ref().and_then(|tree| tree.roots().first().copied());
            let (from, to) = (root(&old), root(&new));
            let is_mapping = old.as_ref().zip(from).is_some_and(|(old, root)| !old.entries(root).is_empty());
            let inner = old.as_ref().zip(from).filter(|_| is_mapping);
            inner.map_or_else(other, |inner| {
                lost(inner, new.as_ref().zip(to), &route.then([Step::Text]), key).or_else(other)
            })
        }
        _ => other(),
    }
}

/// A key with its value, where that is short.
fn said(tree: &Tree<'_>, id: NodeId, key: &str) -> String {
    let value = match &tree.node(id).kind {
        NodeKind::Scalar { .. } if tree.scalar(id) == Some(Resolved::Null) => "null".to_owned(),
        NodeKind::Scalar { text, .. } if !text.is_empty() && text.len() <= SHORT && !text.contains('\n') => {
            text.to_string()
        }
        NodeKind::Mapping { entries: [], .. } => "{}".to_owned(),
        _ => return format!("`{key}`"),
    };
    format!("`{key}: {value}`")
}

/// A longer value is not shown, in bytes.
const SHORT: usize = 40;

/// The text of an object of its own, without what was written.
fn taken_out(
    written: &str,
    object: &Object,
    (sites, states_hook): (&[MeshSite], bool),
    policy: &Policy,
) -> Option<String> {
    let source = Source::embedded(written);
    let tree = parse_all(source).ok()?;
    let root = *tree.roots().first()?;
    let alone = Object { node: root, root, route: Route::default(), identity: object.identity.clone() };
    let own = |site: &MeshSite| {
        let route = Route(site.route.0.get(object.route.0.len()..)?.to_vec());
        Some(MeshSite { part: site.part, route })
    };
    let sites: Vec<_> = sites.iter().filter_map(own).collect();
    let policy = Policy { remove: true, ..policy.clone() };
    let mut all = MeshDraft::of(&tree, &alone, &policy, GatewayShare::WHOLE, 0);
    all.plan(&sites, &[], states_hook).ok()?;
    let edits = lower(&tree, root, &all.into_patch()).ok()?;
    Some(EditSet::new(edits).ok()?.apply(source))
}

/// An object with the ends of its lines.
fn lines_of(tree: &Tree<'_>, object: &Object) -> Span {
    let (source, span) = (tree.source, tree.node(object.node).span);
    let is_flow = source.slice(span).starts_with('{');
    let ends_line = source.slice(span).ends_with('\n');
    let end = if is_flow || ends_line { span.end() } else { tree.line_end(span.end()) + 1 };
    Span::new(span.start(), end.min(source.text().len()))
}
