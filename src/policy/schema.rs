//! The policy as a schema: for editors as JSON schema, for catalogs as OpenAPI schema in a KRMFunctionDefinition.
//!
//! Both describe what the readers accept. A schema can't express which resources and kinds exist in a cluster, that a
//! field is stated only once, and that a rule with `skip` sets nothing. The readers also allow a field without a value,
//! which states nothing.

use serde_json::{Map, Value, json};

use crate::kinds::{KNOWN, KnownKind};
use crate::kubernetes::Handler;
use crate::rules::ALL;

use super::field::Field;
use super::resource::{API_VERSION, KIND};
use super::revisions::{TAGS, is_of_revision};
use super::shape::Shape;
use super::table::{fields, groups};
use super::workload_rules::KEYS;

/// Go's `time.ParseDuration`, without negative durations.
const DURATION: &str = r"^([+-]?0|\+?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(h|m|s|ms|us|µs|μs|ns))+)$";
const RELEASE: &str = r"^v?[0-9]+\.[0-9]+(\.[0-9]+)?([-+].*)?$";
/// `pkg/api/resource/quantity.go` of apimachinery, without negative quantities.
const QUANTITY: &str = r"^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][-+]?[0-9]+)?$";

/// The JSON schema of a ShutdownPolicy.
pub fn schema() -> Value {
    let dialect = json!("https://json-schema.org/draft/2020-12/schema");
    with(with(resource("examples"), "$schema", dialect), "title", json!(KIND))
}

/// The KRMFunctionDefinition of this function (KEP-2906), as YAML.
pub fn definition() -> String {
    let platform = |os: &str, arch: &str| json!({"bin": "istio-drain", "os": os, "arch": arch});
    let (group, version) = API_VERSION.split_once('/').unwrap_or((API_VERSION, ""));
    let definition = json!({
        "apiVersion": "config.kubernetes.io/v1alpha1",
        "kind": "KRMFunctionDefinition",
        "spec": {
            "group": group,
            "names": {"kind": KIND},
            "description": "Makes the pods of an Istio mesh shut down without losing a request.",
            "publisher": "istio-drain",
            "tags": ["mutator", "validator"],
            "versions": [{
                "name": version,
                "idempotent": true,
                "license": env!("CARGO_PKG_LICENSE"),
                "usage": "docs/policy.md",
                "examples": ["examples"],
                "runtime": {"exec": {"platforms": [platform("linux", "amd64"), platform("linux", "arm64")]}},
                "schema": {"openAPIV3Schema": resource("example")},
            }],
        },
    });
    let text = serde_yaml::to_string(&definition).unwrap_or_default();
    format!(
        "# Made of the table of fields in src/policy/table.rs: `UPDATE_FIXTURES=1 cargo test` writes it again.\n{text}"
    )
}

/// The schema of a ShutdownPolicy. `example` is the keyword for examples.
fn resource(example: &str) -> Value {
    let description = "How pods of an Istio mesh are to shut down. See docs/policy.md.";
    json!({
        "type": "object",
        "description": description,
        "required": ["apiVersion", "kind"],
        "properties": {
            "apiVersion": {
                "type": "string", "enum": [API_VERSION], "description": "The version of this format."
            },
            "kind": {"type": "string", "enum": [KIND], "description": "What the document is."},
            "metadata": {"type": "object", "description": "A name for people; nothing in it is used."},
            "spec": with(
                mapping(properties(example, |_| true)),
                "description",
                json!("The settings. Each is a flag of the command line, too."),
            ),
        },
        "additionalProperties": false,
    })
}

/// The schemas of all `wanted` fields, in nested and in dotted form.
fn properties(example: &str, wanted: impl Fn(&Field) -> bool) -> Map<String, Value> {
    let mut all = Map::new();
    for field in fields().filter(|field| wanted(field)) {
        all.insert(field.name.to_owned(), property(field, example));
    }
    for group in groups() {
        let inside = fields().filter(|field| field.group() == Some(group) && wanted(field));
        let inside = inside.map(|field| (field.key().to_owned(), property(field, example)));
        let description = match group {
            "mesh" => "What the mesh sets for all its pods, where the input does not show it.",
            "target" => "The releases that the pods will run on.",
            _ => "Settings that belong together.",
        };
        all.insert(group.to_owned(), with(mapping(inside.collect()), "description", json!(description)));
    }
    all
}

fn property(field: &Field, example: &str) -> Value {
    let default = field.default.map(|default| format!(" Default: {default}.")).unwrap_or_default();
    let description = json!(format!("{}.{default}", field.sentence()));
    let shown = field.example_value();
    let shown = if example == "examples" { json!([shown]) } else { shown };
    let property = with(with(value(field.shape, example), "description", description), example, shown);
    // An editor fills in defaults. The definition says them in its descriptions.
    match field.default_value().filter(|_| example == "examples") {
        Some(default) => with(property, "default", default),
        None => property,
    }
}

/// The schema of a field with this shape.
fn value(shape: Shape, example: &str) -> Value {
    match shape {
        Shape::Duration => text(DURATION),
        Shape::Bool => json!({"type": "boolean"}),
        Shape::Word(words) => json!({"type": "string", "enum": words}),
        Shape::PreStop => {
            let command = mapping_of([("exec", list(name()))], &["exec"]);
            json!({"anyOf": [{"type": "string", "enum": shape.words()}, command]})
        }
        Shape::Release => text(RELEASE),
        Shape::Name => name(),
        Shape::Port => json!({"type": "integer", "minimum": 1, "maximum": 65535}),
        Shape::NativeSidecars => json!({"enum": [true, false, "auto"]}),
        Shape::Names => list(name()),
        Shape::TextMap => map_of(json!({"type": "string"})),
        Shape::Namespaces => map_of(map_of(json!({"type": "string"}))),
        Shape::Resources => {
            let quantity = json!({"anyOf": [{"type": "number", "minimum": 0}, text(QUANTITY)]});
            let resources = mapping_of([("requests", map_of(quantity.clone())), ("limits", map_of(quantity))], &[]);
            with(resources, "minProperties", json!(1))
        }
        Shape::Lifecycle => lifecycle(),
        Shape::Selectors => list(selector()),
        Shape::Kinds => list(json!({"anyOf": [{"type": "string", "enum": kind_names()}, custom_kind()]})),
        Shape::RuleIds => list(json!({"type": "string", "enum": ALL.iter().map(|rule| rule.id()).collect::<Vec<_>>()})),
        Shape::Rules => json!({"type": "array", "items": rule(example)}),
        Shape::Revisions => map_of(revision(example)),
    }
}

fn revision(example: &str) -> Value {
    let mut all = properties(example, is_of_revision);
    all.insert(TAGS.to_owned(), with(list(name()), "description", json!("The tags that stand for the revision.")));
    mapping(all)
}

fn rule(example: &str) -> Value {
    let mut all = properties(example, Field::is_for_workloads);
    let settings: Vec<_> = all.keys().cloned().chain(["skip".to_owned()]).collect();
    for key in KEYS {
        let (value, description) = match key {
            "kind" => (name(), "The kind, such as `Deployment` or `Rollout.argoproj.io`."),
            "name" => (name(), "The name, or a glob such as `web-*`."),
            "namespace" => (name(), "The namespace, or a glob; no workload matches whose namespace is not known."),
            "selector" => (selector(), "A label selector, for the labels of the workload itself."),
            _ => (json!({"type": "boolean"}), "The workloads are left alone."),
        };
        all.insert(key.to_owned(), with(value, "description", json!(description)));
    }
    let sets_something = settings.iter().map(|name| json!({"required": [name]})).collect();
    with(mapping(all), "anyOf", sets_something)
}

fn selector() -> Value {
    let expression = |operators: &[&str], values: Option<Value>| {
        let mut required = vec!["key", "operator"];
        let mut parts = vec![("key", name()), ("operator", json!({"type": "string", "enum": operators}))];
        if let Some(values) = values {
            required.push("values");
            parts.push(("values", values));
        }
        mapping_of(parts, &required)
    };
    let values = list(json!({"type": "string"}));
    let expressions =
        json!({"anyOf": [expression(&["In", "NotIn"], Some(values)), expression(&["Exists", "DoesNotExist"], None)]});
    let by_parts =
        mapping_of([("matchLabels", map_of(json!({"type": "string"}))), ("matchExpressions", list(expressions))], &[]);
    json!({"anyOf": [name(), with(by_parts, "minProperties", json!(1))]})
}

fn lifecycle() -> Value {
    let anything = json!({"type": "object"});
    let exec = json!({"type": "object", "properties": {"command": list(name())}, "required": ["command"]});
    let handlers = Handler::NAMES.map(|name| (name, if name == "exec" { exec.clone() } else { anything.clone() }));
    let pre_stop = mapping_of(handlers, &[]);
    mapping_of([("preStop", pre_stop), ("postStart", anything), ("stopSignal", json!({"type": "string"}))], &[])
}

fn custom_kind() -> Value {
    let path = name();
    let template = json!({"anyOf": [path, list(name())]});
    mapping_of(
        [("group", json!({"type": "string"})), ("kind", name()), ("template", template)],
        &["group", "kind", "template"],
    )
}

/// Every name of a known kind.
fn kind_names() -> Vec<String> {
    let mut names = Vec::new();
    for kind in KNOWN.iter().filter(|kind| kind.forbidden().is_none()) {
        let KnownKind { name, group, old_group, built_in, .. } = kind;
        names.extend(built_in.then(|| (*name).to_owned()));
        let groups = std::iter::once(group).chain(old_group).filter(|group| !group.is_empty());
        names.extend(groups.map(|group| format!("{name}.{group}")));
    }
    names
}

fn text(pattern: &str) -> Value {
    json!({"type": "string", "pattern": pattern})
}

/// A text that is not blank.
fn name() -> Value {
    text(r"\S")
}

/// A list that is not empty.
fn list(items: Value) -> Value {
    json!({"type": "array", "minItems": 1, "items": items})
}

/// A mapping of any keys.
fn map_of(values: Value) -> Value {
    json!({"type": "object", "additionalProperties": values})
}

/// The schema with one more keyword.
fn with(mut schema: Value, keyword: &str, rule: Value) -> Value {
    if let Some(map) = schema.as_object_mut() {
        map.insert(keyword.to_owned(), rule);
    }
    schema
}

fn mapping(properties: Map<String, Value>) -> Value {
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

fn mapping_of(properties: impl IntoIterator<Item = (&'static str, Value)>, required: &[&str]) -> Value {
    let mapping = mapping(properties.into_iter().map(|(key, value)| (key.to_owned(), value)).collect());
    if required.is_empty() { mapping } else { with(mapping, "required", json!(required)) }
}
