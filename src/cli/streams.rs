//! The three standard streams.

use std::io::Write;

use crate::escape;
use crate::render;

/// The narrowest text, and the widest one.
pub(super) const COLUMNS: (usize, usize) = (60, 200);

/// The width of the terminal, within the limits of what is shown.
pub(super) fn columns_of_terminal() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0).clamp(COLUMNS.0, COLUMNS.1))
}

/// The three standard streams.
#[derive(Debug)]
pub struct Streams<I, O, E> {
    /// The source of manifests.
    pub input: I,
    /// The input is a terminal, so nothing is piped in.
    pub input_is_terminal: bool,
    /// For manifests and for requested output, such as diffs and help.
    pub output: O,
    /// The output is a terminal.
    pub output_is_terminal: bool,
    /// For messages to people.
    pub errors: E,
    /// It is a terminal.
    pub errors_are_terminal: bool,
    /// Messages are painted. The command line decides.
    pub errors_are_colored: bool,
}

impl<I, O, E: Write> Streams<I, O, E> {
    /// Where progress can be shown.
    pub(super) fn terminal(&mut self) -> Option<&mut E> {
        self.errors_are_terminal.then_some(&mut self.errors)
    }

    /// Writes a message for people. A failed write is ignored. Control characters are escaped.
    pub(super) fn tell(&mut self, text: &str) {
        let text = escape::lines(text);
        let columns = self.errors_are_terminal.then(columns_of_terminal).flatten();
        let text = columns.map_or(text.clone(), |columns| render::folded(&text, columns).into());
        let _ = match self.errors_are_colored {
            true => self.errors.write_all(render::painted(&text).as_bytes()),
            false => self.errors.write_all(text.as_bytes()),
        };
    }
}
