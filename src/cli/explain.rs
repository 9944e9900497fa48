//! The flags of `explain`: which workloads to show, in which format, and how wide.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::ArgMatches;

use crate::io as files;
use crate::observed::Records;
use crate::render::{Asked, Look, Paint, TimelineFormat};

use super::args::stated_once;
use super::inputs::STDIN_DASH;
use super::streams::{COLUMNS, columns_of_terminal};

/// The width if no terminal states one, in columns.
const COLUMNS_OF_FILES: usize = 100;

/// What is shown of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// `--numbers`: what the plan used.
    Numbers,
    /// What happens when a pod is deleted.
    Timelines(TimelineFormat),
}

impl Shown {
    pub(super) fn of(matches: &ArgMatches) -> Self {
        let form = matches.get_one("format").copied().unwrap_or_default();
        if matches.get_flag("numbers") { Self::Numbers } else { Self::Timelines(form) }
    }
}

/// The workloads to show. NAME is the last of the paths if that is not a file, and is removed from them.
pub(super) fn asked(matches: &ArgMatches, paths: &mut Vec<PathBuf>) -> Asked {
    let text = |flag: &str| matches.get_one::<String>(flag).cloned();
    // With a slash it is a file, unless one was named before: `deploy/web` and `shop/web` are workloads then.
    let is_alone = paths.len() < 2;
    let is_name = |path: &PathBuf| {
        let text = path.to_string_lossy();
        let is_file = [".yaml", ".yml", ".json"].iter().any(|ending| text.ends_with(ending));
        let parts = text.split('/').count();
        let is_whole = text.split('/').all(|part| !part.is_empty());
        !is_file && is_whole && parts <= if is_alone { 1 } else { 2 } && text != STDIN_DASH && !path.exists()
    };
    let name = paths.pop_if(|last| is_name(last)).map(|name| name.to_string_lossy().into_owned());
    let (scope, name) = match name.as_deref().and_then(|name| name.split_once('/')) {
        Some((scope, name)) => (Some(scope.to_owned()), Some(name.to_owned())),
        None => (None, name),
    };
    let with_fix = matches.get_flag("with-fix");
    Asked { name, scope, kind: text("kind"), namespace: text("namespace"), with_fix, records: None }
}

/// A log is read whole, so it has a limit, in bytes. The shutdown of a pod is a few lines of it.
const MOST_LOG: u64 = 256_000_000;

/// The files of `--log`.
pub(super) fn logs(matches: &ArgMatches) -> impl ExactSizeIterator<Item = &PathBuf> {
    matches.try_get_many::<PathBuf>("log").ok().flatten().unwrap_or_default()
}

/// What the files of `--log` say; `None` if there are none.
pub(super) fn records(matches: &ArgMatches) -> anyhow::Result<Option<Records>> {
    let paths = logs(matches);
    if paths.len() == 0 {
        return Ok(None);
    }
    let mut records = Records::default();
    for path in paths {
        let name = || format!("can't read the log {}", path.display());
        let bytes = File::open(path).and_then(|file| files::read_all(file.take(MOST_LOG + 1))).with_context(name)?;
        anyhow::ensure!(
            bytes.len() as u64 <= MOST_LOG,
            "the log {} has more than {} MB (cut it down to the time of the shutdown)",
            path.display(),
            MOST_LOG / 1_000_000
        );
        records.add(&bytes).with_context(name)?;
    }
    Ok(Some(records))
}

/// The width of the text, and whether it has colours. For a pipe, `COLUMNS` sets the width if a shell exports it.
pub(super) fn look(
    matches: &ArgMatches,
    paint: Paint,
    is_terminal: bool,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Look {
    let stated = stated_once::<u16>(matches, "width").map(usize::from);
    let seen = || is_terminal.then(columns_of_terminal).flatten();
    let exported = || variable("COLUMNS").and_then(|text| text.to_str()?.parse().ok());
    let columns = stated.or_else(seen).or_else(exported).unwrap_or(COLUMNS_OF_FILES);
    Look { columns: columns.clamp(COLUMNS.0, COLUMNS.1), paint }
}
