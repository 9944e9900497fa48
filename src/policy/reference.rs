//! The reference of the policy, as a page: every field with its meaning, unit, default and examples.

use std::fmt::Write as _;

use serde_json::Value;

use super::field::Field;
use super::shape::Shape;
use super::table::SECTIONS;

const HEAD: &str = "\
# The policy

<!-- Made of the table of fields in src/policy/table.rs: `UPDATE_FIXTURES=1 cargo test` writes it anew. -->

A policy says what a pod needs to shut down, and which pods are meant. It is a `ShutdownPolicy` with everything under `spec`, or a ConfigMap with the
same fields under `data`, where each value is text: YAML of what the field takes. An empty text, and a field without a value, state nothing.

```yaml
apiVersion: istio-drain.dev/v1alpha1        apiVersion: v1
kind: ShutdownPolicy                        kind: ConfigMap
metadata: {name: drain}                     metadata: {name: drain}
spec:                                       data:
  drain: 40s                                  drain: 40s
  exact: true                                 exact: \"true\"
  target: {istio: \"1.24\"}                     target.istio: \"1.24\"
```

Each field is a flag as well. Flags win over `--policy FILE`, that over the functionConfig of the input, and that over the defaults: field by field, each field of `target` and
`mesh` by itself. Of `workloads` and other lists and mappings the whole of the higher source counts; only `mesh.proxyMetadata` adds up name by name. A field
with a dot in its name may stand in a mapping, `target: {istio: \"1.24\"}`, or by itself, `target.istio: \"1.24\"`.

What is not known and what is of the wrong type is an error that names the place and what is accepted: a policy that is silently ignored loses requests.
`istio-drain schema` prints the JSON schema for editors.

## One workload

What holds for a workload is, from the strongest to the weakest: its annotations, the first rule of `workloads` that matches it, the fields of the policy.

| annotation | example | |
|---|---|---|
| `istio-drain.dev/drain` | `90s` | the field `drain` |
| `istio-drain.dev/sidecar` | `native` | the field `sidecar` |
| `istio-drain.dev/skip` | `\"true\"` | it is left alone; `\"false\"` wins over a rule's `skip: true` |

They may stand on the workload or on its pod template. On both with different values they are an error: nobody can know which of them was forgotten.

```yaml
spec:
  drain: 45s
  workloads:
  - {kind: StatefulSet, name: \"db-*\", skip: true}
  - {namespace: \"prod-*\", selector: \"tier in (edge,api)\", drain: 60s}
  - selector: {matchLabels: {team: payments}}
    preStop: none
    mesh: {terminationDrainDuration: 60s}
```

`kind` is a name as in `kinds`; `name` and `namespace` are globs with `*`, `?`, `[a-z]` and `{a,b}`; `selector` is for the labels of the workload itself. All that a rule names must match; one that names nothing
matches every workload. `namespace` matches no workload whose namespace neither its manifest nor `defaultNamespace` tells. A rule with `skip: false` and nothing else keeps its workloads from the rules
behind it. A rule that is for no workload of a whole run is a warning. `-v` tells for each workload who sets what.
";

/// The page, as Markdown.
pub fn reference() -> String {
    let mut page = HEAD.to_owned();
    for section in SECTIONS {
        let _ = write!(page, "\n## Fields: {}\n", section.title);
        for field in section.fields {
            entry(&mut page, field);
        }
    }
    page
}

fn entry(page: &mut String, field: &Field) {
    let default = field.default.map_or("none".to_owned(), |default| format!("`{default}`"));
    let bool = if field.shape == Shape::Bool { "[=BOOL]" } else { "" };
    let value = if bool.is_empty() { format!(" {}", field.shape.placeholder()) } else { String::new() };
    let scope = if field.is_for_workloads() { "a rule can set it" } else { "for a whole run" };
    let unit = if field.shape == Shape::Duration { ", rounded up to whole seconds, `9223372036s` at most" } else { "" };
    let _ = write!(
        page,
        "\n### `{}`\n\n{}.\n\nTakes {}{unit}. Default: {default}. Flag: `--{}{bool}{value}`. Scope: {scope}.\n\n",
        field.name,
        field.sentence(),
        field.shape,
        field.flag(),
    );
    let stated = match field.group() {
        Some(group) => format!("{group}: {{{}: {}}}", field.key(), flow(&field.example_value())),
        None => format!("{}: {}", field.name, flow(&field.example_value())),
    };
    let text = flow(&Value::from(field.example));
    let _ = write!(page, "```yaml\nspec: {{{stated}}}\ndata: {{{}: {text}}}\n```\n", field.name);
}

/// A value as YAML on one line.
pub fn flow(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let entries = map.iter().map(|(key, value)| format!("{}: {}", flow(&key.as_str().into()), flow(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// Whether a text means itself without quotes: it starts as no number does, and every reader takes it for a text.
fn is_plain(text: &str) -> bool {
    let is_word = !matches!(text, "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n");
    let is_duration = text.ends_with('s') && text.len() > 1;
    let starts = |c: char| c.is_ascii_alphabetic() || (is_duration && c.is_ascii_digit());
    is_word && text.starts_with(starts) && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
}
