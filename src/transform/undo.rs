//! Whether `remove` would leave the bytes of an object of the mesh as they are today.

use crate::mesh::MeshSite;
use crate::object::Object;
use crate::rules::{Finding, not_brought_back};
use crate::shutdown::Policy;
use crate::world::GatewayShare;
use crate::yaml::{EditSet, Patch, Route, Source, Span, Tree, lower, parse_all, route_at};

use super::mesh_draft::MeshDraft;

/// Takes out again what `patch` writes, and finds the first line that does not come back. `sites` are what is written.
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
    let after = after.strip_prefix(&margin)?;
    if after == before {
        return None;
    }
    let same = before.bytes().zip(after.bytes()).take_while(|(old, new)| old == new).count();
    let offset = span.start() + same.min(before.trim_end().len());
    let (start, end) = (tree.line_start(offset).max(span.start()), tree.line_end(offset));
    let line = source.slice(Span::new(start, end.min(span.end()).max(start))).trim();
    let route = object.route.then(route_at(tree, object.node, offset).0);
    Some((route, not_brought_back::found(line)))
}

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
