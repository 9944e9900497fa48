//! The `results` of a ResourceList.
//!
//! Form: functions specification (kubernetes-sigs/kustomize `cmd/config/docs/api-conventions/functions-spec.md`). kpt wants
//! `file.index` as a number and shows only the first four results, so errors come first and each takes one entry.

use crate::object::Identity;
use crate::yaml::{NodeId, Patch, Route, Step, Tree, Value};

use super::Origin;

/// One entry of `results`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultEntry {
    /// `error`, `warning` or `info`.
    pub severity: &'static str,
    /// One line.
    pub message: String,
    /// The rule that it is an instance of.
    pub rule: &'static str,
    /// The object that it speaks of.
    pub object: Identity,
    /// The field that it speaks of, as a path in the object; empty for the object as a whole.
    pub field: String,
    /// Where the object came from.
    pub origin: Origin,
}

/// Adds entries to the `results` of a list that does not have them yet.
pub fn append_results(tree: &Tree<'_>, root: NodeId, entries: &[ResultEntry], patch: &mut Patch) {
    let end = Route(vec!["results".into(), Step::End]);
    let old = tree.get(root, "results");
    for entry in entries {
        let known = old.is_some_and(|results| tree.items(results).any(|result| entry.is(tree, result)));
        if !known {
            patch.put(&end, entry.value());
        }
    }
}

impl ResultEntry {
    /// Whether a result that is there says the same of the same object.
    fn is(&self, tree: &Tree<'_>, result: NodeId) -> bool {
        let same = |path: &[&str], text: &str| tree.str_at(result, path).unwrap_or_default() == text;
        same(&["message"], &self.message)
            && same(&["tags", "rule"], self.rule)
            && same(&["resourceRef", "kind"], &self.object.kind)
            && same(&["resourceRef", "name"], &self.object.name)
            && same(&["resourceRef", "namespace"], self.object.namespace.as_deref().unwrap_or_default())
            && same(&["field", "path"], &self.field)
    }

    fn value(&self) -> Value {
        let text = |key: &str, text: &str| (key.to_owned(), Value::str(text));
        let mut reference = vec![
            text("apiVersion", &self.object.api_version),
            text("kind", &self.object.kind),
            text("name", &self.object.name),
        ];
        reference.extend(self.object.namespace.as_deref().map(|namespace| text("namespace", namespace)));
        let mut entry = vec![
            text("message", &self.message),
            text("severity", self.severity),
            ("resourceRef".to_owned(), Value::Map(reference)),
        ];
        if !self.field.is_empty() {
            entry.push(("field".to_owned(), Value::Map(vec![text("path", &self.field)])));
        }
        if let Some(path) = &self.origin.path {
            let mut file = vec![text("path", path)];
            file.extend(self.origin.index.map(|index| ("index".to_owned(), Value::Int(index))));
            entry.push(("file".to_owned(), Value::Map(file)));
        }
        entry.push(("tags".to_owned(), Value::Map(vec![text("rule", self.rule)])));
        Value::Map(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{EditSet, Source, lower, parse_all};

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
            field: "spec.template".into(),
            origin: Origin { path: Some("a.yaml".into()), index: Some(1) },
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
    path: spec.template
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
    }
}
