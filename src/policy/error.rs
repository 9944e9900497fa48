//! What is wrong with a policy, and where; and the name that was probably meant.

use std::fmt;

use crate::nearest::{letters, nearest};

/// A policy that can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// The way to the value inside the resource, such as `spec`, `drain`; items of lists by their number, from 0.
    ///
    /// It may lead to something that is not there, as a missing `kind`: then its deepest part that is there is meant.
    /// Empty where the resource as a whole is wrong, or the text is no YAML. For a flag it is the field's name.
    pub field: Vec<String>,
    /// One line, lower case, no full stop: names the field and the value, and says what is accepted.
    pub message: String,
}

impl PolicyError {
    /// The text as a whole can't be taken for a policy.
    pub fn of_text(message: &str) -> Self {
        Self::new(&[], message)
    }

    /// Puts what would break the line into escapes.
    pub(super) fn new(field: &[String], message: &str) -> Self {
        let mut line = String::with_capacity(message.len());
        for c in message.chars() {
            if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
        }
        Self { field: field.to_vec(), message: line }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PolicyError {}

/// Prints a path as users write it: `preStop.exec[1]`.
pub(super) fn dotted(path: &[String]) -> String {
    let mut text = String::new();
    for step in path {
        if step.bytes().all(|b| b.is_ascii_digit()) {
            text.extend(["[", step, "]"]);
        } else {
            text.extend([if text.is_empty() { "" } else { "." }, step]);
        }
    }
    text
}

/// Names the one of `known` that was probably meant, or else all of them: the end of a message, in parentheses.
pub(super) fn did_you_mean(given: &str, known: &[&str]) -> String {
    nearest(given, known).map_or_else(
        || format!("(expected one of {})", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
        |name| format!("(did you mean `{name}`?)"),
    )
}

/// Names the field that was probably meant, where fields may stand in mappings: it may be right but for the mapping. Or
/// else those that may stand there.
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
        let check = |path: &[&str], expected: &str| {
            let path: Vec<String> = path.iter().copied().map(str::to_owned).collect();
            assert_eq!(dotted(&path), expected);
        };
        check(&[], "");
        check(&["preStop", "exec", "1"], "preStop.exec[1]");
        check(&["kinds", "0"], "kinds[0]");
    }

    #[test]
    fn a_message_is_one_line() {
        assert_eq!(PolicyError::new(&[], "`a\nb\u{1b}[1m` is no word").to_string(), "`a\\nb\\u{1b}[1m` is no word");
    }
}
