//! Objects: the manifests in a parsed unit, wherever they stand: a document, an item of a List, an item of a ResourceList.

use std::collections::BTreeMap;

use kube_core::{GroupVersionKind, TypeMeta};
use serde_json::{Map, Number, Value as Json};

use crate::yaml::{NodeId, NodeKind, Resolved, Route, Step, Tree, Value};

/// One manifest.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its node.
    pub node: NodeId,
    /// Which document of its unit it stands in.
    pub root: NodeId,
    /// The way from the root of that document to it.
    pub route: Route,
    /// What it is called.
    pub identity: Identity,
}

/// What an object is called; empty where the manifest doesn't say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// `apiVersion`
    pub api_version: String,
    /// `kind`
    pub kind: String,
    /// `metadata.namespace`
    pub namespace: Option<String>,
    /// `metadata.name`, or else `metadata.generateName`
    pub name: String,
}

impl Identity {
    /// Group, version and kind; `None` where the apiVersion is not `version` or `group/version`.
    pub fn gvk(&self) -> Option<GroupVersionKind> {
        let meta = TypeMeta { api_version: self.api_version.clone(), kind: self.kind.clone() };
        GroupVersionKind::try_from(meta).ok()
    }

    /// Whether both name the same object, in whatever version of its group. What names no namespace is in the default one.
    pub fn is_same(&self, other: &Self, default_namespace: Option<&str>) -> bool {
        let group = |identity: &Self| identity.gvk().map(|gvk| gvk.group);
        let namespace = |identity: &Self| identity.namespace.as_deref().or(default_namespace).map(str::to_owned);
        self.name == other.name
            && self.kind == other.kind
            && group(self) == group(other)
            && namespace(self) == namespace(other)
    }

    fn read(tree: &Tree<'_>, node: NodeId, kind: &str) -> Self {
        // Whatever tags they have: it is for the planner to refuse them.
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

/// Where the document of that root starts, with the comments above it that speak of what is in it.
pub fn document_start(tree: &Tree<'_>, root: NodeId) -> usize {
    let start = tree.node(root).span.start();
    let before = tree.source.text().get(..start).unwrap_or_default();
    before.rfind("\n---").map_or(0, |at| at + 1)
}

/// Whether objects of a kind hold other objects in `items`: `List`, `ResourceList`, `DeploymentList`.
pub fn is_list_kind(kind: &str) -> bool {
    kind.ends_with("List")
}

/// All objects of a unit that `wanted` names, lists opened.
pub fn collect(tree: &Tree<'_>, wanted: impl Fn(&str) -> bool) -> Vec<Object> {
    let mut objects = Vec::new();
    for root in tree.roots() {
        collect_from(tree, *root, *root, &Route::default(), &wanted, &mut objects);
    }
    objects
}

fn collect_from(
    tree: &Tree<'_>,
    root: NodeId,
    node: NodeId,
    route: &Route,
    wanted: &impl Fn(&str) -> bool,
    objects: &mut Vec<Object>,
) {
    // Where an object has two kinds, the one that is wanted counts: it is for the planner to refuse it.
    let Some(kind) = kinds(tree, node).find(|kind| wanted(kind)).or(tree.str_at(node, &["kind"])) else { return };
    if is_list_kind(kind)
        && let Some(items) = tree.get(node, "items")
    {
        for (index, item) in tree.items(items).enumerate() {
            let route = route.then([Step::Key("items".to_owned()), Step::Item(index)]);
            collect_from(tree, root, item, &route, wanted, objects);
        }
    } else if wanted(kind) {
        objects.push(Object { node, root, route: route.clone(), identity: Identity::read(tree, node, kind) });
    }
}

/// Values that the `kind` of a mapping has, each of them where the key is there twice, and whatever tags they have.
pub fn kinds<'t>(tree: &'t Tree<'_>, node: NodeId) -> impl Iterator<Item = &'t str> {
    let is_kind = |key: NodeId| tree.str(key) == Some("kind");
    tree.entries(node).iter().filter(move |(key, _)| is_kind(*key)).filter_map(|(_, value)| tree.as_written(*value))
}

/// Labels or annotations, by name.
pub type Texts = BTreeMap<String, String>;

/// The labels and annotations of an object or of a pod template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// `metadata.labels`
    pub labels: Texts,
    /// `metadata.annotations`
    pub annotations: Texts,
}

impl Metadata {
    /// Reads the `metadata` of a node, as [`texts`] does.
    pub fn of(tree: &Tree<'_>, node: NodeId) -> Self {
        let section = |key: &str| texts(tree, tree.get_path(node, &["metadata", key]));
        Self { labels: section("labels"), annotations: section("annotations") }
    }
}

/// How many mappings may be merged into one: a small text can merge itself many times over.
const MERGE_LIMIT: usize = 100;

/// The texts in a mapping of labels, annotations or environment variables, as kubectl reads them: merge keys are followed, the last of two
/// equal keys counts, and a null is an empty text (a Go string that JSON sets to null). Numbers and booleans count as they are written:
/// the API server rejects them, but what they mean is plain.
pub fn texts(tree: &Tree<'_>, mapping: Option<NodeId>) -> Texts {
    let mut found = Texts::new();
    if let Some(mapping) = mapping {
        add_texts(tree, mapping, &mut found, &mut { MERGE_LIMIT });
    }
    found
}

/// Adds what is not there yet: a mapping's own entries, and then those that are merged into it, the first of them before the next.
fn add_texts(tree: &Tree<'_>, mapping: NodeId, found: &mut Texts, budget: &mut usize) {
    let Some(left) = budget.checked_sub(1) else { return };
    *budget = left;
    let (merged, own): (Vec<_>, Vec<_>) = tree.entries(mapping).iter().partition(|(key, _)| tree.is_merge_key(*key));
    for (key, value) in own.into_iter().rev() {
        let is_null = tree.scalar(value) == Some(Resolved::Null);
        let text = if is_null { Some("") } else { tree.as_written(value) };
        if let (Some(name), Some(text)) = (tree.as_written(key), text) {
            found.entry(name.to_owned()).or_insert_with(|| text.to_owned());
        }
    }
    for (_, value) in merged {
        let several: Vec<_> = tree.items(value).collect();
        for mapping in if several.is_empty() { vec![value] } else { several } {
            add_texts(tree, mapping, found, budget);
        }
    }
}

/// How many nodes a typed view may hold: aliases are followed, so a small text can stand for a large value.
const VIEW_LIMIT: usize = 10_000;

/// A small part of an object as JSON, with scalars read as kubectl reads them, for typed views. `None` for what JSON
/// can't hold, and for keys that are there twice.
pub fn json(tree: &Tree<'_>, node: NodeId) -> Option<Json> {
    let mut budget = VIEW_LIMIT;
    json_within(tree, node, &mut budget)
}

fn json_within(tree: &Tree<'_>, node: NodeId, budget: &mut usize) -> Option<Json> {
    *budget = budget.checked_sub(1)?;
    let node = tree.resolve(node);
    match &tree.node(node).kind {
        NodeKind::Mapping { entries, .. } => {
            let mut map = Map::new();
            for (key, value) in entries {
                let double = map.insert(tree.str(*key)?.to_owned(), json_within(tree, *value, budget)?);
                if double.is_some() {
                    return None;
                }
            }
            Some(Json::Object(map))
        }
        NodeKind::Sequence { items, .. } => items.iter().map(|item| json_within(tree, *item, budget)).collect(),
        NodeKind::Scalar { .. } => match tree.scalar(node)? {
            Resolved::Null => Some(Json::Null),
            Resolved::Bool(bool) => Some(Json::Bool(bool)),
            Resolved::Int(int) => Some(Json::Number(int.into())),
            Resolved::Float(float) => Number::from_f64(float).map(Json::Number),
            Resolved::Str(text) => Some(Json::String(text.to_owned())),
            Resolved::Tagged => None,
        },
        NodeKind::Alias(_) | NodeKind::Pruned => None,
    }
}

/// A part of an object as a value to be shown or written again, in the order in which it is written. `None` where nothing is there, where
/// it is no value of YAML 1.1, and where it has more nodes than `limit`.
pub fn value(tree: &Tree<'_>, node: NodeId, mut limit: usize) -> Option<Value> {
    let json = json_within(tree, node, &mut limit)?;
    value_within(tree, node, &json)
}

fn value_within(tree: &Tree<'_>, node: NodeId, json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => return None,
        Json::Bool(bool) => Value::Bool(*bool),
        Json::Number(number) => number.as_u64().map_or_else(|| Value::Number(number.to_string()), Value::Int),
        Json::String(text) => Value::str(text),
        Json::Array(items) => {
            let items = tree.items(node).zip(items).filter_map(|(node, item)| value_within(tree, node, item));
            Value::Items(items.collect())
        }
        Json::Object(map) => {
            let entries = tree.entries(node).iter().filter_map(|(key, inner)| {
                let key = tree.str(*key)?;
                Some((key.to_owned(), value_within(tree, *inner, map.get(key)?)?))
            });
            Value::Map(entries.collect())
        }
    })
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

    #[test]
    fn views_read_scalars_as_kubectl_does() {
        let text = "a: 036\nb: yes\nc: [x, 1.5, ~]\nd: &d {e: f}\ng: *d\n";
        let tree = parse_all(Source::embedded(text)).unwrap();
        let expected = serde_json::json!({"a": 30, "b": true, "c": ["x", 1.5, null], "d": {"e": "f"}, "g": {"e": "f"}});
        assert_eq!(json(&tree, tree.roots()[0]), Some(expected));
    }

    #[test]
    fn values_are_shown_as_they_are_written() {
        let shown = |text: &str| {
            let tree = parse_all(Source::embedded(text)).unwrap();
            value(&tree, tree.roots()[0], 25)
        };
        let hook = Value::map([
            ("path", Value::str("/x")),
            ("port", Value::Int(80)),
            ("a", Value::Items(vec![Value::Bool(true)])),
        ]);
        assert_eq!(shown("path: /x\nport: 80\nb:\na: [yes]\n"), Some(hook));
        assert_eq!(shown("-1"), Some(Value::Number("-1".into())));
        assert_eq!(shown("30.5"), Some(Value::Number("30.5".into())));
        assert_eq!(shown("036"), Some(Value::Int(30)));
        for none in ["~", ".nan", "!x y", "{a: 1, a: 2}", &format!("[{}]", "1, ".repeat(30))] {
            assert_eq!(shown(none), None, "{none}");
        }
    }

    #[test]
    fn views_of_what_grows_without_end_are_given_up() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for at in 1..9 {
            let refs = vec![format!("*a{}", at - 1); 10].join(", ");
            text.push_str(&format!("a{at}: &a{at} [{refs}]\n"));
        }
        let tree = parse_all(Source::embedded(&text)).unwrap();
        assert_eq!(json(&tree, tree.roots()[0]), None);
    }
}
