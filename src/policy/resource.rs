//! The policy as a Kubernetes resource: a ShutdownPolicy, or a ConfigMap as kpt makes it from `-- drain=40s`.
//!
//! Functions get it as `functionConfig`, everything else as a file. Hosts send `data: {}`, no `data` at all, or no
//! function config: each is an empty policy. `metadata` is the hosts' own and never looked at.

use serde_json::{Map, Value};

use super::error::{PolicyError, did_you_mean};
use super::fields::PolicyFields;
use super::given::shown;
use super::statements::{Statement, group, grouped, statements, twice};
use super::table::{Field, Shape};
use super::text;

/// The `apiVersion` of the policy's own kind.
pub const API_VERSION: &str = "istio-drain.dev/v1alpha1";

/// The policy's own kind.
pub const KIND: &str = "ShutdownPolicy";

const EXPECTED: &str = "expected `apiVersion: istio-drain.dev/v1alpha1` with `kind: ShutdownPolicy`, or `apiVersion: v1` with `kind: ConfigMap`";

impl PolicyError {
    /// A policy file that holds nothing: whoever names a file means something by it.
    pub fn empty() -> Self {
        Self::new(&[], &format!("the policy is empty ({EXPECTED})"))
    }
}

impl PolicyFields {
    /// Reads a function config or the resource of a policy file. Null, which is no function config, is an empty policy.
    ///
    /// # Errors
    ///
    /// Another kind of resource, a field that is not known, or a value that is not what its field takes.
    pub fn from_resource(resource: &Value) -> Result<Self, PolicyError> {
        let map = match resource {
            Value::Null => return Ok(Self::default()),
            Value::Object(map) => map,
            _ => return Err(PolicyError::new(&[], &format!("the policy is {} ({EXPECTED})", shown(resource)))),
        };
        let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default();
        match (text("apiVersion"), text("kind")) {
            (API_VERSION, KIND) => Self::from_policy(map),
            ("v1", "ConfigMap") => Self::from_config_map(map),
            _ if map.is_empty() => Ok(Self::default()),
            (_, KIND) => Err(foreign(map, "apiVersion", API_VERSION)),
            (_, "ConfigMap") => Err(foreign(map, "apiVersion", "v1")),
            (API_VERSION, _) => Err(foreign(map, "kind", KIND)),
            _ => Err(PolicyError::new(&path(&["kind"]), &format!("{} is no policy ({EXPECTED})", called(map)))),
        }
    }

    fn from_policy(map: &Map<String, Value>) -> Result<Self, PolicyError> {
        let mut fields = Self::default();
        let Some(spec) = content(map, "spec", &[])? else { return Ok(fields) };
        for Statement { field, path, value } in statements(&path(&["spec"]), spec)? {
            fields.set_value(&path, field, value)?;
        }
        Ok(fields)
    }

    fn from_config_map(map: &Map<String, Value>) -> Result<Self, PolicyError> {
        let mut fields = Self::default();
        let mut stated: Vec<(&'static Field, Vec<String>)> = Vec::new();
        for (name, value) in content(map, "data", &["immutable"])?.into_iter().flatten() {
            let path = path(&["data", name]);
            match (Field::find(name), group(name)) {
                (Some(field), _) => {
                    fields.set_text(&path, field, text_of(&path, field.name, value, Some(field))?)?;
                    stated.push((field, path));
                }
                (None, Some(group)) => {
                    let text = text_of(&path, group, value, None)?;
                    let inside = |error| PolicyError { field: path.clone(), ..error };
                    let mapping = text::group_value(group, text).map_err(inside)?;
                    for statement in grouped(&path, group, &mapping).map_err(inside)? {
                        fields.set_value(&path, statement.field, statement.value).map_err(inside)?;
                        stated.push((statement.field, path.clone()));
                    }
                }
                (None, None) => return Err(Field::unknown(&path, name)),
            }
        }
        let stated = stated.iter().map(|(field, path)| (*field, path.as_slice()));
        twice(stated).map_or(Ok(fields), Err)
    }
}

/// The text that a value of a ConfigMap must be; null is an empty one. Where the text would be wrong for its field as
/// well, that is told at once.
fn text_of<'v>(path: &[String], name: &str, value: &'v Value, field: Option<&Field>) -> Result<&'v str, PolicyError> {
    match value {
        Value::String(text) => return Ok(text),
        Value::Null => return Ok(""),
        _ => {}
    }
    let remedy = "the values of a ConfigMap are text: put it in quotes";
    let mut message = format!("`{name}` must be text, not {} ({remedy})", shown(value));
    // Of numbers that are to become text nothing is known but their value.
    let as_it_stands = field.filter(|field| field.shape != Shape::Release);
    let wrong = as_it_stands.map(|field| PolicyFields::default().set_value(path, field, value));
    if let Some(Err(error)) = wrong {
        message.push_str(&format!("; and {error}"));
    }
    Err(PolicyError::new(path, &message))
}

/// The mapping that holds the fields; beside it stands nothing but what every resource has, and `others`.
fn content<'m>(
    map: &'m Map<String, Value>,
    key: &str,
    others: &[&str],
) -> Result<Option<&'m Map<String, Value>>, PolicyError> {
    let known = [&["apiVersion", "kind", "metadata", key], others].concat();
    if let Some(name) = map.keys().find(|name| !known.contains(&name.as_str())) {
        let remedy = match Field::find(name).map(|field| field.name).or(group(name)) {
            Some(_) => format!("(put it under `{key}`)"),
            None => did_you_mean(name, &known),
        };
        return Err(PolicyError::new(&path(&[name]), &format!("unknown field `{name}` beside `{key}` {remedy}")));
    }
    match map.get(key) {
        Some(Value::Object(content)) => Ok(Some(content)),
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            Err(PolicyError::new(&path(&[key]), &format!("`{key}` must be a mapping of fields, not {}", shown(value))))
        }
    }
}

/// The error for a resource with one half of its identity right.
fn foreign(map: &Map<String, Value>, key: &str, expected: &str) -> PolicyError {
    PolicyError::new(&path(&[key]), &format!("{} is no policy (expected `{key}: {expected}`)", called(map)))
}

fn called(map: &Map<String, Value>) -> String {
    let part = |key: &str| match map.get(key) {
        None | Some(Value::Null) => format!("no `{key}`"),
        Some(Value::String(text)) => format!("`{key}: {text}`"),
        Some(value) => format!("{} as `{key}`", shown(value)),
    };
    format!("a resource with {} and {}", part("apiVersion"), part("kind"))
}

fn path(steps: &[&str]) -> Vec<String> {
    steps.iter().copied().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::istio::{Origin, Setting};
    use crate::kinds::Kind;
    use crate::kubernetes::Release;
    use crate::policy::fields;
    use crate::shutdown::{PreStop, Seconds};

    fn policy(spec: Value) -> Value {
        json!({"apiVersion": API_VERSION, "kind": KIND, "metadata": 1, "spec": spec})
    }

    fn config_map(data: Value) -> Value {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "function-input"}, "data": data})
    }

    #[test]
    fn both_forms_say_the_same() {
        let spec = json!({
            "preStop": {"exec": ["sleep", "5"]}, "drain": "40s", "exact": true, "kinds": ["Deployment", "DaemonSet"],
            "target": {"istio": "1.24"}, "mesh": {"proxyAdminPort": 15001},
        });
        let data = json!({
            "preStop": "exec: [sleep, '5']\n", "drain": "40s", "exact": "true", "kinds": "[Deployment, DaemonSet]",
            "target.istio": "1.24", "mesh": "{proxyAdminPort: 15001}",
        });
        let mut expected = PolicyFields::default();
        expected.workload.pre_stop = Some(PreStop::Exec(vec!["sleep".to_owned(), "5".to_owned()]));
        expected.workload.drain = Some(Seconds::new(40));
        expected.workload.exact = Some(true);
        expected.workload.istio = Some(Release::new(1, 24));
        expected.workload.mesh.proxy_admin_port = Some(Setting::new(15001, Origin::Declared));
        expected.run.kinds = Some(["Deployment", "DaemonSet"].map(|name| Kind::from_name(name).unwrap()).to_vec());
        assert_eq!(PolicyFields::from_resource(&policy(spec)).as_ref(), Ok(&expected));
        assert_eq!(PolicyFields::from_resource(&config_map(data)), Ok(expected));
    }

    #[test]
    fn every_example_is_the_same_in_every_form() {
        for field in fields() {
            let mut expected = PolicyFields::default();
            expected.set(field.name, field.example).unwrap();
            let unplaced = |mut fields: PolicyFields| {
                // Where a rule stands is another place in each form.
                fields.run.rules.iter_mut().flatten().for_each(|rule| rule.path.clear());
                fields
            };
            let expected = unplaced(expected);
            let check = |resource: Value| {
                let read = PolicyFields::from_resource(&resource).map(unplaced);
                assert_eq!(read.as_ref(), Ok(&expected), "{resource}");
            };
            let value = text::field_value(field, field.example).unwrap();
            check(policy(json!({field.name: value})));
            check(config_map(json!({field.name: field.example})));
            if let Some(group) = field.group() {
                check(policy(json!({group: {field.key(): value}})));
                check(config_map(json!({group: json!({field.key(): value}).to_string()})));
            }
        }
    }

    #[test]
    fn releases_are_text() {
        let expected = Some(Release::new(1, 30));
        let kubernetes =
            |resource: Value| PolicyFields::from_resource(&resource).map(|fields| fields.workload.kubernetes);
        assert_eq!(kubernetes(policy(json!({"target": {"kubernetes": "1.30"}}))), Ok(expected));
        assert_eq!(kubernetes(config_map(json!({"target.kubernetes": "1.30"}))), Ok(expected));
        assert_eq!(kubernetes(config_map(json!({"target.kubernetes": "1.30 # of our clusters"}))), Ok(expected));
        assert_eq!(kubernetes(config_map(json!({"target": "kubernetes: '1.30'"}))), Ok(expected));
        let quotes = "(put it in quotes: as numbers 1.30 and 1.3 are the same)";
        for resource in
            [policy(json!({"target": {"kubernetes": 1.3}})), config_map(json!({"target": "kubernetes: 1.30"}))]
        {
            assert!(kubernetes(resource).unwrap_err().message.ends_with(quotes));
        }
    }

    #[test]
    fn what_states_nothing_is_an_empty_policy() {
        let check = |resource: Value| {
            assert_eq!(PolicyFields::from_resource(&resource), Ok(PolicyFields::default()), "{resource}");
        };
        check(Value::Null);
        check(json!({}));
        check(json!({"apiVersion": API_VERSION, "kind": KIND}));
        check(policy(Value::Null));
        check(policy(json!({})));
        check(policy(json!({"drain": null})));
        check(json!({"apiVersion": "v1", "kind": "ConfigMap"}));
        check(config_map(Value::Null));
        check(config_map(json!({})));
        check(config_map(json!({"drain": "", "exact": null, "kinds": "", "preStop": " # drain\n"})));
    }

    #[test]
    fn other_resources_are_refused() {
        let check = |resource: Value, field: &[&str], expected: &str| {
            let error = PolicyFields::from_resource(&resource).unwrap_err();
            assert_eq!((error.field, error.message.as_str()), (path(field), expected));
        };
        let forms = "(expected `apiVersion: istio-drain.dev/v1alpha1` with `kind: ShutdownPolicy`, \
                     or `apiVersion: v1` with `kind: ConfigMap`)";
        check(json!(["a"]), &[], &format!("the policy is a list {forms}"));
        check(json!("drain: 40s"), &[], &format!("the policy is the text `drain: 40s` {forms}"));
        check(
            json!({"drain": "40s"}),
            &["kind"],
            &format!("a resource with no `apiVersion` and no `kind` is no policy {forms}"),
        );
        check(
            json!({"apiVersion": "v1", "kind": "Secret", "data": {}}),
            &["kind"],
            &format!("a resource with `apiVersion: v1` and `kind: Secret` is no policy {forms}"),
        );
        check(
            json!({"apiVersion": "istio-drain.dev/v2", "kind": KIND}),
            &["apiVersion"],
            "a resource with `apiVersion: istio-drain.dev/v2` and `kind: ShutdownPolicy` is no policy \
             (expected `apiVersion: istio-drain.dev/v1alpha1`)",
        );
        check(
            json!({"kind": "ConfigMap"}),
            &["apiVersion"],
            "a resource with no `apiVersion` and `kind: ConfigMap` is no policy (expected `apiVersion: v1`)",
        );
        check(
            json!({"apiVersion": API_VERSION, "kind": 1}),
            &["kind"],
            "a resource with `apiVersion: istio-drain.dev/v1alpha1` and the number `1` as `kind` is no policy \
             (expected `kind: ShutdownPolicy`)",
        );
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let check = |resource: Value, field: &[&str], expected: &str| {
            let error = PolicyFields::from_resource(&resource).unwrap_err();
            assert_eq!(error.field, path(field), "{error}");
            assert!(error.message.starts_with(expected), "{error}");
        };
        let unknown = "unknown field `dran` (did you mean `drain`?)";
        check(policy(json!({"dran": "40s"})), &["spec", "dran"], unknown);
        check(config_map(json!({"dran": "40s"})), &["data", "dran"], unknown);
        check(config_map(json!({"dran": 40})), &["data", "dran"], unknown);
        let bare = "`drain` must be a duration: `40` lacks a unit (did you mean `40s`?";
        check(policy(json!({"drain": 40})), &["spec", "drain"], bare);
        check(policy(json!({"drain": "40"})), &["spec", "drain"], bare);
        check(config_map(json!({"drain": "40"})), &["data", "drain"], bare);
        check(policy(json!({"drain": ""})), &["spec", "drain"], "`drain` must be a duration: an empty text");
        let not_text = "`exact` must be text, not `true` (the values of a ConfigMap are text: put it in quotes)";
        check(config_map(json!({"exact": true})), &["data", "exact"], not_text);
        let both = "`drain` must be text, not the number `40` (the values of a ConfigMap are text: put it in quotes); \
                    and `drain` must be a duration: `40` lacks a unit (did you mean `40s`?";
        check(config_map(json!({"drain": 40})), &["data", "drain"], both);
        let release =
            "`target.istio` must be text, not the number `1.3` (the values of a ConfigMap are text: put it in quotes)";
        check(config_map(json!({"target.istio": 1.3})), &["data", "target.istio"], release);
        let group = "`target` must be text, not a mapping (the values of a ConfigMap are text: put it in quotes)";
        check(config_map(json!({"target": {"istio": "1.24"}})), &["data", "target"], group);
        let twice = "`target.istio` is stated twice (keep one of the two)";
        check(
            config_map(json!({"target": "{istio: '1.24'}", "target.istio": "1.24"})),
            &["data", "target.istio"],
            twice,
        );
        let nested = "unknown field `target.istoi` (did you mean `target.istio`?)";
        check(config_map(json!({"target": "{istoi: '1.24'}"})), &["data", "target"], nested);
        let item = "`kinds[1]` must be a kind that can be edited, not the text `Pods` (did you mean `Pod`?)";
        check(policy(json!({"kinds": ["Job", "Pods"]})), &["spec", "kinds", "1"], item);
        check(config_map(json!({"kinds": "[Job, Pods]"})), &["data", "kinds"], item);
        check(
            config_map(json!({"preStop": "{exec: [a"})),
            &["data", "preStop"],
            "`preStop` can't be read at line 1 column 8: unclosed",
        );
        check(policy(json!("40s")), &["spec"], "`spec` must be a mapping of fields, not the text `40s`");
        check(config_map(json!([])), &["data"], "`data` must be a mapping of fields, not an empty list");
        let beside = json!({"apiVersion": API_VERSION, "kind": KIND, "drain": "40s"});
        check(beside, &["drain"], "unknown field `drain` beside `spec` (put it under `spec`)");
        let misspelt = json!({"apiVersion": API_VERSION, "kind": KIND, "sepc": {}});
        check(misspelt, &["sepc"], "unknown field `sepc` beside `spec` (did you mean `spec`?)");
    }
}
