//! One value as a source gives it, read as what its field takes.

use serde_json::Value;

use crate::istio::{DurationError, parse_duration};
use crate::shutdown::{PreStop, Seconds};

use super::error::{PolicyError, did_you_mean, dotted, nearest};
use super::fields::Refused;
use super::kind::Kind;
use super::table::Shape;

/// A value, and the way to it. It is not null: that is a field that is not set.
pub(super) struct Given<'v> {
    /// Where the field stands in the resource.
    base: &'v [String],
    /// The field's name, and the way inside of its value.
    steps: Vec<String>,
    value: &'v Value,
}

impl<'v> Given<'v> {
    /// The value of the field of that name, which stands in the mapping at `base`.
    pub(super) fn new(base: &'v [String], name: &str, value: &'v Value) -> Self {
        Self { base, steps: vec![name.to_owned()], value }
    }

    pub(super) fn bool(&self) -> Result<bool, PolicyError> {
        match self.value {
            Value::Bool(value) => Ok(*value),
            Value::String(text) if matches!(text.as_str(), "true" | "false") => {
                Err(self.not(Shape::Bool.accepted(), "(take the quotes off)"))
            }
            _ => Err(self.not(Shape::Bool.accepted(), "")),
        }
    }

    /// Rounds up to whole seconds.
    pub(super) fn duration(&self) -> Result<Seconds, PolicyError> {
        let duration = match self.value {
            Value::String(text) => parse_duration(text),
            // As Istio has it: even 0 needs its unit where it is not in quotes.
            Value::Number(number) => Err(DurationError::MissingUnit { value: number.to_string() }),
            _ => return Err(self.not(Shape::Duration.accepted(), "")),
        };
        duration.map(Seconds::from).map_err(|error| self.error(&format!("must be a duration: {error}")))
    }

    pub(super) fn pre_stop(&self) -> Result<PreStop, PolicyError> {
        let words = [
            ("drain", PreStop::Drain),
            ("sigterm", PreStop::Sigterm),
            ("sleep", PreStop::Sleep),
            ("none", PreStop::None),
        ];
        let Value::Object(map) = self.value else { return self.word(words, Shape::PreStop) };
        if let Some((key, value)) = map.iter().find(|(key, _)| *key != "exec") {
            // Istio merges its own exec into other handlers, and the API server rejects a hook with two.
            return Err(self
                .inside(key, value)
                .error("is unknown (`exec` is the only handler that istio-proxy can have)"));
        }
        match map.get("exec") {
            Some(command) => self.inside("exec", command).command().map(PreStop::Exec),
            None => Err(self.not(Shape::PreStop.accepted(), "")),
        }
    }

    fn command(&self) -> Result<Vec<String>, PolicyError> {
        let accepted = "a list of a command and its arguments such as `[\"sleep\", \"5\"]`";
        let words = self.list(accepted)?.into_iter().map(|word| match word.value {
            Value::String(text) if !text.is_empty() => Ok(text.clone()),
            Value::Number(_) | Value::Bool(_) => Err(word.not("text", "(put it in quotes)")),
            _ => Err(word.not("text that is not empty", "")),
        });
        words.collect()
    }

    /// Without doubles, in the order in which they are named.
    pub(super) fn kinds(&self) -> Result<Vec<Kind>, PolicyError> {
        let mut kinds = Vec::new();
        for item in self.list(Shape::Kinds.accepted())? {
            let Value::String(name) = item.value else { return Err(item.not("the name of a kind", "")) };
            let Some(kind) = Kind::from_name(name) else {
                let hint = did_you_mean(name, &Kind::ALL.map(Kind::name));
                return Err(item.not("a kind that can be edited", &hint));
            };
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        Ok(kinds)
    }

    pub(super) fn refused(&self) -> Result<Refused, PolicyError> {
        self.word([("error", Refused::Error), ("warn", Refused::Warn)], Shape::Refused)
    }

    fn word<T, const N: usize>(&self, words: [(&str, T); N], shape: Shape) -> Result<T, PolicyError> {
        let Value::String(text) = self.value else { return Err(self.not(shape.accepted(), "")) };
        let names = words.each_ref().map(|(name, _)| *name);
        let found = words.into_iter().find(|(name, _)| name == text);
        found.map(|(_, value)| value).ok_or_else(|| {
            let meant = nearest(text, &names).map(|name| format!("(did you mean `{name}`?)"));
            self.not(shape.accepted(), &meant.unwrap_or_default())
        })
    }

    /// The items of a list that is not empty.
    fn list(&self, accepted: &str) -> Result<Vec<Given<'v>>, PolicyError> {
        match self.value {
            Value::Array(items) if !items.is_empty() => {
                Ok(items.iter().enumerate().map(|(at, item)| self.inside(&at.to_string(), item)).collect())
            }
            _ => Err(self.not(accepted, "")),
        }
    }

    fn inside(&self, step: &str, value: &'v Value) -> Self {
        let steps = self.steps.iter().cloned().chain([step.to_owned()]).collect();
        Self { base: self.base, steps, value }
    }

    /// It must be something else; the remedy is in parentheses, or empty.
    fn not(&self, accepted: &str, remedy: &str) -> PolicyError {
        let shown = shown(self.value);
        self.error(format!("must be {accepted}, not {shown} {remedy}").trim_end())
    }

    fn error(&self, predicate: &str) -> PolicyError {
        let path: Vec<String> = self.base.iter().chain(&self.steps).cloned().collect();
        PolicyError::new(&path, &format!("`{}` {predicate}", dotted(&self.steps)))
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
mod tests {
    use std::fmt::Debug;

    use serde_json::json;

    use super::*;

    fn check<T: PartialEq + Debug>(
        read: fn(&Given<'_>) -> Result<T, PolicyError>,
        value: &Value,
        expected: Result<T, &str>,
    ) {
        let read = read(&Given::new(&[], "f", value)).map_err(|error| error.message);
        assert_eq!(read, expected.map_err(str::to_owned), "{value}");
    }

    #[test]
    fn durations() {
        let check = |value: Value, expected: Result<u64, &str>| {
            check(|given| given.duration(), &value, expected.map(Seconds::new));
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
    fn hooks() {
        let check = |value: Value, expected: Result<PreStop, &str>| check(|given| given.pre_stop(), &value, expected);
        let accepted = "must be `drain`, `sigterm`, `sleep`, `none`, or a command such as `{exec: [\"sleep\", \"5\"]}`";
        check(json!("drain"), Ok(PreStop::Drain));
        check(json!("sigterm"), Ok(PreStop::Sigterm));
        check(json!("sleep"), Ok(PreStop::Sleep));
        check(json!("none"), Ok(PreStop::None));
        check(json!({"exec": ["a", "b"]}), Ok(PreStop::Exec(vec!["a".to_owned(), "b".to_owned()])));
        check(json!("Drian"), Err(&format!("`f` {accepted}, not the text `Drian` (did you mean `drain`?)")));
        check(json!("kill -SIGTERM 1"), Err(&format!("`f` {accepted}, not the text `kill -SIGTERM 1`")));
        check(json!(40), Err(&format!("`f` {accepted}, not the number `40`")));
        check(json!({}), Err(&format!("`f` {accepted}, not an empty mapping")));
        let handler = "is unknown (`exec` is the only handler that istio-proxy can have)";
        check(json!({"sleep": {"seconds": 5}}), Err(&format!("`f.sleep` {handler}")));
        check(json!({"exec": ["a"], "httpGet": {}}), Err(&format!("`f.httpGet` {handler}")));
        let command = "must be a list of a command and its arguments such as `[\"sleep\", \"5\"]`";
        check(json!({"exec": {"command": ["a"]}}), Err(&format!("`f.exec` {command}, not a mapping")));
        check(json!({"exec": "sleep 5"}), Err(&format!("`f.exec` {command}, not the text `sleep 5`")));
        check(json!({"exec": []}), Err(&format!("`f.exec` {command}, not an empty list")));
        check(json!({"exec": null}), Err(&format!("`f.exec` {command}, not nothing")));
        check(json!({"exec": ["sleep", 5]}), Err("`f.exec[1]` must be text, not the number `5` (put it in quotes)"));
        check(json!({"exec": [""]}), Err("`f.exec[0]` must be text that is not empty, not an empty text"));
    }

    #[test]
    fn kinds() {
        let check = |value: Value, expected: Result<Vec<Kind>, &str>| check(|given| given.kinds(), &value, expected);
        let accepted = "must be a list of kinds such as `[Deployment, DaemonSet]`";
        check(json!(["CronJob", "Pod"]), Ok(vec![Kind::CronJob, Kind::Pod]));
        check(json!(["Pod", "Pod"]), Ok(vec![Kind::Pod]));
        check(json!([]), Err(&format!("`f` {accepted}, not an empty list")));
        check(json!("Pod"), Err(&format!("`f` {accepted}, not the text `Pod`")));
        let unknown =
            "`f[1]` must be a kind that can be edited, not the text `deployments` (did you mean `Deployment`?)";
        check(json!(["Pod", "deployments"]), Err(unknown));
        check(json!([{"kind": "Pod"}]), Err("`f[0]` must be the name of a kind, not a mapping"));
        let far = "`f[0]` must be a kind that can be edited, not the text `Service` (expected one of `Deployment`, \
                   `StatefulSet`, `DaemonSet`, `ReplicaSet`, `ReplicationController`, `Pod`, `Job`, `CronJob`)";
        check(json!(["Service"]), Err(far));
    }

    #[test]
    fn refusals() {
        let check = |value: Value, expected: Result<Refused, &str>| check(|given| given.refused(), &value, expected);
        check(json!("error"), Ok(Refused::Error));
        check(json!("warn"), Ok(Refused::Warn));
        check(json!("warning"), Err("`f` must be `error` or `warn`, not the text `warning`"));
    }

    #[test]
    fn the_path_leads_to_the_value() {
        let base = ["spec".to_owned()];
        let value = json!({"exec": ["a", 1]});
        let error = Given::new(&base, "preStop", &value).pre_stop().unwrap_err();
        assert_eq!(error.field, ["spec", "preStop", "exec", "1"]);
        assert_eq!(error.message, "`preStop.exec[1]` must be text, not the number `1` (put it in quotes)");
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(shown(&json!("x".repeat(61))), format!("the text `{}...`", "x".repeat(60)));
    }
}
