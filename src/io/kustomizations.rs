//! The kustomizations that may refer to the files of a run.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::File;

/// The names that kustomize looks for (kubernetes-sigs/kustomize `api/konfig/general.go`).
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// The entry that marks the root of a repository.
const REPOSITORY: &str = ".git";

/// Whether kustomize reads a file with that name as a kustomization.
pub(crate) fn is_kustomization(path: &Path) -> bool {
    path.file_name().is_some_and(|name| NAMES.iter().any(|known| name == *known))
}

/// The folders of these files, and those above them up to the root of their repository.
pub(super) fn folders_above(files: &[File]) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    for file in files {
        let mut folder = file.place.parent();
        while let Some(path) = folder.filter(|path| folders.insert(path.to_path_buf())) {
            folder = path.parent().filter(|_| !path.join(REPOSITORY).exists());
        }
    }
    folders
}

/// All kustomizations in the folders of the files and above, up to the root of the repository, even if they are not
/// part of the run. Unreadable ones are left out: kustomize will report them.
pub(crate) fn kustomizations(files: &[File]) -> Vec<(PathBuf, Vec<u8>)> {
    let folders = folders_above(files);
    let paths = folders.iter().flat_map(|folder: &PathBuf| NAMES.map(|name| folder.join(name)));
    paths
        .filter(|path: &PathBuf| Path::is_file(path))
        .filter_map(|path| Some((fs::read(&path).ok()?, path)))
        .map(|(bytes, path)| (path, bytes))
        .collect()
}
