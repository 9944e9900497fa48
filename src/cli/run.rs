//! One run of the function: standard input to standard output.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use anyhow::Context as _;

use crate::policy::PolicyFields;
use crate::render::{self, Message};
use crate::transform::{Settings, transform};
use crate::yaml::{EditSet, Source};
use crate::{io as files, parallel};

use super::args::{Args, command};
use super::exec_plugin;

/// What people call the input when it has no file name.
const STDIN: &str = "stdin";

/// Done, or nothing to do.
const DONE: u8 = 0;
/// A workload can't be edited safely.
const FOUND: u8 = 1;
/// Nothing could be done: input, policy or command line are wrong.
const FAILED: u8 = 2;

/// The three standard streams.
#[derive(Debug)]
pub struct Streams<I, O, E> {
    /// Manifests come from here.
    pub input: I,
    /// Nobody pipes anything in: it is a terminal.
    pub input_is_terminal: bool,
    /// Manifests go here, and nothing else but help.
    pub output: O,
    /// Everything that is for people goes here.
    pub errors: E,
}

/// Runs the command line `line`, program name included.
pub fn main<I: Read, O: Write, E: Write>(
    line: impl IntoIterator<Item = OsString>,
    mut streams: Streams<I, O, E>,
) -> ExitCode {
    let code = match run(line, &mut streams) {
        Ok(code) => code,
        Err(error) => {
            tell(&mut streams.errors, &format!("error: {error:#}\n"));
            FAILED
        }
    };
    ExitCode::from(code)
}

fn run<I: Read, O: Write, E: Write>(
    line: impl IntoIterator<Item = OsString>,
    streams: &mut Streams<I, O, E>,
) -> anyhow::Result<u8> {
    let mut line: Vec<_> = line.into_iter().collect();
    let plugin = exec_plugin::take_config(&mut line, std::env::var_os(exec_plugin::CONFIG_ROOT));
    let matches = match command().try_get_matches_from(line) {
        Ok(matches) => matches,
        Err(error) if error.use_stderr() => {
            tell(&mut streams.errors, &error.render().to_string());
            return Ok(FAILED);
        }
        // Help and version.
        Err(error) => {
            // Whoever closes the pipe has read enough of it.
            let _ = write!(streams.output, "{}", error.render());
            return Ok(DONE);
        }
    };
    let args = match Args::from_matches(&matches) {
        Ok(args) => args,
        Err(error) => anyhow::bail!("--{}: {error}", error.field.join(".")),
    };
    let policy = match &args.policy_file {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
            let file = PolicyFields::from_yaml(&text).with_context(|| format!("{}", path.display()))?;
            args.policy.clone().or(file)
        }
        None => args.policy.clone(),
    };
    let policy = match plugin.as_deref().map(exec_plugin::policy).transpose()? {
        Some(Ok(config)) => policy.or(config),
        Some(Err(text)) => {
            tell(&mut streams.errors, &text);
            return Ok(FAILED);
        }
        None => policy,
    };
    if streams.input_is_terminal {
        let usage = command().render_usage();
        tell(&mut streams.errors, &format!("{usage}\n\nPipe manifests into it, or see `istio-drain --help`.\n"));
        return Ok(FAILED);
    }
    let settings = Settings { policy, strict: args.strict, threads: args.threads.unwrap_or_else(parallel::available) };
    function(&settings, args.verbose, streams)
}

/// The function itself.
fn function<I: Read, O: Write, E: Write>(
    settings: &Settings,
    verbose: bool,
    streams: &mut Streams<I, O, E>,
) -> anyhow::Result<u8> {
    let bytes = files::read_all(&mut streams.input).context("can't read standard input")?;
    let source = match Source::new(&bytes) {
        Ok(source) => source,
        Err(error) => {
            let place = error.position.to_string();
            let text = render::message(&Message {
                label: "error",
                text: &error.to_string(),
                input: &format!("{STDIN}:{place}"),
                place: None,
                about: "",
                remedy: "",
            });
            tell(&mut streams.errors, &text);
            return Ok(FAILED);
        }
    };
    let done = match transform(source, settings) {
        Ok(done) => done,
        Err(error) => {
            tell(&mut streams.errors, &render::failure(source, STDIN, &error));
            return Ok(FAILED);
        }
    };
    if !done.has_errors() || done.is_resource_list {
        let written = match &done.emitted {
            Some(text) => files::write_edited(&mut streams.output, Source::embedded(text), &EditSet::default()),
            None => files::write_edited(&mut streams.output, source, &done.edits),
        };
        match written {
            // The reader of the output has seen enough: that is no error.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe && !done.has_errors() => return Ok(DONE),
            written => written.context("can't write standard output")?,
        }
    }
    if verbose {
        tell(&mut streams.errors, &render::outcomes(source, STDIN, &done.reports));
    }
    tell(&mut streams.errors, &render::findings(source, STDIN, &done.reports, verbose));
    tell(&mut streams.errors, &render::summary(&done));
    Ok(if done.has_errors() { FOUND } else { DONE })
}

/// Writes for people. Nobody may be listening, and that changes nothing.
fn tell(errors: &mut impl Write, text: &str) {
    let _ = errors.write_all(text.as_bytes());
}
