//! The kustomizations that may speak of the files of a run.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::File;

/// The names that kustomize looks for (kubernetes-sigs/kustomize `api/konfig/general.go`).
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// What the root of a repository has in it.
const REPOSITORY: &str = ".git";

/// Whether kustomize takes a file of that name for a kustomization.
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

/// Every kustomization in the folder of a file or in one above it, up to the root of its repository, whether it belongs
/// to the run or not. What can't be read is left out: kustomize will say so.
pub(crate) fn kustomizations(files: &[File]) -> Vec<(PathBuf, Vec<u8>)> {
    let folders = folders_above(files);
    let paths = folders.iter().flat_map(|folder: &PathBuf| NAMES.map(|name| folder.join(name)));
    paths
        .filter(|path: &PathBuf| Path::is_file(path))
        .filter_map(|path| Some((fs::read(&path).ok()?, path)))
        .map(|(bytes, path)| (path, bytes))
        .collect()
}
