//! How a run ends. Only this file knows the exit codes.

use std::process::ExitCode;

use crate::io::Signal;

/// The result of a run, which becomes the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done, or nothing to do.
    Done,
    /// A workload can't be edited safely, or a check found something.
    Found,
    /// Nothing could be done: the input, a file, the policy or the command line is wrong.
    Failed,
    /// A signal ended the run. All files are whole.
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
