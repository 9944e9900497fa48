//! The three standard streams.

use std::io::Write;

use crate::escape;

/// The three standard streams.
#[derive(Debug)]
pub struct Streams<I, O, E> {
    /// Manifests come from here.
    pub input: I,
    /// Nobody pipes anything in: it is a terminal.
    pub input_is_terminal: bool,
    /// Manifests go here, and what was asked for, such as diffs and help.
    pub output: O,
    /// Somebody looks at the output.
    pub output_is_terminal: bool,
    /// Everything that is for people goes here.
    pub errors: E,
    /// Somebody looks at that.
    pub errors_are_terminal: bool,
}

impl<I, O, E: Write> Streams<I, O, E> {
    /// Where progress can be shown.
    pub(super) fn terminal(&mut self) -> Option<&mut E> {
        self.errors_are_terminal.then_some(&mut self.errors)
    }

    /// Writes for people. Nobody may be listening, and that changes nothing. Whatever is said by whom, nothing in it
    /// acts.
    pub(super) fn tell(&mut self, text: &str) {
        let _ = self.errors.write_all(escape::lines(text).as_bytes());
    }
}
