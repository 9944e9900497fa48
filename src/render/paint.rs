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
