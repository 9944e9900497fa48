//! Where the results of a run go. A sink decides the exit code, the messages and the output. A new sink is a variant
//! here.

use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use clap::ArgMatches;

use crate::check::Losses;
use crate::io::{self as files, FileError, HeldSignals, ReplaceError, Replacement, Signal};
use crate::render::{self, Asked, ChangedFile, Detail, Ending, Look, Preview, TimelineFormat};
use crate::transform::{Run, Settings};
use crate::yaml::{EditSet, Source};

use super::check::{self, CheckRequest, CheckedRun};
use super::command::CHECK;
use super::exit::Exit;
use super::explain::Shown;
use super::inputs::InputSources;
use super::policy_file::PolicyFile;
use super::progress::Progress;
use super::streams::Streams;

/// Where the results of a run go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sink {
    /// The input with its edits goes to standard output. This is the function.
    Stream,
    /// Files are replaced.
    Files,
    /// The planned changes go to standard output, as a diff or as names of files.
    Preview { shown: Preview, is_check: bool },
    /// Timelines, or the numbers of the plan, go to standard output.
    Explanation(Shown),
    /// Findings go to standard output.
    Check,
}

/// A planned run, with everything that its sink uses.
pub(super) struct Job<'r> {
    pub run: &'r Run<'r>,
    pub inputs: &'r InputSources,
    pub settings: &'r Settings,
    /// The file whose rules are those of the run.
    pub(super) rules: Option<&'r PolicyFile>,
    /// The name of the `.istio-drain.yaml` files that were found, for people.
    pub(super) policies: Option<String>,
    /// Which workloads `explain` is asked for.
    pub(super) asked: &'r Asked,
    pub detail: Detail,
    /// Workloads of kinds that were not asked for are a failure.
    pub fails_on_unasked: bool,
    /// How text looks.
    pub(super) look: Look,
    /// What a check applies, and what it found.
    pub(super) check: Option<(&'r CheckRequest, CheckedRun<'r>)>,
    /// What is said of files that `fix --check` finds to be edited.
    pub(super) losses: Option<Losses<'r, 'r>>,
    pub(super) volume: Volume,
    /// Progress is shown from this moment on.
    pub from: Instant,
}

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Volume {
    /// `-q`: only errors.
    Quiet,
    /// How a run ends, and what to do next.
    Normal,
    /// `-v`: what became of each workload, and all findings.
    Verbose,
    /// `-vv`: also what each plan used.
    Numbers,
}

impl Volume {
    /// What the flags say.
    pub(super) fn of(is_quiet: bool, verbose: u8) -> Self {
        match (is_quiet, verbose) {
            (true, _) => Self::Quiet,
            (false, 0) => Self::Normal,
            (false, 1) => Self::Verbose,
            (false, _) => Self::Numbers,
        }
    }

    /// What a check prints of its findings.
    fn of_findings(self) -> Detail {
        match self {
            Self::Quiet => Detail::Errors,
            Self::Normal => Detail::Warnings,
            Self::Verbose | Self::Numbers => Detail::All,
        }
    }
}

/// The message if there is nothing to check.
const NO_INPUT: &str = "error: nothing was checked: the input is empty\n \
                        = help: look at the command before the pipe: it may have failed\n";

/// Why not everything could be written.
pub(super) enum Fault {
    /// Files can't be replaced.
    Files(Vec<FileError>),
    /// A signal ended the run. `None`: nothing was written. Otherwise the number of files that were replaced; all are
    /// new.
    Ended(Signal, Option<usize>),
    /// Something else is wrong.
    Other(anyhow::Error),
}

impl Sink {
    /// The sink of a command, by its own flags.
    pub(super) fn of(name: &str, matches: &ArgMatches, reads_stdin: bool) -> Self {
        let is_set = |flag: &str| matches.get_flag(flag);
        match name {
            "fix" => match (Preview::of(is_set), is_set(CHECK)) {
                (None, false) if reads_stdin => Self::Stream,
                (None, false) => Self::Files,
                (shown, is_check) => Self::Preview { shown: shown.unwrap_or_default(), is_check },
            },
            "explain" => Self::Explanation(Shown::of(matches)),
            check::NAME => Self::Check,
            _ => Self::Stream,
        }
    }

    /// Whether files are replaced.
    pub(super) fn replaces_files(self) -> bool {
        self == Self::Files
    }

    /// Whether it writes to standard output.
    pub(super) fn owns_output(self) -> bool {
        !self.replaces_files()
    }

    /// Whether it is a failure that a file would change.
    pub(super) fn fails_on_changes(self) -> bool {
        matches!(self, Self::Preview { is_check: true, .. })
    }

    /// Whether files change, or would.
    fn works_on_files(self) -> bool {
        matches!(self, Self::Files | Self::Preview { .. })
    }

    /// Which findings are shown. Fewer are shown if the output is not a terminal.
    pub(super) fn detail(self, volume: Volume, is_seen: bool) -> Detail {
        match self {
            // The findings are its output.
            Self::Check => Detail::Errors,
            _ if volume >= Volume::Verbose => Detail::All,
            Self::Files | Self::Preview { .. } if is_seen && volume > Volume::Quiet => Detail::Warnings,
            _ => Detail::Errors,
        }
    }

    /// The exit code if everything can be written.
    pub(super) fn exit(self, job: &Job<'_>) -> Exit {
        match self {
            _ if job.run.has_failed() || self.lacks_input(job) => Exit::Failed,
            Self::Explanation(_) if job.lacks_the_asked() => Exit::Failed,
            Self::Explanation(_) => Exit::Done,
            Self::Check => job.check.as_ref().map_or(Exit::Done, |(_, checked)| checked.exit()),
            _ if job.fails_for_unasked() => Exit::Found,
            Self::Preview { is_check: true, .. } if !job.changes().is_empty() => Exit::Found,
            _ if job.run.is_sound() => Exit::Done,
            _ => Exit::Found,
        }
    }

    /// Whether a check has nothing to look at. Silence would look like an all-clear.
    fn lacks_input(self, job: &Job<'_>) -> bool {
        self == Self::Check && job.run.is_piped() && job.run.is_empty()
    }

    /// The messages before any output.
    pub(super) fn told(self, job: &Job<'_>) -> String {
        match self {
            _ if self.lacks_input(job) => NO_INPUT.to_owned(),
            Self::Explanation(_) | Self::Check => {
                let wrong = job.run.inputs.iter().map(|(manifest, fate)| render::wrong_input(manifest, fate));
                let lacking = (!job.run.has_failed()).then(|| render::lacking(job.run, job.asked)).flatten();
                // A page or a picture has no room for it.
                let is_text = matches!(self, Self::Explanation(Shown::Timelines(TimelineFormat::Text)));
                let others = (job.asked.records.is_some() && !is_text && lacking.is_none())
                    .then(|| render::logs_of_others(&render::stories(job.run, job.asked), job.asked));
                wrong.chain(lacking).chain(others).chain([job.numbers()]).collect()
            }
            _ => {
                let told =
                    render::run_text(job.run, job.detail, job.shows_numbers(), job.rules.and_then(PolicyFile::text));
                let losses = job.losses.as_ref().map(|losses| render::checked_findings(&losses.checked));
                let unasked = job.fails_for_unasked().then(|| render::failed_for_unasked(&job.run.unasked()));
                told + &losses.unwrap_or_default() + &unasked.unwrap_or_default() + &job.numbers()
            }
        }
    }

    /// Writes the output. Returns whether the reader took all of it.
    pub(super) fn write<I, O: Write, E: Write + Send>(
        self,
        job: &Job<'_>,
        streams: &mut Streams<I, O, E>,
    ) -> Result<bool, Fault> {
        let output = &mut streams.output;
        if let Some((_, checked)) = job.check.as_ref().filter(|_| !job.run.has_failed()) {
            checked.write().map_err(Fault::Other)?;
        }
        let written = match self {
            Self::Stream => job.write_stream(output),
            Self::Preview { .. } if !job.run.is_sound() => Ok(()),
            Self::Preview { shown, .. } => job.write_preview(shown, output),
            // No findings in unreadable input would look like an all-clear.
            Self::Check if self.lacks_input(job) => Ok(()),
            Self::Check if job.run.has_failed() && job.run.planned().next().is_none() => Ok(()),
            Self::Check => output.write_all(job.checked(streams.output_is_terminal).as_bytes()),
            Self::Explanation(_) if job.lacks_the_asked() => Ok(()),
            Self::Explanation(shown) => job.write_explanation(shown, output, streams.output_is_terminal),
            Self::Files => return job.replace(streams).map(|()| true),
        };
        match written.and_then(|()| output.flush()) {
            // A reader that stops early is not an error.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            written => written.map(|()| true).context("can't write standard output").map_err(Fault::Other),
        }
    }

    /// The run in one line, after one about files that are blank.
    pub(super) fn last_line(self, job: &Job<'_>) -> String {
        let blank = render::blank(job.run);
        let line = match self {
            // A check edits nothing, and its own text says what it leaves out.
            Self::Check if job.run.has_failed() || self.lacks_input(job) => String::new(),
            Self::Check => gone_by("checked", job),
            Self::Explanation(_) if !(job.run.is_piped() && job.run.is_empty()) => gone_by("explained", job),
            Self::Stream | Self::Files | Self::Preview { .. } if job.run.has_failed() => render::failed(job.run),
            Self::Files | Self::Preview { .. } if !job.run.is_sound() => {
                "istio-drain: nothing was written\n".to_owned()
            }
            _ => render::last_line(&Ending {
                run: job.run,
                changed_files: self.works_on_files().then(|| job.changes().len()),
                is_dry: !matches!(self, Self::Files | Self::Stream),
                detail: job.detail,
                template_folders: job.inputs.template_folders,
                found_policies: job.policies.as_deref(),
            }),
        };
        blank + &line
    }
}

/// What was done by the policies that were found, if any was.
fn gone_by(done: &str, job: &Job<'_>) -> String {
    job.policies.as_ref().map(|title| format!("istio-drain: {done} by {title}\n")).unwrap_or_default()
}

impl Job<'_> {
    /// Whether what each plan used is shown.
    fn shows_numbers(&self) -> bool {
        self.volume >= Volume::Numbers
    }

    /// What each plan used, for `-vv`.
    fn numbers(&self) -> String {
        let plans = self.run.planned().filter(|_| self.shows_numbers());
        plans.map(|(name, source, done)| render::plans(source, name, done)).collect()
    }

    /// What a check found.
    fn checked(&self, is_terminal: bool) -> String {
        let text = |(check, checked): &(&CheckRequest, CheckedRun<'_>)| {
            let text = check.text(checked, self.run, self.volume.of_findings(), self.look);
            if is_terminal && check.is_text() { render::folded(&text, self.look.columns) } else { text }
        };
        self.check.as_ref().map(text).unwrap_or_default()
    }

    /// Whether the run fails because of workloads of other kinds.
    fn fails_for_unasked(&self) -> bool {
        self.fails_on_unasked && self.run.unasked().total() > 0
    }

    /// The files that change. None if there is an error anywhere.
    fn changes(&self) -> Vec<Replacement<'_>> {
        if !self.run.is_sound() {
            return Vec::new();
        }
        let all = self.inputs.files.iter().zip(&self.run.inputs);
        let changed = all.filter_map(|(file, (manifest, fate))| {
            let (source, edits) = fate.edits().filter(|(_, edits)| !edits.is_empty())?;
            if self.losses.as_ref().is_some_and(|losses| losses.accepted.contains(manifest.name.as_str())) {
                return None;
            }
            Some(Replacement { file, source, edits })
        });
        changed.collect()
    }

    /// Writes the input with its edits. If an error was found, only a ResourceList is written, with `results`.
    fn write_stream(&self, output: &mut impl Write) -> io::Result<()> {
        let fails = self.fails_for_unasked();
        let planned = self.run.planned().filter(|(.., done)| !fails && !done.has_errors() || done.is_resource_list);
        for (_, source, done) in planned {
            match &done.emitted {
                Some(text) => files::write_edited(&mut *output, Source::embedded(text), &EditSet::default())?,
                None => files::write_edited(&mut *output, source, &done.edits)?,
            }
        }
        Ok(())
    }

    fn write_preview(&self, shown: Preview, output: &mut impl Write) -> io::Result<()> {
        let here = Path::new(".").canonicalize().unwrap_or_default();
        for Replacement { file, source, edits } in self.changes() {
            let changed = ChangedFile { name: &file.name, place: &files::from_here(&here, &file.place), source, edits };
            output.write_all(shown.of_file(changed, self.look.paint).as_bytes())?;
        }
        output.write_all(shown.of_run(self.run).as_bytes())
    }

    /// Whether no workload is like what is asked for.
    fn lacks_the_asked(&self) -> bool {
        render::lacking(self.run, self.asked).is_some()
    }

    fn write_explanation(&self, shown: Shown, output: &mut impl Write, is_terminal: bool) -> io::Result<()> {
        let text = match shown {
            Shown::Numbers => {
                let planned = self.run.planned();
                planned.map(|(name, source, done)| render::explain(source, name, done, self.look)).collect()
            }
            Shown::Timelines(form) => {
                let stories = render::stories(self.run, self.asked);
                let mut parts = render::timelines(&stories, form, self.look);
                if form != TimelineFormat::Text {
                    return parts.try_for_each(|part| output.write_all(part.as_bytes()));
                }
                vec![parts.collect(), render::logs_of_others(&stories, self.asked)]
            }
        };
        output.write_all(self.with_the_rest(text, is_terminal).as_bytes())
    }

    /// Adds the messages about the whole run.
    fn with_the_rest(&self, mut text: Vec<String>, is_terminal: bool) -> String {
        let stated = self.rules.and_then(PolicyFile::text);
        let unmatched = render::unmatched_rules(&self.run.rules, self.run.function_input(), stated);
        let rest = [unmatched, render::unasked(&self.run.unasked())];
        text.extend(rest.map(|rest| if is_terminal { render::folded(&rest, self.look.columns) } else { rest }));
        text.retain(|part| !part.is_empty());
        if text.is_empty() && !self.run.has_failed() {
            text.push("istio-drain: there is no workload in the input\n".to_owned());
        }
        text.join("\n")
    }

    fn replace<I, O, E: Write + Send>(&self, streams: &mut Streams<I, O, E>) -> Result<(), Fault> {
        let changes = self.changes();
        if changes.is_empty() {
            return Ok(());
        }
        let signals = HeldSignals::hold().context("can't hold signals back").map_err(Fault::Other)?;
        let progress = Progress::new("writing", changes.len(), self.from, streams.terminal());
        let replaced = files::replace_all(&changes, self.settings.threads, &signals, || progress.tick());
        match (replaced, signals.received()) {
            (Ok(()), None) => Ok(()),
            (Ok(()), Some(signal)) => Err(Fault::Ended(signal, Some(changes.len()))),
            (Err(ReplaceError::Ended(signal)), _) => Err(Fault::Ended(signal, None)),
            (Err(ReplaceError::Files(errors)), _) => Err(Fault::Files(errors)),
        }
    }
}
