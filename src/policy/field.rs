//! The description of a field of the policy.

use std::fmt;

use serde_json::Value;

use crate::shutdown::Policy;

use super::error::PolicyError;
use super::given::{FieldValue, Given};
use super::set::PolicySet;
use super::shape::Shape;
use super::yaml_text;

/// One field of the policy.
#[derive(Clone, Copy)]
pub struct Field {
    /// The name, as under `spec` and `data`. A field in a mapping has a dot: `target.istio`.
    pub name: &'static str,
    /// Its purpose, as a phrase in lower case without a full stop.
    pub doc: &'static str,
    /// The accepted values.
    pub shape: Shape,
    /// The default, in the form of a ConfigMap's value; `None` if there is no default.
    pub default: Option<&'static str>,
    /// A sensible value, in the form of a ConfigMap's value.
    pub example: &'static str,
    /// The place that receives the value.
    pub(super) place: FieldSlot,
}

/// The place that receives the value of a field. It decides whether a rule can set the field.
#[derive(Clone, Copy)]
pub(super) enum FieldSlot {
    /// A rule can set it for some workloads.
    Workload(fn(&mut Policy, &Given<'_>) -> Result<(), PolicyError>),
    /// It applies to the whole run.
    Run(fn(&mut PolicySet, &Given<'_>) -> Result<(), PolicyError>),
    /// It is the list of rules, which set fields themselves.
    Rules,
    /// It is the list of revisions, which set fields themselves.
    Revisions,
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Field({})", self.name)
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Field {}

/// The accepted values of a field, from its type. The argument is the accessor of the field.
pub(super) const fn shape_of<H, T: FieldValue>(_: fn(&mut H) -> &mut T) -> Shape {
    T::SHAPE
}

impl Field {
    /// The mapping that contains it; `None` if it is at the top of the policy.
    pub fn group(&self) -> Option<&'static str> {
        self.name.split_once('.').map(|(group, _)| group)
    }

    /// Its name within its mapping.
    pub fn key(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(_, key)| key)
    }

    /// Its flag, without the leading dashes: `app-shutdown` for `appShutdown`, `target-istio` for `target.istio`.
    /// Capitals in a row are one word.
    pub(crate) fn flag(&self) -> String {
        let mut text = String::new();
        let mut previous = '.';
        let mut chars = self.name.chars().peekable();
        while let Some(c) = chars.next() {
            let goes_on = previous.is_ascii_uppercase() && !chars.peek().is_some_and(char::is_ascii_lowercase);
            if c.is_ascii_uppercase() && !goes_on {
                text.push('-');
            }
            text.push(if c == '.' { '-' } else { c.to_ascii_lowercase() });
            previous = c;
        }
        text
    }

    /// Its purpose, as a sentence without a full stop.
    pub(crate) fn sentence(&self) -> String {
        let mut chars = self.doc.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
    }

    /// The example as a value, in the form of a ShutdownPolicy.
    pub fn example_value(&self) -> Value {
        yaml_text::field_value(self.name, self.shape, self.example).unwrap_or_default()
    }

    /// The default as a value, in the form of a ShutdownPolicy.
    pub fn default_value(&self) -> Option<Value> {
        yaml_text::field_value(self.name, self.shape, self.default?).ok()
    }

    /// Whether a rule can set it.
    pub const fn is_for_workloads(&self) -> bool {
        matches!(self.place, FieldSlot::Workload(_))
    }
}
