//! How the kubelet and the API server behave, as models made of `std` only.
//!
//! | file | what it models |
//! |---|---|
//! | `hook_length` | how long a preStop hook takes |
//! | `handler` | the kinds of preStop handler, and how long each takes |
//! | `exec` | what an exec command runs: wrappers, shells, plain programs |
//! | `course` | what is run, when, and for how long |
//! | `script` | what a shell script runs, command by command |
//! | `shell` | the words and operators of a shell script |
//! | `sleep` | the arguments of `sleep` |
//! | `quantity` | quantities of resources |
//! | `release` | minor releases, of Kubernetes and of Istio |
//!
//! Nothing here runs a command. A command line is read as far as its meaning is certain, and the rest is unknown.

mod course;
#[cfg(test)]
pub(crate) mod doc_table;
mod exec;
mod handler;
mod hook_length;
mod quantity;
mod release;
mod script;
mod seconds;
mod shell;
mod sleep;

pub(crate) use course::Act;
pub(crate) use exec::{ExecReading, meant_command, read_exec};
pub(crate) use handler::Handler;
pub(crate) use hook_length::HookLength;
pub(crate) use quantity::is_quantity;
pub(crate) use release::Release;
pub(crate) use seconds::Seconds;
