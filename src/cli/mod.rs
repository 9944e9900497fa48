//! The command line: flags to settings, outcomes to exit codes. All else is the library's.

mod args;
mod color;
mod command;
mod exec_plugin;
mod exit;
mod explain;
mod fix;
mod policy_file;
mod progress;
mod report;
mod run;
mod shell;
mod usage;

pub use args::Args;
pub use command::command;
pub use run::{Streams, main};
