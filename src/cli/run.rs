//! One run of the function: standard input to standard output.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use anyhow::Context as _;

use crate::policy::PolicyFields;
use crate::render::{self, Message};
use crate::transform::{Settings, transform};
use crate::yaml::Source;
use crate::{io as files, parallel};

use super::args::{Args, command};

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
        // The reader of the output has seen enough: that is no error.
        Err(error) if is_broken_pipe(&error) => DONE,
        Err(error) => {
            let _ = writeln!(streams.errors, "error: {error:#}");
            FAILED
        }
    };
    ExitCode::from(code)
}

fn run<I: Read, O: Write, E: Write>(
    line: impl IntoIterator<Item = OsString>,
    streams: &mut Streams<I, O, E>,
) -> anyhow::Result<u8> {
    let matches = match command().try_get_matches_from(line) {
        Ok(matches) => matches,
        Err(error) if error.use_stderr() => {
            write!(streams.errors, "{}", error.render())?;
            return Ok(FAILED);
        }
        // Help and version.
        Err(error) => {
            write!(streams.output, "{}", error.render())?;
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
    if streams.input_is_terminal {
        write!(
            streams.errors,
            "{}\n\nPipe manifests into it, or see `istio-drain --help`.\n",
            command().render_usage()
        )?;
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
            streams.errors.write_all(text.as_bytes())?;
            return Ok(FAILED);
        }
    };
    let done = match transform(source, settings) {
        Ok(done) => done,
        Err(error) => {
            streams.errors.write_all(render::failure(source, STDIN, &error).as_bytes())?;
            return Ok(FAILED);
        }
    };
    if !done.has_errors() || done.is_resource_list {
        files::write_edited(&mut streams.output, source, &done.edits)?;
    }
    if verbose {
        streams.errors.write_all(render::outcomes(source, STDIN, &done.reports).as_bytes())?;
    }
    streams.errors.write_all(render::findings(source, STDIN, &done.reports, verbose).as_bytes())?;
    streams.errors.write_all(render::summary(&done).as_bytes())?;
    Ok(if done.has_errors() { FOUND } else { DONE })
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
