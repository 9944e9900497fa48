//! The command line: flags to settings, outcomes to exit codes. All else is the library's.

mod args;
mod check;
mod color;
mod command;
mod crash;
mod exec_plugin;
mod exit;
mod explain;
mod forgive;
mod found;
mod init;
mod inputs;
mod leftovers;
mod policy_file;
mod progress;
mod report;
mod run;
mod shell;
mod sink;
mod streams;
mod usage;

pub use command::command;
pub use crash::end_on_panic;
pub use run::main;
pub use streams::Streams;
