//! Completions, manual pages, the rules and the schema, all made from the command and the library.

use std::io::Write;

use anyhow::Context as _;
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command, ValueHint};
use clap_complete::Shell;

use crate::policy::{self, fields};
use crate::render;

use super::command::NAME;

/// Prints the completion script of a shell.
///
/// # Errors
///
/// Those of the output.
pub(super) fn completions(mut command: Command, matches: &ArgMatches, output: &mut impl Write) -> anyhow::Result<()> {
    let shell = matches.get_one::<Shell>("shell").context("no shell is named")?;
    command = with_values(command);
    let mut script = Vec::new();
    clap_complete::generate(*shell, &mut command, NAME, &mut script);
    write(&script, output)
}

/// Prints the list of rules, or the page of one.
///
/// # Errors
///
/// There is no such rule, or those of the output.
pub(super) fn rules(matches: &ArgMatches, output: &mut impl Write) -> anyhow::Result<()> {
    let text = match matches.get_one::<String>("id") {
        None => render::rule_list(),
        Some(id) => render::rule_page(id).with_context(|| match render::nearest_rule(id) {
            Some(meant) => format!("there is no rule `{id}` (did you mean `{meant}`?)"),
            None => format!("there is no rule `{id}` (`istio-drain rules` lists them)"),
        })?,
    };
    write(text.as_bytes(), output)
}

/// The command with the possible values of its flags, only for completions. The fields themselves check values.
fn with_values(command: Command) -> Command {
    let words = |arg: &Arg| fields().find(|field| arg.get_id() == field.name).and_then(|field| field.shape.words());
    // Otherwise shells would offer the names of files.
    let takes_text = |arg: &Arg| arg.get_action().takes_values() && arg.get_value_hint() == ValueHint::Unknown;
    let command = command.mut_args(|arg| match words(&arg) {
        Some(words) => arg.value_parser(PossibleValuesParser::new(words)),
        None if takes_text(&arg) => arg.value_hint(ValueHint::Other),
        None => arg,
    });
    let names: Vec<_> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, with_values))
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
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    write(&page, output)
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
