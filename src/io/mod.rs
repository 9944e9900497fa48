//! Bytes in and out: standard streams, the files to work on, and their replacement.

mod error;
mod find;
mod replace;
mod way;

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use crate::yaml::{EditSet, Source};

pub use error::{FileError, FileErrorKind, all};
pub use find::{File, Found, find};
pub use replace::{Replacement, replace_all};

/// Reads everything there is.
///
/// # Errors
///
/// Those of the reader.
pub fn read_all(mut input: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes `source` with the edits made, as slices of both: nothing of it is copied.
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

/// Writes a file so that it holds the old text or the new one at any moment. What is there and no file, as a pipe or a terminal, is
/// written to as it is.
///
/// # Errors
///
/// Those of the file system; the old file is still there then.
pub fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    // Links are followed: the name stays what it is.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::metadata(&path).is_ok_and(|known| !known.is_file()) {
        return fs::OpenOptions::new().write(true).open(&path)?.write_all(text.as_bytes());
    }
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}", std::process::id()));
    let beside = path.with_file_name(hidden);
    let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        // It may not be there at all.
        let _ = fs::remove_file(&beside);
    }
    written
}
