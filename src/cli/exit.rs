//! How a run ends: the one place that knows the exit codes.

use std::process::ExitCode;

use crate::io::Signal;

/// The result of the program for its caller, as one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done, or nothing to do.
    Done,
    /// A workload can't be edited safely, or a check found something.
    Found,
    /// Nothing could be done: input, files, policy or command line are wrong.
    Failed,
    /// A signal asked it to end, and it has done what must not be left half done.
    Ended(Signal),
}

impl Exit {
    /// The number.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Found => 1,
            Self::Failed => 2,
            Self::Ended(signal) => signal.exit_code(),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
