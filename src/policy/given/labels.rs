//! Labels, what selects by them, and other mappings of texts.

use std::collections::BTreeMap;

use kube_core::Selector;
use serde_json::Value;

use crate::policy::error::PolicyError;
use crate::policy::fields::Namespaces;
use crate::policy::table::Shape;

use super::Given;

impl Given<'_> {
    /// The labels of each namespace; nothing instead of labels is none of them.
    pub(in crate::policy) fn namespaces(&self) -> Result<Namespaces, PolicyError> {
        let labels = |(name, labels): (&str, Given<'_>)| match labels.value {
            Value::Null => Ok((name.to_owned(), BTreeMap::new())),
            _ => Ok((name.to_owned(), labels.texts("a mapping of labels such as `{istio-injection: enabled}`")?)),
        };
        self.entries(&Shape::Namespaces.accepted())?.into_iter().map(labels).collect()
    }

    /// Names and their values.
    pub(in crate::policy) fn text_map(&self) -> Result<BTreeMap<String, String>, PolicyError> {
        self.texts(&Shape::TextMap.accepted())
    }

    pub(super) fn texts(&self, accepted: &str) -> Result<BTreeMap<String, String>, PolicyError> {
        let entries = self.entries(accepted)?.into_iter();
        entries.map(|(key, value)| Ok((key.to_owned(), value.text()?))).collect()
    }

    /// A text, which may be empty.
    pub(in crate::policy) fn text(&self) -> Result<String, PolicyError> {
        match self.value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(_) | Value::Bool(_) => Err(self.not("text", "(put it in quotes)")),
            _ => Err(self.not("text", "")),
        }
    }

    pub(in crate::policy) fn selectors(&self) -> Result<Vec<Selector>, PolicyError> {
        self.list(&Shape::Selectors.accepted())?.iter().map(Given::selector).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::check;
    use super::*;

    #[test]
    fn namespaces() {
        let check =
            |value: Value, expected: Result<Namespaces, &str>| check(|given| given.namespaces(), &value, expected);
        let labels = [("istio-injection".to_owned(), "enabled".to_owned())];
        check(
            json!({"a": {"istio-injection": "enabled"}, "b": {}, "c": null}),
            Ok([("a".to_owned(), labels.into()), ("b".to_owned(), [].into()), ("c".to_owned(), [].into())].into()),
        );
        check(
            json!({"a": {"istio-injection": true}}),
            Err("`f.a.istio-injection` must be text, not `true` (put it in quotes)"),
        );
        check(
            json!({"a": "enabled"}),
            Err("`f.a` must be a mapping of labels such as `{istio-injection: enabled}`, not the text `enabled`"),
        );
        check(
            json!(["a"]),
            Err("`f` must be a mapping of namespaces to their labels such as `{prod: {istio-injection: enabled}}`, \
                 not a list"),
        );
    }

    #[test]
    fn texts() {
        let check = |value: Value, expected: Result<BTreeMap<String, String>, &str>| {
            check(|given| given.text_map(), &value, expected);
        };
        check(
            json!({"A": "1", "B": ""}),
            Ok([("A", "1"), ("B", "")].map(|(a, b)| (a.to_owned(), b.to_owned())).into()),
        );
        check(json!({"A": true}), Err("`f.A` must be text, not `true` (put it in quotes)"));
        check(json!("A=1"), Err("`f` must be a mapping of texts such as `{NAME: \"value\"}`, not the text `A=1`"));
    }
}
