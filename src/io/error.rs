//! Errors about files, each with a remedy.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A file or folder that can't be worked on.
#[derive(Debug)]
pub(crate) struct FileError {
    /// The path as named, or below a named folder.
    pub path: PathBuf,
    /// Why.
    pub kind: FileErrorKind,
}

/// Why a file or folder can't be worked on.
#[derive(Debug)]
pub(crate) enum FileErrorKind {
    /// Nothing has that name.
    Missing,
    /// It is a link whose target does not exist.
    Dangling,
    /// It is a link, or is behind one, that leads out of the named folders, to this place.
    LeadsAway(PathBuf),
    /// It is a device, a pipe or a socket.
    Special,
    /// It is one of the templates of the Helm chart at this path.
    Template(PathBuf),
    /// It is a folder without manifests. The number of template folders in it.
    Empty(usize),
    /// It is read-only.
    ReadOnly,
    /// It has another hard link, which would keep the old text.
    Linked,
    /// It changed after it was read. The number of other files that were replaced before this was noticed.
    Changed(usize),
    /// It could not be replaced. The number of other files that were replaced before it.
    Stuck(usize, io::Error),
    /// The system refuses an action, such as "read it".
    Refused(&'static str, io::Error),
}

impl FileError {
    pub(super) fn new(path: &Path, kind: FileErrorKind) -> Self {
        Self { path: path.to_owned(), kind }
    }

    /// What to do about it; empty if that is obvious.
    pub(crate) fn remedy(&self) -> &'static str {
        match self.kind {
            FileErrorKind::LeadsAway(_) => "name the file itself, if it is meant",
            FileErrorKind::Special => "use `-` to read standard input",
            FileErrorKind::Template(_) => "pipe what the chart renders: helm template CHART | istio-drain",
            FileErrorKind::Empty(0) => {
                "only *.yaml, *.yml and *.json are looked for, hidden and ignored files aside; a file that is named is \
                 taken whatever its name"
            }
            FileErrorKind::Empty(_) => "pipe what the chart renders: helm template CHART | istio-drain",
            FileErrorKind::ReadOnly => "make it writable, or take it out of the run by a .ignore file",
            FileErrorKind::Linked => {
                "put a copy in its place (cp FILE COPY && mv COPY FILE), or take it out of the run by a .ignore file"
            }
            FileErrorKind::Changed(_) => "run it again",
            FileErrorKind::Missing
            | FileErrorKind::Dangling
            | FileErrorKind::Stuck(..)
            | FileErrorKind::Refused(..) => "",
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.kind {
            FileErrorKind::Missing => write!(f, "there is no file or folder {path}"),
            FileErrorKind::Dangling => write!(f, "{path} is a link to nothing"),
            FileErrorKind::LeadsAway(target) => {
                write!(f, "{path} is a link that leads out of what the run is about, to {}", target.display())
            }
            FileErrorKind::Special => write!(f, "{path} is not a regular file"),
            FileErrorKind::Template(chart) => {
                write!(f, "{path} is a template of the Helm chart in {}, which is not YAML yet", chart.display())
            }
            FileErrorKind::Empty(0) => write!(f, "no manifests found in {path}"),
            FileErrorKind::Empty(_) => write!(f, "no manifests found in {path} but templates of Helm charts"),
            FileErrorKind::ReadOnly => write!(f, "{path} is read-only and would change"),
            FileErrorKind::Linked => {
                write!(f, "{path} would change, and has a second hard link, which would keep the old text")
            }
            FileErrorKind::Changed(others) => {
                write!(f, "{path} was changed by somebody else since it was read{}", Others(*others))
            }
            FileErrorKind::Stuck(others, error) => write!(f, "can't replace {path}: {error}{}", Others(*others)),
            FileErrorKind::Refused(what, error) => write!(f, "can't {what} {path}: {error}"),
        }
    }
}

/// Prints how many other files are new in spite of an error; nothing for none.
struct Others(usize);

impl fmt::Display for Others {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            1 => f.write_str("; one other file has been replaced, all are whole"),
            others => write!(f, "; {others} other files have been replaced, all are whole"),
        }
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            FileErrorKind::Refused(_, error) | FileErrorKind::Stuck(_, error) => Some(error),
            _ => None,
        }
    }
}

/// All values, or all errors.
///
/// # Errors
///
/// All errors, in order.
pub(crate) fn all<T>(results: impl IntoIterator<Item = Result<T, FileError>>) -> Result<Vec<T>, Vec<FileError>> {
    let (mut done, mut errors) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(value) => done.push(value),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(done) } else { Err(errors) }
}
