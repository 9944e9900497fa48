//! The journal of a run while it replaces files. If the run is killed, a later run uses it to clean up.
//!
//! A run holds a lock on a hidden file in the deepest folder that contains all its files. The system releases the lock
//! when the process ends for any reason. The file lists the files to replace. Once all new files are written and before
//! the first rename, it also lists the temporary file of each. So a list without a lock belongs to a dead run, and a
//! file whose temporary file is gone is new.

use std::collections::BTreeSet;
use std::fs::{self, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use super::File;
use super::kustomizations::folders_above;

/// The start of all names of a run. They are hidden, so no walk finds them.
const PREFIX: &str = ".istio-drain-";
/// The end of the name of a temporary file.
const TEMPORARY: &str = ".tmp";
/// The end of the name of the list of a run.
const LIST: &str = ".run";
/// What stands in place of a run in the name of a file that belongs to no list: shorter than the name of any run.
const LONE: &str = "lone";
/// A temporary file without a list and without a lock is removed when it is this old.
const OLD: Duration = Duration::from_secs(3600);

/// The journal of the current run.
#[derive(Debug)]
pub(super) struct Journal {
    /// `None` if the list can't be written to any folder that contains all files.
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
        // If the file system has no locks, other runs treat this run as alive.
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

    /// Records the temporary files before the renames begin, in the order of their places.
    pub(super) fn commit<'p>(&mut self, new: impl IntoIterator<Item = &'p Path>) -> io::Result<()> {
        let Some(list) = &mut self.list else { return Ok(()) };
        list.write_all(&section(new.into_iter().map(|path| Path::new(path.file_name().unwrap_or_default()))))?;
        list.as_file().sync_all()
    }
}

/// A temporary file that belongs to no list, such as that of a report, in place of those of runs that were killed. It
/// is locked for as long as the second value lives, so that no other run takes it for one of these.
pub(super) fn lone_temporary(
    folder: &Path,
    permissions: Option<fs::Permissions>,
) -> io::Result<(tempfile::NamedTempFile, fs::File)> {
    own_entries(folder).iter().filter(|entry| is_dead_lone(entry)).for_each(|entry| drop(fs::remove_file(entry)));
    let prefix = format!("{PREFIX}{LONE}-");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(TEMPORARY);
    permissions.map(|permissions| builder.permissions(permissions));
    loop {
        let new = builder.tempfile_in(folder)?;
        let lock = new.as_file().try_clone()?;
        // If the file system has no locks, other runs leave the file alone until it is old.
        let _ = lock.try_lock();
        // Another run may have removed it before it was locked.
        if new.path().exists() {
            return Ok((new, lock));
        }
    }
}

/// Whether a file belongs to no list, and to no process that is alive.
fn is_dead_lone(path: &Path) -> bool {
    run_of(path, TEMPORARY).is_some_and(|run| run == LONE)
        && fs::File::open(path).is_ok_and(|file| file.try_lock().is_ok())
}

/// Names that each end with a zero byte, and one more zero at the end, which shows that the section is complete.
fn section<'p>(names: impl IntoIterator<Item = &'p Path>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for name in names {
        bytes.extend_from_slice(name.as_os_str().as_bytes());
        bytes.push(0);
    }
    bytes.push(0);
    bytes
}

/// A run that was killed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeadRun {
    /// The number of files that it should have replaced.
    pub files: usize,
    /// The files that it had replaced.
    pub new: Vec<PathBuf>,
    /// The number of its temporary files that were removed now.
    pub removed: usize,
}

/// Removes the files of dead runs in the folders of these files and above, up to the root of the repository. Files that
/// can't be read or removed stay.
pub(crate) fn clear_dead_runs(files: &[File]) -> Vec<DeadRun> {
    let folders = folders_above(files);
    let mut dead = Vec::new();
    // A folder comes before its subfolders, so a list comes before the temporary files that it names.
    let mut strays = DeadRun::default();
    for folder in &folders {
        for entry in own_entries(folder) {
            if let Some(run) = run_of(&entry, LIST) {
                dead.extend(clear(folder, &entry, &run));
            } else if is_dead_lone(&entry)
                || run_of(&entry, TEMPORARY).is_some_and(|run| !is_listed(folder, &run)) && is_old(&entry)
            {
                strays.removed += usize::from(fs::remove_file(&entry).is_ok());
            }
        }
    }
    dead.extend((strays.removed > 0).then_some(strays));
    dead
}

/// Removes the files of the run with this list, if the run is dead.
fn clear(folder: &Path, list: &Path, run: &str) -> Option<DeadRun> {
    let file = fs::File::open(list).ok()?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => return None,
    }
    let bytes = fs::read(list).ok()?;
    // An incomplete list was written before any temporary file.
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

/// The names of a section, all below the folder; `None` if the section is incomplete or malformed.
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

/// The tool's own files in a folder, by their names: regular files that belong to the current user.
fn own_entries(folder: &Path) -> Vec<PathBuf> {
    let user = rustix::process::geteuid().as_raw();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let entries = entries.filter(|entry| entry.file_name().as_bytes().starts_with(PREFIX.as_bytes()));
    let own = entries.filter(|entry| entry.metadata().is_ok_and(|it| it.is_file() && it.uid() == user));
    let mut paths: Vec<_> = own.map(|entry| entry.path()).collect();
    // Lists come before the files that they list.
    paths.sort_by_key(|path| (run_of(path, LIST).is_none(), path.clone()));
    paths
}

/// The run that a name belongs to: the text between the prefix and the first dash, or the end.
fn run_of(path: &Path, end: &str) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let middle = name.strip_prefix(PREFIX)?.strip_suffix(end)?;
    Some(middle.split('-').next().unwrap_or(middle).to_owned())
}

/// Whether the list of a run is in this folder or above it.
fn is_listed(folder: &Path, run: &str) -> bool {
    folder.ancestors().any(|folder| folder.join(format!("{PREFIX}{run}{LIST}")).exists())
}

fn is_old(path: &Path) -> bool {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age > OLD))
}

/// The deepest folder that contains all these places.
fn common_folder(places: &[&Path]) -> PathBuf {
    let folder = |place: &Path| place.parent().unwrap_or(place).to_owned();
    let Some((first, others)) = places.split_first() else { return PathBuf::from("/") };
    others.iter().fold(folder(first), |common, place| {
        let shared = common.ancestors().find(|ancestor| place.starts_with(ancestor));
        shared.map_or_else(|| common.clone(), Path::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_file_is_removed_once_nobody_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let (new, lock) = lone_temporary(folder.path(), None).unwrap();
        let path = new.into_temp_path().keep().unwrap();
        drop(lone_temporary(folder.path(), None).unwrap());
        assert!(path.exists());
        drop(lock);
        drop(lone_temporary(folder.path(), None).unwrap());
        assert!(!path.exists());
    }
}
