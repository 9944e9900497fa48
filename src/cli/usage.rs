//! Messages about wrong command lines.

use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

use crate::nearest::nearest;

/// The message about a wrong command line.
pub(super) fn wrong(mut error: Error, command: &Command) -> String {
    without_far_tip(&mut error);
    let meant = meant(&error, command);
    if !meant.is_empty() {
        without_tips(&mut error);
    }
    let error = &error;
    match file_name(error) {
        Some(name) => {
            let program = command.get_bin_name().unwrap_or_else(|| command.get_name());
            let quoted = shell_word(name);
            format!(
                "error: '{name}' is not a command of {program}; did you mean one of these?\n\n  \
                 {program} fix {quoted}    edits the file in place\n  {program} < {quoted}      prints what it would \
                 become\n\n\
                 For more information, try '--help'.\n"
            )
        }
        None => error.render().to_string() + &meant,
    }
}

/// Removes the tip if no careless hand types its flag so. clap finds `--ignore` in `--nope`.
fn without_far_tip(error: &mut Error) {
    let text = |kind| error.get(kind).map(ToString::to_string);
    let given = text(ContextKind::InvalidArg).unwrap_or_default();
    if text(ContextKind::SuggestedArg).is_some_and(|tip| nearest(&given, &[&tip]).is_none()) {
        without_tips(error);
    }
}

/// Removes what clap guesses, such as that `--output-format` is meant as a value.
fn without_tips(error: &mut Error) {
    for kind in
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::Suggested, ContextKind::Usage]
    {
        error.remove(kind);
    }
}

/// Flags of other programs, each with what does the same here.
const FLAGS_OF_OTHERS: [(&str, &[&str]); 7] = [
    ("`istio-drain fix`", &["--fix", "--write", "--in-place", "-i"]),
    ("`istio-drain fix --diff`", &["--dry-run", "--preview", "--show-fixes"]),
    ("`--policy FILE`", &["--config", "--settings", "-c"]),
    ("`--format FORMAT` of `check` or `explain`", &["--output", "--output-format", "-o", "--json", "--sarif"]),
    ("`--fail-on never` of `check`", &["--exit-zero", "--no-exit-codes", "--no-fail"]),
    ("a file called `.ignore`, written as a .gitignore is", &["--exclude", "--ignore-filename-pattern"]),
    ("`--ignore IDS` of `check`", &["--disable", "--skip", "--extend-ignore"]),
];

/// Commands, each with words that people may use for it.
const MEANT: [(&str, &[&str]); 5] = [
    ("check", &["lint", "validate", "verify", "test", "audit", "scan"]),
    ("fix", &["apply", "edit", "write", "patch", "run", "format", "fmt", "transform"]),
    ("explain", &["show", "describe", "why", "plan", "inspect", "timeline"]),
    ("completions", &["completion", "complete"]),
    ("schema", &["crd", "jsonschema"]),
];

/// A line with the command that was probably meant.
fn meant(error: &Error, command: &Command) -> String {
    let key = match error.kind() {
        ErrorKind::InvalidSubcommand => ContextKind::InvalidSubcommand,
        ErrorKind::UnknownArgument => ContextKind::InvalidArg,
        _ => return String::new(),
    };
    let Some(ContextValue::String(word)) = error.get(key) else { return String::new() };
    if let Some((flag, _)) = FLAGS_OF_OTHERS.iter().find(|(_, words)| words.contains(&word.as_str())) {
        return format!("\nDid you mean {flag}?\n");
    }
    let found = MEANT.iter().find(|(_, words)| words.contains(&word.as_str()));
    let program = command.get_bin_name().unwrap_or_else(|| command.get_name());
    match found {
        Some((name, _)) if command.find_subcommand(name).is_some() => format!("\nDid you mean `{program} {name}`?\n"),
        Some(("check", _)) => format!("\nDid you mean `{program} fix --check`?\n"),
        _ => String::new(),
    }
}

/// The unexpected word, if it is the name of a manifest or a folder.
fn file_name(error: &Error) -> Option<&str> {
    let key = match error.kind() {
        ErrorKind::InvalidSubcommand => ContextKind::InvalidSubcommand,
        ErrorKind::UnknownArgument => ContextKind::InvalidArg,
        _ => return None,
    };
    let Some(ContextValue::String(name)) = error.get(key) else { return None };
    let path = Path::new(name);
    let is_manifest = path.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json");
    (!name.starts_with('-') && (is_manifest || path.exists())).then_some(name)
}

/// A word as one types it in a shell: in quotes if it needs them.
fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '+' | '@' | '%' | '=');
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_needs_it() {
        assert_eq!(shell_word("a/b-c.yaml"), "a/b-c.yaml");
        assert_eq!(shell_word("it's here.yaml"), r"'it'\''s here.yaml'");
    }
}
