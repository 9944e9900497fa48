//! One value as a source gives it, read as what its field takes.

mod hook;
mod kinds;
mod labels;
mod plain;
mod resources;

use serde_json::{Map, Value};

use super::error::{PolicyError, dotted};

/// A value, and the way to it. It is not null: that is a field that is not set.
pub(super) struct Given<'v> {
    /// The way to it in the resource.
    path: Vec<String>,
    /// What it is called in messages: `preStop.exec[1]`.
    name: String,
    value: &'v Value,
}

impl<'v> Given<'v> {
    /// The value at `path`, which messages call `name`.
    pub(super) fn new(path: &[String], name: &str, value: &'v Value) -> Self {
        Self { path: path.to_vec(), name: name.to_owned(), value }
    }

    /// The value itself.
    pub(super) fn value(&self) -> &'v Value {
        self.value
    }

    /// The way to it.
    pub(super) fn path(&self) -> &[String] {
        &self.path
    }

    /// What it is called in messages.
    pub(super) fn name_of(&self) -> &str {
        &self.name
    }

    /// The items of a list that is not empty.
    pub(super) fn list(&self, accepted: &str) -> Result<Vec<Self>, PolicyError> {
        match self.value {
            Value::Array(items) if !items.is_empty() => {
                Ok(items.iter().enumerate().map(|(at, item)| self.inside(&at.to_string(), item)).collect())
            }
            _ => Err(self.not(accepted, "")),
        }
    }

    /// The mapping that it must be.
    pub(super) fn map(&self, accepted: &str) -> Result<&'v Map<String, Value>, PolicyError> {
        self.value.as_object().ok_or_else(|| self.not(accepted, ""))
    }

    /// The entries of the mapping that it must be.
    pub(super) fn entries(&self, accepted: &str) -> Result<Vec<(&'v str, Self)>, PolicyError> {
        let map = self.map(accepted)?;
        Ok(map.iter().map(|(key, value)| (key.as_str(), self.inside(key, value))).collect())
    }

    /// A value inside of it.
    pub(super) fn inside(&self, step: &str, value: &'v Value) -> Self {
        let path = self.path.iter().cloned().chain([step.to_owned()]).collect();
        Self { path, name: dotted(&[self.name.clone(), step.to_owned()]), value }
    }

    /// It must be something else; the remedy is in parentheses, or empty.
    pub(super) fn not(&self, accepted: &str, remedy: &str) -> PolicyError {
        let shown = shown(self.value);
        self.error(format!("must be {accepted}, not {shown} {remedy}").trim_end())
    }

    /// The error whose message is its name and `predicate`.
    pub(super) fn error(&self, predicate: &str) -> PolicyError {
        PolicyError::new(&self.path, &format!("`{}` {predicate}", self.name))
    }
}

/// The value as it is quoted in a message.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(value) => format!("`{value}`"),
        Value::Number(number) => format!("the number `{number}`"),
        Value::String(text) if text.is_empty() => "an empty text".to_owned(),
        Value::String(text) if text.chars().count() > 60 => {
            let start: String = text.chars().take(60).collect();
            format!("the text `{start}...`")
        }
        Value::String(text) => format!("the text `{text}`"),
        Value::Array(items) if items.is_empty() => "an empty list".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(map) if map.is_empty() => "an empty mapping".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::fmt::Debug;

    use serde_json::json;

    use super::*;

    /// Reads a value as the field `f`, and holds it or the message against what is expected.
    #[track_caller]
    pub(in crate::policy) fn check<T: PartialEq + Debug>(
        read: fn(&Given<'_>) -> Result<T, PolicyError>,
        value: &Value,
        expected: Result<T, &str>,
    ) {
        let read = read(&Given::new(&["f".to_owned()], "f", value)).map_err(|error| error.message);
        assert_eq!(read, expected.map_err(str::to_owned), "{value}");
    }

    #[test]
    fn the_path_leads_to_the_value() {
        let value = json!({"exec": ["a", 1]});
        let error = Given::new(&["spec".to_owned(), "preStop".to_owned()], "preStop", &value).pre_stop().unwrap_err();
        assert_eq!(error.field, ["spec", "preStop", "exec", "1"]);
        assert_eq!(error.message, "`preStop.exec[1]` must be text, not the number `1` (put it in quotes)");
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(shown(&json!("x".repeat(61))), format!("the text `{}...`", "x".repeat(60)));
    }
}
