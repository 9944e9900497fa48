//! What the policy knows of one of its fields.

use std::fmt;

use serde_json::Value;

use crate::shutdown::Policy;

use super::error::PolicyError;
use super::given::{FieldValue, Given};
use super::set::PolicySet;
use super::shape::Shape;
use super::text;

/// One field of the policy.
#[derive(Clone, Copy)]
pub struct Field {
    /// The name, as under `spec` and `data`; with a dot where it stands in a mapping of its own: `target.istio`.
    pub name: &'static str,
    /// What it is for, as a phrase: lower case, no full stop.
    pub doc: &'static str,
    /// What it takes.
    pub shape: Shape,
    /// What holds where no source sets it, in the form of a ConfigMap's value; `None` where it is then just not there.
    pub default: Option<&'static str>,
    /// A value that makes sense, in the form of a ConfigMap's value.
    pub example: &'static str,
    /// The place that it is read into.
    pub(super) place: FieldSlot,
}

/// Where the value of a field is put, which says whether a rule can set it.
#[derive(Clone, Copy)]
pub(super) enum FieldSlot {
    /// It can be set for some workloads only.
    Workload(fn(&mut Policy, &Given<'_>) -> Result<(), PolicyError>),
    /// It holds for the whole run.
    Run(fn(&mut PolicySet, &Given<'_>) -> Result<(), PolicyError>),
    /// It is the list of rules, which set fields themselves.
    Rules,
    /// It is what holds for revisions, which set fields themselves.
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

/// What a field takes by its type, the field being named by the way from its holder to it.
pub(super) const fn shape_of<H, T: FieldValue>(_: fn(&mut H) -> &mut T) -> Shape {
    T::SHAPE
}

impl Field {
    /// The mapping that it stands in, where it is not the policy itself.
    pub fn group(&self) -> Option<&'static str> {
        self.name.split_once('.').map(|(group, _)| group)
    }

    /// The name in the mapping that it stands in.
    pub fn key(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(_, key)| key)
    }

    /// Its flag, without dashes in front: `app-shutdown` for `appShutdown`, `target-istio` for `target.istio`. Capitals
    /// in a row are one word.
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

    /// What it is for, as a sentence without a full stop.
    pub(crate) fn sentence(&self) -> String {
        let mut chars = self.doc.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
    }

    /// The example as a value, in the form of a ShutdownPolicy.
    pub fn example_value(&self) -> Value {
        text::field_value(self.name, self.shape, self.example).unwrap_or_default()
    }

    /// What holds where no source sets it as a value, in the form of a ShutdownPolicy.
    pub fn default_value(&self) -> Option<Value> {
        text::field_value(self.name, self.shape, self.default?).ok()
    }

    /// Whether a rule can set it for its workloads.
    pub const fn is_for_workloads(&self) -> bool {
        matches!(self.place, FieldSlot::Workload(_))
    }
}
