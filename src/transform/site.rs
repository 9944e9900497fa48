//! Parts of objects that can be edited. Here a finding gets its place, and a refusal becomes a finding.

use crate::object::{self, Object};
use crate::protocol::Origin;
use crate::report::{Located, Outcome, WorkloadReport};
use crate::rules::{
    Finding, Subject, ambiguous_line_break, bad_proxy_config, complex_key, duplicate_key, edit_in_alias, edit_in_merge,
    uneditable, unknown_tag,
};
use crate::shutdown::Refused;
use crate::yaml::{Patch, Place, Refusal, RefusalKind, Route, Tree, node_at, reach, route_at};

/// A part of an object that can be edited.
#[derive(Clone)]
pub(super) struct Site<'t> {
    pub tree: &'t Tree<'t>,
    pub object: &'t Object,
    /// The way to it from the root of the document.
    pub route: &'t Route,
}

/// A value with more nodes than this is not shown.
const SHOWN_LIMIT: usize = 25;

/// The report of an object, to which nothing has been done yet.
pub(super) fn report(tree: &Tree<'_>, object: &Object, outcome: Outcome) -> WorkloadReport {
    let origin = Origin::of(tree, object.node, object::head(tree, object.root));
    WorkloadReport::new(object.identity.clone(), origin, tree.node(object.node).span.start(), outcome)
}

impl Site<'_> {
    /// The way from the object on.
    pub(super) fn field(&self, route: &Route) -> Route {
        field_of(self.object, route)
    }

    /// Finds the place in the text of what a finding speaks of, and what is there and is planned for it.
    pub(super) fn located(&self, route: &Route, finding: Finding, patch: &Patch) -> Located {
        let bare = at(self.tree, self.object, route, finding);
        // What a pod or a container is as a whole helps nobody.
        let is_field = route != self.route && bare.finding.subject != Subject::ProxyContainer;
        let node = node_at(self.tree, self.object.root, route).filter(|_| is_field);
        let current = node.and_then(|node| object::value(self.tree, node, SHOWN_LIMIT));
        let proposed = patch.at(route).filter(|_| is_field && (node.is_none() || current.is_some()));
        let proposed = proposed.and_then(|patch| patch.applied(current.as_ref()));
        Located { current, proposed, ..bare }
    }

    /// A refusal at its place: the field around it, or the site where it stands outside of the object, as an anchor
    /// does.
    pub(super) fn refused(&self, refusal: &Refusal, patch: &Patch) -> Located {
        let field = route_at(self.tree, self.object.node, refusal.offset);
        let route = if field.0.is_empty() { self.route.clone() } else { self.object.route.then(field.0) };
        let is_of_object = self.tree.count_key(self.object.node, "apiVersion") > 1;
        let finding = finding_of(&refusal.kind, is_of_object);
        let mut located = self.located(&route, finding, patch);
        located.place.offset = refusal.offset;
        located
    }
}

/// A finding at its place, without the values there.
pub(super) fn at(tree: &Tree<'_>, object: &Object, route: &Route, finding: Finding) -> Located {
    let (offset, _) = reach(tree, object.root, route);
    Located::at(Place { offset, route: field_of(object, route) }, finding)
}

fn field_of(object: &Object, route: &Route) -> Route {
    Route(route.0.get(object.route.0.len()..).unwrap_or_default().to_vec())
}

/// A refusal of the text, as a finding. `is_of_object` says that the object itself has a key twice.
pub(super) fn finding_of(kind: &RefusalKind, is_of_object: bool) -> Finding {
    match kind {
        RefusalKind::Alias => edit_in_alias::found(kind),
        RefusalKind::Merge => edit_in_merge::found(kind),
        RefusalKind::DuplicateKey => duplicate_key::found(kind, is_of_object),
        RefusalKind::Tag => unknown_tag::found(kind),
        RefusalKind::ComplexKey => complex_key::found(kind),
        RefusalKind::LineBreak => ambiguous_line_break::found(kind),
        RefusalKind::Embedded(_) => bad_proxy_config::unedited(kind),
        RefusalKind::Shape(_) | RefusalKind::Comment | RefusalKind::Unproven => uneditable::found(kind),
    }
}

/// Makes warnings of errors, where the policy says so.
pub(super) fn soften(findings: &mut [Located], refused: Refused) {
    if refused == Refused::Warn {
        findings.iter_mut().for_each(|located| located.finding.soften());
    }
}
