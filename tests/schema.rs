use std::fs;
use std::path::Path;

use istio_drain::inside::policy::{PolicyFields, PolicySet, definition, fields, reference, schema};
use istio_drain::inside::transform::read_policy;
use istio_drain::inside::yaml::Source;
use regex_automata::meta::Regex;
use serde_json::{Value, json};

use crate::support::golden;

#[test]
fn what_is_made_of_the_table_is_up_to_date() {
    fs::create_dir_all("docs").unwrap();
    let files = [("docs/policy.md", reference()), ("krm-function.yaml", definition())];
    let failures: Vec<_> =
        files.iter().filter_map(|(path, text)| golden::check(Path::new(path), Some(text.as_bytes())).err()).collect();
    assert_eq!(failures, [""; 0]);
}

/// Each example of the page is read, in both forms, as what the table says.
#[test]
fn the_page_tells_what_works() {
    let page = reference();
    let mut read = 0;
    for field in fields() {
        let entry = page.split(&format!("### `{}`\n", field.name)).nth(1).unwrap();
        let mut expected = PolicyFields::default();
        expected.set(field.name, field.example).unwrap();
        for (start, head) in [
            ("spec: ", "apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\n"),
            ("data: ", "apiVersion: v1\nkind: ConfigMap\n"),
        ] {
            let line = entry.lines().find(|line| line.starts_with(start)).unwrap();
            let text = format!("{head}{line}\n");
            let stated = read_policy(Source::new(text.as_bytes()).unwrap());
            assert_eq!(unplaced(&stated.unwrap()), unplaced(&expected), "{line}");
            read += 1;
        }
    }
    assert_eq!(read, 2 * fields().count());
    let rules =
        page.split("```yaml\n").find(|block| block.contains("\n  workloads:\n")).unwrap().split("```").next().unwrap();
    let text = format!("apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\n{rules}");
    assert_eq!(read_policy(Source::new(text.as_bytes()).unwrap()).unwrap().resolve().rules.len(), 3);
}

/// Where rules stand differs from form to form.
fn unplaced(fields: &PolicyFields) -> PolicySet {
    let mut set = fields.resolve();
    for rule in &mut set.rules {
        rule.path.0.clear();
        rule.offset = None;
    }
    set
}

fn policy(spec: &Value) -> Value {
    json!({"apiVersion": "istio-drain.dev/v1alpha1", "kind": "ShutdownPolicy", "spec": spec})
}

#[test]
fn the_schema_takes_what_the_reader_takes() {
    let schema = schema();
    let check = |spec: Value| {
        let resource = policy(&spec);
        let reader = PolicyFields::from_resource(&resource).is_ok();
        let valid = validate(&schema, &resource);
        assert_eq!((valid.is_ok(), reader), (true, true), "{spec}: {valid:?}");
    };
    for field in fields() {
        check(json!({field.name: field.example_value()}));
        if let Some(group) = field.group() {
            check(json!({group: {field.key(): field.example_value()}}));
        }
        if field.is_for_workloads() {
            check(json!({"workloads": [{"name": "web", field.name: field.example_value()}]}));
        }
    }
    for drain in ["40s", "1m30s", "1.5h", ".5s", "1.s", "+1s", "0", "5ms", "1h2m3s4ms5us6µs7ns"] {
        check(json!({"drain": drain}));
    }
    for release in ["1.24", "v1.30.1", "1.31.2+k3s1", "v1.30.5-gke.100"] {
        check(json!({"target": {"istio": release}}));
    }
    for quantity in [json!("100m"), json!("1.5Gi"), json!(1), json!(0.5), json!("1e3"), json!("1E")] {
        check(json!({"resources": {"limits": {"cpu": quantity}}}));
    }
    check(json!({"preStop": {"exec": ["sleep", "5"]}}));
    for hook in ["drain", "sigterm", "sleep", "wait", "none"] {
        check(json!({"preStop": hook}));
    }
    check(json!({"kinds": ["StatefulSet.apps", "Rollout.argoproj.io"]}));
    check(json!({"kinds": [{"group": "a.b", "kind": "C", "template": ["x.y", "z[*].t"]}]}));
    check(json!({"workloads": []}));
    check(json!({"workloads": [{"skip": false, "kind": "A.example.org"}]}));
    let expressions = json!([{"key": "a", "operator": "In", "values": ["b"]}, {"key": "c", "operator": "Exists"}]);
    check(json!({"workloads": [{"skip": true, "selector": {"matchExpressions": expressions}}]}));
    check(json!({"mesh": {"lifecycle": {"preStop": {"httpGet": {"port": 1}}}}}));
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let schema = schema();
    let check = |spec: Value| {
        let resource = policy(&spec);
        let reader = PolicyFields::from_resource(&resource).is_err();
        assert_eq!((validate(&schema, &resource).is_err(), reader), (true, true), "{spec}");
    };
    for field in fields() {
        // No field takes a list in a list, nor a mapping of lists.
        check(json!({field.name: [[]]}));
        check(json!({field.name: {"a": []}}));
        check(json!({"workloads": [{field.name: [[]]}]}));
        if !field.is_for_workloads() {
            check(json!({"workloads": [{field.name: field.example_value()}]}));
        }
    }
    for drain in [json!(40), json!("40"), json!("-40s"), json!("40 s"), json!("s"), json!(""), json!("1d")] {
        check(json!({"drain": drain}));
    }
    for release in [json!(1.3), json!("1"), json!("latest"), json!("1.24.3.4")] {
        check(json!({"target": {"kubernetes": release}}));
    }
    for quantity in [json!("128MB"), json!(-1), json!("-1"), json!("1..5"), json!(true)] {
        check(json!({"resources": {"requests": {"memory": quantity}}}));
    }
    check(json!({"dran": "40s"}));
    check(json!({"target": {"istoi": "1.24"}}));
    check(json!({"target": "1.24"}));
    check(json!({"exact": "true"}));
    check(json!({"preStop": {"exec": []}}));
    check(json!({"preStop": {"exec": ["a"], "httpGet": {}}}));
    check(json!({"preStop": "kill"}));
    check(json!({"kinds": []}));
    check(json!({"kinds": ["Rollout"]}));
    check(json!({"kinds": [{"group": "a", "kind": "B"}]}));
    check(json!({"resources": {}}));
    check(json!({"mesh": {"proxyAdminPort": 0}}));
    check(json!({"mesh": {"nativeSidecars": "true"}}));
    check(json!({"mesh": {"neverInjectSelector": [{}]}}));
    check(json!({"workloads": [{"name": "web"}]}));
    check(json!({"workloads": [{"nmae": "web", "skip": true}]}));
    check(json!({"workloads": {"skip": true}}));
    let expression = json!([{"key": "a", "operator": "In"}]);
    check(json!({"workloads": [{"skip": true, "selector": {"matchExpressions": expression}}]}));
}

/// The part of JSON schema that the schema is written in; a keyword beyond that fails.
fn validate(schema: &Value, value: &Value) -> Result<(), String> {
    let fail = |why: &str| Err(format!("{why}: {value}"));
    for (keyword, rule) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$schema" | "title" | "description" | "examples" => {}
            "type" => {
                let is = match rule.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "number" => value.is_number(),
                    "integer" => value.is_i64() || value.is_u64(),
                    other => panic!("{other}"),
                };
                if !is {
                    return fail("type");
                }
            }
            "enum" if rule.as_array().unwrap().contains(value) => {}
            "enum" => return fail("enum"),
            "pattern" => {
                let pattern = Regex::new(rule.as_str().unwrap()).unwrap();
                if value.as_str().is_some_and(|text| !pattern.is_match(text)) {
                    return fail("pattern");
                }
            }
            "minimum" if value.as_f64().is_some_and(|number| number < rule.as_f64().unwrap()) => {
                return fail("minimum");
            }
            "maximum" if value.as_f64().is_some_and(|number| number > rule.as_f64().unwrap()) => {
                return fail("maximum");
            }
            "minItems" if value.as_array().is_some_and(|list| (list.len() as u64) < rule.as_u64().unwrap()) => {
                return fail("minItems");
            }
            "minProperties" if value.as_object().is_some_and(|map| (map.len() as u64) < rule.as_u64().unwrap()) => {
                return fail("minProperties");
            }
            "minimum" | "maximum" | "minItems" | "minProperties" => {}
            "items" => value.as_array().into_iter().flatten().try_for_each(|item| validate(rule, item))?,
            "required" => {
                let has = |key: &Value| value.get(key.as_str().unwrap()).is_some();
                if value.is_object() && !rule.as_array().unwrap().iter().all(has) {
                    return fail("required");
                }
            }
            "anyOf" if rule.as_array().unwrap().iter().any(|one| validate(one, value).is_ok()) => {}
            "anyOf" => return fail("anyOf"),
            "properties" => {
                for (key, rule) in rule.as_object().unwrap() {
                    value.get(key).map_or(Ok(()), |value| validate(rule, value))?;
                }
            }
            "additionalProperties" => {
                let known = |key: &str| schema.get("properties").is_some_and(|known| known.get(key).is_some());
                for (key, value) in value.as_object().into_iter().flatten().filter(|(key, _)| !known(key)) {
                    match rule {
                        Value::Bool(false) => return fail(key),
                        rule => validate(rule, value)?,
                    }
                }
            }
            // What an editor fills in must be right.
            "default" => {
                let mut others = schema.clone();
                others.as_object_mut().unwrap().remove("default");
                validate(&others, rule)?;
            }
            other => panic!("the keyword {other} is not known"),
        }
    }
    Ok(())
}
