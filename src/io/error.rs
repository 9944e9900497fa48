//! What can be wrong with a file, and what to do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A file or folder that can't be worked on.
#[derive(Debug)]
pub(crate) struct FileError {
    /// As it was named, or found below what was named.
    pub path: PathBuf,
    /// Why.
    pub kind: FileErrorKind,
}

/// Why a file or folder can't be worked on.
#[derive(Debug)]
pub(crate) enum FileErrorKind {
    /// There is nothing of that name.
    Missing,
    /// It is a link, and what it leads to is not there.
    Dangling,
    /// It is a link, or stands behind one, that leads out of the folders that the run is about, to this place.
    LeadsAway(PathBuf),
    /// It is a device, a pipe or a socket.
    Special,
    /// It belongs to the templates of a Helm chart, which stands here.
    Template(PathBuf),
    /// It is a folder that holds no manifests; with the number of template folders in it.
    Empty(usize),
    /// Nobody may write to it.
    ReadOnly,
    /// Another name leads to the same file, and would go on to lead to the old text.
    Linked,
    /// It is not what it was when it was read, and so many others were put in place before that was seen.
    Changed(usize),
    /// It could not be put in place, and so many others were before it.
    Stuck(usize, io::Error),
    /// The system does not let it be done, whatever stands first: "read it".
    Refused(&'static str, io::Error),
}

impl FileError {
    pub(super) fn new(path: &Path, kind: FileErrorKind) -> Self {
        Self { path: path.to_owned(), kind }
    }

    /// What to do about it; empty where that goes without saying.
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

/// How many other files are new in spite of an error; empty for none.
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
/// Every one there is, in their order.
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
