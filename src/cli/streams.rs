//! The three standard streams.

use std::io::Write;

use crate::escape;

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
}

impl<I, O, E: Write> Streams<I, O, E> {
    /// Where progress can be shown.
    pub(super) fn terminal(&mut self) -> Option<&mut E> {
        self.errors_are_terminal.then_some(&mut self.errors)
    }

    /// Writes a message for people. A failed write is ignored. Control characters are escaped.
    pub(super) fn tell(&mut self, text: &str) {
        let _ = self.errors.write_all(escape::lines(text).as_bytes());
    }
}
