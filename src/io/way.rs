//! Resolves a name: through links, and into the templates of a chart.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{FileError, FileErrorKind};

/// The folders of a run: the current one and the named ones. Links must not lead out of them.
pub(super) struct Trees(Vec<PathBuf>);

impl Trees {
    /// The folders of a run over `named`, which starts in the current folder.
    pub(super) fn of(named: &[PathBuf]) -> Self {
        let here = Path::new(".");
        let folders = named.iter().map(PathBuf::as_path).filter(|path| path.is_dir() && !is_behind_link(path));
        Self(std::iter::once(here).chain(folders).filter_map(|folder| folder.canonicalize().ok()).collect())
    }

    /// The place of a name, without links.
    ///
    /// # Errors
    ///
    /// The place does not exist, or a link leads out of the folders.
    pub(super) fn follow(&self, named: &Path) -> Result<PathBuf, FileError> {
        let place = named.canonicalize().map_err(|error| {
            FileError::new(
                named,
                match error.kind() {
                    io::ErrorKind::NotFound if is_link(named) => FileErrorKind::Dangling,
                    io::ErrorKind::NotFound => FileErrorKind::Missing,
                    _ => FileErrorKind::Refused("reach", error),
                },
            )
        })?;
        if is_behind_link(named) && !self.0.iter().any(|tree| place.starts_with(tree)) {
            return Err(FileError::new(named, FileErrorKind::LeadsAway(place)));
        }
        Ok(place)
    }
}

/// The way from one folder to a place, both absolute and without links: `../m/web.yaml`. A name that is relative, such
/// as that of standard input, stays.
pub(crate) fn from_here(here: &Path, place: &Path) -> PathBuf {
    if place.is_relative() {
        return place.to_owned();
    }
    let shared = here.ancestors().find(|folder| place.starts_with(folder)).unwrap_or(Path::new(""));
    let up = here.strip_prefix(shared).into_iter().flat_map(Path::components).map(|_| Path::new(".."));
    up.chain(place.strip_prefix(shared).ok()).collect()
}

/// Whether a name leads through a link. Links in the path of the current folder don't count, and only the last step of
/// an absolute name counts.
fn is_behind_link(named: &Path) -> bool {
    if named.is_absolute() { is_link(named) } else { named.ancestors().any(is_link) }
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink())
}

/// The folder of the chart whose templates contain a place. The place has no links.
pub(super) fn chart_of(place: &Path) -> Option<&Path> {
    place.ancestors().find_map(chart_of_templates)
}

/// The chart whose templates are in this folder: `templates` beside a `Chart.yaml`, also in subcharts.
pub(super) fn chart_of_templates(folder: &Path) -> Option<&Path> {
    let chart = folder.parent()?;
    (folder.file_name() == Some(OsStr::new("templates")) && chart.join("Chart.yaml").is_file()).then_some(chart)
}
