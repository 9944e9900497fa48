//! Fields with a fixed set of words.

use serde_json::Value;

use crate::istio::{AutoInject, NativeSidecars, PullPolicy};
use crate::nearest::nearest;
use crate::policy::error::PolicyError;
use crate::policy::set::FailOn;
use crate::policy::shape::Shape;
use crate::rules::Sureness;
use crate::shutdown::{AppEnd, CallsOut, ProxyImage, Refused, Sidecar, UnknownInjection};

use super::{FieldValue, Given};

/// The words of a field, and what each of them means.
macro_rules! words {
    ($type:ident: $($word:literal => $meaning:ident),+) => {
        impl FieldValue for $type {
            const SHAPE: Shape = Shape::Word(&[$($word),+]);

            fn read(given: &Given<'_>) -> Result<Self, PolicyError> {
                given.word(&[$(($word, Self::$meaning)),+], Self::SHAPE)
            }
        }
    };
}

words!(Sidecar: "auto" => Auto, "classic" => Classic, "native" => Native);
words!(ProxyImage: "default" => Default, "distroless" => Distroless);
words!(Refused: "error" => Error, "warn" => Warn);
words!(UnknownInjection: "apply" => Apply, "safe" => Safe, "skip" => Skip, "fail" => Fail);
words!(PullPolicy: "Always" => Always, "IfNotPresent" => IfNotPresent, "Never" => Never);
words!(AppEnd: "closes" => Closes, "serves" => Serves, "exits" => Exits);
words!(CallsOut: "until-end" => UntilEnd, "never" => Never);
words!(FailOn: "error" => Error, "warning" => Warning, "info" => Info, "never" => Never);
words!(Sureness: "certain" => Certain, "likely" => Likely, "style" => Style);
words!(AutoInject: "enabled" => Enabled, "disabled" => Disabled);

impl FieldValue for NativeSidecars {
    const SHAPE: Shape = Shape::NativeSidecars;

    fn read(given: &Given<'_>) -> Result<Self, PolicyError> {
        match given.value {
            Value::String(text) if text == "auto" => Ok(Self::Auto),
            _ => Ok(if given.truth(Self::SHAPE)? { Self::On } else { Self::Off }),
        }
    }
}

impl Given<'_> {
    /// One of several words, each with its meaning.
    pub(in crate::policy) fn word<T: Clone>(&self, words: &[(&str, T)], accepted: Shape) -> Result<T, PolicyError> {
        let Value::String(text) = self.value else { return Err(self.not(accepted, "")) };
        let found = words.iter().find(|(name, _)| name == text);
        found.map(|(_, value)| value.clone()).ok_or_else(|| {
            let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
            let meant = nearest(text, &names).map(|name| format!("(did you mean `{name}`?)"));
            self.not(accepted, &meant.unwrap_or_default())
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::check;
    use super::*;

    #[test]
    fn native_sidecars() {
        let accepted = "`f` must be `true`, `false` or `auto`, not";
        check(&json!(true), Ok(NativeSidecars::On));
        check(&json!(false), Ok(NativeSidecars::Off));
        check(&json!("auto"), Ok(NativeSidecars::Auto));
        check::<NativeSidecars>(&json!("true"), Err(&format!("{accepted} the text `true` (take the quotes off)")));
        check::<NativeSidecars>(&json!(1), Err(&format!("{accepted} the number `1`")));
    }

    #[test]
    fn words() {
        check(&json!("error"), Ok(Refused::Error));
        check(&json!("warn"), Ok(Refused::Warn));
        let error = |value: Value, message: &str| check::<Refused>(&value, Err(message));
        error(json!("warning"), "`f` must be `error` or `warn`, not the text `warning`");
        error(json!("Warm"), "`f` must be `error` or `warn`, not the text `Warm` (did you mean `warn`?)");
        error(json!(true), "`f` must be `error` or `warn`, not `true`");
    }
}
