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

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Found => 1,
            Exit::Failed => 2,
        })
    }
}
