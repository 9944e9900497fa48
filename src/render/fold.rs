//! Messages on a terminal: long lines are broken between words, and go on a little to the right.

use std::borrow::Cow;

use super::paint::visible;

/// How far to the right a line goes on, in columns.
const CONTINUED: usize = 4;

/// Text in lines of at most this many columns. Lines of an input stay whole, and so do places and what is in backticks,
/// since people copy them.
pub(crate) fn folded(text: &str, columns: usize) -> String {
    text.split_inclusive('\n').map(|line| folded_line(line, columns, CONTINUED)).collect()
}

/// A paragraph that goes on where its lines begin.
pub(super) fn filled(paragraph: &str, columns: usize) -> Cow<'_, str> {
    folded_line(paragraph, columns, 0)
}

fn folded_line(line: &str, columns: usize, further: usize) -> Cow<'_, str> {
    let body = line.trim_start();
    let is_excerpt = |text: &str| text.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').starts_with('|');
    if visible(line.trim_end()) <= columns || is_excerpt(body) {
        return Cow::Borrowed(line);
    }
    let margin = line.len() - body.len();
    if body.starts_with("-->") {
        // What the place is about goes below it.
        let (place, about) = line.split_once(" (").unwrap_or((line, ""));
        let below = || format!("{place}\n{}({about}", " ".repeat(margin + further)).into();
        return if about.is_empty() { line.into() } else { below() };
    }
    let mut out = " ".repeat(margin);
    let (mut width, mut is_full) = (margin, false);
    for (number, word) in words(body).into_iter().enumerate() {
        let wide = visible(word.trim_end());
        // What fits no line is left to the terminal.
        let fits = margin + further + wide <= columns;
        if number > 0 && (is_full || fits && width + 1 + wide > columns) {
            width = margin + further;
            out.push('\n');
            out.push_str(&" ".repeat(width));
        } else if number > 0 {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        (width, is_full) = (width + wide, !fits);
    }
    Cow::Owned(out)
}

/// The words of a line. What is in backticks is part of one word.
fn words(line: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let is_end = |c: char| {
        is_quoted ^= c == '`';
        c == ' ' && !is_quoted
    };
    line.split(is_end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(folded(text, 20), expected);
        }
        check("short\n", "short\n");
        check("error: this is more than fits\n", "error: this is more\n    than fits\n");
        check("  = help: as wide as this\nnext\n", "  = help: as wide as\n      this\nnext\n");
        check("12 |     a line of the input is whole\n", "12 |     a line of the input is whole\n");
        check(
            "  --> a/path/that/is/long.yaml:1:2 (v1 Pod x)\n",
            "  --> a/path/that/is/long.yaml:1:2\n      (v1 Pod x)\n",
        );
        check("  --> a/path/that/is/long.yaml:1:2\n", "  --> a/path/that/is/long.yaml:1:2\n");
        check("next: `kubectl get po` shows it\n", "next:\n    `kubectl get po`\n    shows it\n");
        check("next: `kubectl get pods -o yaml` shows it\n", "next: `kubectl get pods -o yaml`\n    shows it\n");
        check("\x1b[33mwarning\x1b[m: twenty wide\n", "\x1b[33mwarning\x1b[m: twenty wide\n");
        check("an odd ` in a long line stays\n", "an odd ` in a long line stays\n");
    }
}
