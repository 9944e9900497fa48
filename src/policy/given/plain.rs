//! Values of one word or number, and lists of names.

use std::time::Duration;

use serde_json::Value;

use crate::istio::{DurationError, NativeSidecars, parse_duration};
use crate::kubernetes::Release;
use crate::nearest::nearest;
use crate::policy::error::PolicyError;
use crate::policy::table::Shape;
use crate::shutdown::Seconds;

use super::Given;

impl Given<'_> {
    pub(in crate::policy) fn bool(&self) -> Result<bool, PolicyError> {
        match self.value {
            Value::Bool(value) => Ok(*value),
            Value::String(text) if matches!(text.as_str(), "true" | "false") => {
                Err(self.not(&Shape::Bool.accepted(), "(take the quotes off)"))
            }
            _ => Err(self.not(&Shape::Bool.accepted(), "")),
        }
    }

    pub(in crate::policy) fn duration(&self) -> Result<Duration, PolicyError> {
        let duration = match self.value {
            Value::String(text) => parse_duration(text),
            // As Istio has it: even 0 needs its unit where it is not in quotes.
            Value::Number(number) => Err(DurationError::MissingUnit { value: number.to_string() }),
            _ => return Err(self.not(&Shape::Duration.accepted(), "")),
        };
        duration.map_err(|error| self.error(&format!("must be a duration: {error}")))
    }

    /// Rounds up to whole seconds.
    pub(in crate::policy) fn seconds(&self) -> Result<Seconds, PolicyError> {
        self.duration().map(Seconds::from)
    }

    pub(in crate::policy) fn release(&self) -> Result<Release, PolicyError> {
        let accepted = Shape::Release.accepted();
        match self.value {
            Value::String(text) => text.parse().map_err(|_| self.not(&accepted, "")),
            Value::Number(_) => Err(self.not(&accepted, "(put it in quotes: as numbers 1.30 and 1.3 are the same)")),
            _ => Err(self.not(&accepted, "")),
        }
    }

    pub(in crate::policy) fn port(&self) -> Result<u16, PolicyError> {
        let number = self.value.as_u64().and_then(|number| u16::try_from(number).ok()).filter(|port| *port > 0);
        let is_quoted = self.value.as_str().is_some_and(|text| text.parse::<u16>().is_ok());
        number.ok_or_else(|| self.not(&Shape::Port.accepted(), if is_quoted { "(take the quotes off)" } else { "" }))
    }

    pub(in crate::policy) fn native_sidecars(&self) -> Result<NativeSidecars, PolicyError> {
        match self.value {
            Value::Bool(true) => Ok(NativeSidecars::On),
            Value::Bool(false) => Ok(NativeSidecars::Off),
            Value::String(text) if text == "auto" => Ok(NativeSidecars::Auto),
            Value::String(text) if matches!(text.as_str(), "true" | "false") => {
                Err(self.not(&Shape::NativeSidecars.accepted(), "(take the quotes off)"))
            }
            _ => Err(self.not(&Shape::NativeSidecars.accepted(), "")),
        }
    }

    /// One of some words, and what each of them means.
    pub(in crate::policy) fn word<T, const N: usize>(&self, words: [(&str, T); N]) -> Result<T, PolicyError> {
        let names = words.each_ref().map(|(name, _)| *name);
        self.word_of(words, &crate::policy::table::one_of(&names))
    }

    pub(super) fn word_of<T, const N: usize>(&self, words: [(&str, T); N], accepted: &str) -> Result<T, PolicyError> {
        let Value::String(text) = self.value else { return Err(self.not(accepted, "")) };
        let names = words.each_ref().map(|(name, _)| *name);
        let found = words.into_iter().find(|(name, _)| name == text);
        found.map(|(_, value)| value).ok_or_else(|| {
            let meant = nearest(text, &names).map(|name| format!("(did you mean `{name}`?)"));
            self.not(accepted, &meant.unwrap_or_default())
        })
    }

    /// A text that is not empty.
    pub(in crate::policy) fn name(&self) -> Result<String, PolicyError> {
        match self.value {
            Value::String(text) if !text.trim().is_empty() => Ok(text.clone()),
            Value::Number(_) | Value::Bool(_) => Err(self.not(&Shape::Name.accepted(), "(put it in quotes)")),
            _ => Err(self.not(&Shape::Name.accepted(), "")),
        }
    }

    pub(in crate::policy) fn names(&self) -> Result<Vec<String>, PolicyError> {
        self.list(&Shape::Names.accepted())?.iter().map(Given::name).collect()
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
            check(|given| given.seconds(), &value, expected.map(Seconds::new));
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
        let check = |value: Value, expected: Result<bool, &str>| check(|given| given.bool(), &value, expected);
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
            check(|given| given.release(), &value, expected);
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
        let check = |value: Value, expected: Result<u16, &str>| check(|given| given.port(), &value, expected);
        check(json!(15000), Ok(15000));
        check(json!(0), Err("`f` must be a port from 1 to 65535, not the number `0`"));
        check(json!(65536), Err("`f` must be a port from 1 to 65535, not the number `65536`"));
        check(json!("15000"), Err("`f` must be a port from 1 to 65535, not the text `15000` (take the quotes off)"));
        check(json!("http"), Err("`f` must be a port from 1 to 65535, not the text `http`"));
    }

    #[test]
    fn native_sidecars() {
        let check = |value: Value, expected: Result<NativeSidecars, &str>| {
            check(|given| given.native_sidecars(), &value, expected);
        };
        let accepted = "`f` must be `true`, `false` or `auto`, not";
        check(json!(true), Ok(NativeSidecars::On));
        check(json!(false), Ok(NativeSidecars::Off));
        check(json!("auto"), Ok(NativeSidecars::Auto));
        check(json!("true"), Err(&format!("{accepted} the text `true` (take the quotes off)")));
        check(json!(1), Err(&format!("{accepted} the number `1`")));
    }

    #[test]
    fn words() {
        let check = |value: Value, expected: Result<u8, &str>| {
            check(|given| given.word([("error", 1), ("warn", 2)]), &value, expected);
        };
        check(json!("error"), Ok(1));
        check(json!("warn"), Ok(2));
        check(json!("warning"), Err("`f` must be `error` or `warn`, not the text `warning`"));
        check(json!("Warm"), Err("`f` must be `error` or `warn`, not the text `Warm` (did you mean `warn`?)"));
        check(json!(true), Err("`f` must be `error` or `warn`, not `true`"));
    }

    #[test]
    fn names() {
        let check = |value: Value, expected: Result<&[&str], &str>| {
            let expected = expected.map(|names| names.iter().copied().map(str::to_owned).collect::<Vec<_>>());
            check(|given| given.names(), &value, expected);
        };
        check(json!(["sidecar", "custom"]), Ok(&["sidecar", "custom"]));
        check(json!("sidecar"), Err("`f` must be a list of names such as `[sidecar]`, not the text `sidecar`"));
        check(json!(["sidecar", ""]), Err("`f[1]` must be a name, not an empty text"));
        check(json!([1]), Err("`f[0]` must be a name, not the number `1` (put it in quotes)"));
    }
}
