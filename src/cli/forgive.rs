//! Turns command lines as people type them into the form that clap accepts.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::{Arg, ArgAction, Command};

use super::command::NAME;

/// A command line with the command first, then the flags, with `=` before values that look like flags: `-v fix a` is
/// `fix -v a`, `help fix` is `fix --help`, `--exact true` is `--exact=true`.
pub(super) fn forgiven(line: Vec<OsString>, command: &Command) -> Vec<OsString> {
    let mut words = line.into_iter();
    let program = words.next().unwrap_or_else(|| NAME.into());
    let mut words = joined(words.collect(), command);
    let at = command_at(&words, command);
    let name = at.map(|at| words.remove(at));
    let is = |word: &str| name.as_deref() == Some(OsStr::new(word));
    let mut line = vec![program];
    if is("version") && words.is_empty() {
        line.push("--version".into());
    } else if is("help") {
        line.append(&mut words);
        line.push("--help".into());
    } else {
        line.extend(name);
        line.append(&mut words);
    }
    line
}

/// The index of the command: the first word that is neither a flag nor the value of a flag.
fn command_at(words: &[OsString], command: &Command) -> Option<usize> {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        match flag(word, command) {
            Some(arg) => at += if takes_next(arg, word) { 2 } else { 1 },
            None if word.as_encoded_bytes().starts_with(b"-") => return None,
            None => {
                let is_extra = word == "help" || word == "version";
                return (is_extra || command.find_subcommand(word).is_some()).then_some(at);
            }
        }
    }
    None
}

/// Joins a flag and its value with `=` if clap would read the value as something else.
fn joined(words: Vec<OsString>, command: &Command) -> Vec<OsString> {
    let mut out: Vec<OsString> = Vec::with_capacity(words.len());
    let mut words = words.into_iter().peekable();
    while let Some(mut word) = words.next() {
        if word == "--" {
            out.push(word);
            break;
        }
        let arg = flag(&word, command).filter(|_| !word.as_encoded_bytes().contains(&b'='));
        if let Some(arg) = arg
            && let Some(value) = words.next_if(|next| is_meant_as_value(arg, &word, next))
        {
            word.push("=");
            word.push(value);
        }
        out.push(word);
    }
    out.extend(words);
    out
}

/// `--exact true`, where no file has that name, and `--drain -5s`.
fn is_meant_as_value(arg: &Arg, word: &OsStr, next: &OsStr) -> bool {
    let is_negative = || matches!(next.as_encoded_bytes(), [b'-', digit, ..] if digit.is_ascii_digit());
    let is_bool = || (next == "true" || next == "false") && !Path::new(next).exists();
    if takes_next(arg, word) { is_negative() } else { arg.is_require_equals_set() && is_bool() }
}

/// The flag of any command that the word names.
fn flag<'c>(word: &OsStr, command: &'c Command) -> Option<&'c Arg> {
    let text = word.to_str()?;
    let is = |arg: &&Arg| match text.strip_prefix("--") {
        Some(long) => arg.get_long() == Some(long.split('=').next().unwrap_or(long)),
        None => arg.get_short().is_some_and(|short| text.strip_prefix('-') == Some(short.to_string().as_str())),
    };
    std::iter::once(command).chain(command.get_subcommands()).find_map(|command| command.get_arguments().find(is))
}

/// Whether the word after a flag is its value.
fn takes_next(arg: &Arg, word: &OsStr) -> bool {
    let takes_one = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append) && !arg.is_require_equals_set();
    takes_one && !word.as_encoded_bytes().contains(&b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_put_into_order() {
        #[track_caller]
        fn check(line: &str, expected: &str) {
            let words = format!("x {line}").split(' ').map(OsString::from).collect();
            let put = forgiven(words, &crate::cli::command());
            assert_eq!(put.join(OsStr::new(" ")), OsString::from(format!("x {expected}")), "{line}");
        }
        check("fix -v a", "fix -v a");
        check("-v fix a", "fix -v a");
        check("--drain 40s --exact fix a b", "fix --drain 40s --exact a b");
        check("--drain=40s fix --diff a", "fix --drain=40s --diff a");
        check("--drain fix a", "--drain fix a");
        check("--check --diff fix a", "fix --check --diff a");
        check("help", "--help");
        check("help fix", "fix --help");
        check("version", "--version");
        check("--exact true fix a", "fix --exact=true a");
        check("fix --exact false -- --exact true", "fix --exact=false -- --exact true");
        check("--exact src", "--exact src");
        check("--drain -5s", "--drain=-5s");
        check("fix a.yaml -v", "fix a.yaml -v");
        check("--dran 4s fix a", "--dran 4s fix a");
        check("-- fix", "-- fix");
    }
}
