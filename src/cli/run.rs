//! One run of the function: standard input to standard output.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Command;

use crate::render::{self, Detail, InputReport, Tally};
use crate::transform::{Settings, plugin_policy, read_policy, transform, unasked};
use crate::yaml::{EditSet, Source};
use crate::{io as files, parallel};

use super::args::Args;
use super::command::{NAME, called};
use super::exit::Exit;
use super::explain::Explain;
use super::fix::Fix;
use super::policy_file::PolicyFile;
use super::report::Report;
use super::{exec_plugin, policy_file, shell, usage};

/// What people call the input when it has no file name.
pub(super) const STDIN: &str = "stdin";

/// The three standard streams.
#[derive(Debug)]
pub struct Streams<I, O, E> {
    /// Manifests come from here.
    pub input: I,
    /// Nobody pipes anything in: it is a terminal.
    pub input_is_terminal: bool,
    /// Manifests go here, and what was asked for, such as diffs and help.
    pub output: O,
    /// Somebody looks at the output.
    pub output_is_terminal: bool,
    /// Everything that is for people goes here.
    pub errors: E,
    /// Somebody looks at that.
    pub errors_are_terminal: bool,
}

impl<I, O, E> Streams<I, O, E> {
    /// Where progress can be shown.
    pub(super) fn terminal(&mut self) -> Option<&mut E> {
        self.errors_are_terminal.then_some(&mut self.errors)
    }
}

/// Runs the command line `line`, program name included.
pub fn main<I: Read, O: Write, E: Write + Send>(
    line: impl IntoIterator<Item = OsString>,
    mut streams: Streams<I, O, E>,
) -> ExitCode {
    let code = match run(line, &mut streams) {
        Ok(code) => code,
        Err(error) => {
            tell(&mut streams.errors, &format!("error: {error:#}\n"));
            Exit::Failed
        }
    };
    ExitCode::from(code)
}

fn run<I: Read, O: Write, E: Write + Send>(
    line: impl IntoIterator<Item = OsString>,
    streams: &mut Streams<I, O, E>,
) -> anyhow::Result<Exit> {
    let mut line: Vec<_> = line.into_iter().collect();
    let plugin = exec_plugin::take_config(&mut line, std::env::var_os(exec_plugin::CONFIG_ROOT));
    let mut command = called(line.first());
    let matches = match command.try_get_matches_from_mut(line) {
        Ok(matches) => matches,
        Err(error) if error.use_stderr() => {
            tell(&mut streams.errors, &usage::wrong(&error, &command));
            return Ok(Exit::Failed);
        }
        // Help and version.
        Err(error) => {
            // Whoever closes the pipe has read enough of it.
            let _ = write!(streams.output, "{}", error.render());
            return Ok(Exit::Done);
        }
    };
    match matches.subcommand() {
        Some(("completions", matches)) => {
            return shell::completions(command, matches, &mut streams.output).map(|()| Exit::Done);
        }
        Some(("schema", _)) => return shell::schema(&mut streams.output).map(|()| Exit::Done),
        Some(("man", matches)) => return shell::man(command, matches, &mut streams.output).map(|()| Exit::Done),
        _ => {}
    }
    let (name, own) = matches.subcommand().unwrap_or(("", &matches));
    let args = match Args::from_matches(own) {
        Ok(args) => args,
        Err(error) => anyhow::bail!("--{}: {error}", error.field.join(".")),
    };
    let mut report = Report::to(args.report_file.clone());
    let paint = args.color.paint(streams.output_is_terminal, |name| std::env::var_os(name));
    let task = match name {
        "fix" => Task::Fix(Fix::from_matches(own, args.verbose, paint)),
        "explain" => Task::Explain(Explain::from_matches(own, paint)),
        _ => Task::Function,
    };
    let done = configured(args, plugin, &task, &mut command, streams, &mut report);
    report.end(done)
}

/// What is to be done with the manifests.
enum Task {
    /// They come back with what is planned.
    Function,
    Fix(Fix),
    Explain(Explain),
}

impl Task {
    /// Whether the manifests come from standard input.
    fn reads_stdin(&self) -> bool {
        match self {
            Self::Function => true,
            Self::Fix(fix) => fix.reads_stdin(),
            Self::Explain(explain) => explain.reads_stdin(),
        }
    }
}

/// Reads the policy, and does the task with it.
fn configured<I: Read, O: Write, E: Write + Send>(
    args: Args,
    plugin: Option<PathBuf>,
    task: &Task,
    command: &mut Command,
    streams: &mut Streams<I, O, E>,
    report: &mut Report,
) -> anyhow::Result<Exit> {
    let mut policy = args.policy;
    // The file whose rules are those of the run.
    let mut rules = None;
    let files = [(&args.policy_file, read_policy as policy_file::Reader), (&plugin, plugin_policy)];
    for (path, reader) in files.iter().filter_map(|(path, reader)| Some((path.as_ref()?, reader))) {
        match policy_file::read(path, *reader)? {
            Ok(lower) => {
                let states_them = policy.run.rules.is_none() && lower.fields.run.rules.is_some();
                policy = policy.or(lower.fields.clone());
                rules = if states_them { Some(lower) } else { rules };
            }
            Err(text) => {
                tell(&mut streams.errors, &text);
                report.write(Exit::Failed, Some(&text))?;
                return Ok(Exit::Failed);
            }
        }
    }
    if streams.input_is_terminal && task.reads_stdin() {
        let usage = command.render_usage();
        let name = command.get_bin_name().unwrap_or(NAME);
        tell(&mut streams.errors, &format!("{usage}\n\nPipe manifests into it, or see `{name} --help`.\n"));
        return Ok(Exit::Failed);
    }
    let settings = Settings { policy, strict: args.strict, threads: args.threads.unwrap_or_else(parallel::available) };
    match task {
        Task::Fix(fix) if !fix.is_function() => fix.run(&settings, rules.as_ref(), streams, report),
        Task::Explain(explain) => explain.run(&settings, rules.as_ref(), streams, report),
        Task::Fix(_) | Task::Function => function(&settings, rules.as_ref(), args.verbose, streams, report),
    }
}

/// The function itself.
fn function<I: Read, O: Write, E: Write + Send>(
    settings: &Settings,
    rules: Option<&PolicyFile>,
    verbose: bool,
    streams: &mut Streams<I, O, E>,
    report: &mut Report,
) -> anyhow::Result<Exit> {
    let bytes = files::read_all(&mut streams.input).context("can't read standard input")?;
    let source = match Source::new(&bytes) {
        Ok(source) => source,
        Err(error) => {
            tell(&mut streams.errors, &policy_file::encoding(STDIN, &error));
            report.add(|| InputReport::unreadable(STDIN, &error));
            report.write(Exit::Failed, None)?;
            return Ok(Exit::Failed);
        }
    };
    let done = match transform(source, settings) {
        Ok(done) => done,
        Err(error) => {
            tell(&mut streams.errors, &render::failure(source, STDIN, &error));
            report.add(|| InputReport::failed(STDIN, source, &error));
            report.write(Exit::Failed, None)?;
            return Ok(Exit::Failed);
        }
    };
    let exit = if done.has_errors() { Exit::Found } else { Exit::Done };
    report.add(|| InputReport::done(STDIN, source, &done));
    report.add_rules(&done.rules);
    report.write(exit, None)?;
    if !done.has_errors() || done.is_resource_list {
        let written = match &done.emitted {
            Some(text) => files::write_edited(&mut streams.output, Source::embedded(text), &EditSet::default()),
            None => files::write_edited(&mut streams.output, source, &done.edits),
        };
        match written {
            // The reader of the output has seen enough: that is no error.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe && !done.has_errors() => return Ok(Exit::Done),
            written => written.context("can't write standard output")?,
        }
    }
    if verbose {
        tell(&mut streams.errors, &render::outcomes(source, STDIN, &done.reports));
        let mut tally = Tally::default();
        tally.add(&done.reports);
        tell(&mut streams.errors, &tally.unknown_modes());
        tell(&mut streams.errors, &render::unasked(&unasked(source, &done.kinds, &done.reports)));
    }
    let detail = if verbose { Detail::All } else { Detail::Errors };
    tell(&mut streams.errors, &render::findings(source, STDIN, &done.reports, detail));
    if verbose {
        let stated = rules.and_then(PolicyFile::text);
        tell(&mut streams.errors, &render::unmatched_rules(&done.rules, Some((source, STDIN)), stated));
    }
    tell(&mut streams.errors, &render::summary(&done, detail));
    Ok(exit)
}

/// Writes for people. Nobody may be listening, and that changes nothing.
pub(super) fn tell(errors: &mut impl Write, text: &str) {
    let _ = errors.write_all(text.as_bytes());
}
