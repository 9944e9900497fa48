//! Which files a run works on.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::mpsc;

use ignore::WalkBuilder;

use super::way::{Trees, chart_of, chart_of_templates};
use super::{FileError, FileErrorKind};

/// One file to work on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// Its name in messages: as named, or below a named folder.
    pub name: PathBuf,
    /// Its place: absolute and without links, so that a link is never replaced.
    pub place: PathBuf,
    /// The user named the file itself, so it must be a manifest.
    pub is_named: bool,
}

impl File {
    /// Everything that is in it.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub(crate) fn read(&self) -> Result<Vec<u8>, FileError> {
        fs::read(&self.place).map_err(|error| FileError::new(&self.name, FileErrorKind::Refused("read", error)))
    }
}

/// The files of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FoundFiles {
    /// In the order of the named paths, and by name within a folder. Each file occurs once.
    pub files: Vec<File>,
    /// Skipped folders with templates of charts.
    pub templates: Vec<PathBuf>,
}

/// kpt's list of files that don't belong to a package, in the format of a `.gitignore`.
const KPT_IGNORE: &str = ".krmignore";
const ENDS: [&str; 3] = ["yaml", "yml", "json"];

/// Finds the files that `named` means: files themselves, and in folders all manifests that are neither hidden nor
/// ignored. Links in folders are not followed.
///
/// # Errors
///
/// All files and folders that can't be used.
pub(crate) fn find(named: &[PathBuf]) -> Result<FoundFiles, Vec<FileError>> {
    let trees = Trees::of(named);
    let mut search = Search { found: FoundFiles::default(), known: HashMap::new(), errors: Vec::new() };
    for name in named {
        if let Err(error) = trees.follow(name).and_then(|place| search.enter(name, place)) {
            search.errors.push(error);
        }
    }
    if search.errors.is_empty() { Ok(search.found) } else { Err(search.errors) }
}

struct Search {
    found: FoundFiles,
    /// Which place is which file.
    known: HashMap<PathBuf, usize>,
    errors: Vec<FileError>,
}

impl Search {
    fn enter(&mut self, name: &Path, place: PathBuf) -> Result<(), FileError> {
        let fail = |kind| Err(FileError::new(name, kind));
        if let Some(chart) = chart_of(&place) {
            return fail(FileErrorKind::Template(chart.to_owned()));
        }
        if place.is_dir() {
            return self.walk(name, &place);
        }
        if !place.is_file() {
            return fail(FileErrorKind::Special);
        }
        self.add(File { name: tidy(name), place, is_named: true });
        Ok(())
    }

    fn walk(&mut self, name: &Path, place: &Path) -> Result<(), FileError> {
        let below = |path: &Path| tidy(&name.join(path.strip_prefix(place).unwrap_or(path)));
        if let Some(odd) = place.ancestors().find_map(|folder| odd_ignore_file(folder, place)) {
            return Err(FileError::new(&below(&odd), FileErrorKind::Special));
        }
        let (note, notes) = mpsc::channel();
        let (odd, odds) = mpsc::channel();
        let root = place.to_owned();
        let walk = WalkBuilder::new(place)
            .require_git(false)
            // Rules of one user or one clone are not used: a run in CI must see the same files.
            .git_global(false)
            .git_exclude(false)
            .add_custom_ignore_filename(KPT_IGNORE)
            .sort_by_file_name(OsStr::cmp)
            .filter_entry(move |entry| {
                let is_wanted = chart_of_templates(entry.path()).is_none();
                if !is_wanted {
                    // The receiver exists as long as the walk.
                    let _ = note.send(entry.path().to_owned());
                }
                let is_odd = odd_ignore_file(entry.path(), &root).map(|path| odd.send(path)).is_some();
                is_wanted && !is_odd
            })
            .build();
        let mut count = 0;
        for entry in walk {
            match entry {
                Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) && has_end(entry.path()) => {
                    count += 1;
                    let name = below(entry.path());
                    self.add(File { name, place: entry.into_path(), is_named: false });
                }
                Ok(_) => {}
                Err(error) => self.errors.push(unreadable(name, &below, error)),
            }
        }
        let odds = odds.into_iter().map(|path| FileError::new(&below(&path), FileErrorKind::Special));
        self.errors.extend(odds);
        let templates: Vec<_> = notes.into_iter().map(|path| below(&path)).collect();
        if count == 0 && self.errors.is_empty() {
            return Err(FileError::new(name, FileErrorKind::Empty(templates.len())));
        }
        self.found.templates.extend(templates);
        Ok(())
    }

    fn add(&mut self, file: File) {
        match self.known.get(&file.place).and_then(|at| self.found.files.get_mut(*at)) {
            Some(known) => known.is_named |= file.is_named,
            None => {
                self.known.insert(file.place.clone(), self.found.files.len());
                self.found.files.push(file);
            }
        }
    }
}

/// An ignore file that must not be opened. A device or a pipe may never end, and a link out of `root` reads a foreign
/// file.
fn odd_ignore_file(folder: &Path, root: &Path) -> Option<PathBuf> {
    [".ignore", ".gitignore", KPT_IGNORE].map(|name| folder.join(name)).into_iter().find(|path| {
        let is_there = fs::symlink_metadata(path).is_ok();
        let is_inside =
            path.canonicalize().is_ok_and(|target| target.is_file() && (target == *path || target.starts_with(root)));
        is_there && !is_inside
    })
}

/// The error for a path that the walk could not read.
fn unreadable(name: &Path, below: &impl Fn(&Path) -> PathBuf, error: ignore::Error) -> FileError {
    let mut path = name.to_owned();
    let mut inner = &error;
    loop {
        inner = match inner {
            ignore::Error::WithPath { path: at, err } => {
                path = below(at);
                err
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => err,
            _ => break,
        };
    }
    // The message of the walk repeats the path.
    let error = error.io_error().map_or_else(|| io::Error::other(inner.to_string()), |error| error.kind().into());
    FileError::new(&path, FileErrorKind::Refused("read", error))
}

fn has_end(path: &Path) -> bool {
    path.extension().is_some_and(|end| ENDS.iter().any(|known| end.eq_ignore_ascii_case(known)))
}

/// The name without the `.` that `./a` and `fix .` put in.
fn tidy(name: &Path) -> PathBuf {
    let plain: PathBuf = name.components().filter(|part| *part != Component::CurDir).collect();
    if plain.as_os_str().is_empty() { name.to_owned() } else { plain }
}
