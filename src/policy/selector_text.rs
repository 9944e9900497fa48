//! Label selectors as `kubectl -l` takes them.

use std::fmt;

use kube_core::Expression;

/// Why a text is not a selector of labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SelectorError {
    /// A comma ends it.
    LastComma,
    /// Text follows a requirement without a comma.
    NoComma(String),
    /// `in` or `notin` without parentheses.
    NoValues,
    /// A parenthesis without its other half.
    OpenParenthesis,
    /// A value can't contain this character.
    Value(String),
    /// The name of a label is missing before this text.
    NoName(String),
}

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LastComma => f.write_str("nothing follows the last comma"),
            Self::NoComma(rest) => write!(f, "a comma is missing in front of `{rest}`"),
            Self::NoValues => f.write_str("`in` and `notin` want values in parentheses"),
            Self::OpenParenthesis => f.write_str("the parenthesis is not closed"),
            Self::Value(text) => write!(f, "`{text}` can't be in a value"),
            Self::NoName(rest) => write!(f, "no label name comes before `{rest}`"),
        }
    }
}

impl std::error::Error for SelectorError {}

/// Reads the text form (apimachinery `pkg/labels/selector.go`).
///
/// # Errors
///
/// The first part that is not a requirement.
pub(super) fn parse(text: &str) -> Result<Vec<Expression>, SelectorError> {
    let mut expressions = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (expression, behind) = parse_one(rest)?;
        expressions.push(expression);
        let behind = behind.trim_start();
        rest = match behind.strip_prefix(',').map(str::trim_start) {
            Some("") => return Err(SelectorError::LastComma),
            Some(next) => next,
            None if behind.is_empty() => behind,
            None => return Err(SelectorError::NoComma(behind.to_owned())),
        };
    }
    Ok(expressions)
}

/// The first requirement of a text, and what follows it.
fn parse_one(text: &str) -> Result<(Expression, &str), SelectorError> {
    if let Some(text) = text.strip_prefix('!') {
        let (key, behind) = label(text.trim_start())?;
        return Ok((Expression::DoesNotExist(key), behind));
    }
    let (key, behind) = label(text)?;
    let behind = behind.trim_start();
    let set = |name: &str| behind.strip_prefix(name).filter(|rest| rest.starts_with([' ', '(', '\t']));
    if let Some(list) = set("notin") {
        let (values, behind) = parse_values(list)?;
        return Ok((Expression::NotIn(key, values.into_iter().collect()), behind));
    }
    if let Some(list) = set("in") {
        let (values, behind) = parse_values(list)?;
        return Ok((Expression::In(key, values.into_iter().collect()), behind));
    }
    if let Some(value) = behind.strip_prefix("!=") {
        let (value, behind) = word(value.trim_start());
        return Ok((Expression::NotEqual(key, value.to_owned()), behind));
    }
    if let Some(value) = behind.strip_prefix("==").or_else(|| behind.strip_prefix('=')) {
        let (value, behind) = word(value.trim_start());
        return Ok((Expression::Equal(key, value.to_owned()), behind));
    }
    Ok((Expression::Exists(key), behind))
}

/// The values between parentheses, and what follows them.
fn parse_values(text: &str) -> Result<(Vec<String>, &str), SelectorError> {
    let inner = text.trim_start().strip_prefix('(').ok_or(SelectorError::NoValues)?;
    let (list, behind) = inner.split_once(')').ok_or(SelectorError::OpenParenthesis)?;
    let values = list.split(',').map(|value| {
        let (value, behind) = word(value.trim());
        if behind.is_empty() { Ok(value.to_owned()) } else { Err(SelectorError::Value(behind.to_owned())) }
    });
    Ok((values.collect::<Result<_, _>>()?, behind))
}

/// The label's name that a text starts with.
fn label(text: &str) -> Result<(String, &str), SelectorError> {
    match word(text) {
        ("", _) => Err(SelectorError::NoName(text.to_owned())),
        (name, behind) => Ok((name.to_owned(), behind)),
    }
}

/// The characters at the start of a text that names and values are made of.
fn word(text: &str) -> (&str, &str) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}
