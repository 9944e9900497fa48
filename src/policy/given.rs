//! One value from a source, parsed as the type of its field.

mod hook;
mod kinds;
mod labels;
mod plain;
mod resources;
mod selector;
mod words;

use std::collections::HashMap;
use std::fmt;

use serde_json::{Map, Value};

use crate::istio::{Setting, SettingOrigin, SettingPlace};
use crate::yaml::{Route, Step};

use super::error::{PolicyError, name_of};
use super::shape::Shape;

/// A type that a field of the policy can have.
pub(super) trait FieldValue: Sized {
    /// The accepted values.
    const SHAPE: Shape;

    /// Reads it.
    fn read(given: &Given<'_>) -> Result<Self, PolicyError>;

    /// Replaces the value of a lower source by the given one.
    fn put(&mut self, given: &Given<'_>) -> Result<(), PolicyError> {
        *self = Self::read(given)?;
        Ok(())
    }
}

impl<T: FieldValue> FieldValue for Option<T> {
    const SHAPE: Shape = T::SHAPE;

    fn read(given: &Given<'_>) -> Result<Self, PolicyError> {
        T::read(given).map(Some)
    }
}

/// A setting of the mesh that the policy declares.
impl<T: FieldValue> FieldValue for Setting<T> {
    const SHAPE: Shape = T::SHAPE;

    fn read(given: &Given<'_>) -> Result<Self, PolicyError> {
        Ok(given.setting(T::read(given)?))
    }
}

/// A value with its path. It is never null, because null means that the field is not set.
pub(super) struct Given<'v> {
    /// Its path in the resource.
    pub(super) path: Route,
    /// The value itself.
    pub(super) value: &'v Value,
    /// Where the values of its source stand, as far as that is known.
    pub(super) places: Option<&'v PolicyPlaces>,
}

/// Where values stand in their source, by their paths in the resource.
pub(super) type PolicyPlaces = HashMap<Route, PolicyPlace>;

/// Where a value stands in its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PolicyPlace {
    /// Its byte in the source.
    pub(super) offset: usize,
    /// The same for people.
    pub(super) place: SettingPlace,
}

impl<'v> Given<'v> {
    /// The value at `path`.
    pub(super) fn new(path: &Route, value: &'v Value) -> Self {
        Self { path: path.clone(), value, places: None }
    }

    /// The same, where it is known where it stands.
    pub(super) fn among(self, places: Option<&'v PolicyPlaces>) -> Self {
        Self { places, ..self }
    }

    /// A setting of the mesh that is declared here.
    pub(super) fn setting<T>(&self, value: T) -> Setting<T> {
        let stated = self.places.and_then(|places| places.get(&self.path));
        Setting::new(value, SettingOrigin::Declared).at(stated.map(|stated| stated.place.clone()))
    }

    /// The items of a list, which must not be empty.
    pub(super) fn list(&self, accepted: impl fmt::Display) -> Result<Vec<Self>, PolicyError> {
        match self.value {
            Value::Array(items) if !items.is_empty() => {
                Ok(items.iter().enumerate().map(|(at, item)| self.inside(at, item)).collect())
            }
            _ => Err(self.not(accepted, "")),
        }
    }

    /// The value as a mapping.
    pub(super) fn map(&self, accepted: impl fmt::Display) -> Result<&'v Map<String, Value>, PolicyError> {
        self.value.as_object().ok_or_else(|| self.not(accepted, ""))
    }

    /// The entries of the value as a mapping.
    pub(super) fn entries(&self, accepted: impl fmt::Display) -> Result<Vec<(&'v str, Self)>, PolicyError> {
        let map = self.map(accepted)?;
        Ok(map.iter().map(|(key, value)| (key.as_str(), self.inside(key, value))).collect())
    }

    /// A value inside of it.
    pub(super) fn inside(&self, step: impl Into<Step>, value: &'v Value) -> Self {
        Self { path: self.path.then([step]), value, places: self.places }
    }

    /// The error for a wrong value. `remedy` is in parentheses, or empty.
    pub(super) fn not(&self, accepted: impl fmt::Display, remedy: &str) -> PolicyError {
        let shown = shown(self.value);
        self.error(format!("must be {accepted}, not {shown} {remedy}").trim_end())
    }

    /// The error whose message is the name of the value and `predicate`.
    pub(super) fn error(&self, predicate: &str) -> PolicyError {
        PolicyError::new(&self.path, &format!("`{}` {predicate}", name_of(&self.path)))
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
    use crate::shutdown::PreStop;

    /// Reads a value as the field `f`, and compares the result or the message with `expected`.
    #[track_caller]
    pub(in crate::policy) fn check<T: FieldValue + PartialEq + Debug>(value: &Value, expected: Result<T, &str>) {
        check_by(T::read, value, expected);
    }

    /// The same for a way to read that no field has as a whole.
    #[track_caller]
    pub(in crate::policy) fn check_by<T: PartialEq + Debug>(
        read: impl Fn(&Given<'_>) -> Result<T, PolicyError>,
        value: &Value,
        expected: Result<T, &str>,
    ) {
        let read = read(&Given::new(&Route::from(["f"]), value)).map_err(|error| error.to_string());
        assert_eq!(read, expected.map_err(str::to_owned), "{value}");
    }

    #[test]
    fn the_path_leads_to_the_value() {
        let value = json!({"exec": ["a", 1]});
        let error = PreStop::read(&Given::new(&Route::from(["spec", "preStop"]), &value)).unwrap_err();
        assert_eq!(error.flaws[0].field, Route::from(["spec", "preStop", "exec"]).then([1]));
        assert_eq!(error.to_string(), "`preStop.exec[1]` must be text, not the number `1` (put it in quotes)");
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(shown(&json!("x".repeat(61))), format!("the text `{}...`", "x".repeat(60)));
    }
}
