//! Manual pages, the rules and the schema, all made from the command and the library.

use std::io::Write;

use anyhow::Context as _;
use clap::{ArgMatches, Command};

use crate::policy;
use crate::render;

use super::command::NAME;
use super::manual;

/// Prints the list of rules, or the page of one; for a terminal, if there is one.
///
/// # Errors
///
/// There is no such rule, or those of the output.
pub(super) fn rules(
    matches: &ArgMatches,
    terminal: Option<render::Look>,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    let text = match matches.get_one::<String>("id") {
        None => render::rule_list(terminal),
        Some(id) => render::rule_page(id, terminal).with_context(|| match render::nearest_rule(id) {
            Some(meant) => format!("there is no rule `{id}` (did you mean `{meant}`?)"),
            None => format!("there is no rule `{id}` (`istio-drain rules` lists them)"),
        })?,
    };
    write(text.as_bytes(), output)
}

/// Prints the manual page of the program, or of one command.
///
/// # Errors
///
/// There is no such command, or those of the output.
pub(super) fn man(mut command: Command, matches: &ArgMatches, output: &mut impl Write) -> anyhow::Result<()> {
    command.build();
    if let Some(name) = matches.get_one::<String>("command") {
        let known = command.get_subcommands().map(Command::get_name).collect::<Vec<_>>().join(", ");
        let found = command.find_subcommand(name).cloned();
        command = found.with_context(|| format!("there is no command `{name}` (there are {known})"))?;
        let full = command.get_display_name().unwrap_or(NAME).to_owned();
        command = command.name(full);
    }
    write(manual::page(&command)?.as_bytes(), output)
}

/// Prints the JSON schema of the policy.
pub(super) fn schema(output: &mut impl Write) -> anyhow::Result<()> {
    write(format!("{:#}\n", policy::schema()).as_bytes(), output)
}

/// A closed pipe is not an error: the reader has read enough.
pub(super) fn write(text: &[u8], output: &mut impl Write) -> anyhow::Result<()> {
    match output.write_all(text).and_then(|()| output.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(error).context("can't write standard output")
        }
        _ => Ok(()),
    }
}
