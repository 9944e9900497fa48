//! Escapes characters on which a terminal or the log of a CI system would act. Every printed value goes through here.
//!
//! Manifests, file names and policies may come from strangers. Control characters in them move the cursor and start new
//! lines. Bidirectional controls make a text look like another one (<https://trojansource.codes>). The runners of
//! GitHub and Azure execute `::error` and `##vso[` as commands.

use std::borrow::Cow;

/// Commands that runners find anywhere in a line: `##[` (GitHub's older form, and Azure), `##vso[` (Azure).
const COMMANDS: [&str; 2] = ["##[", "##vso["];
/// The start of a command for GitHub's runner, at the start of a line after white space. Text may be wrapped before any
/// word, so every one is escaped.
const COMMAND: &str = "::";

/// Escapes for one line: active characters are written as in Rust strings, such as `\n` and `\u{1b}`.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    escaped(text, is_active)
}

/// Escapes for several lines, which stay lines.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_active(c) && c != '\n')
}

/// Escapes for JSON: active characters in strings become `\u001b`. Outside strings there are only line ends.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    escaped_as(text, |c| is_active(c) && c != '\n', |c| format!("\\u{:04x}", u32::from(c)))
}

/// The same for a text that may be long, and is not copied where nothing is to be escaped.
pub(crate) fn json_of(text: String) -> String {
    let escaped = match json(&text) {
        Cow::Owned(escaped) => Some(escaped),
        Cow::Borrowed(_) => None,
    };
    escaped.unwrap_or(text)
}

/// Whether a terminal, an editor or a log acts on the character instead of showing it.
fn is_active(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || c == '\u{feff}'
}

fn escaped(text: &str, is_active: impl Fn(char) -> bool) -> Cow<'_, str> {
    let escape =
        |c: char| if c.is_ascii_graphic() { c.escape_unicode().to_string() } else { c.escape_default().to_string() };
    escaped_as(text, is_active, escape)
}

fn escaped_as(text: &str, is_active: impl Fn(char) -> bool, escape: impl Fn(char) -> String) -> Cow<'_, str> {
    let is_plain = |text: &str| !text.contains(COMMAND) && !COMMANDS.iter().any(|command| text.contains(command));
    if !text.contains(&is_active) && is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let rest = text.get(at..).unwrap_or_default();
        let is_command = before.is_whitespace() && rest.starts_with(COMMAND)
            || COMMANDS.iter().any(|command| rest.starts_with(command));
        if is_command || is_active(c) {
            safe.push_str(&escape(c));
        } else {
            safe.push(c);
        }
        before = c;
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_act_is_shown() {
        let check = |text: &str, expected: &str| assert_eq!(line(text), expected, "{text:?}");
        check("a b: \u{e9} \u{1f600}\\n", "a b: \u{e9} \u{1f600}\\n");
        check("a\nb\r\t\u{0}", "a\\nb\\r\\t\\u{0}");
        check("\u{1b}[31m\u{9b}2J\u{7f}", "\\u{1b}[31m\\u{9b}2J\\u{7f}");
        check("\u{202e}a\u{2066}b\u{200f}\u{2028}\u{feff}", "\\u{202e}a\\u{2066}b\\u{200f}\\u{2028}\\u{feff}");
        check("::error::x", "\\u{3a}:error::x");
        check("a ::error::x a::b", "a \\u{3a}:error::x a::b");
        check("a##[error]b", "a\\u{23}#[error]b");
        check("###vso[task.x]", "#\\u{23}#vso[task.x]");
        assert!(matches!(line("as it is"), Cow::Borrowed(_)));
    }

    #[test]
    fn line_ends_stay_where_they_are_meant() {
        assert_eq!(lines("a\n::error::\u{1b}\n"), "a\n\\u{3a}:error::\\u{1b}\n");
        assert_eq!(json(r###"["##[a"]"###), r##"["\u0023#[a"]"##);
        assert_eq!(json("{\n \"a\": \"\\n\u{7f}\u{202e}\"\n}"), "{\n \"a\": \"\\n\\u007f\\u202e\"\n}");
    }

    #[test]
    fn a_second_time_changes_nothing() {
        let text = "a\n\u{1b}::x\u{202e} ::y ##[z]";
        assert_eq!(line(&line(text)), line(text));
    }
}
