//! Output to a terminal: colours, and escapes for characters that must not act.

use std::borrow::Cow;

/// Who reads the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    /// A program or a file: no byte is added or changed.
    Plain,
    /// People, without colours: characters that act on a terminal are escaped.
    Shown,
    /// People, with the colours of every terminal.
    Color,
}

/// The role of a part of a text, which decides its style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PaintStyle {
    /// The names of files.
    Head,
    /// The place of a hunk.
    Hunk,
    /// What a line of an explanation is about.
    Label,
    /// A removed line.
    Gone,
    /// An added line.
    Come,
    /// What is on its way out.
    Slow,
    /// Nothing of note.
    Plain,
}

/// Messages in colours: what kind a message is, where it is about, and what helps.
pub(crate) fn painted(text: &str) -> String {
    text.split_inclusive('\n').map(painted_line).collect()
}

fn painted_line(line: &str) -> Cow<'_, str> {
    let heads = [
        ("error", PaintStyle::Gone),
        ("warning", PaintStyle::Slow),
        ("info", PaintStyle::Label),
        ("next", PaintStyle::Label),
        ("Usage", PaintStyle::Head),
    ];
    let label = |(head, style): &(&str, PaintStyle)| {
        let (label, rest) = line.split_once(": ").filter(|_| line.starts_with(head))?;
        let is_label =
            label == *head || label.strip_prefix(head).is_some_and(|id| id.starts_with('[') && id.ends_with(']'));
        is_label.then(|| format!("{}: {rest}", Paint::Color.on(*style, label)))
    };
    let sign = |sign: &&str| {
        let (before, rest) = line.split_once(*sign).filter(|(before, _)| before.trim().is_empty())?;
        Some(format!("{before}{}{rest}", Paint::Color.on(PaintStyle::Label, sign)))
    };
    let painted = heads.iter().find_map(label).or_else(|| ["-->", "= help:", "= note:"].iter().find_map(sign));
    painted.map_or(Cow::Borrowed(line), Cow::Owned)
}

impl Paint {
    /// The text in its style.
    pub(super) fn on(self, style: PaintStyle, text: &str) -> Cow<'_, str> {
        let code = match style {
            PaintStyle::Head => "1",
            PaintStyle::Hunk | PaintStyle::Label => "36",
            PaintStyle::Gone => "31",
            PaintStyle::Come => "32",
            PaintStyle::Slow => "33",
            PaintStyle::Plain => return Cow::Borrowed(text),
        };
        match self {
            Self::Plain | Self::Shown => Cow::Borrowed(text),
            Self::Color => Cow::Owned(format!("\x1b[{code}m{text}\x1b[m")),
        }
    }
}

/// How many columns a line takes without its colours.
pub(super) fn visible(line: &str) -> usize {
    let mut count = 0;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\x1b' {
            chars.by_ref().find(|c| *c == 'm');
        } else {
            count += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_painted_where_they_start() {
        let check = |text: &str, expected: &str| assert_eq!(painted(text), expected);
        check("error: no\n", "\x1b[31merror\x1b[m: no\n");
        check("warning[a-b]: no\n  --> x:1:2\n", "\x1b[33mwarning[a-b]\x1b[m: no\n  \x1b[36m-->\x1b[m x:1:2\n");
        check("  = help: do\n", "  \x1b[36m= help:\x1b[m do\n");
        for text in ["errors: 2\n", "4 | error: x\n", "istio-drain: 1 error\n", "", "error\n", "a --> b\n"] {
            check(text, text);
        }
    }
}
