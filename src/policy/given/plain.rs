//! Values of one word or number, and lists of names.

use serde_json::Value;

use crate::istio::{DurationError, parse_duration};
use crate::kubernetes::Release;
use crate::nearest::nearest;
use crate::policy::error::{PolicyError, all};
use crate::policy::shape::Shape;
use crate::rules::{ALL, Rule};
use crate::shutdown::Seconds;

use super::{FieldValue, Given};

impl FieldValue for bool {
    const SHAPE: Shape = Shape::Bool;

    fn read(given: &Given<'_>) -> Result<Self, PolicyError> {
        given.truth(Self::SHAPE)
    }
}

/// Rounds up to whole seconds.
impl FieldValue for Seconds {
    const SHAPE: Shape = Shape::Duration;

    fn read(given: &Given<'_>) -> Result<Self, PolicyError> {
        let duration = match given.value {
            Value::String(text) => parse_duration(text),
            // As in Istio: even 0 needs its unit if it is not in quotes.
            Value::Number(number) => Err(DurationError::MissingUnit { value: number.to_string() }),
            _ => return Err(given.not(Self::SHAPE, "")),
        };
        duration.map(Self::from).map_err(|error| given.error(&format!("must be a duration: {error}")).because(error))
    }
}

impl FieldValue for Release {
    const SHAPE: Shape = Shape::Release;

    fn read(given: &Given<'_>) -> Result<Self, PolicyError> {
        match given.value {
            Value::String(text) => text.parse().map_err(|_| given.not(Self::SHAPE, "")),
            Value::Number(_) => Err(given.not(Self::SHAPE, "(put it in quotes: as numbers 1.30 and 1.3 are the same)")),
            _ => Err(given.not(Self::SHAPE, "")),
        }
    }
}

/// A port.
impl FieldValue for u16 {
    const SHAPE: Shape = Shape::Port;

    fn read(given: &Given<'_>) -> Result<Self, PolicyError> {
        let number = given.value.as_u64().and_then(|number| Self::try_from(number).ok()).filter(|port| *port > 0);
        let is_quoted = given.value.as_str().is_some_and(|text| text.parse::<Self>().is_ok());
        number.ok_or_else(|| given.not(Self::SHAPE, if is_quoted { "(take the quotes off)" } else { "" }))
    }
}

/// A text that is not empty.
impl FieldValue for String {
    const SHAPE: Shape = Shape::Name;

    fn read(given: &Given<'_>) -> Result<Self, PolicyError> {
        match given.value {
            Value::String(text) if !text.trim().is_empty() => Ok(text.clone()),
            Value::Number(_) | Value::Bool(_) => Err(given.not(Self::SHAPE, "(put it in quotes)")),
            _ => Err(given.not(Self::SHAPE, "")),
        }
    }
}

/// Names.
impl FieldValue for Vec<String> {
    const SHAPE: Shape = Shape::Names;

    fn read(given: &Given<'_>) -> Result<Self, PolicyError> {
        all(given.list(Self::SHAPE)?.iter().map(String::read))
    }
}

/// Rules, by their ids.
impl FieldValue for Vec<&'static Rule> {
    const SHAPE: Shape = Shape::RuleIds;

    fn read(given: &Given<'_>) -> Result<Self, PolicyError> {
        let rule = |given: &Given<'_>| {
            let id = String::read(given)?;
            Rule::find(&id).ok_or_else(|| {
                let ids: Vec<_> = ALL.iter().map(|rule| rule.id()).collect();
                let meant = nearest(&id, &ids).map(|id| format!("(did you mean `{id}`?)"));
                given.not("the id of a rule", meant.as_deref().unwrap_or("(`istio-drain rules` lists them)"))
            })
        };
        all(given.list(Self::SHAPE)?.iter().map(rule))
    }
}

impl Given<'_> {
    /// True or false, for a field that may also accept other values.
    pub(super) fn truth(&self, accepted: Shape) -> Result<bool, PolicyError> {
        match self.value {
            Value::Bool(value) => Ok(*value),
            Value::String(text) if matches!(text.as_str(), "true" | "false") => {
                Err(self.not(accepted, "(take the quotes off)"))
            }
            _ => Err(self.not(accepted, "")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::check;
    use super::*;

    #[test]
    fn durations() {
        let check = |value: Value, expected: Result<u64, &str>| {
            check(&value, expected.map(Seconds::new));
        };
        let forms = "expected numbers with one of the units `h`, `m`, `s`, `ms`, `us`, `ns`, such as `45s` or `1m30s`";
        check(json!("40s"), Ok(40));
        check(json!("1m30s"), Ok(90));
        check(json!("1500ms"), Ok(2));
        check(json!("1ns"), Ok(1));
        check(json!("0s"), Ok(0));
        check(json!("0"), Ok(0));
        let bare = format!("`f` must be a duration: `40` lacks a unit (did you mean `40s`? {forms})");
        check(json!(40), Err(&bare));
        check(json!("40"), Err(&bare));
        let zero = format!("`f` must be a duration: `0` lacks a unit (did you mean `0s`? {forms})");
        check(json!(0), Err(&zero));
        let fraction = format!("`f` must be a duration: `1.5` lacks a unit (did you mean `1.5s`? {forms})");
        check(json!(1.5), Err(&fraction));
        check(json!("-40s"), Err("`f` must be a duration: `-40s` is below zero (use `0s` or more)"));
        check(json!(true), Err("`f` must be a duration such as `45s` or `1m30s`, not `true`"));
        check(json!(["40s"]), Err("`f` must be a duration such as `45s` or `1m30s`, not a list"));
    }

    #[test]
    fn booleans() {
        let check = |value: Value, expected: Result<bool, &str>| check(&value, expected);
        check(json!(true), Ok(true));
        check(json!(false), Ok(false));
        check(json!("true"), Err("`f` must be `true` or `false`, not the text `true` (take the quotes off)"));
        check(json!("yes"), Err("`f` must be `true` or `false`, not the text `yes`"));
        check(json!(1), Err("`f` must be `true` or `false`, not the number `1`"));
        check(json!(""), Err("`f` must be `true` or `false`, not an empty text"));
        check(json!({"a": 1}), Err("`f` must be `true` or `false`, not a mapping"));
    }

    #[test]
    fn releases() {
        let check = |value: Value, expected: Result<(u32, u32), &str>| {
            let expected = expected.map(|(major, minor)| Release::new(major, minor));
            check(&value, expected);
        };
        check(json!("1.24"), Ok((1, 24)));
        check(json!("v1.30.1"), Ok((1, 30)));
        let accepted = "`f` must be a release such as `\"1.24\"` or `v1.24.3`, not";
        let quotes = "(put it in quotes: as numbers 1.30 and 1.3 are the same)";
        check(json!(1.3), Err(&format!("{accepted} the number `1.3` {quotes}")));
        check(json!("latest"), Err(&format!("{accepted} the text `latest`")));
        check(json!(["1.24"]), Err(&format!("{accepted} a list")));
    }

    #[test]
    fn ports() {
        let check = |value: Value, expected: Result<u16, &str>| check(&value, expected);
        check(json!(15000), Ok(15000));
        check(json!(0), Err("`f` must be a port from 1 to 65535, not the number `0`"));
        check(json!(65536), Err("`f` must be a port from 1 to 65535, not the number `65536`"));
        check(json!("15000"), Err("`f` must be a port from 1 to 65535, not the text `15000` (take the quotes off)"));
        check(json!("http"), Err("`f` must be a port from 1 to 65535, not the text `http`"));
    }

    #[test]
    fn ids_of_rules() {
        check(&json!(["not-drained"]), Ok(vec![&crate::rules::not_drained::RULE]));
        let error = "`f[0]` must be the id of a rule, not the text `not-draind` (did you mean `not-drained`?)";
        check::<Vec<&Rule>>(&json!(["not-draind"]), Err(error));
        let error = "`f[0]` must be the id of a rule, not the text `x` (`istio-drain rules` lists them)";
        check::<Vec<&Rule>>(&json!(["x"]), Err(error));
    }

    #[test]
    fn names() {
        let check = |value: Value, expected: Result<&[&str], &str>| {
            let expected = expected.map(|names| names.iter().copied().map(str::to_owned).collect::<Vec<_>>());
            check(&value, expected);
        };
        check(json!(["sidecar", "custom"]), Ok(&["sidecar", "custom"]));
        check(json!("sidecar"), Err("`f` must be a list of names such as `[sidecar]`, not the text `sidecar`"));
        check(json!(["sidecar", ""]), Err("`f[1]` must be a name, not an empty text"));
        check(json!([1]), Err("`f[0]` must be a name, not the number `1` (put it in quotes)"));
    }
}
