//! Values, with no text to them.

use serde_yaml::Value;
use serde_yaml::value::{Tag, TaggedValue};

/// A value that is to be written as YAML.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Model {
    Null,
    Bool(bool),
    Int(i64),
    /// `036`: a number to kubectl, a string to readers of YAML 1.2.
    Octal(i64),
    Str(String),
    Seq(Vec<Model>),
    Map(Vec<(String, Model)>),
    /// A value with a tag that nobody knows.
    Tagged(&'static str, Box<Model>),
}

impl Model {
    pub(crate) fn str(text: impl Into<String>) -> Self {
        Self::Str(text.into())
    }

    pub(crate) fn map<const N: usize>(entries: [(&str, Self); N]) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    pub(crate) fn words(words: &[&str]) -> Self {
        Self::Seq(words.iter().map(|word| Self::str(*word)).collect())
    }

    /// Puts an entry behind those of a mapping.
    pub(crate) fn push(&mut self, key: &str, value: Self) {
        match self {
            Self::Map(entries) => entries.push((key.to_owned(), value)),
            other => panic!("an entry of {other:?}"),
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => entries.iter().find(|(known, _)| known == key).map(|(_, value)| value),
            _ => None,
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::Seq(items) => items,
            _ => &[],
        }
    }

    /// Whether it is written in one word whatever the style.
    pub(crate) fn is_scalar(&self) -> bool {
        !matches!(self, Self::Seq(_) | Self::Map(_) | Self::Tagged(..))
    }

    /// What serde_yaml reads, however it is written.
    pub(crate) fn value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(bool) => Value::Bool(*bool),
            Self::Int(int) => Value::Number((*int).into()),
            Self::Octal(int) => Value::String(octal(*int)),
            Self::Str(text) => Value::String(text.clone()),
            Self::Seq(items) => items.iter().map(Self::value).collect(),
            Self::Map(entries) => {
                let pairs = entries.iter().map(|(key, value)| (Value::from(key.as_str()), value.value()));
                Value::Mapping(pairs.collect())
            }
            Self::Tagged(tag, inner) => {
                Value::Tagged(Box::new(TaggedValue { tag: Tag::new(*tag), value: inner.value() }))
            }
        }
    }
}

/// A number as YAML 1.1 writes it in base 8.
pub(crate) fn octal(int: i64) -> String {
    format!("0{int:o}")
}
