//! One run of the program: reads the command line, the policy and the inputs, plans everything, and calls one sink.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use clap::ArgMatches;

use crate::check::{Checked, Losses};
use crate::io::{self as files, FileError, HeldSignals, WholeInput};
use crate::observed::{PodRecord, Records};
use crate::parallel;
use crate::render::{self, Asked, Look, Message, Paint};
use crate::transform::{Judging, Run, Settings, plugin_policy, read_policy};

use super::args::{Args, stated_once};
use super::check::{CheckRequest, baseline_names, baselines, only_checked};
use super::color::Color;
use super::command::{FAIL_ON_UNASKED, NAME, VALUES, called, command_of};
use super::exit::Exit;
use super::forgive::forgiven;
use super::found::{self, FoundPolicies};
use super::inputs::{self, InputSources};
use super::leftovers::cleared;
use super::policy_file::{self, PolicyFile};
use super::progress::{PATIENCE, PATIENCE_OF_PIPES, Progress, while_shown};
use super::report_file::ReportFile;
use super::sink::{Fault, Job, Sink, Volume};
use super::streams::Streams;
use super::{completions, demo, exec_plugin, explain, init, printed, usage};

/// Runs the command line `line`, program name included.
pub fn main<I: WholeInput, O: Write, E: Write + Send>(
    line: impl IntoIterator<Item = OsString>,
    mut streams: Streams<I, O, E>,
) -> ExitCode {
    let code = match run(line.into_iter().collect(), &mut streams) {
        Ok(code) => code,
        Err(error) => {
            streams.tell(&format!("error: {error:#}\n"));
            Exit::Failed
        }
    };
    ExitCode::from(code)
}

fn run<I: WholeInput, O: Write, E: Write + Send>(
    mut line: Vec<OsString>,
    streams: &mut Streams<I, O, E>,
) -> anyhow::Result<Exit> {
    let color = Color::stated_in(&line);
    let paint = |is_terminal| color.paint(is_terminal, |name| std::env::var_os(name));
    streams.errors_are_colored = paint(streams.errors_are_terminal) == Paint::Color;
    let plugin = exec_plugin::take_config(&mut line, std::env::var_os(exec_plugin::CONFIG_ROOT));
    let (program, is_bare) = (line.first().cloned(), line.len() < 2);
    // What kustomize and kpt call most has no arguments. The flags, with all their help, are not made for it.
    let matches = if is_bare {
        ArgMatches::default()
    } else {
        match asked_for(line, program.as_ref(), paint, streams)? {
            ControlFlow::Continue(matches) => matches,
            ControlFlow::Break(exit) => return Ok(exit),
        }
    };
    let mut report = ReportFile::to(stated_once(matches.subcommand().map_or(&matches, |(_, own)| own), "report"));
    // Signals take effect after all output.
    let mut signals = None;
    let done = work(&matches, plugin, program.as_ref(), streams, &mut report, &mut signals);
    report.end(done, &mut streams.output)
}

/// What a command line asks for. The commands that plan nothing are done here.
fn asked_for<I: WholeInput, O: Write, E: Write + Send>(
    line: Vec<OsString>,
    program: Option<&OsString>,
    paint: impl Fn(bool) -> Paint,
    streams: &mut Streams<I, O, E>,
) -> anyhow::Result<ControlFlow<Exit, ArgMatches>> {
    let few = command_of(&line);
    let in_order = forgiven(line.clone(), &few);
    // Only what is wrong, or asks for help, needs the texts of all flags.
    let matches = match few.try_get_matches_from(in_order) {
        Ok(matches) => matches,
        Err(_) => match with_texts(line, program, &paint, streams)? {
            ControlFlow::Continue(matches) => matches,
            ControlFlow::Break(exit) => return Ok(ControlFlow::Break(exit)),
        },
    };
    let done = match matches.subcommand() {
        Some(("init", matches)) => init::run(matches, streams)?,
        Some(("demo", matches)) => demo::run(matches, streams, |name| std::env::var_os(name)).map(|()| Exit::Done)?,
        Some(("completions", matches)) => {
            completions::completions(called(program), matches, &mut streams.output).map(|()| Exit::Done)?
        }
        Some(("rules", matches)) => {
            let look = |()| explain::look(matches, paint(true), true, |name| std::env::var_os(name));
            let terminal = streams.output_is_terminal.then_some(()).map(look);
            printed::rules(matches, terminal, &mut streams.output).map(|()| Exit::Done)?
        }
        Some(("schema", _)) => printed::schema(&mut streams.output).map(|()| Exit::Done)?,
        Some(("man", matches)) => printed::man(called(program), matches, &mut streams.output).map(|()| Exit::Done)?,
        _ => return Ok(ControlFlow::Continue(matches)),
    };
    Ok(ControlFlow::Break(done))
}

/// The same of a command line that is wrong, or asks for help or for the version: prints the answer.
fn with_texts<I, O: Write, E: Write>(
    line: Vec<OsString>,
    program: Option<&OsString>,
    paint: impl Fn(bool) -> Paint,
    streams: &mut Streams<I, O, E>,
) -> anyhow::Result<ControlFlow<Exit, ArgMatches>> {
    let mut command = called(program);
    let line = forgiven(line, &command);
    match command.try_get_matches_from_mut(&line) {
        Ok(matches) => Ok(ControlFlow::Continue(matches)),
        Err(error) if error.use_stderr() => {
            let text = usage::wrong(error, &command);
            streams.tell(&text);
            let first = text.split("\n\n").next().unwrap_or_default();
            let first = first.strip_prefix("error: ").unwrap_or(first);
            let written = ReportFile::found_in(&line).write(Exit::Failed, Some(first), None);
            written.map(|()| ControlFlow::Break(Exit::Failed))
        }
        Err(error) => {
            let text = error.render();
            let is_colored = paint(streams.output_is_terminal) == Paint::Color;
            let text = if is_colored { text.ansi().to_string() } else { text.to_string() };
            printed::write(text.as_bytes(), &mut streams.output).map(|()| ControlFlow::Break(Exit::Done))
        }
    }
}

/// Reads the policy and the inputs, plans everything, and calls the sink.
fn work<I: WholeInput, O: Write, E: Write + Send>(
    matches: &ArgMatches,
    plugin: Option<PathBuf>,
    program: Option<&OsString>,
    streams: &mut Streams<I, O, E>,
    report: &mut ReportFile,
    signals: &mut Option<HeldSignals>,
) -> anyhow::Result<Exit> {
    let (name, own) = matches.subcommand().unwrap_or(("", matches));
    let mut paths: Vec<PathBuf> = own.try_get_many("paths").ok().flatten().into_iter().flatten().cloned().collect();
    let values: Vec<PathBuf> = own.try_get_many(VALUES).ok().flatten().into_iter().flatten().cloned().collect();
    paths.extend(values.iter().cloned());
    let asked = if name == "explain" { explain::asked(own, &mut paths) } else { Asked::default() };
    report.spare(&explain::logs(own).map(PathBuf::as_path).collect::<Vec<_>>(), "a log")?;
    let records = explain::records(own)?;
    let reads_stdin = inputs::reads_stdin(&paths);
    let sink = Sink::of(name, own, reads_stdin);
    report.spare_output(sink.owns_output())?;
    let args = Args::from_matches(own).map_err(|error| {
        let policy_file = stated_once(own, "policy");
        report.spare_all_in(&paths.iter().cloned().chain(policy_file).collect::<Vec<_>>());
        let flaws = error.flaws.iter().map(|flaw| format!("--{}: {}", flaw.field, flaw.message));
        anyhow::anyhow!(flaws.chain(error.rest()).collect::<Vec<_>>().join("\nerror: "))
    })?;
    let (mut policy, mut rules) = (args.policy, None);
    let files = [(&args.policy_file, read_policy as policy_file::PolicyReader), (&plugin, plugin_policy)];
    for (path, reader) in files.iter().filter_map(|(path, reader)| Some((path.as_ref()?, reader))) {
        report.spare(&[path.as_path()], "the policy")?;
        match policy_file::read(path, *reader)? {
            Ok(lower) => {
                let states_them = !policy.states("workloads") && lower.fields.states("workloads");
                policy = policy.or(lower.fields.clone());
                rules = if states_them { Some(lower) } else { rules };
            }
            Err(text) => {
                streams.tell(&text);
                return report.write(Exit::Failed, Some(&text), None).map(|()| Exit::Failed);
            }
        }
    }
    if streams.input_is_terminal && reads_stdin {
        let mut command = called(program);
        let usage = command.render_usage();
        let name = command.get_bin_name().unwrap_or(NAME);
        let next = format!("Pipe manifests into it. `{name} demo` shows what it does, `{name} --help` says the rest.");
        streams.tell(&format!("{usage}\n\n{next}\n"));
        return report.write(Exit::Failed, Some("no manifests are piped in"), None).map(|()| Exit::Failed);
    }
    let check = CheckRequest::of(name, own, &mut policy)?;
    let judging = if check.is_some() { Judging::Later } else { Judging::default() };
    let threads = args.threads.unwrap_or_else(parallel::available);
    let reads_running = name == "explain";
    let settings = Settings { policy, strict: args.strict, threads, reads_running, judging, keeps_patches: false };
    if args.quiet {
        // No progress, and no findings but errors.
        streams.errors_are_terminal = false;
    }
    let paint = args.color.paint(streams.output_is_terminal, |name| std::env::var_os(name));
    let look = explain::look(own, paint, streams.output_is_terminal, |name| std::env::var_os(name));
    let task = RunTask {
        asked: &asked,
        records,
        look,
        sink,
        check: check.as_ref(),
        paths: &paths,
        values: &values,
        settings: &settings,
        rules: rules.as_ref(),
        policy_file: args.policy_file.as_deref(),
        looks_for_policies: !args.no_config && plugin.is_none() && found::may_look(|name| std::env::var_os(name)),
        volume: Volume::of(args.quiet, args.verbose),
        fails_on_unasked: stated_once(own, FAIL_ON_UNASKED).unwrap_or_default(),
    };
    task.run(streams, report, signals)
}

/// What to do with which manifests.
struct RunTask<'t> {
    sink: Sink,
    check: Option<&'t CheckRequest>,
    paths: &'t [PathBuf],
    /// Those among them that are values of charts.
    values: &'t [PathBuf],
    settings: &'t Settings,
    /// The policy file that states the rules of the run.
    rules: Option<&'t PolicyFile>,
    /// `--policy`
    policy_file: Option<&'t Path>,
    /// Each input also uses the `.istio-drain.yaml` above it.
    looks_for_policies: bool,
    volume: Volume,
    /// `--fail-on-unasked`
    fails_on_unasked: bool,
    /// The workloads that `explain` shows.
    asked: &'t Asked,
    /// What `--log` says of pods.
    records: Option<Records>,
    /// How text looks.
    look: Look,
}

impl RunTask<'_> {
    /// What the logs say, with the events and the deleted pods among the manifests.
    fn records(&self, run: &Run<'_>) -> Option<Vec<PodRecord>> {
        let mut records = self.records.clone()?;
        // What is planned has been parsed, so there is no error left.
        run.planned().for_each(|(_, source, _)| records.add_objects(source).unwrap_or_default());
        Some(records.finish())
    }

    /// Plans all inputs. The second run is the check of those that would change, if that is a failure.
    fn plan<'i, I, O, E: Write + Send>(
        &self,
        inputs: &'i InputSources,
        found: &FoundPolicies,
        from: Instant,
        streams: &mut Streams<I, O, E>,
    ) -> anyhow::Result<(Run<'i>, Option<Run<'i>>)> {
        let terminal = streams.terminal();
        // Of a single input, only the time can be shown.
        let (of_files, of_pipe) = if inputs.manifests.len() > 1 { (terminal, None) } else { (None, terminal) };
        let progress = Progress::new("planning", inputs.manifests.len(), from, of_files);
        let patience = Instant::now() + PATIENCE_OF_PIPES;
        while_shown("planning", patience, of_pipe, || {
            let planned =
                |settings: &Settings| Run::under(&inputs.manifests, &found.fields(), settings, || progress.tick());
            let mut run = planned(self.settings);
            let known: BTreeSet<_> = match self.check {
                None => baselines(&run)?.into_values().flat_map(|baseline| baseline.names).collect(),
                Some(_) => BTreeSet::new(),
            };
            // A function's own policy may name the baseline.
            if !known.is_empty() {
                run = planned(&Settings { judging: Judging::Here(known), ..self.settings.clone() });
            }
            // Whoever changes nothing is not planned again.
            let is_changed = || run.inputs.iter().any(|(_, fate)| fate.edits().is_some_and(|(_, all)| !all.is_empty()));
            let checked_run = (self.sink.fails_on_changes() && run.is_sound() && is_changed()).then(|| {
                let mut settings = Settings { judging: Judging::Later, ..self.settings.clone() };
                only_checked(&mut settings.policy);
                planned(&settings)
            });
            Ok((run, checked_run))
        })
    }

    /// What to do next, if no policy says it and a person may read it.
    fn hints(&self, run: &Run<'_>, found: &FoundPolicies, is_seen: bool) -> String {
        let is_first = self.looks_for_policies && self.policy_file.is_none() && found.paths().next().is_none();
        let is_asked = is_seen || !inputs::reads_stdin(self.paths);
        let is_list = run.planned().any(|(.., done)| done.is_resource_list);
        let is_read = !is_list && !found::is_ci(|name| std::env::var_os(name));
        if self.volume == Volume::Quiet || !is_first || !is_asked || !is_read {
            return String::new();
        }
        render::hints(run, |field| self.settings.policy.states(field))
    }

    fn run<I: WholeInput, O: Write, E: Write + Send>(
        &self,
        streams: &mut Streams<I, O, E>,
        report: &mut ReportFile,
        signals: &mut Option<HeldSignals>,
    ) -> anyhow::Result<Exit> {
        let from = Instant::now() + PATIENCE;
        let inputs = match inputs::read(self.paths, self.settings.threads, from, report, streams)? {
            Ok(inputs) => inputs.with_values(self.values),
            Err(errors) => return refuse(&errors, streams, report),
        };
        let mut found = FoundPolicies::default();
        if self.looks_for_policies {
            found = match FoundPolicies::of(&inputs, inputs::reads_stdin(self.paths), streams)? {
                Ok(found) => found,
                Err(text) => {
                    streams.tell(&text);
                    return report.write(Exit::Failed, Some(&text), None).map(|()| Exit::Failed);
                }
            };
        }
        if self.sink.replaces_files() {
            let here = Path::new(".").canonicalize().unwrap_or_default();
            files::clear_dead_runs(&inputs.files).iter().for_each(|run| streams.tell(&cleared(run, &here)));
        }
        report.survive_panics();
        let (mut run, checked_run) = self.plan(&inputs, &found, from, streams)?;
        let losses = match &checked_run {
            Some(checked) => Some(Losses::of(&run, checked, Checked::of(checked, &baselines(checked)?))),
            None => None,
        };
        if self.policy_file.is_some_and(|path| inputs.has(path)) {
            run.unused_policies = run.unused_policies.saturating_sub(1);
        }
        let detail = self.sink.detail(self.volume, streams.errors_are_terminal);
        let (settings, look) = (self.settings, self.look);
        let asked = &Asked { records: self.records(&run), ..self.asked.clone() };
        let states_rules = self.settings.policy.states("workloads");
        let rules = self.rules.or(found.single().filter(|_| !states_rules));
        let policies = run.goes_by_found.then(|| found.title()).flatten();
        let fails_on_unasked = self.fails_on_unasked;
        let check = self.check.map(|check| Ok::<_, anyhow::Error>((check, check.of_run(&run)?))).transpose()?;
        let policy_files: Vec<_> = self.policy_file.into_iter().chain(found.paths()).collect();
        if let Some((_, checked)) = &check {
            checked.spare(&inputs.places(), "an input")?;
            checked.spare(&policy_files, "the policy")?;
        }
        report.spare(&policy_files, "the policy")?;
        report.spare(&baseline_names(&run).map(Path::new).collect::<Vec<_>>(), "the baseline")?;
        let volume = self.volume;
        let job = Job {
            run: &run,
            inputs: &inputs,
            settings,
            rules,
            policies,
            asked,
            detail,
            fails_on_unasked,
            look,
            check,
            losses,
            volume,
            from,
        };
        let exit = self.sink.exit(&job);
        report.write(exit, None, Some(&run))?;
        streams.tell(&self.sink.told(&job));
        if self.sink.replaces_files() {
            *signals = Some(HeldSignals::hold().context("can't hold signals back")?);
        }
        match self.sink.write(&job, streams) {
            Ok(true) if self.volume == Volume::Quiet => {}
            Ok(true) => {
                streams.tell(&self.sink.last_line(&job));
                if exit != Exit::Failed {
                    streams.tell(&self.hints(&run, &found, streams.errors_are_terminal));
                }
            }
            Ok(false) => {}
            Err(Fault::Files(errors)) => return refuse(&errors, streams, report),
            Err(Fault::Ended(signal, replaced)) => {
                let name = signal.name();
                let text = match replaced {
                    Some(count) => format!("{name} came while files were being replaced: all {count} are new"),
                    None => format!("{name} came before any file was replaced: nothing was written"),
                };
                streams.tell(&format!("istio-drain: {text}\n"));
                let exit = Exit::Ended(signal);
                return report.write(exit, Some(&text), replaced.and(Some(&run))).map(|()| exit);
            }
            Err(Fault::Other(error)) => return Err(error),
        }
        Ok(exit)
    }
}

/// Prints errors about files.
fn refuse<I, O, E: Write>(
    errors: &[FileError],
    streams: &mut Streams<I, O, E>,
    report: &mut ReportFile,
) -> anyhow::Result<Exit> {
    for error in errors {
        let text = error.to_string();
        let message = Message {
            label: "error",
            text: &text,
            input: "",
            place: None,
            about: "",
            remedy: error.remedy(),
            assumption: None,
            beside: None,
        };
        streams.tell(&render::message(&message));
    }
    let all: Vec<_> = errors.iter().map(ToString::to_string).collect();
    report.write(Exit::Failed, Some(&all.join("\n")), None).map(|()| Exit::Failed)
}
