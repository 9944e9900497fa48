//! The command line: turns flags into settings, and outcomes into exit codes. The library does everything else.

mod args;
mod check;
mod color;
mod command;
mod completions;
mod crash;
mod demo;
mod exec_plugin;
mod exit;
mod explain;
mod forgive;
mod found;
mod init;
mod inputs;
mod leftovers;
mod manual;
mod policy_file;
mod printed;
mod progress;
mod report_file;
mod run;
mod sink;
mod spare;
mod streams;
mod texts;
mod usage;

pub use command::command;
pub use crash::end_on_panic;
pub use run::main;
pub use streams::Streams;
