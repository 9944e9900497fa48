//! The reference of the policy, as a page: every field with its meaning, unit, default and examples.

use std::fmt::Write as _;

use serde_json::Value;

use super::field::Field;
use super::shape::Shape;
use super::table::SECTIONS;

const HEAD: &str = "\
# The policy

<!-- Made of the table of fields in src/policy/table.rs: `UPDATE_FIXTURES=1 cargo test` writes it again. -->

For everybody who wants something else than the defaults. In short: put the fields into `.istio-drain.yaml` at the root
of the repository, in a file for `--policy`, or on the command line as flags; most people need `sidecar`,
`longestRequest` and `kinds`.

A policy says what a pod needs to shut down, and which pods are meant. It is a `ShutdownPolicy` with everything under
`spec`:

```yaml
apiVersion: istio-drain.dev/v1alpha1
kind: ShutdownPolicy
metadata: {name: drain}
spec:
  drain: 40s
  exact: true
  target: {istio: \"1.24\"}
```

A ConfigMap with the same fields under `data` is one, too. There each value is a text that holds YAML. An empty text and
a field without a value state nothing.

```yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: drain}
data:
  drain: 40s
  exact: \"true\"
  target.istio: \"1.24\"
```

Each field is a flag as well. Flags win over `--policy FILE`, and the file wins over the *functionConfig*, which is the
policy that kustomize or kpt passes with the manifests. The functionConfig wins over a `.istio-drain.yaml` that [was
found](mesh.md#how-it-is-found), and that wins over the defaults. This holds for each field alone, and for each field of
`target` and `mesh`.
`workloads` and other lists and mappings are taken as a whole from the strongest source. Only the names of
`mesh.proxyMetadata` are joined. A field with a dot in its name may stand in a mapping, `target: {istio: \"1.24\"}`, or
alone, `target.istio: \"1.24\"`.

```sh
istio-drain --policy drain.yaml < manifests.yaml
kpt fn eval package --exec istio-drain --fn-config drain.yaml
kpt fn eval package --exec istio-drain -- drain=40s kinds=Deployment,DaemonSet
```

An unknown field, or a value of the wrong type, is an error that names the place and what is accepted: a policy that is
silently ignored loses requests. Editors with the YAML language server complete and check the fields by a JSON schema,
without a network. The first line of the file names the schema. `istio-drain init --write` writes both; for other files,
`istio-drain schema > .istio-drain.schema.json` writes the schema, and this is the line:

```yaml
# yaml-language-server: $schema=.istio-drain.schema.json
```

## One workload

A workload gets its settings from three places. The strongest are its annotations, then comes the first rule of
`workloads` that matches it, then the fields of the policy.

| annotation | example | |
|---|---|---|
| `istio-drain.dev/drain` | `90s` | the field `drain` |
| `istio-drain.dev/sidecar` | `native` | the field `sidecar` |
| `istio-drain.dev/skip` | `\"true\"` | it is left alone; `\"false\"` wins over a rule's `skip: true` |
| `istio-drain.dev/ignore` | `not-drained: nobody calls it` | the findings of these rules [are suppressed](check.md#which-findings-count) |

They may stand on the workload or on its pod template. Different values in the two places are an error, since nobody
can know which of them is out of date.

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

`kind` is a name as in `kinds`. `name` and `namespace` are globs with `*`, `?`, `[a-z]` and `{a,b}`. `selector` is for
the labels of the workload itself. All conditions of a rule must hold; a rule without conditions matches every workload.
`namespace` does not match a workload whose namespace is unknown: neither its manifest nor `defaultNamespace` names it.
A rule with `skip: false` and nothing else protects its workloads from the rules below it. A rule that matches no
workload of a whole run is a warning. `-v` shows for each workload where its settings come from.
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
        "\n### `{}`\n\n{}\n\n{}\nDefault: {default}. Flag: `--{}{bool}{value}`. Scope: {scope}.\n\n",
        field.name,
        paragraph(&format!("{}.", field.sentence())),
        paragraph(&format!("Takes {}{unit}.", field.shape)),
        field.flag(),
    );
    let stated = match field.group() {
        Some(group) => format!("{group}: {{{}: {}}}", field.key(), flow(&field.example_value())),
        None => format!("{}: {}", field.name, flow(&field.example_value())),
    };
    let text = flow(&Value::from(field.example));
    let _ = write!(page, "```yaml\nspec: {{{stated}}}\ndata: {{{}: {text}}}\n```\n", field.name);
}

/// A text in lines of at most 120 columns.
fn paragraph(text: &str) -> String {
    let (mut lines, mut column) = (String::new(), 0);
    for word in text.split(' ') {
        let width = word.chars().count();
        match column {
            0 => {}
            _ if column + 1 + width > 120 => {
                lines.push('\n');
                column = 0;
            }
            _ => {
                lines.push(' ');
                column += 1;
            }
        }
        lines.push_str(word);
        column += width;
    }
    lines
}

/// A value as YAML on one line.
pub(crate) fn flow(value: &Value) -> String {
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

/// Whether a text needs no quotes: it does not start like a number, and every reader reads it as a string.
fn is_plain(text: &str) -> bool {
    let is_word = !matches!(text, "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n");
    let is_duration = text.ends_with('s') && text.len() > 1;
    let starts = |c: char| c.is_ascii_alphabetic() || (is_duration && c.is_ascii_digit());
    is_word && text.starts_with(starts) && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
}
