//! Values that are written, independent of how their text will look.

use std::borrow::Cow;

/// A value to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A whole number.
    Int(u64),
    /// Any other number, as JSON writes it: `-1`, `0.5`.
    Number(String),
    /// A truth value.
    Bool(bool),
    /// A string, quoted where it has to be.
    Str(String),
    /// A string that is a text of its own: a literal block where there can be one.
    Text(String),
    /// Strings in a row, as a command line: in flow style where nothing else is there.
    Words(Vec<String>),
    /// Items, in block style where there can be one.
    Items(Vec<Value>),
    /// Keys and values, in this order.
    Map(Vec<(Cow<'static, str>, Value)>),
    /// The same between braces, whatever stands around.
    Braces(Vec<(Cow<'static, str>, Value)>),
}

impl Value {
    /// A string.
    pub fn str(text: impl Into<String>) -> Self {
        Self::Str(text.into())
    }

    /// A mapping.
    pub(crate) fn map<const N: usize>(entries: [(&'static str, Self); N]) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }
}
