//! How a run ends: the one place that knows the exit codes.

use std::process::ExitCode;

/// What the caller of the program is told in one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exit {
    /// Done, or nothing to do.
    Done,
    /// A workload can't be edited safely, or a check found something.
    Found,
    /// Nothing could be done: input, files, policy or command line are wrong.
    Failed,
}

impl Exit {
    /// The number.
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Found => 1,
            Self::Failed => 2,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
