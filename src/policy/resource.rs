//! The policy as a Kubernetes resource: a ShutdownPolicy, or a ConfigMap as kpt makes it from `-- drain=40s`.
//!
//! Functions get it as `functionConfig`, other commands as a file. Hosts may send `data: {}`, no `data`, or no
//! functionConfig: each is an empty policy. `metadata` belongs to the hosts and is ignored.

use serde_json::{Map, Value};

use crate::yaml::Route;

use super::error::{Flaws, PolicyError, did_you_mean};
use super::fields::PolicyFields;
use super::given::shown;
use super::shape::Shape;
use super::statements::{Statement, grouped, statements, twice};
use super::table::{find, group, unknown};
use super::yaml_text;

/// The `apiVersion` of the policy's own kind.
pub(crate) const API_VERSION: &str = "istio-drain.dev/v1alpha1";

/// The policy's own kind.
pub(crate) const KIND: &str = "ShutdownPolicy";

const EXPECTED: &str = "expected `apiVersion: istio-drain.dev/v1alpha1` with `kind: ShutdownPolicy`, or `apiVersion: \
                        v1` with `kind: ConfigMap`";

impl PolicyError {
    /// The error for an empty policy file: a user who names a file wants a policy.
    pub(crate) fn empty() -> Self {
        Self::of_text(&format!("the policy is empty ({EXPECTED})"), Some(0))
    }
}

impl PolicyFields {
    /// Reads a function config or the resource of a policy file. Null, which is not a function config, is an empty
    /// policy.
    ///
    /// # Errors
    ///
    /// Another kind of resource, an unknown field, or a value that its field does not accept.
    pub fn from_resource(resource: &Value) -> Result<Self, PolicyError> {
        let map = match resource {
            Value::Null => return Ok(Self::default()),
            Value::Object(map) => map,
            _ => {
                return Err(PolicyError::new(
                    &Route::default(),
                    &format!("the policy is {} ({EXPECTED})", shown(resource)),
                ));
            }
        };
        let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default();
        match (text("apiVersion"), text("kind")) {
            (API_VERSION, KIND) => Self::from_policy(map),
            ("v1", "ConfigMap") => Self::from_config_map(map),
            _ if map.is_empty() => Ok(Self::default()),
            (_, KIND) => Err(foreign(map, "apiVersion", API_VERSION)),
            (_, "ConfigMap") => Err(foreign(map, "apiVersion", "v1")),
            (API_VERSION, _) => Err(foreign(map, "kind", KIND)),
            _ => Err(PolicyError::new(&path(&["kind"]), &format!("{} is not a policy ({EXPECTED})", called(map)))),
        }
    }

    fn from_policy(map: &Map<String, Value>) -> Result<Self, PolicyError> {
        let mut flaws = Flaws::default();
        let mut fields = Self::default();
        if let Some(spec) = content(map, "spec", &[], &mut flaws) {
            for statement in statements(&path(&["spec"]), spec, &[], &mut flaws) {
                flaws.keep(fields.add(statement));
            }
        }
        flaws.unless(fields)
    }

    fn from_config_map(map: &Map<String, Value>) -> Result<Self, PolicyError> {
        let mut flaws = Flaws::default();
        let mut fields = Self::default();
        let mut stated = Vec::new();
        for (name, value) in content(map, "data", &["immutable"], &mut flaws).into_iter().flatten() {
            let path = path(&["data", name]);
            let mut own = Flaws::default();
            let found = texts(&path, name, value, &mut own);
            for statement in &found {
                own.keep(fields.add(statement.clone()));
            }
            stated.extend(found.into_iter().map(|statement| Statement { path: path.clone(), ..statement }));
            flaws.keep(own.unless(()).map_err(|error| error.at(&path)));
        }
        twice(&stated, &mut flaws);
        flaws.unless(fields)
    }
}

/// The statements of a ConfigMap's value. It must be a string; null counts as an empty one. If the value would also be
/// wrong for its field, that is reported too.
fn texts(path: &Route, name: &str, value: &Value, flaws: &mut Flaws) -> Vec<Statement> {
    let text = match value {
        Value::String(text) => text.as_str(),
        Value::Null => "",
        _ if find(name).is_none() && group(name).is_none() => "",
        _ => {
            let remedy = "the values of a ConfigMap are text: put it in quotes";
            let message = format!("`{name}` must be text, not {} ({remedy})", shown(value));
            flaws.keep::<()>(Err(PolicyError::new(path, &message)));
            // The original spelling of a number is not known, only its value.
            if let Some(field) = find(name).filter(|field| field.shape != Shape::Release) {
                let as_it_stands = Statement::new(field, path.clone(), value.clone());
                flaws.keep(PolicyFields::default().add(as_it_stands));
            }
            return Vec::new();
        }
    };
    match (find(name), group(name)) {
        (Some(field), _) => {
            let value = flaws.keep(yaml_text::field_value(name, field.shape, text));
            value.map(|value| Statement::new(field, path.clone(), value)).into_iter().collect()
        }
        (None, Some(group)) => {
            let mapping = flaws.keep(yaml_text::group_value(group, text)).unwrap_or_default();
            grouped(path, group, &mapping, flaws)
        }
        (None, None) => {
            flaws.keep::<()>(Err(unknown(path, name)));
            Vec::new()
        }
    }
}

/// The mapping with the fields. Beside it, only the keys of every resource and `others` are allowed.
fn content<'m>(
    map: &'m Map<String, Value>,
    key: &str,
    others: &[&str],
    flaws: &mut Flaws,
) -> Option<&'m Map<String, Value>> {
    let known = [&["apiVersion", "kind", "metadata", key], others].concat();
    for name in map.keys().filter(|name| !known.contains(&name.as_str())) {
        let remedy = match find(name).map(|field| field.name).or(group(name)) {
            Some(_) => format!("(put it under `{key}`)"),
            None if name == "binaryData" => "(a policy is text: put its fields under `data`)".to_owned(),
            None => did_you_mean(name, &known),
        };
        let message = format!("unknown field `{name}` at the top of the policy {remedy}");
        flaws.keep::<()>(Err(PolicyError::new(&path(&[name]), &message)));
    }
    match map.get(key) {
        Some(Value::Object(content)) => Some(content),
        None | Some(Value::Null) => None,
        Some(value) => {
            let message = format!("`{key}` must be a mapping of fields, not {}", shown(value));
            flaws.keep(Err(PolicyError::new(&path(&[key]), &message)))
        }
    }
}

/// The error for a resource of which only apiVersion or kind is right.
fn foreign(map: &Map<String, Value>, key: &str, expected: &str) -> PolicyError {
    PolicyError::new(&path(&[key]), &format!("{} is not a policy (expected `{key}: {expected}`)", called(map)))
}

fn called(map: &Map<String, Value>) -> String {
    let part = |key: &str| match map.get(key) {
        None | Some(Value::Null) => format!("no `{key}`"),
        Some(Value::String(text)) => format!("`{key}: {text}`"),
        Some(value) => format!("{} as `{key}`", shown(value)),
    };
    format!("a resource with {} and {}", part("apiVersion"), part("kind"))
}

fn path(steps: &[&str]) -> Route {
    steps.iter().fold(Route::default(), |route, step| route.key((*step).to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::istio::{Setting, SettingOrigin};
    use crate::kinds::Kind;
    use crate::kubernetes::Release;
    use crate::policy::{PolicySet, fields};
    use crate::shutdown::{PreStop, Seconds};
    use crate::yaml::Step;

    fn policy(spec: Value) -> Value {
        json!({"apiVersion": API_VERSION, "kind": KIND, "metadata": 1, "spec": spec})
    }

    fn config_map(data: Value) -> Value {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "function-input"}, "data": data})
    }

    /// Numbers are those of items.
    fn route(steps: &[&str]) -> Route {
        let step = |step: &&str| step.parse().map_or_else(|_| Step::Key((*step).to_owned().into()), Step::Item);
        Route(steps.iter().map(step).collect())
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
        let mut expected = PolicySet { states_hook: true, ..PolicySet::default() };
        expected.policy.pre_stop = PreStop::Exec(vec!["sleep".to_owned(), "5".to_owned()]);
        expected.policy.drain = Some(Seconds::new(40));
        expected.policy.exact = true;
        expected.policy.istio = Some(Release::new(1, 24));
        expected.policy.mesh.proxy.admin_port = Some(Setting::new(15001, SettingOrigin::Declared));
        expected.kinds = ["Deployment", "DaemonSet"].map(|name| Kind::from_name(name).unwrap()).to_vec();
        let resolve = |resource| PolicyFields::from_resource(&resource).unwrap().resolve();
        assert_eq!(resolve(policy(spec)), expected);
        assert_eq!(resolve(config_map(data)), expected);
    }

    #[test]
    fn every_example_is_the_same_in_every_form() {
        for field in fields() {
            let mut expected = PolicyFields::default();
            expected.set(field.name, field.example).unwrap();
            let unplaced = |fields: PolicyFields| {
                let mut set = fields.resolve();
                // The place of a rule differs between the formats.
                set.rules.iter_mut().for_each(|rule| rule.path.0.clear());
                set
            };
            let expected = unplaced(expected);
            let check = |resource: Value| {
                let read = PolicyFields::from_resource(&resource).map(unplaced);
                assert_eq!(read.as_ref(), Ok(&expected), "{resource}");
            };
            let value = yaml_text::field_value(field.name, field.shape, field.example).unwrap();
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
            |resource: Value| PolicyFields::from_resource(&resource).map(|fields| fields.resolve().policy.kubernetes);
        assert_eq!(kubernetes(policy(json!({"target": {"kubernetes": "1.30"}}))), Ok(expected));
        assert_eq!(kubernetes(config_map(json!({"target.kubernetes": "1.30"}))), Ok(expected));
        assert_eq!(kubernetes(config_map(json!({"target.kubernetes": "1.30 # of our clusters"}))), Ok(expected));
        assert_eq!(kubernetes(config_map(json!({"target": "kubernetes: '1.30'"}))), Ok(expected));
        let quotes = "(put it in quotes: as numbers 1.30 and 1.3 are the same)";
        for resource in
            [policy(json!({"target": {"kubernetes": 1.3}})), config_map(json!({"target": "kubernetes: 1.30"}))]
        {
            assert!(kubernetes(resource).unwrap_err().to_string().ends_with(quotes));
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
            assert_eq!((&error.flaws[0].field, error.to_string().as_str()), (&route(field), expected));
        };
        let forms = "(expected `apiVersion: istio-drain.dev/v1alpha1` with `kind: ShutdownPolicy`, \
                     or `apiVersion: v1` with `kind: ConfigMap`)";
        check(json!(["a"]), &[], &format!("the policy is a list {forms}"));
        check(json!("drain: 40s"), &[], &format!("the policy is the text `drain: 40s` {forms}"));
        check(
            json!({"drain": "40s"}),
            &["kind"],
            &format!("a resource with no `apiVersion` and no `kind` is not a policy {forms}"),
        );
        check(
            json!({"apiVersion": "v1", "kind": "Secret", "data": {}}),
            &["kind"],
            &format!("a resource with `apiVersion: v1` and `kind: Secret` is not a policy {forms}"),
        );
        check(
            json!({"apiVersion": "istio-drain.dev/v2", "kind": KIND}),
            &["apiVersion"],
            "a resource with `apiVersion: istio-drain.dev/v2` and `kind: ShutdownPolicy` is not a policy \
             (expected `apiVersion: istio-drain.dev/v1alpha1`)",
        );
        check(
            json!({"kind": "ConfigMap"}),
            &["apiVersion"],
            "a resource with no `apiVersion` and `kind: ConfigMap` is not a policy (expected `apiVersion: v1`)",
        );
        check(
            json!({"apiVersion": API_VERSION, "kind": 1}),
            &["kind"],
            "a resource with `apiVersion: istio-drain.dev/v1alpha1` and the number `1` as `kind` is not a policy \
             (expected `kind: ShutdownPolicy`)",
        );
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let check = |resource: Value, field: &[&str], expected: &str| {
            let error = PolicyFields::from_resource(&resource).unwrap_err();
            assert_eq!(error.flaws[0].field, route(field), "{error}");
            assert!(error.to_string().starts_with(expected), "{error}");
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
                    `drain` must be a duration: `40` lacks a unit (did you mean `40s`?";
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
        check(beside, &["drain"], "unknown field `drain` at the top of the policy (put it under `spec`)");
        let misspelt = json!({"apiVersion": API_VERSION, "kind": KIND, "sepc": {}});
        check(misspelt, &["sepc"], "unknown field `sepc` at the top of the policy (did you mean `spec`?)");
        let binary = json!({"apiVersion": "v1", "kind": "ConfigMap", "binaryData": {}});
        let text =
            "unknown field `binaryData` at the top of the policy (a policy is text: put its fields under `data`)";
        check(binary, &["binaryData"], text);
    }

    #[test]
    fn all_mistakes_are_reported() {
        let spec = json!({
            "dran": "1s", "exact": 1, "kinds": ["Pods", "Job", "rollout"], "target": {"istio": 1.3, "istoi": 1},
            "workloads": [{"name": "a", "drain": 1, "kinds": "b"}, {"name": "b"}],
        });
        let mut resource = policy(spec);
        resource["sepc"] = json!({});
        let error = PolicyFields::from_resource(&resource).unwrap_err();
        let places: Vec<_> = error.flaws.iter().map(|flaw| flaw.field.to_string()).collect();
        let expected = [
            "sepc",
            "spec.dran",
            "spec.target.istoi",
            "spec.exact",
            "spec.kinds[0]",
            "spec.kinds[2]",
            "spec.target.istio",
            "spec.workloads[0].drain",
            "spec.workloads[0].kinds",
            "spec.workloads[1]",
        ];
        assert_eq!(places, expected);
    }
}
