//! `fix`: everything is read, then everything is planned, then everything is written; or nothing is.

pub(super) mod plan;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use clap::ArgMatches;

use crate::io::{self as files, FileError, Replacement};
use crate::parallel;
use crate::render::{self, Detail, FilesRun, Message, Paint, Tally};
use crate::transform::{Settings, Unasked, uses_together};

use super::command::CHECK;
use super::exit::Exit;
use super::policy_file::PolicyFile;
use super::progress::{PATIENCE, Progress};
use super::report::Report;
use super::run::{Streams, tell};

use plan::{Draft, Manifest, plan};

/// What `fix` is told, beside the settings.
#[derive(Clone, Debug)]
pub(super) struct Fix {
    /// Files and folders, or `-` alone.
    pub paths: Vec<PathBuf>,
    /// Print what would change, and write nothing.
    pub diff: bool,
    /// Fail where something would change, and write nothing.
    pub check: bool,
    pub verbose: bool,
    /// How the diff looks.
    pub paint: Paint,
}

/// All that a run is about.
pub(super) struct Input {
    pub manifests: Vec<Manifest>,
    /// How many folders with templates of charts were not entered.
    pub template_folders: usize,
}

/// The name for standard input among the paths.
pub(super) const DASH: &str = "-";

impl Fix {
    /// Takes what `fix` has of its own out of its flags.
    pub(super) fn from_matches(matches: &ArgMatches, verbose: bool, paint: Paint) -> Self {
        Self {
            paths: matches.get_many("paths").into_iter().flatten().cloned().collect(),
            diff: matches.get_flag("diff"),
            check: matches.get_flag(CHECK),
            verbose,
            paint,
        }
    }

    /// Whether nothing is written but to standard output, from standard input: that is the function.
    pub(super) fn is_function(&self) -> bool {
        self.reads_stdin() && self.paths.len() == 1 && !self.is_dry()
    }

    /// Whether what is worked on comes from standard input.
    pub(super) fn reads_stdin(&self) -> bool {
        self.paths.iter().any(|path| path == Path::new(DASH))
    }

    /// Whether files stay as they are, whatever is found.
    fn is_dry(&self) -> bool {
        self.diff || self.check
    }

    /// Does it.
    ///
    /// # Errors
    ///
    /// Those that are about no file.
    pub(super) fn run<I: Read, O: Write, E: Write + Send>(
        &self,
        settings: &Settings,
        rules: Option<&PolicyFile>,
        streams: &mut Streams<I, O, E>,
        report: &mut Report,
    ) -> anyhow::Result<Exit> {
        let from = Instant::now() + PATIENCE;
        let Input { manifests, template_folders } = match self.read(settings, from, streams)? {
            Ok(read) => read,
            Err(errors) => return refuse(&errors, streams, report),
        };
        let progress = Progress::new("planning", manifests.len(), from, streams.terminal());
        let mut drafts = plan(&manifests, settings, || progress.tick());
        drop(progress);
        let exit = drafts.iter().map(Draft::exit).max().unwrap_or(Exit::Done);
        if exit != Exit::Done {
            drafts.iter_mut().for_each(Draft::withhold);
        }
        let detail = self.detail(streams.errors_are_terminal);
        for (manifest, draft) in manifests.iter().zip(&drafts) {
            draft.report(manifest).into_iter().for_each(|input| report.add(|| input));
            tell(&mut streams.errors, &draft.text(manifest, detail));
        }
        let uses = uses_together(drafts.iter().filter_map(Draft::rules));
        report.add_rules(&uses);
        if detail != Detail::Errors {
            let stated = rules.and_then(PolicyFile::text);
            tell(&mut streams.errors, &render::unmatched_rules(&uses, None, stated));
        }
        let mut tally = Tally::default();
        for draft in &drafts {
            if let Draft::Planned(_, done) = draft {
                tally.add(&done.reports);
            }
        }
        if self.verbose {
            tell(&mut streams.errors, &tally.unknown_modes());
            let mut unasked = Unasked::default();
            drafts.iter().for_each(|draft| unasked.append(draft.unasked()));
            tell(&mut streams.errors, &render::unasked(&unasked));
        }
        if exit != Exit::Done {
            report.write(exit, None)?;
            tell(&mut streams.errors, NOTHING_WRITTEN);
            return Ok(exit);
        }
        let changes: Vec<_> = manifests
            .iter()
            .zip(&drafts)
            .filter_map(|(manifest, draft)| {
                let (source, edits) = draft.edits().filter(|(_, edits)| !edits.is_empty())?;
                Some(Replacement { file: &manifest.file, source, edits })
            })
            .collect();
        let exit = if self.check && !changes.is_empty() { Exit::Found } else { Exit::Done };
        report.write(exit, None)?;
        if self.is_dry() {
            self.show(&changes, &mut streams.output)?;
        } else {
            let progress = Progress::new("writing", changes.len(), from, streams.terminal());
            let written = files::replace_all(&changes, settings.threads, || progress.tick());
            drop(progress);
            if let Err(errors) = written {
                return refuse(&errors, streams, report);
            }
        }
        tally.add_rules(&uses);
        let run = FilesRun {
            files: manifests.len(),
            changed: changes.len(),
            is_dry: self.is_dry(),
            tally,
            detail,
            passed_over: drafts.iter().filter(|draft| matches!(draft, Draft::PassedOver)).count(),
            template_folders,
        };
        tell(&mut streams.errors, &run.to_string());
        Ok(exit)
    }

    /// Reads all of it.
    fn read<I: Read, O: Write, E: Write + Send>(
        &self,
        settings: &Settings,
        from: Instant,
        streams: &mut Streams<I, O, E>,
    ) -> anyhow::Result<Result<Input, Vec<FileError>>> {
        if self.reads_stdin() {
            anyhow::ensure!(self.paths.len() == 1, "`-` is standard input, and can't be worked on together with files");
            return Ok(Ok(Input { manifests: vec![Manifest::of_stdin(streams)?], template_folders: 0 }));
        }
        Ok(read(&self.paths, settings, from, streams))
    }

    /// Which findings are told: in short where nobody is looking.
    fn detail(&self, is_seen: bool) -> Detail {
        match (self.verbose, is_seen) {
            (true, _) => Detail::All,
            (false, true) => Detail::Warnings,
            (false, false) => Detail::Errors,
        }
    }

    /// Prints what would change.
    fn show(&self, changes: &[Replacement<'_>], output: &mut impl Write) -> anyhow::Result<()> {
        let here = Path::new(".").canonicalize().unwrap_or_default();
        let mut print = || {
            for change in changes {
                if self.diff {
                    let name = change.file.place.strip_prefix(&here).unwrap_or(&change.file.place);
                    let name = name.strip_prefix("/").unwrap_or(name);
                    output.write_all(render::diff(name, change.source, change.edits, self.paint).as_bytes())?;
                } else {
                    output.write_all(change.file.name.as_os_str().as_encoded_bytes())?;
                    output.write_all(b"\n")?;
                }
            }
            output.flush()
        };
        match print() {
            // The reader of the output has seen enough: that is no error.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            printed => printed.context("can't write standard output"),
        }
    }
}

/// Reads all files that are meant by some paths.
pub(super) fn read<I, O, E: Write + Send>(
    paths: &[PathBuf],
    settings: &Settings,
    from: Instant,
    streams: &mut Streams<I, O, E>,
) -> Result<Input, Vec<FileError>> {
    let found = files::find(paths)?;
    let progress = Progress::new("reading", found.files.len(), from, streams.terminal());
    let read = parallel::map(&found.files, settings.threads, |file| {
        let bytes = file.read();
        progress.tick();
        bytes.map(|bytes| Manifest { file: file.clone(), bytes })
    });
    drop(progress);
    let template_folders = found.templates.len();
    files::all(read).map(|manifests| Input { manifests, template_folders })
}

const NOTHING_WRITTEN: &str = "istio-drain: nothing was written\n";

/// Tells what is wrong with files.
pub(super) fn refuse<I, O, E: Write>(
    errors: &[FileError],
    streams: &mut Streams<I, O, E>,
    report: &Report,
) -> anyhow::Result<Exit> {
    for error in errors {
        let text = error.to_string();
        let message =
            Message { label: "error", text: &text, input: "", place: None, about: "", remedy: error.remedy() };
        tell(&mut streams.errors, &render::message(&message));
    }
    let all: Vec<_> = errors.iter().map(ToString::to_string).collect();
    report.write(Exit::Failed, Some(&all.join("\n")))?;
    Ok(Exit::Failed)
}
