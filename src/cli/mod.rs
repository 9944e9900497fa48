//! The command line: flags to settings, outcomes to exit codes. All else is the library's.

mod args;
mod exec_plugin;
mod run;

pub use args::{Args, command};
pub use run::{Streams, main};
