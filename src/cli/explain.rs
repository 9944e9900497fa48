//! `explain`: what led to what for each workload. Manifests are read as `fix` reads them, and none is written.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use clap::ArgMatches;

use crate::render::{self, Detail, Paint};
use crate::transform::{Settings, Unasked, uses_together};

use super::exit::Exit;
use super::fix::plan::{Draft, Manifest, plan, plan_function};
use super::fix::{DASH, Input, read, refuse};
use super::policy_file::PolicyFile;
use super::progress::{PATIENCE, Progress};
use super::report::Report;
use super::run::{STDIN, Streams, tell};

/// What `explain` is told, beside the settings.
#[derive(Clone, Debug)]
pub(super) struct Explain {
    /// Files and folders; none, or `-` alone, is standard input.
    paths: Vec<PathBuf>,
    paint: Paint,
}

impl Explain {
    /// Takes what it has of its own out of its flags.
    pub(super) fn from_matches(matches: &ArgMatches, paint: Paint) -> Self {
        Self { paths: matches.get_many("paths").into_iter().flatten().cloned().collect(), paint }
    }

    /// Whether the manifests come from standard input.
    pub(super) fn reads_stdin(&self) -> bool {
        self.paths.is_empty() || self.paths.iter().any(|path| path == Path::new(DASH))
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
        let (manifests, drafts);
        if self.reads_stdin() {
            anyhow::ensure!(self.paths.len() <= 1, "`-` is standard input, and can't be worked on together with files");
            manifests = vec![Manifest::of_stdin(streams)?];
            drafts = manifests.iter().map(|manifest| plan_function(manifest, settings)).collect();
        } else {
            match read(&self.paths, settings, from, streams) {
                Ok(Input { manifests: read, .. }) => manifests = read,
                Err(errors) => return refuse(&errors, streams, report),
            }
            let progress = Progress::new("planning", manifests.len(), from, streams.terminal());
            let mut planned = plan(&manifests, settings, || progress.tick());
            drop(progress);
            if planned.iter().any(|draft| draft.exit() != Exit::Done) {
                planned.iter_mut().for_each(Draft::withhold);
            }
            drafts = planned;
        }
        let exit = if drafts.iter().any(|draft| draft.exit() == Exit::Failed) { Exit::Failed } else { Exit::Done };
        let uses = uses_together(drafts.iter().filter_map(Draft::rules));
        report.add_rules(&uses);
        for (manifest, draft) in manifests.iter().zip(&drafts) {
            draft.report(manifest).into_iter().for_each(|input| report.add(|| input));
        }
        report.write(exit, None)?;
        let mut text = Vec::new();
        let mut unasked = Unasked::default();
        for (manifest, draft) in manifests.iter().zip(&drafts) {
            match draft {
                Draft::Planned(source, done) => {
                    text.push(render::explain(*source, &manifest.name(), done, self.paint));
                    unasked.append(draft.unasked());
                }
                Draft::PassedOver => {}
                Draft::Unreadable(_) | Draft::Failed(..) => {
                    tell(&mut streams.errors, &draft.text(manifest, Detail::Errors));
                }
            }
        }
        let input = match (drafts.as_slice(), self.reads_stdin()) {
            ([Draft::Planned(source, _)], true) => Some((*source, STDIN)),
            _ => None,
        };
        text.push(render::unmatched_rules(&uses, input, rules.and_then(PolicyFile::text)));
        text.push(render::unasked(&unasked));
        text.retain(|part| !part.is_empty());
        if text.is_empty() && exit == Exit::Done {
            text.push("istio-drain: there is no workload in the input\n".to_owned());
        }
        let written = streams.output.write_all(text.join("\n").as_bytes()).and_then(|()| streams.output.flush());
        match written {
            // The reader of the output has seen enough: that is no error.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(exit),
            written => written.context("can't write standard output").map(|()| exit),
        }
    }
}
