//! The command `check`: its own flags, its output and its exit code.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ArgMatches;

use crate::check::{Baseline, Checked};
use crate::io as files;
use crate::policy::{Checks, PolicyFields};
use crate::render::{self, CheckFormat, Paint};
use crate::transform::Run;

use super::exit::Exit;

/// The name of the command.
pub(super) const NAME: &str = "check";
pub(super) const FORMAT: &str = "format";
pub(super) const WRITE_BASELINE: &str = "write-baseline";

/// The settings of a check beside the policy.
pub(super) struct CheckRequest {
    format: CheckFormat,
    checks: Checks,
    known: Baseline,
    /// The file for `--write-baseline`.
    writes: Option<PathBuf>,
}

impl CheckRequest {
    /// Reads the flags and the baseline, and has the policy check.
    ///
    /// # Errors
    ///
    /// The baseline can't be read, or `--write-baseline` names no file.
    pub(super) fn of(name: &str, matches: &ArgMatches, policy: &mut PolicyFields) -> anyhow::Result<Option<Self>> {
        if name != NAME {
            return Ok(None);
        }
        // It can't fail: both are fields.
        let _ = policy.set("check", "true").and_then(|()| policy.set("emitNothing", "false"));
        let checks = policy.resolve().checks;
        let path = checks.baseline.as_ref().map(PathBuf::from);
        let is_written = matches.get_flag(WRITE_BASELINE);
        anyhow::ensure!(!is_written || path.is_some(), "--write-baseline: name the file with --baseline FILE");
        let known = match &path {
            Some(path) if !is_written => read(path)?,
            _ => Baseline::default(),
        };
        let format = matches.get_one(FORMAT).copied().unwrap_or_default();
        Ok(Some(Self { format, checks, known, writes: path.filter(|_| is_written) }))
    }

    /// What a run found.
    pub(super) fn of_run<'r>(&self, run: &'r Run<'_>) -> Checked<'r> {
        Checked::of(run, &self.checks, &self.known)
    }

    /// The exit code if all inputs could be read.
    pub(super) fn exit(&self, checked: &Checked<'_>) -> Exit {
        if checked.fails() && self.writes.is_none() { Exit::Found } else { Exit::Done }
    }

    /// What goes to standard output.
    pub(super) fn text(&self, checked: &Checked<'_>, is_verbose: bool, paint: Paint) -> String {
        match &self.writes {
            Some(path) => {
                format!(
                    "istio-drain: {} written to {}\n",
                    render::counted(checked.found.len(), "finding"),
                    path.display()
                )
            }
            None => self.format.render(checked, is_verbose, paint),
        }
    }

    /// Writes the baseline if the flags ask for it.
    pub(super) fn write(&self, checked: &Checked<'_>) -> anyhow::Result<()> {
        let Some(path) = &self.writes else { return Ok(()) };
        let text = Baseline::write(checked);
        files::write_whole(path, &text).with_context(|| format!("can't write the baseline to {}", path.display()))
    }
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
