//! Objects: the manifests in a parsed unit. An object is a document, an item of a List, or an item of a ResourceList.

mod doubled;
mod json;
mod parameters;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use kube_core::gvk::GroupVersion;
use kube_core::{GroupVersionKind, TypeMeta};

use crate::yaml::{NodeId, Resolved, Route, Step, Tree};

pub(crate) use doubled::{DoubledKey, doubled, doubled_in_lists, doubled_parts};
pub(crate) use json::{NotJson, UnreadableKind, json, to_json, value};
pub(crate) use parameters::{HelmParameter, helm_parameters, parameter_list, parameter_of, words_of};

/// One manifest.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    /// Its node.
    pub node: NodeId,
    /// The root of its document.
    pub root: NodeId,
    /// The route from the root of its document to it.
    pub route: Route,
    /// Its name.
    pub identity: Identity,
}

/// The identity of an object. Parts that the manifest lacks are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// `apiVersion`
    pub api_version: String,
    /// `kind`
    pub kind: String,
    /// `metadata.namespace`
    pub namespace: Option<String>,
    /// `metadata.name`, or `metadata.generateName` if there is none
    pub name: String,
}

/// An object, whatever the version: its group, its kind, its namespace and its name.
pub(crate) type IdentityKey = (Option<String>, String, Option<String>, String);

impl Identity {
    /// Group, version and kind; `None` if the apiVersion is neither `version` nor `group/version`.
    pub(crate) fn gvk(&self) -> Option<GroupVersionKind> {
        let meta = TypeMeta { api_version: self.api_version.clone(), kind: self.kind.clone() };
        GroupVersionKind::try_from(meta).ok()
    }

    /// The group; `None` where there is no [`Self::gvk`].
    pub(crate) fn group(&self) -> Option<String> {
        self.api_version.parse::<GroupVersion>().ok().map(|version| version.group)
    }

    /// What identifies the same object in any version of its group. An object without a namespace is in the default
    /// one.
    pub(crate) fn key(&self, default_namespace: Option<&str>) -> IdentityKey {
        let namespace = self.namespace.as_deref().or(default_namespace).map(str::to_owned);
        (self.group(), self.kind.clone(), namespace, self.name.clone())
    }

    /// Without its version: `ConfigMap istio-system/istio`.
    pub(crate) fn short(&self) -> String {
        self.to_string().split_once(' ').map_or_else(String::new, |(_, rest)| rest.trim().to_owned())
    }

    /// That of an object of this kind.
    pub(crate) fn read(tree: &Tree<'_>, node: NodeId, kind: &str) -> Self {
        // Tags are ignored here: the planner refuses them.
        let text = |path: &[&str]| {
            let value = tree.get_path(node, path).filter(|value| tree.scalar(*value) != Some(Resolved::Null))?;
            tree.as_written(value).map(str::to_owned)
        };
        let name = |key| text(&["metadata", key]).filter(|name| !name.is_empty());
        Self {
            api_version: text(&["apiVersion"]).unwrap_or_default(),
            kind: kind.to_owned(),
            namespace: name("namespace"),
            name: name("name").or_else(|| name("generateName")).unwrap_or_default(),
        }
    }
}

/// Prints as `apps/v1 Deployment prod/web`.
impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ", self.api_version, self.kind)?;
        match &self.namespace {
            Some(namespace) => write!(f, "{namespace}/{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// The maximum size of the text above a document that is searched for comments, in bytes.
const LONGEST_HEAD: usize = 8_192;

/// The text above the root of a document: the comments that belong to it.
pub(crate) fn head<'s>(tree: &Tree<'s>, root: NodeId) -> &'s str {
    let start = tree.node(root).span.start();
    let least = tree.source.boundary(start.saturating_sub(LONGEST_HEAD));
    let before = tree.source.text().get(least..start).unwrap_or_default();
    before.rfind("\n---").map_or(before, |at| before.get(at + 1..).unwrap_or_default())
}

/// Whether objects of a kind contain other objects in `items`: `List`, `ResourceList`, `DeploymentList`.
pub(crate) fn is_list_kind(kind: &str) -> bool {
    kind.ends_with("List")
}

/// All objects of a unit whose kind is `wanted`, also those in lists.
pub(crate) fn collect(tree: &Tree<'_>, wanted: impl Fn(&str) -> bool) -> Vec<Object> {
    let mut collection = Collection { tree, wanted, opened: HashSet::new(), objects: Vec::new() };
    for root in tree.roots() {
        collection.add(*root, *root, &Route::default());
    }
    collection.objects
}

struct Collection<'t, 's, W> {
    tree: &'t Tree<'s>,
    wanted: W,
    /// Lists that were opened: a small text can have one list in itself billions of times, by aliases.
    opened: HashSet<NodeId>,
    objects: Vec<Object>,
}

impl<W: Fn(&str) -> bool> Collection<'_, '_, W> {
    fn add(&mut self, root: NodeId, node: NodeId, route: &Route) {
        let Self { tree, wanted, .. } = self;
        // If an object has two kinds, the wanted one counts: the planner refuses the object.
        let Some(kind) = kinds(tree, node).find(|kind| wanted(kind)).or(tree.str_at(node, &["kind"])) else { return };
        if is_list_kind(kind)
            && let Some(items) = tree.get(node, "items")
        {
            if !self.opened.insert(node) {
                return;
            }
            for (index, item) in self.tree.items(items).enumerate() {
                // Most items of a list are not wanted, and have been forgotten.
                if !self.tree.entries(item).is_empty() {
                    let route = route.then(["items".into(), Step::Item(index)]);
                    self.add(root, item, &route);
                }
            }
        } else if wanted(kind) {
            let identity = Identity::read(tree, node, kind);
            self.objects.push(Object { node, root, route: route.clone(), identity });
        }
    }
}

/// The values of the key `kind` in a mapping, all of them if the key is repeated, with any tags.
pub(crate) fn kinds<'t>(tree: &'t Tree<'_>, node: NodeId) -> impl Iterator<Item = &'t str> {
    let is_kind = |key: NodeId| tree.str(key) == Some("kind");
    tree.entries(node).iter().filter(move |(key, _)| is_kind(*key)).filter_map(|(_, value)| tree.as_written(*value))
}

/// Labels or annotations, by name.
pub(crate) type Texts = BTreeMap<String, String>;

/// The labels and annotations of an object or of a pod template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Metadata {
    /// `metadata.labels`
    pub labels: Texts,
    /// `metadata.annotations`
    pub annotations: Texts,
}

impl Metadata {
    /// Reads the `metadata` of a node, as [`texts`] does.
    pub(crate) fn of(tree: &Tree<'_>, node: NodeId) -> Self {
        let section = |key: &str| texts(tree, tree.get_path(node, &["metadata", key]));
        Self { labels: section("labels"), annotations: section("annotations") }
    }
}

/// The maximum number of mappings that are merged into one: a small text can merge itself many times.
const MERGE_LIMIT: usize = 100;

/// The text of a scalar that is not null, as kubectl reads it: `036` is `30`, and `yes` is `true`.
pub(crate) fn text<'t>(tree: &'t Tree<'_>, node: NodeId) -> Option<Cow<'t, str>> {
    match tree.scalar(node)? {
        Resolved::Str(text) => Some(text.into()),
        Resolved::Bool(value) => Some(value.to_string().into()),
        Resolved::Int(value) => Some(value.to_string().into()),
        Resolved::Float(value) => Some(value.to_string().into()),
        Resolved::Null | Resolved::Tagged => None,
    }
}

/// The texts in a mapping of labels, annotations or environment variables, as kubectl reads them: merge keys are
/// followed, the last of two equal keys counts, and a null is an empty text (a Go string that JSON sets to null).
/// Numbers and booleans count as they are written: the API server rejects them, but their meaning is clear.
pub(crate) fn texts(tree: &Tree<'_>, mapping: Option<NodeId>) -> Texts {
    let mut found = Texts::new();
    if let Some(mapping) = mapping {
        add_texts(tree, mapping, &mut found, &mut { MERGE_LIMIT });
    }
    found
}

/// Adds missing entries: first the mapping's own, then those of each merged mapping, in order.
fn add_texts(tree: &Tree<'_>, mapping: NodeId, found: &mut Texts, budget: &mut usize) {
    let Some(left) = budget.checked_sub(1) else { return };
    *budget = left;
    let entries = tree.entries(mapping);
    for (key, value) in entries.iter().filter(|(key, _)| !tree.is_merge_key(*key)).rev() {
        let is_null = tree.scalar(*value) == Some(Resolved::Null);
        let text = if is_null { Some("") } else { tree.as_written(*value) };
        if let (Some(name), Some(text)) = (tree.as_written(*key), text)
            && !found.contains_key(name)
        {
            found.insert(name.to_owned(), text.to_owned());
        }
    }
    for (_, value) in entries.iter().filter(|(key, _)| tree.is_merge_key(*key)) {
        let several: Vec<_> = tree.items(*value).collect();
        for mapping in if several.is_empty() { vec![*value] } else { several } {
            add_texts(tree, mapping, found, budget);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Source, parse_all};

    fn names(text: &str) -> Vec<String> {
        let tree = parse_all(Source::embedded(text)).unwrap();
        let describe = |object: Object| format!("{} at {}", object.identity, object.route);
        collect(&tree, |kind| kind == "Pod").into_iter().map(describe).collect()
    }

    #[test]
    fn finds_objects_in_documents_and_lists() {
        assert_eq!(names("apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\n"), ["v1 Pod b/a at "]);
        assert_eq!(names("kind: Deployment\n"), [""; 0]);
        assert_eq!(
            names("kind: List\nitems:\n- kind: Service\n- {apiVersion: v1, kind: Pod, metadata: {generateName: x-}}\n"),
            ["v1 Pod x- at items[1]"],
        );
        assert_eq!(
            names("kind: ResourceList\nitems:\n- kind: PodList\n  items: [{kind: Pod}]\nfunctionConfig: {kind: Pod}\n"),
            [" Pod  at items[0].items[0]"],
        );
        assert_eq!(names("apiVersion: v1\nkind: Pod\nmetadata: {name: 5, namespace: ~}\n"), ["v1 Pod 5 at "]);
        assert_eq!(names("- kind: Pod\n"), [""; 0]);
        let twice = "kind: List\nitems:\n- &a {kind: List, items: [{kind: Pod}]}\n- *a\n";
        assert_eq!(names(twice), [" Pod  at items[0].items[0]"]);
        assert_eq!(names("items: [{kind: Pod}]\n"), [""; 0]);
    }

    #[test]
    fn labels_are_read_as_kubectl_reads_them() {
        let check = |text: &str, expected: &[(&str, &str)]| {
            let tree = parse_all(Source::embedded(text)).unwrap();
            let found = texts(&tree, tree.get(tree.roots()[0], "labels"));
            let expected = expected.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
            assert_eq!(found, expected.collect(), "{text}");
        };
        let merged = "a: &a {x: 1, w: b}\nlabels: {<<: [*a, {z: c, w: d}], x: \"2\", list: [], on: yes}\n";
        check(merged, &[("on", "yes"), ("w", "b"), ("x", "2"), ("z", "c")]);
        check("labels: {a: ~, b: null, c:, d: \"null\"}\n", &[("a", ""), ("b", ""), ("c", ""), ("d", "null")]);
        check("a: &a {x: ~}\nb: &b {x: 1}\nlabels: {<<: [*a, *b]}\n", &[("x", "")]);
        check("labels: {a: 1, a: 2}\n", &[("a", "2")]);
        check("labels: [a]\n", &[]);
        check("{}\n", &[]);
    }
}
