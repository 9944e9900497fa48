//! What is known of a run while it replaces files, so that a later one can clear up after it was killed.
//!
//! A run holds a lock on a hidden file in the folder that all its files are in; the system releases it when the process
//! ends, whatever ends it. The file lists what is to be replaced and, once all is written and before the first rename,
//! the temporary file of each. So a list whose lock is free is that of a dead run, and the files whose temporary file
//! has gone are new.

use std::collections::BTreeSet;
use std::fs::{self, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use super::File;
use super::kustomizations::folders_above;

/// All names of a run begin like this; they are hidden, and so in no walk.
const PREFIX: &str = ".istio-drain-";
/// How the name of a temporary file ends.
const TEMPORARY: &str = ".tmp";
/// How the name of the list of a run ends.
const LIST: &str = ".run";
/// A temporary file without a list is left over when it is that old: its run can't have written one.
const OLD: Duration = Duration::from_secs(3600);

/// A run that is going on.
#[derive(Debug)]
pub(super) struct Journal {
    /// `None` where there can't be a list: in no folder around all files may one be written.
    list: Option<tempfile::NamedTempFile>,
}

impl Journal {
    /// Begins a run that will replace the files at these places.
    ///
    /// # Errors
    ///
    /// The list can't be written.
    pub(super) fn begin(places: &[&Path]) -> io::Result<Self> {
        let folder = common_folder(places);
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(LIST);
        let Some(mut list) = builder.tempfile_in(&folder).ok() else { return Ok(Self { list: None }) };
        // Where there are no locks, others take the run for one that is going on.
        let _ = list.as_file().try_lock();
        let names = places.iter().map(|place| place.strip_prefix(&folder).unwrap_or(place));
        list.write_all(&section(names))?;
        Ok(Self { list: Some(list) })
    }

    /// A name for a new file in `folder`.
    pub(super) fn temporary_in(&self, folder: &Path) -> io::Result<tempfile::NamedTempFile> {
        let run = self.list.as_ref().and_then(|list| run_of(list.path(), LIST)).unwrap_or_default();
        let dash = if run.is_empty() { "" } else { "-" };
        tempfile::Builder::new().prefix(&format!("{PREFIX}{run}{dash}")).suffix(TEMPORARY).tempfile_in(folder)
    }

    /// Everything is written and the renames begin: these are the new files, in the order of their places.
    pub(super) fn commit<'p>(&mut self, new: impl IntoIterator<Item = &'p Path>) -> io::Result<()> {
        let Some(list) = &mut self.list else { return Ok(()) };
        list.write_all(&section(new.into_iter().map(|path| Path::new(path.file_name().unwrap_or_default()))))?;
        list.as_file().sync_all()
    }
}

/// What makes a temporary file that belongs to no run, as that of a report.
pub(super) fn lone_temporary() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(TEMPORARY);
    builder
}

/// Names that end with a zero each, and one more: whole, or not there.
fn section<'p>(names: impl IntoIterator<Item = &'p Path>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for name in names {
        bytes.extend_from_slice(name.as_os_str().as_bytes());
        bytes.push(0);
    }
    bytes.push(0);
    bytes
}

/// What a run that was killed has left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeadRun {
    /// How many files it was to replace.
    pub files: usize,
    /// Those that it had replaced.
    pub new: Vec<PathBuf>,
    /// How many temporary files of it were removed now.
    pub removed: usize,
}

/// Removes what dead runs have left in the folders of these files and in those above them, up to the root of their
/// repository. What can't be read or removed stays.
pub(crate) fn clear_dead_runs(files: &[File]) -> Vec<DeadRun> {
    let folders = folders_above(files);
    let mut dead = Vec::new();
    // A folder comes before those in it, and so a list before the temporary files that it speaks of.
    let mut strays = DeadRun::default();
    for folder in &folders {
        for entry in own_entries(folder) {
            if let Some(run) = run_of(&entry, LIST) {
                dead.extend(clear(folder, &entry, &run));
            } else if run_of(&entry, TEMPORARY).is_some_and(|run| !is_listed(folder, &run)) && is_old(&entry) {
                strays.removed += usize::from(fs::remove_file(&entry).is_ok());
            }
        }
    }
    dead.extend((strays.removed > 0).then_some(strays));
    dead
}

/// Clears what is left of the run with this list, if it is dead.
fn clear(folder: &Path, list: &Path, run: &str) -> Option<DeadRun> {
    let file = fs::File::open(list).ok()?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => return None,
    }
    let bytes = fs::read(list).ok()?;
    // One that was cut off was written before any temporary file.
    let (places, rest) = names(&bytes).unwrap_or_default();
    let temporary = names(rest).map(|(names, _)| names).filter(|names| names.len() == places.len());
    let is_new = |(place, new): (&PathBuf, &PathBuf)| {
        let place = folder.join(place);
        let is_gone = !place.with_file_name(new.file_name().unwrap_or_default()).exists();
        (is_gone && place.exists()).then_some(place)
    };
    let new = temporary.map(|names| places.iter().zip(&names).filter_map(is_new).collect()).unwrap_or_default();
    let around: BTreeSet<_> =
        places.iter().filter_map(|place| folder.join(place).parent().map(Path::to_owned)).collect();
    let left = around.iter().flat_map(|folder| own_entries(folder));
    let left = left.filter(|path| run_of(path, TEMPORARY).is_some_and(|other| other == run));
    let removed = left.filter(|path| fs::remove_file(path).is_ok()).count();
    fs::remove_file(list).ok()?;
    Some(DeadRun { files: places.len(), new, removed })
}

/// The names of a section, which lead nowhere but down; `None` where it is cut off or says something else.
fn names(bytes: &[u8]) -> Option<(Vec<PathBuf>, &[u8])> {
    let mut names = Vec::new();
    let mut rest = bytes;
    loop {
        let end = rest.iter().position(|byte| *byte == 0)?;
        let (name, behind) = (rest.get(..end)?, rest.get(end + 1..)?);
        rest = behind;
        if name.is_empty() {
            return Some((names, rest));
        }
        let name = Path::new(std::ffi::OsStr::from_bytes(name));
        if !name.components().all(|part| matches!(part, Component::Normal(_))) {
            return None;
        }
        names.push(name.to_owned());
    }
}

/// The files of ours in a folder: regular ones that belong to whoever runs this, by their names.
fn own_entries(folder: &Path) -> Vec<PathBuf> {
    let user = rustix::process::geteuid().as_raw();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let entries = entries.filter(|entry| entry.file_name().as_bytes().starts_with(PREFIX.as_bytes()));
    let own = entries.filter(|entry| entry.metadata().is_ok_and(|it| it.is_file() && it.uid() == user));
    let mut paths: Vec<_> = own.map(|entry| entry.path()).collect();
    // Lists come before what they list.
    paths.sort_by_key(|path| (run_of(path, LIST).is_none(), path.clone()));
    paths
}

/// The run that a name belongs to: what stands between the prefix and the first dash, or the end.
fn run_of(path: &Path, end: &str) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let middle = name.strip_prefix(PREFIX)?.strip_suffix(end)?;
    Some(middle.split('-').next().unwrap_or(middle).to_owned())
}

/// Whether the list of a run stands in this folder or above it.
fn is_listed(folder: &Path, run: &str) -> bool {
    folder.ancestors().any(|folder| folder.join(format!("{PREFIX}{run}{LIST}")).exists())
}

fn is_old(path: &Path) -> bool {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age > OLD))
}

/// The deepest folder that all these places are in.
fn common_folder(places: &[&Path]) -> PathBuf {
    let folder = |place: &Path| place.parent().unwrap_or(place).to_owned();
    let Some((first, others)) = places.split_first() else { return PathBuf::from("/") };
    others.iter().fold(folder(first), |common, place| {
        let shared = common.ancestors().find(|ancestor| place.starts_with(ancestor));
        shared.map_or_else(|| common.clone(), Path::to_owned)
    })
}
