//! No output is written over something that the run reads or writes otherwise.

use std::path::Path;

use crate::io as files;

/// Makes sure that the file that a flag has written is not one of these files. `what` describes them.
///
/// # Errors
///
/// It is one of them.
pub(super) fn spare(flag: &str, own: &Path, paths: &[&Path], what: &str) -> anyhow::Result<()> {
    let is_lost = paths.iter().any(|path| files::is_same(own, path));
    anyhow::ensure!(!is_lost, "{flag}: {} is {what}, which would be lost (name another file)", own.display());
    Ok(())
}
