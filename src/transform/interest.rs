//! Which objects a run needs, and why. Only this file decides that, from the names of kinds, before anything else of a
//! document or an item is read.

use std::collections::HashSet;

use crate::facts::Running;
use crate::kinds::{KNOWN, Kind, KnownKind, PathStep};
use crate::object::{self, Identity, Object};
use crate::protocol;
use crate::workload::kind_of;
use crate::world::{self, Referred, World};
use crate::yaml::{NodeId, Outline, Source, Tree, Unit};

use super::unasked::Unasked;

/// The kind of pods.
pub(super) const POD: &str = "Pod";

/// The objects that a run needs.
#[derive(Clone, Copy)]
pub(super) struct Interest<'i> {
    /// The kinds of workloads to edit.
    kinds: &'i [Kind],
    /// The workloads that contain the pod templates of others.
    referred: Option<&'i Referred>,
    /// The namespace of objects that name none.
    default_namespace: Option<&'i str>,
    /// The objects that the mesh is configured by are to be edited, too.
    writes_mesh: bool,
    /// Running pods are read as they are.
    reads_running: bool,
}

impl<'i> Interest<'i> {
    /// As far as it is known before anything was read.
    pub(super) fn of(kinds: &'i [Kind]) -> Self {
        Self { kinds, referred: None, default_namespace: None, writes_mesh: false, reads_running: false }
    }

    /// Whether objects of the mesh are planned.
    pub(super) const fn reads_mesh(&self) -> bool {
        self.writes_mesh
    }

    /// The same, with the objects of the mesh.
    pub(super) const fn with_mesh(self, writes_mesh: bool) -> Self {
        Self { writes_mesh, ..self }
    }

    /// The whole of it, once the world is known.
    pub(super) fn within(kinds: &'i [Kind], world: &'i World, default_namespace: Option<&'i str>) -> Self {
        let may_refer = kinds.iter().any(Kind::may_refer);
        let referred = may_refer.then(|| world.referred());
        Self { kinds, referred, default_namespace, writes_mesh: false, reads_running: false }
    }

    /// The same with running pods, or without.
    pub(super) fn with_running(self, reads_running: bool) -> Self {
        Self { reads_running, ..self }
    }

    /// What an object is, where it is a running pod and such are read.
    pub(super) fn running(&self, tree: &Tree<'_>, object: &Object) -> Option<Running> {
        let is_pod = || object.identity.kind == POD && object.identity.group().as_deref() == Some("");
        if self.reads_running && is_pod() { Running::of(tree, object.node) } else { None }
    }

    /// The kind of an object that is to be edited: one of those asked for, or one that a workload of such a kind refers
    /// to.
    pub(super) fn kind_of(&self, identity: &Identity) -> Option<Kind> {
        let own = kind_of(identity, self.kinds).cloned();
        own.or_else(|| {
            self.referred.filter(|referred| referred.has(identity, self.default_namespace))?;
            kind_of(identity, &Kind::all().collect::<Vec<_>>()).cloned()
        })
    }

    /// Whether objects of that name may be ones to be edited.
    fn is_planned(&self, name: &str) -> bool {
        self.reads_running && name == POD
            || self.kinds.iter().any(|kind| kind.name() == name)
            || self.referred.is_some_and(|referred| referred.has_kind(name))
    }

    /// Whether an item of a list is to be kept: it may be a workload or hold some, or say something of the mesh with
    /// this text.
    pub(super) fn keeps(&self, tree: &Tree<'_>, item: NodeId, text: &str) -> bool {
        let is_knative = || tree.str_at(item, &["apiVersion"]).is_some_and(|version| version.contains('.'));
        self.keeps_all()
            || object::kinds(tree, item).any(|name| {
                self.is_planned(name)
                    || object::is_list_kind(name)
                    || world::may_say(name, text)
                    || known(name).any(|kind| kind.forbidden().is_none() || is_knative())
            })
    }

    /// Whether pod templates may stand in what only looks like a list of objects.
    fn keeps_all(&self) -> bool {
        let is_items = |step: Option<&PathStep>| matches!(step, Some(PathStep::Key(key)) if key == "items");
        self.kinds.iter().any(|kind| match kind {
            Kind::Custom(custom) => custom.templates.iter().any(|path| is_items(path.steps().first())),
            Kind::Known(_) => false,
        })
    }

    /// Whether a document has to be parsed to be planned.
    pub(super) fn must_read(&self, source: Source<'_>, unit: &Unit<'_>) -> bool {
        let text = || source.slice(unit.span);
        if self.writes_mesh && world::may_matter(source, unit) {
            return true;
        }
        protocol::may_hold(unit, |name| {
            // Kinds that must not be edited have names that others have, too: their groups must be somewhere.
            let mut forbidden = known(name).filter(|kind| kind.forbidden().is_some());
            self.is_planned(name) || forbidden.any(|kind| text().contains(kind.group))
        })
    }

    /// The objects to be planned, and those that must not have what this tool writes, in their order.
    pub(super) fn planned(&self, tree: &Tree<'_>) -> Vec<Object> {
        let mut objects = object::collect(tree, |name| self.is_planned(name));
        objects.retain(|object| self.kind_of(&object.identity).is_some() || self.running(tree, object).is_some());
        let planned: HashSet<_> = objects.iter().map(|object| object.node).collect();
        let mut forbidden = object::collect(tree, |name| known(name).any(|kind| kind.forbidden().is_some()));
        forbidden.retain(|object| !planned.contains(&object.node));
        if !forbidden.is_empty() {
            objects.append(&mut forbidden);
            objects.sort_by_key(|object| object.node);
        }
        objects
    }

    /// Counts the workloads of kinds that were not asked for.
    pub(super) fn unasked(&self, tree: &Tree<'_>) -> Unasked {
        let mut unasked = Unasked::default();
        for object in object::collect(tree, |name| known(name).next().is_some()) {
            let kind = object.identity.group().and_then(|group| known_one(&group, &object.identity.kind));
            let is_asked = self.kind_of(&object.identity).is_some() || self.running(tree, &object).is_some();
            if let Some(kind) = kind.filter(|_| !is_asked) {
                unasked.add(kind);
            }
        }
        unasked
    }

    /// The same for a document that does not have to be parsed, by the lines at column 0; `None` where these don't
    /// tell.
    pub(super) fn unasked_at_a_glance(&self, source: Source<'_>, unit: &Unit<'_>) -> Option<Unasked> {
        let mut unasked = Unasked::default();
        let Outline::Proven(names) = &unit.outline else { return None };
        if !names.iter().any(|name| known(name).any(|kind| kind.forbidden().is_none())) {
            return Some(unasked);
        }
        let text = source.slice(unit.span);
        let mut versions = text.lines().filter_map(|line| line.strip_prefix("apiVersion:"));
        let ([name], Some(version), None) = (names.as_slice(), versions.next(), versions.next()) else { return None };
        let version = version.trim();
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/');
        if version.is_empty() || !version.chars().all(is_word) {
            return None;
        }
        let group = version.split_once('/').map_or("", |(group, _)| group);
        if let Some(kind) = known_one(group, name) {
            unasked.add(kind);
        }
        Some(unasked)
    }
}

/// The known kinds of a name, whatever their groups.
fn known(name: &str) -> impl Iterator<Item = &'static KnownKind> {
    KNOWN.iter().filter(move |kind| kind.name == name)
}

/// A known kind that may be edited.
fn known_one(group: &str, name: &str) -> Option<&'static KnownKind> {
    KNOWN.iter().find(|kind| kind.is(group, name) && kind.forbidden().is_none())
}
