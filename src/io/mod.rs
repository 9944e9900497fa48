//! Input and output: standard streams, the files to work on, and their replacement.

mod attributes;
mod config;
mod error;
mod find;
mod kustomizations;
mod leftovers;
mod replace;
mod signals;
mod standard;
mod way;

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::yaml::{EditSet, Source};

pub(crate) use config::{CONFIG, is_own, nearest_config};
pub(crate) use error::{FileError, FileErrorKind, all};
pub(crate) use find::{File, find};
pub(crate) use kustomizations::{is_kustomization, kustomizations};
pub(crate) use leftovers::{DeadRun, clear_dead_runs};
pub(crate) use replace::{ReplaceError, Replacement, replace_all, write_whole};
pub(crate) use signals::{HeldSignals, Signal};
pub use standard::{StandardStream, WholeInput};
pub(crate) use way::from_here;

/// Reads everything.
///
/// # Errors
///
/// Those of the reader.
pub(crate) fn read_all(mut input: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes `source` with the edits. It writes slices of both and copies nothing.
///
/// # Errors
///
/// Those of the writer.
pub fn write_edited(mut output: impl Write, source: Source<'_>, edits: &EditSet) -> io::Result<()> {
    for piece in edits.pieces(source, source.whole()) {
        output.write_all(piece.as_bytes())?;
    }
    output.flush()
}

/// Whether what is written to one path is lost to whoever reads or writes the other: both are one file, by device and
/// inode, or will be. A pipe or a terminal can't be overwritten.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(other)) => one.is_file() && (one.dev(), one.ino()) == (other.dev(), other.ino()),
        (Err(_), Err(_)) => place(one).is_some_and(|one| place(other) == Some(one)),
        _ => false,
    }
}

/// Where a file that does not exist will be.
fn place(path: &Path) -> Option<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some(folder.canonicalize().ok()?.join(path.file_name()?))
}
