//! The `results` of a ResourceList.
//!
//! Form: functions specification (kubernetes-sigs/kustomize `cmd/config/docs/api-conventions/functions-spec.md`). kpt
//! wants `file.index` as a number, reads a result without severity as a note although the specification says error, and
//! shows only the first four results: so the severity is always there, errors come first, and each takes one entry and
//! one line.
//!
//! | part | what it holds |
//! |---|---|
//! | `message` | the problem and the remedy, on one line |
//! | `severity` | `error`, `warning` or `info` |
//! | `resourceRef` | `apiVersion`, `kind`, `name`, and `namespace` where there is one |
//! | `field.path` | such as `spec.template.spec.containers[0].lifecycle` and `spec.template.metadata.annotations.[a.b/c]` |
//! | `field.currentValue` | what is there; absent for nothing, and for what is too large to be shown |
//! | `field.proposedValue` | what the plan puts there |
//! | `file` | `path` and `index`, where the host names them |
//! | `tags.rule` | the id of the rule |
//! | `tags.meshObject`, `meshField`, `meshPath`, `meshIndex`, `meshLine` | where the setting of the mesh stands that it is about, too |

use std::collections::HashSet;
use std::fmt;

use crate::escape;
use crate::object::{Identity, Object};
use crate::yaml::{KeyName, NodeId, Patch, Route, Step, Tree, Value, route_at};

use super::Origin;
use super::config::FUNCTION_CONFIG;

/// One entry of `results`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResultEntry {
    /// `error`, `warning` or `info`.
    pub severity: &'static str,
    /// One line.
    pub message: String,
    /// The id of its rule.
    pub rule: &'static str,
    /// The object that it is about.
    pub object: Identity,
    /// The path of the field in the object; empty for the object as a whole.
    pub field: Route,
    /// The current value.
    pub current: Option<Value>,
    /// The planned value.
    pub proposed: Option<Value>,
    /// Where the object came from.
    pub origin: Origin,
    /// Where the setting of the mesh stands that it is about, too.
    pub beside: Option<ListPlace>,
}

/// Where something stands in a list, in words that outlive the edits and the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListPlace {
    /// The object.
    pub object: Identity,
    /// The way from the object on.
    pub field: Route,
    /// Where the object came from.
    pub origin: Origin,
    /// The line, in a file that is not in the list.
    pub line: Option<usize>,
}

/// Prints `data.mesh in mesh.yaml`, or `data.mesh of ConfigMap istio-system/istio` if the host names no file, or
/// `policy.yaml:8`.
impl fmt::Display for ListPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(line), Some(path)) = (self.line, &self.origin.path) {
            return write!(f, "{path}:{line}");
        }
        f.write_str(&field_path(&self.field))?;
        match &self.origin.path {
            Some(_) => write!(f, " in {}", self.origin),
            None => write!(f, " of {}", self.object.short()),
        }
    }
}

impl ListPlace {
    /// What stands at that byte of a list: in one of its items, or in the config of the function.
    pub(crate) fn at(tree: &Tree<'_>, root: NodeId, objects: &[Object], offset: usize) -> Option<Self> {
        let start = |node: NodeId| tree.node(node).span.start();
        let before = objects.partition_point(|object| start(object.node) <= offset).checked_sub(1);
        let item = before.and_then(|at| objects.get(at)).map(|object| (object.node, object.identity.clone()));
        let config = tree.get(root, FUNCTION_CONFIG).map(|config| {
            let kind = tree.str_at(config, &["kind"]).unwrap_or_default();
            (config, Identity::read(tree, config, kind))
        });
        let is_around = |node: NodeId| start(node) <= offset && offset < tree.node(node).span.end();
        let (node, object) = [item, config].into_iter().flatten().find(|(node, _)| is_around(*node))?;
        let origin = Origin::of(tree, node, "");
        Some(Self { object, field: route_at(tree, node, offset), origin, line: None })
    }

    /// A line of a file that is not in the list.
    pub(crate) fn of_file(path: &str, line: usize) -> Self {
        let origin = Origin { path: Some(path.to_owned()), index: None };
        Self { object: Identity::default(), field: Route::default(), origin, line: Some(line) }
    }
}

/// Adds missing entries to the `results` of a list. In old lists the entries are in a mapping with the name of the
/// function, which kpt still accepts. Then they are added there.
pub(crate) fn append_results(tree: &Tree<'_>, root: NodeId, entries: &[ResultEntry], patch: &mut Patch) {
    let results = tree.get(root, RESULTS);
    let is_wrapped = results.is_some_and(|results| !tree.entries(results).is_empty());
    let old = if is_wrapped { tree.get_path(root, &[RESULTS, ITEMS]) } else { results };
    let way = if is_wrapped { Route::from([RESULTS, ITEMS]) } else { Route::from([RESULTS]) };
    let end = way.then([Step::End]);
    let known: HashSet<_> =
        old.into_iter().flat_map(|old| tree.items(old)).map(|result| key_of(tree, result)).collect();
    for entry in entries.iter().filter(|entry| !known.contains(&entry.key())) {
        patch.put(&end, entry.value());
    }
}

/// What a result says, and about which object: message, rule, kind, name, namespace and field.
type ResultKey = [String; 6];

/// That of an existing result.
fn key_of(tree: &Tree<'_>, result: NodeId) -> ResultKey {
    let text = |path: &[&str]| tree.str_at(result, path).unwrap_or_default();
    [
        text(&["message"]).to_owned(),
        text(&["tags", "rule"]).to_owned(),
        text(&["resourceRef", "kind"]).to_owned(),
        text(&["resourceRef", "name"]).to_owned(),
        text(&["resourceRef", "namespace"]).to_owned(),
        without_indices(text(&["field", "path"])),
    ]
}

pub(super) const RESULTS: &str = "results";
pub(super) const ITEMS: &str = "items";

/// Prints a path as in the specification: `spec.containers[3].resources`. Keys with dots have the form that kyaml reads
/// (its `SmarterPathSplitter`): `metadata.annotations.[config.kubernetes.io/path]`. A path into the text of a string
/// ends at the string.
pub(crate) fn field_path(way: &Route) -> String {
    let mut path = String::new();
    for step in &way.0 {
        let dot = if path.is_empty() { "" } else { "." };
        match step {
            Step::Key(key) if key.contains(['.', '[', ']']) => path.extend([dot, "[", key, "]"]),
            Step::Key(key) => path.extend([dot, key]),
            Step::Item(index) => path.push_str(&format!("[{index}]")),
            Step::First(_) | Step::End | Step::Text => break,
        }
    }
    path
}

/// Hosts show a result on one line.
fn one_line(text: &str) -> String {
    let parts = text.split(|c: char| c.is_control()).map(str::trim).filter(|part| !part.is_empty());
    escape::line(&parts.collect::<Vec<_>>().join(" ")).into_owned()
}

/// A path with every index as 0: an earlier run may have removed items, which changes the later indices.
fn without_indices(path: &str) -> String {
    let mut blanked = String::with_capacity(path.len());
    for (at, part) in path.split('[').enumerate() {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_index = at > 0 && rest.len() < part.len() && rest.starts_with(']');
        blanked.push_str(if at > 0 { "[" } else { "" });
        blanked.push_str(if is_index { "0" } else { "" });
        blanked.push_str(if is_index { rest } else { part });
    }
    blanked
}

impl ResultEntry {
    fn key(&self) -> ResultKey {
        let Identity { kind, name, namespace, .. } = &self.object;
        [
            one_line(&self.message),
            self.rule.to_owned(),
            kind.clone(),
            name.clone(),
            namespace.clone().unwrap_or_default(),
            without_indices(&field_path(&self.field)),
        ]
    }

    fn value(&self) -> Value {
        let text = |key: &'static str, text: &str| (KeyName::from(key), Value::str(text));
        let mut reference = vec![
            text("apiVersion", &self.object.api_version),
            text("kind", &self.object.kind),
            text("name", &self.object.name),
        ];
        reference.extend(self.object.namespace.as_deref().map(|namespace| text("namespace", namespace)));
        let mut entry = vec![
            text("message", &one_line(&self.message)),
            text("severity", self.severity),
            ("resourceRef".into(), Value::Map(reference)),
        ];
        if !self.field.0.is_empty() {
            let mut field = vec![text("path", &field_path(&self.field))];
            let values = [("currentValue", &self.current), ("proposedValue", &self.proposed)];
            field.extend(values.into_iter().filter_map(|(key, value)| Some((key.into(), value.clone()?))));
            entry.push(("field".into(), Value::Map(field)));
        }
        if let Some(path) = &self.origin.path {
            let mut file = vec![text("path", path)];
            file.extend(self.origin.index.map(|index| ("index".into(), Value::Int(index))));
            entry.push(("file".into(), Value::Map(file)));
        }
        let mut tags = vec![text("rule", self.rule)];
        if let Some(ListPlace { object, field, origin, line }) = &self.beside {
            let stated = |part: String| (!part.is_empty()).then_some(part);
            let [index, line] = [origin.index, line.map(|line| line as u64)].map(|n| n.map(|n| n.to_string()));
            let parts = [
                ("meshObject", stated(object.short())),
                ("meshField", stated(field_path(field))),
                ("meshPath", origin.path.clone()),
                ("meshIndex", index),
                ("meshLine", line),
            ];
            tags.extend(parts.into_iter().filter_map(|(key, part)| Some(text(key, &part?))));
        }
        entry.push(("tags".into(), Value::Map(tags)));
        Value::Map(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{EditSet, Source, lower, parse_all};

    #[test]
    fn indices_do_not_tell_paths_apart() {
        let check = |path: &str, expected: &str| assert_eq!(without_indices(path), expected);
        check("spec.template.spec.containers[12].lifecycle", "spec.template.spec.containers[0].lifecycle");
        check("metadata.annotations.[proxy.istio.io/config]", "metadata.annotations.[proxy.istio.io/config]");
        check("a[1][2].b[x].[1a]", "a[0][0].b[x].[1a]");
        check("", "");
    }

    fn entry() -> ResultEntry {
        ResultEntry {
            severity: "warning",
            message: "too short".into(),
            rule: "some-rule",
            object: Identity {
                api_version: "apps/v1".into(),
                kind: "Deployment".into(),
                namespace: Some("prod".into()),
                name: "web".into(),
            },
            field: Route::from(["spec", "template", "metadata", "annotations", "a.b/c"]).then([0]).then([Step::Text]),
            current: Some(Value::Number("-1.5".into())),
            proposed: Some(Value::map([("exec", Value::Items(vec![Value::Bool(true), Value::Int(47)]))])),
            origin: Origin { path: Some("a.yaml".into()), index: Some(1) },
            beside: None,
        }
    }

    fn appended(text: &str) -> String {
        let source = Source::embedded(text);
        let tree = parse_all(source).unwrap();
        let mut patch = Patch::default();
        append_results(&tree, tree.roots()[0], &[entry()], &mut patch);
        EditSet::new(lower(&tree, tree.roots()[0], &patch).unwrap()).unwrap().apply(source)
    }

    #[test]
    fn messages_are_one_line() {
        assert_eq!(one_line("a\n  b\t\u{1b}c \r\n"), "a b c");
    }

    #[test]
    fn settings_of_the_mesh_have_places_in_words() {
        let list = "\
kind: ResourceList
functionConfig:
  kind: ShutdownPolicy
  metadata: {name: own}
  spec:
    mesh: {drainDuration: 9s}
items:
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: istio
    annotations: {config.kubernetes.io/path: mesh.yaml, config.kubernetes.io/index: '1'}
  data:
    mesh: 'defaultConfig: {}'
- apiVersion: v1
  kind: List
  items:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: inner}, data: {mesh: deep}}
";
        let tree = parse_all(Source::embedded(list)).unwrap();
        let objects = crate::object::collect(&tree, |_| true);
        let place = |text: &str| {
            let offset = list.find(text).unwrap();
            ListPlace::at(&tree, tree.roots()[0], &objects, offset).map(|place| place.to_string())
        };
        assert_eq!(place("defaultConfig").unwrap(), "data.mesh in document 2 of mesh.yaml");
        assert_eq!(place("deep").unwrap(), "data.mesh of ConfigMap inner");
        assert_eq!(place("9s").unwrap(), "spec.mesh.drainDuration of ShutdownPolicy own");
        assert_eq!(place("items:"), None);
        assert_eq!(ListPlace::of_file("policy.yaml", 8).to_string(), "policy.yaml:8");
        let beside = ListPlace::at(&tree, tree.roots()[0], &objects, list.find("defaultConfig").unwrap());
        let value = format!("{:?}", ResultEntry { beside, ..entry() }.value());
        let tags = ["meshObject", "ConfigMap istio", "meshField", "meshPath", "meshIndex"];
        assert!(tags.iter().all(|tag| value.contains(tag)), "{value}");
    }

    #[test]
    fn results_are_added_once() {
        let once = appended("kind: ResourceList\nitems: []\n");
        let expected = "\
kind: ResourceList
items: []
results:
- message: \"too short\"
  severity: warning
  resourceRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
    namespace: prod
  field:
    path: \"spec.template.metadata.annotations.[a.b/c][0]\"
    currentValue: -1.5
    proposedValue:
      exec:
      - true
      - 47
  file:
    path: a.yaml
    index: 1
  tags:
    rule: some-rule
";
        assert_eq!(once, expected);
        assert_eq!(appended(&once), once);
        assert!(
            appended("kind: ResourceList\nresults:\n- message: other\n")
                .contains("- message: other\n- message: \"too short\"\n")
        );
        let wrapped = appended("kind: ResourceList\nresults:\n  name: x\n  items:\n  - message: other\n");
        assert!(wrapped.contains("  name: x\n  items:\n  - message: other\n  - message: \"too short\"\n"), "{wrapped}");
        assert_eq!(appended(&wrapped), wrapped);
        let named = appended("kind: ResourceList\nresults: {name: x}\n");
        assert!(
            named.starts_with("kind: ResourceList\nresults: {name: x, items: [{message: \"too short\","),
            "{named}"
        );
    }
}
