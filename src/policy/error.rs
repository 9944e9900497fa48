//! Errors in a policy, with their places, and suggestions for misspelt names.

use std::error::Error;
use std::fmt;

use crate::escape;
use crate::istio::DurationError;
use crate::kinds::{KindError, TemplatePathError};
use crate::nearest::{letters, nearest};
use crate::object::NotJson;
use crate::yaml::{Route, Step, SyntaxError};

use super::selector_text::SelectorError;

/// All errors in a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// Never empty, and at most [`Self::MOST`].
    pub flaws: Vec<PolicyFlaw>,
    /// How many errors are counted only.
    pub more: usize,
}

/// One error in a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFlaw {
    /// The path of the value in the resource, such as `spec`, `drain`. Items of lists are numbered from 0.
    ///
    /// It may name a missing value, such as a missing `kind`. Then the error is at the deepest existing part. It is
    /// empty if the resource as a whole is wrong, or if the text is not YAML. For a flag it is the name of the field.
    pub field: Route,
    /// One line in lower case without a full stop. It names the field, the value, and what is accepted.
    pub message: String,
    /// Its position in the file or the input, in bytes; `None` for flags, and until it is looked up.
    pub offset: Option<usize>,
    /// The error from parsing the value, if there is one.
    pub cause: Option<PolicyCause>,
}

/// Why a field rejects a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PolicyCause {
    /// It is not a valid duration.
    Duration(DurationError),
    /// It is not a kind that can be edited.
    Kind(KindError),
    /// It is not the path of a pod template.
    TemplatePath(TemplatePathError),
    /// It is not a selector of labels.
    Selector(SelectorError),
    /// It is not YAML.
    Syntax(SyntaxError),
    /// JSON can't express it.
    NotJson(NotJson),
}

impl PolicyCause {
    fn as_error(&self) -> &(dyn Error + 'static) {
        match self {
            Self::Duration(error) => error,
            Self::Kind(error) => error,
            Self::TemplatePath(error) => error,
            Self::Selector(error) => error,
            Self::Syntax(error) => error,
            Self::NotJson(error) => error,
        }
    }
}

macro_rules! causes {
    ($($variant:ident: $error:ty),+) => {
        $(impl From<$error> for PolicyCause {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        })+
    };
}

causes! {
    Duration: DurationError, Kind: KindError, TemplatePath: TemplatePathError, Selector: SelectorError,
    Syntax: SyntaxError, NotJson: NotJson
}

impl PolicyError {
    /// The most errors that are reported. Nobody corrects more at once, and a generated file can have any number.
    pub(crate) const MOST: usize = 10;

    /// These errors, and the number of further ones. All above the limit are only counted.
    pub(crate) fn of(mut flaws: Vec<PolicyFlaw>, more: usize) -> Self {
        let more = more + flaws.len().saturating_sub(Self::MOST);
        flaws.truncate(Self::MOST);
        Self { flaws, more }
    }

    /// A line on those that are only counted.
    pub(crate) fn rest(&self) -> Option<String> {
        (self.more > 0).then(|| format!("the policy has {} more errors", self.more))
    }

    /// The error for a text that is not a policy, or for the text at `offset`.
    pub(crate) fn of_text(message: &str, offset: Option<usize>) -> Self {
        let mut error = Self::new(&Route::default(), message);
        error.flaws.iter_mut().for_each(|flaw| flaw.offset = offset);
        error
    }

    /// The same, with its cause.
    pub(crate) fn because(mut self, cause: impl Into<PolicyCause>) -> Self {
        if let [flaw] = self.flaws.as_mut_slice() {
            flaw.cause = Some(cause.into());
        }
        self
    }

    /// Escapes characters that would break the line.
    pub(super) fn new(field: &Route, message: &str) -> Self {
        let message = escape::line(message).into_owned();
        Self { flaws: vec![PolicyFlaw { field: field.clone(), message, offset: None, cause: None }], more: 0 }
    }

    /// The same error for the whole value at `field`, if the policy is a string in it.
    pub(crate) fn at(mut self, field: &Route) -> Self {
        self.flaws.iter_mut().for_each(|flaw| flaw.field = field.clone());
        self
    }
}

/// Prints one error after the other.
impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest = self.rest();
        let messages: Vec<_> = self.flaws.iter().map(|flaw| flaw.message.as_str()).chain(rest.as_deref()).collect();
        f.write_str(&messages.join("; "))
    }
}

/// Its source is the source of the first error that has one.
impl Error for PolicyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.flaws.iter().find_map(|flaw| flaw.cause.as_ref()).map(PolicyCause::as_error)
    }
}

/// The errors so far. Reading continues after an error, so that all are reported.
#[derive(Debug, Default)]
pub(super) struct Flaws {
    kept: Vec<PolicyFlaw>,
    more: usize,
}

impl Flaws {
    /// The value; or `None`, and the error is recorded.
    pub(super) fn keep<T>(&mut self, read: Result<T, PolicyError>) -> Option<T> {
        let mut count = |error: PolicyError| {
            let room = PolicyError::MOST.saturating_sub(self.kept.len());
            self.more += error.more + error.flaws.len().saturating_sub(room);
            self.kept.extend(error.flaws.into_iter().take(room));
        };
        read.map_err(&mut count).ok()
    }

    /// The value, if there was no error.
    pub(super) fn unless<T>(self, value: T) -> Result<T, PolicyError> {
        if self.kept.is_empty() { Ok(value) } else { Err(PolicyError::of(self.kept, self.more)) }
    }
}

/// All values, or all errors.
pub(super) fn all<T>(read: impl IntoIterator<Item = Result<T, PolicyError>>) -> Result<Vec<T>, PolicyError> {
    let mut flaws = Flaws::default();
    let values = read.into_iter().filter_map(|read| flaws.keep(read)).collect();
    flaws.unless(values)
}

/// The name of a value in messages, from its path in the resource: `preStop.exec[1]`.
pub(super) fn name_of(path: &Route) -> String {
    let steps = match path.0.as_slice() {
        [Step::Key(root), field @ ..] if matches!(&**root, "spec" | "data") && !field.is_empty() => field,
        steps => steps,
    };
    steps.iter().fold(String::new(), |name, step| match step {
        // A key with dots in it is the name of a nested field.
        Step::Key(key) if name.is_empty() => key.clone().into_owned(),
        Step::Key(key) => format!("{name}.{key}"),
        step => format!("{name}{}", Route(vec![step.clone()])),
    })
}

/// The end of a message, in parentheses: the name in `known` that was probably meant, otherwise all of them.
pub(super) fn did_you_mean(given: &str, known: &[&str]) -> String {
    nearest(given, known).map_or_else(
        || format!("(expected one of {})", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
        |name| format!("(did you mean `{name}`?)"),
    )
}

/// The end of a message: the field that was probably meant, which may belong to another mapping. Otherwise all fields
/// that are allowed there.
pub(super) fn nearest_field(given: &str, known: &[&str], there: &[&str]) -> String {
    let key = |name: &str| letters(name.rsplit('.').next().unwrap_or_default());
    let misplaced = || known.iter().find(|name| key(name) == key(given)).copied();
    match misplaced().or_else(|| nearest(given, known)) {
        Some(name) => format!("(did you mean `{name}`?)"),
        None => did_you_mean(given, there),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PolicyFields;

    #[test]
    fn the_nearest_name_is_found() {
        let check = |given: &str, expected: &str| {
            assert_eq!(did_you_mean(given, &["drain", "margin", "preStop", "preStopEstimate"]), expected, "{given}");
        };
        let all = "(expected one of `drain`, `margin`, `preStop`, `preStopEstimate`)";
        check("dran", "(did you mean `drain`?)");
        check("Drain", "(did you mean `drain`?)");
        check("pre-stop", "(did you mean `preStop`?)");
        check("pre_stop_estimate", "(did you mean `preStopEstimate`?)");
        check("perStop", "(did you mean `preStop`?)");
        check("margins", "(did you mean `margin`?)");
        check("grace", all);
        check("", all);
        check(&"drain".repeat(1000), all);
    }

    #[test]
    fn fields_are_found_in_other_mappings() {
        let check = |given: &str, expected: &str| {
            let known = ["drain", "target", "target.istio", "mesh.drainDuration", "mesh.rewriteAppHTTPProbe"];
            assert_eq!(nearest_field(given, &known, &["drain"]), expected, "{given}");
        };
        check("target.istoi", "(did you mean `target.istio`?)");
        check("tagret", "(did you mean `target`?)");
        check("istio", "(did you mean `target.istio`?)");
        check("mesh.istio", "(did you mean `target.istio`?)");
        check("target.drain", "(did you mean `drain`?)");
        check("drain-duration", "(did you mean `mesh.drainDuration`?)");
        check("timeout", "(expected one of `drain`)");
        check("mesh.rewriteAppHttpProbe", "(did you mean `mesh.rewriteAppHTTPProbe`?)");
    }

    #[test]
    fn paths_read_as_users_write_them() {
        let check = |path: Route, expected: &str| assert_eq!(name_of(&path), expected);
        check(Route::default(), "");
        check(["spec"].into(), "spec");
        check(Route::from(["spec", "preStop", "exec"]).then([1]), "preStop.exec[1]");
        check(Route::from(["data", "kinds"]).then([0]).then(["group"]), "kinds[0].group");
        check(["target.istio"].into(), "target.istio");
    }

    #[test]
    fn a_message_is_one_line() {
        assert_eq!(
            PolicyError::new(&Route::default(), "`a\nb\u{1b}[1m` is not a word").to_string(),
            "`a\\nb\\u{1b}[1m` is not a word"
        );
    }

    #[test]
    fn the_source_is_the_error_of_the_value_s_type() {
        let source = |field: &str, text: &str| {
            let error = PolicyFields::default().set(field, text).unwrap_err();
            error.source().map(ToString::to_string)
        };
        let check = |field: &str, text: &str, start: &str| {
            let source = source(field, text).unwrap_or_default();
            assert!(source.starts_with(start), "{field}: {source}");
        };
        check("drain", "x", "`x` is ");
        check("kinds", "Cow", "the kind `Cow` is not known");
        check("kinds", "[{group: a.b, kind: C, template: a..b}]", "a key is missing at character 3 of `a..b`");
        check("mesh.neverInjectSelector", "a in b", "`in` and `notin` want values");
        check("kinds", "[", "unclosed bracket");
        check("kinds", "{a: 1, a: 2}", "this key is written twice");
        assert_eq!(source("exact", "7"), None);
    }
}
