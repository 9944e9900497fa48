//! Labels of namespaces, and other mappings of texts.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::istio::{ProxySettings, WithOrigin};
use crate::policy::error::{PolicyError, all};
use crate::policy::set::Namespaces;
use crate::policy::shape::Shape;

use super::{FieldValue, Given};

/// The labels of each namespace; a null counts as no labels.
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

/// The variables that the policy declares about the mesh. Sources add to each other, name by name.
impl FieldValue for ProxySettings<WithOrigin> {
    const SHAPE: Shape = Shape::TextMap;

    fn read(given: &Given<'_>) -> Result<Self, PolicyError> {
        Ok(ProxySettings::of_variables(&given.texts(Self::SHAPE)?).by(&given.setting(())))
    }

    fn put(&mut self, given: &Given<'_>) -> Result<(), PolicyError> {
        let Self { exit_on_idle, minimum, .. } = Self::read(given)?;
        self.exit_on_idle = exit_on_idle.or(self.exit_on_idle.take());
        self.minimum = minimum.or(self.minimum.take());
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
    use crate::istio::Setting;
    use crate::istio::SettingOrigin;
    use crate::shutdown::Seconds;

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
        let check = |value: Value, expected: Result<ProxySettings<WithOrigin>, &str>| check(&value, expected);
        check(
            json!({"A": "1", "MINIMUM_DRAIN_DURATION": "20s"}),
            Ok(ProxySettings {
                minimum: Some(Setting::new(Seconds::new(20), SettingOrigin::Declared)),
                ..ProxySettings::default()
            }),
        );
        check(json!({"A": true}), Err("`f.A` must be text, not `true` (put it in quotes)"));
        check(json!("A=1"), Err("`f` must be a mapping of texts such as `{NAME: \"value\"}`, not the text `A=1`"));
    }
}
