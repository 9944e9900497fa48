//! Replaces files as a whole or not at all. The new file is written beside the old one, synced to the disk, and put in
//! place by one atomic rename. Even if the process is killed, everyone sees the old file or the new one.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::num::NonZeroUsize;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use tempfile::TempPath;

use crate::parallel;
use crate::yaml::{EditSet, Source};

use super::leftovers::{Journal, lone_temporary};
use super::{File, FileError, FileErrorKind, HeldSignals, Signal, all, attributes, write_edited};

/// One file and its edits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Replacement<'a> {
    /// Which file.
    pub file: &'a File,
    /// Its text as it was read.
    pub source: Source<'a>,
    /// The edits.
    pub edits: &'a EditSet,
}

/// Why not all files were replaced.
#[derive(Debug)]
pub(crate) enum ReplaceError {
    /// These files can't be replaced.
    Files(Vec<FileError>),
    /// A signal ended the run before any file was replaced.
    Ended(Signal),
}

/// Replaces all files, or none if one can't be replaced. `tick` is called for each written file; the renames are quick.
///
/// A signal before the renames ends the run, and nothing has changed. A later signal waits until all renames are done.
///
/// # Errors
///
/// All reasons why files can't be replaced. Then no file is new, with one exception: a rename fails unexpectedly, or a
/// file is changed at that moment. Then the first files in `replacements` are new, and the error is about the first one
/// that is not.
pub(crate) fn replace_all(
    replacements: &[Replacement<'_>],
    threads: NonZeroUsize,
    signals: &HeldSignals,
    tick: impl Fn() + Sync,
) -> Result<(), ReplaceError> {
    let places: Vec<_> = replacements.iter().map(|replacement| replacement.file.place.as_path()).collect();
    let of_first = |what| {
        move |error| {
            let name = replacements.first().map_or(Path::new("."), |first| &first.file.name);
            ReplaceError::Files(vec![FileError::new(name, FileErrorKind::Refused(what, error))])
        }
    };
    let mut journal = Journal::begin(&places).map_err(of_first("write a list of files above"))?;
    let staged = parallel::map(replacements, threads, |replacement| {
        // An error here is ignored, because the run ends anyway.
        let staged = signals.received().is_none().then(|| Staged::write(replacement, &journal));
        tick();
        staged
    });
    let staged = all(staged.into_iter().flatten()).map_err(ReplaceError::Files)?;
    all(staged.iter().map(|staged| staged.is_current(0))).map_err(ReplaceError::Files)?;
    journal.commit(staged.iter().map(|staged| &*staged.content)).map_err(of_first("write a list of files above"))?;
    if let Some(signal) = signals.received() {
        return Err(ReplaceError::Ended(signal));
    }
    for (others, staged) in staged.into_iter().enumerate() {
        staged.put_in_place(others).map_err(|error| ReplaceError::Files(vec![error]))?;
    }
    // A rename is on the disk once its folder is synced. Not every file system supports that, and all files are whole
    // without it.
    let folders: BTreeSet<_> = places.iter().filter_map(|place| place.parent()).collect();
    parallel::map(&folders.into_iter().collect::<Vec<_>>(), threads, |folder| {
        fs::File::open(folder).and_then(|folder| folder.sync_all()).ok()
    });
    Ok(())
}

/// Writes a file so that it has the old text or the new one at any moment, and keeps its mode and owner. For a link,
/// the target is replaced. A pipe or a terminal is written to directly.
///
/// # Errors
///
/// Errors of the file system, or a read-only target. Then the old file is unchanged.
pub(crate) fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let refuse = |kind, why: &str| Err(io::Error::new(kind, why.to_owned()));
    let old = match fs::metadata(path) {
        Ok(old) => Some(old),
        Err(_) if path.is_symlink() => return refuse(io::ErrorKind::NotFound, "it is a link to nothing"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let old = match &old {
        Some(old) if old.is_dir() => return refuse(io::ErrorKind::IsADirectory, "it is a folder"),
        Some(old) if !old.is_file() => {
            return fs::OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes());
        }
        Some(old) if old.permissions().readonly() => {
            return refuse(io::ErrorKind::PermissionDenied, "it is read-only");
        }
        Some(old) if old.nlink() > 1 => {
            return refuse(io::ErrorKind::Other, "it has a second hard link, which would keep the old text");
        }
        // A rename only checks that the folder is writable.
        Some(_) => Some(fs::OpenOptions::new().read(true).write(true).open(path)?),
        None => None,
    };
    let place = if old.is_some() { path.canonicalize()? } else { path.to_owned() };
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Like any new file: the system applies the user's umask.
    let permissions = old.is_none().then(|| fs::Permissions::from_mode(0o666));
    let _signals = HeldSignals::hold()?;
    let (new, _lock) = lone_temporary(folder, permissions)?;
    let content = write(new, old.as_ref(), Source::embedded(text), &EditSet::default())?;
    match old {
        Some(_) => content.persist(&place).map_err(|error| error.error),
        // A file that appears at this moment is not replaced.
        None => content.persist_noclobber(&place).map_err(|error| error.error),
    }
}

/// The new content of a file, beside the old one. It is deleted when it is dropped.
struct Staged<'a> {
    file: &'a File,
    stamp: Stamp,
    content: TempPath,
}

impl<'a> Staged<'a> {
    /// Writes the new content, with the mode and the owner of the old.
    fn write(replacement: &Replacement<'a>, journal: &Journal) -> Result<Self, FileError> {
        let Replacement { file, source, edits } = *replacement;
        let refuse = |what| move |error| FileError::new(&file.name, FileErrorKind::Refused(what, error));
        let metadata = fs::metadata(&file.place).map_err(refuse("read"))?;
        if metadata.permissions().readonly() {
            return Err(FileError::new(&file.name, FileErrorKind::ReadOnly));
        }
        if metadata.nlink() > 1 {
            return Err(FileError::new(&file.name, FileErrorKind::Linked));
        }
        // A rename only checks that the folder is writable. But a user who may not write to the file must not replace
        // it either.
        let mut old = fs::OpenOptions::new().read(true).write(true).open(&file.place).map_err(refuse("write to"))?;
        let stamp = Stamp::of(&metadata);
        if !holds(&mut old, source.text().as_bytes()).map_err(refuse("read"))? {
            return Err(FileError::new(&file.name, FileErrorKind::Changed(0)));
        }
        let folder = file.place.parent().unwrap_or(Path::new("/"));
        let new = journal.temporary_in(folder).map_err(refuse("write a file beside"))?;
        let content = write(new, Some(&old), source, edits).map_err(refuse("write a file beside"))?;
        Ok(Self { file, stamp, content })
    }

    /// Makes sure that the old file is still the one that was read. `others` is the number of files that are new
    /// already.
    fn is_current(&self, others: usize) -> Result<(), FileError> {
        match fs::symlink_metadata(&self.file.place) {
            Ok(metadata) if Stamp::of(&metadata) == self.stamp => Ok(()),
            Ok(_) => Err(FileError::new(&self.file.name, FileErrorKind::Changed(others))),
            Err(error) if others > 0 => Err(FileError::new(&self.file.name, FileErrorKind::Stuck(others, error))),
            Err(error) => Err(FileError::new(&self.file.name, FileErrorKind::Refused("read", error))),
        }
    }

    /// Replaces the old file, if it is still the one that was read. `others` is the number of files that are new
    /// already.
    fn put_in_place(self, others: usize) -> Result<(), FileError> {
        self.is_current(others)?;
        self.content
            .persist(&self.file.place)
            .map_err(|error| FileError::new(&self.file.name, FileErrorKind::Stuck(others, error.error)))
    }
}

/// Writes a new file with all attributes of the old one and syncs it to the disk. Then it is closed, so that there may
/// be any number of them.
fn write(
    mut new: tempfile::NamedTempFile,
    old: Option<&fs::File>,
    source: Source<'_>,
    edits: &EditSet,
) -> io::Result<TempPath> {
    let mut output = io::BufWriter::new(new.as_file_mut());
    write_edited(&mut output, source, edits)?;
    output.into_inner().map_err(io::IntoInnerError::into_error)?.flush()?;
    if let Some(old) = old {
        attributes::copy(old, new.as_file())?;
    }
    new.as_file().sync_all()?;
    Ok(new.into_temp_path())
}

/// Whether a file holds exactly these bytes.
fn holds(file: &mut fs::File, expected: &[u8]) -> io::Result<bool> {
    let mut bytes = Vec::with_capacity(expected.len() + 1);
    file.take(expected.len() as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes == expected)
}

/// Metadata of a file that changes when somebody writes to it or replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    file: (u64, u64),
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(metadata: &fs::Metadata) -> Self {
        Self {
            file: (metadata.dev(), metadata.ino()),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Edit, Span};

    /// Runs over two files. The second one is changed after it was read.
    fn run(change: impl FnOnce(&Path)) -> (String, String, usize) {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let place = folder.path().join(name);
            fs::write(&place, "a: 1\n").unwrap();
            File { name: name.into(), place, is_named: true }
        };
        let (one, other) = (file("one.yaml"), file("other.yaml"));
        let edits = EditSet::new(vec![Edit { span: Span { start: 3, end: 4 }, text: "2".into(), depth: 0 }]).unwrap();
        let source = Source::embedded("a: 1\n");
        let replacements = [&one, &other].map(|file| Replacement { file, source, edits: &edits });
        change(&other.place);
        let signals = HeldSignals::hold().unwrap();
        let errors = match replace_all(&replacements, NonZeroUsize::MIN, &signals, || ()) {
            Err(ReplaceError::Files(errors)) => errors,
            _ => Vec::new(),
        };
        let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
        (told.join("\n"), fs::read_to_string(&one.place).unwrap(), fs::read_dir(folder.path()).unwrap().count())
    }

    #[test]
    fn what_somebody_else_changed_is_not_written_over() {
        assert_eq!(run(|_| ()), (String::new(), "a: 2\n".into(), 2));
        let changed = "other.yaml was changed by somebody else since it was read";
        let kept = |files| (changed.to_owned(), "a: 1\n".to_owned(), files);
        assert_eq!(run(|path| fs::write(path, "a: 3\n").unwrap()), kept(2));
        assert_eq!(run(|path| fs::write(path, "a: 1\nb: 1\n").unwrap()), kept(2));
        assert_eq!(run(|path| fs::write(path, "a").unwrap()), kept(2));
        assert!(run(|path| fs::remove_file(path).unwrap()).0.starts_with("can't read other.yaml: No such file"));
    }

    #[test]
    fn a_file_that_changes_while_others_are_written_is_seen() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let place = file.path().to_owned();
        fs::write(&place, "a: 1\n").unwrap();
        let file = File { name: "f".into(), place, is_named: true };
        let edits = EditSet::default();
        let journal = Journal::begin(&[&file.place]).unwrap();
        let replacement = Replacement { file: &file, source: Source::embedded("a: 1\n"), edits: &edits };
        let staged = Staged::write(&replacement, &journal).unwrap();
        staged.is_current(0).unwrap();
        fs::write(&file.place, "a: 12\n").unwrap();
        let error = staged.put_in_place(3).unwrap_err();
        let told = "f was changed by somebody else since it was read; 3 other files have been replaced, all are whole";
        assert_eq!(error.to_string(), told);
        assert_eq!(fs::read_to_string(&file.place).unwrap(), "a: 12\n");
    }
}
