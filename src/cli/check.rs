//! The command `check`: its own flags, its output and its exit code.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ArgMatches;

use crate::check::{Baseline, Baselines, Checked};
use crate::io as files;
use crate::policy::PolicyFields;
use crate::render::{self, CheckFormat, Detail, Look};
use crate::transform::Run;

use super::exit::Exit;
use super::spare::spare;

/// The name of the command.
pub(super) const NAME: &str = "check";
pub(super) const FORMAT: &str = "format";
pub(super) const WRITE_BASELINE: &str = "write-baseline";
pub(super) const EXPLAIN: &str = "explain-findings";

/// What a check is asked for.
pub(super) struct CheckRequest {
    format: CheckFormat,
    /// Whether all that is found is written as known.
    writes: bool,
    /// Whether timelines are shown behind the findings.
    explains: bool,
}

impl CheckRequest {
    /// Reads the flags, and has the policy check.
    ///
    /// # Errors
    ///
    /// Timelines are asked for in a form that has none.
    pub(super) fn of(name: &str, matches: &ArgMatches, policy: &mut PolicyFields) -> anyhow::Result<Option<Self>> {
        if name != NAME {
            return Ok(None);
        }
        only_checked(policy);
        let format: CheckFormat = matches.get_one(FORMAT).copied().unwrap_or_default();
        let (writes, explains) = (matches.get_flag(WRITE_BASELINE), matches.get_flag(EXPLAIN));
        if explains && format != CheckFormat::Text {
            anyhow::bail!(
                "--explain: only text has timelines (leave --format out, or use `istio-drain explain --format`)"
            );
        }
        Ok(Some(Self { format, writes, explains }))
    }

    /// What a run found.
    ///
    /// # Errors
    ///
    /// A baseline can't be read, or there is none, or more than one, to be written.
    pub(super) fn of_run<'r>(&self, run: &'r Run<'_>) -> anyhow::Result<CheckedRun<'r>> {
        if !self.writes {
            return Ok(CheckedRun { checked: Checked::of(run, &baselines(run)?), writes: None });
        }
        let mut names: Vec<_> = baseline_names(run).collect();
        names.dedup();
        let path = match names.as_slice() {
            [name] => PathBuf::from(name),
            [] => anyhow::bail!("--write-baseline: name the file with --baseline FILE"),
            _ => anyhow::bail!(
                "--write-baseline: the policies of the inputs name several baselines: {}",
                names.join(", ")
            ),
        };
        Ok(CheckedRun { checked: Checked::of(run, &Baselines::new()), writes: Some(path) })
    }

    /// Whether people read what it found.
    pub(super) fn is_text(&self) -> bool {
        self.format == CheckFormat::Text
    }

    /// What goes to standard output.
    pub(super) fn text(&self, checked: &CheckedRun<'_>, run: &Run<'_>, detail: Detail, look: Look) -> String {
        match &checked.writes {
            Some(path) => {
                let findings = render::counted(checked.checked.found.len(), "finding");
                format!("istio-drain: {findings} written to {}\n", path.display())
            }
            None => self.format.render(&checked.checked, detail, look, self.explains.then_some(run)),
        }
    }
}

/// What a check found, and what becomes of it.
pub(super) struct CheckedRun<'r> {
    pub(super) checked: Checked<'r>,
    /// Where all of it is written as known.
    writes: Option<PathBuf>,
}

impl CheckedRun<'_> {
    /// How it ends where all could be read.
    pub(super) fn exit(&self) -> Exit {
        if self.checked.fails() && self.writes.is_none() { Exit::Found } else { Exit::Done }
    }

    /// Makes sure that the baseline is written over nothing that the run reads.
    ///
    /// # Errors
    ///
    /// It would be.
    pub(super) fn spare(&self, paths: &[&Path], what: &str) -> anyhow::Result<()> {
        self.writes.as_ref().map_or(Ok(()), |path| spare("--baseline", path, paths, what))
    }

    /// Writes the baseline, where that is asked for.
    pub(super) fn write(&self) -> anyhow::Result<()> {
        let Some(path) = &self.writes else { return Ok(()) };
        let text = Baseline::write(&self.checked);
        files::write_whole(path, &text).with_context(|| format!("can't write the baseline to {}", path.display()))
    }
}

/// Has a policy check, and give back what it read.
pub(super) fn only_checked(policy: &mut PolicyFields) {
    // It can't fail: both are fields.
    let _ = policy.set("check", "true").and_then(|()| policy.set("emitNothing", "false"));
}

/// The baselines that the policies of the inputs name.
///
/// # Errors
///
/// One can't be read.
pub(super) fn baselines(run: &Run<'_>) -> anyhow::Result<Baselines> {
    baseline_names(run).map(|name| Ok((name.to_owned(), read(Path::new(name))?))).collect()
}

pub(super) fn baseline_names<'r>(run: &'r Run<'_>) -> impl Iterator<Item = &'r str> {
    run.planned().filter_map(|(.., done)| done.checks.as_ref()?.baseline.as_deref())
}

fn read(path: &Path) -> anyhow::Result<Baseline> {
    let text = fs::read_to_string(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            anyhow::anyhow!("--baseline: there is no file {} (make it with --write-baseline)", path.display())
        }
        _ => anyhow::Error::new(error).context(format!("can't read the baseline {}", path.display())),
    })?;
    Baseline::read(&text).with_context(|| path.display().to_string())
}
