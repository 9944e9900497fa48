//! Bytes in and out.

use std::io::{self, Read, Write};

use crate::yaml::{EditSet, Source};

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
