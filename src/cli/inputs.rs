//! Reads the manifests of a run: standard input, or files and folders.

use std::collections::HashMap;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;

use crate::io::{self as files, File, FileError, WholeInput};
use crate::parallel;
use crate::transform::{Kustomized, Manifest, Role, listed_patches};

use super::progress::{PATIENCE_OF_PIPES, Progress, while_shown};
use super::report_file::ReportFile;
use super::streams::Streams;

/// The name of standard input in messages.
pub(super) const STDIN: &str = "stdin";
/// The name for standard input among the paths.
pub(super) const STDIN_DASH: &str = "-";

/// All inputs of a run.
pub(super) struct InputSources {
    pub manifests: Vec<Manifest>,
    /// The file of each manifest.
    pub files: Vec<File>,
    /// The number of skipped folders with templates of charts.
    pub template_folders: usize,
}

impl InputSources {
    /// Whether a file is one of them.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.places().iter().any(|place| files::is_same(path, place))
    }

    /// Where the files are.
    pub(super) fn places(&self) -> Vec<&Path> {
        self.files.iter().map(|file| file.place.as_path()).collect()
    }
}

impl InputSources {
    /// The inputs, with those marked that are values of charts.
    pub(super) fn with_values(mut self, values: &[PathBuf]) -> Self {
        for (manifest, file) in self.manifests.iter_mut().zip(&self.files) {
            if values.iter().any(|path| files::is_same(path, &file.place)) {
                manifest.role = Role::Values;
            }
        }
        self
    }
}

/// Whether the manifests come from standard input.
pub(super) fn reads_stdin(paths: &[PathBuf]) -> bool {
    paths.is_empty() || paths.iter().any(|path| path == Path::new(STDIN_DASH))
}

/// Reads all files that `paths` name. The report must not be one of them.
///
/// # Errors
///
/// The files that can't be read, or another error.
pub(super) fn read<I: WholeInput, O: Write, E: Write + Send>(
    paths: &[PathBuf],
    threads: NonZeroUsize,
    from: Instant,
    report: &mut ReportFile,
    streams: &mut Streams<I, O, E>,
) -> anyhow::Result<Result<InputSources, Vec<FileError>>> {
    if reads_stdin(paths) {
        anyhow::ensure!(paths.len() <= 1, "`-` is standard input, and can't be worked on together with files");
        report.spare(&[Path::new("/dev/stdin")], "standard input")?;
        let Streams { input, errors, errors_are_terminal, .. } = streams;
        let (patience, terminal) = (Instant::now() + PATIENCE_OF_PIPES, errors_are_terminal.then_some(errors));
        let read = while_shown("reading standard input", patience, terminal, || input.whole(threads));
        let bytes = read.context("can't read standard input")?;
        let file = File { name: STDIN.into(), place: STDIN.into(), is_named: true };
        let manifest = Manifest { name: STDIN.to_owned(), bytes, role: Role::Function, kustomized: Kustomized::No };
        return Ok(Ok(InputSources { manifests: vec![manifest], files: vec![file], template_folders: 0 }));
    }
    let found = match files::find(paths) {
        Ok(found) => found,
        Err(errors) => return Ok(Err(errors)),
    };
    report.spare(&found.files.iter().map(|file| file.place.as_path()).collect::<Vec<_>>(), "an input")?;
    let progress = Progress::new("reading", found.files.len(), from, streams.terminal());
    let kustomizations = files::kustomizations(&found.files);
    let patches = patches(&kustomizations);
    let read = parallel::map(&found.files, threads, |file| {
        let bytes = file.read();
        progress.tick();
        let role = if file.is_named { Role::Named } else { Role::Found };
        let kustomized = match patches.get(&file.place) {
            Some(listed_by) => Kustomized::Patch(listed_by.clone()),
            None if files::is_kustomization(&file.place) => Kustomized::Kustomization,
            None => Kustomized::No,
        };
        bytes.map(|bytes| Manifest { name: file.name.display().to_string(), bytes, role, kustomized })
    });
    drop(progress);
    let template_folders = found.templates.len();
    Ok(files::all(read).map(|mut manifests| {
        let others = kustomizations.into_iter().filter(|(path, _)| found.files.iter().all(|file| file.place != *path));
        manifests.extend(others.map(|(path, bytes)| Manifest {
            name: short_name(&path),
            bytes,
            role: Role::Around,
            kustomized: Kustomized::Kustomization,
        }));
        InputSources { manifests, files: found.files, template_folders }
    }))
}

/// The files that kustomizations list as patches, each with the name of its kustomization.
fn patches(kustomizations: &[(PathBuf, Vec<u8>)]) -> HashMap<PathBuf, String> {
    let listed = kustomizations.iter().flat_map(|(path, bytes)| {
        let folder = path.parent().unwrap_or(path);
        let places = listed_patches(bytes).into_iter().filter_map(move |patch| folder.join(patch).canonicalize().ok());
        places.map(|place| (place, short_name(path)))
    });
    listed.collect()
}

/// The path relative to the working directory if it is below that, otherwise the full path.
fn short_name(path: &Path) -> String {
    let here = Path::new(".").canonicalize().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}
