//! Labels of namespaces, and other mappings of texts.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::istio::{Origin, Setting};
use crate::policy::error::{PolicyError, all};
use crate::policy::set::Namespaces;
use crate::policy::shape::Shape;

use super::{FieldValue, Given};

/// The labels of each namespace; nothing instead of labels is none of them.
impl FieldValue for Namespaces {
    const SHAPE: Shape = Shape::Namespaces;

    fn read(given: &Given<'_>) -> Result<Self, PolicyError> {
        let labels = |(name, labels): (&str, Given<'_>)| match labels.value {
            Value::Null => Ok((name.to_owned(), BTreeMap::new())),
            _ => Ok((name.to_owned(), labels.texts("a mapping of labels such as `{istio-injection: enabled}`")?)),
        };
        Ok(all(given.entries(Self::SHAPE)?.into_iter().map(labels))?.into_iter().collect())
    }
}

/// Names and values that the policy declares about the mesh. Sources add to each other, name by name.
impl FieldValue for BTreeMap<String, Setting<String>> {
    const SHAPE: Shape = Shape::TextMap;

    fn read(given: &Given<'_>) -> Result<Self, PolicyError> {
        let texts = given.texts(Self::SHAPE)?.into_iter();
        Ok(texts.map(|(name, value)| (name, Setting::new(value, Origin::Declared))).collect())
    }

    fn put(&mut self, given: &Given<'_>) -> Result<(), PolicyError> {
        self.extend(Self::read(given)?);
        Ok(())
    }
}

impl Given<'_> {
    fn texts(&self, accepted: impl std::fmt::Display) -> Result<BTreeMap<String, String>, PolicyError> {
        let entries = self.entries(accepted)?.into_iter();
        Ok(all(entries.map(|(key, value)| Ok((key.to_owned(), value.text()?))))?.into_iter().collect())
    }

    /// A text, which may be empty.
    pub(super) fn text(&self) -> Result<String, PolicyError> {
        match self.value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(_) | Value::Bool(_) => Err(self.not("text", "(put it in quotes)")),
            _ => Err(self.not("text", "")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::check;
    use super::*;

    #[test]
    fn namespaces() {
        let check = |value: Value, expected: Result<Namespaces, &str>| check(&value, expected);
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
        let check = |value: Value, expected: Result<BTreeMap<String, Setting<String>>, &str>| check(&value, expected);
        check(
            json!({"A": "1", "B": ""}),
            Ok([("A", "1"), ("B", "")]
                .map(|(a, b)| (a.to_owned(), Setting::new(b.to_owned(), Origin::Declared)))
                .into()),
        );
        check(json!({"A": true}), Err("`f.A` must be text, not `true` (put it in quotes)"));
        check(json!("A=1"), Err("`f` must be a mapping of texts such as `{NAME: \"value\"}`, not the text `A=1`"));
    }
}
