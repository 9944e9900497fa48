//! The config file for an input: the nearest one above it, within its repository.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The config of a repository, or of a folder in it.
pub(crate) const CONFIG: &str = ".istio-drain.yaml";
/// What marks the root of a repository: a folder, or a file in worktrees and submodules.
const REPOSITORY: &str = ".git";

/// The nearest config in `folder` or above it, up to the root of the repository. Outside a repository, the config of
/// the `current` folder, if there is one. Both paths are absolute and without links.
pub(crate) fn nearest_config(folder: &Path, current: &Path) -> Option<PathBuf> {
    let root = folder.ancestors().find(|folder| folder.join(REPOSITORY).exists());
    let folders: Vec<&Path> = match root {
        Some(root) => folder.ancestors().take_while(|folder| folder.starts_with(root)).collect(),
        None => vec![current],
    };
    folders.into_iter().map(|folder| folder.join(CONFIG)).find(|path| fs::symlink_metadata(path).is_ok())
}

/// Whether a file, and a link that leads to it, belong to the user who runs the program. A config of another user is
/// never used.
///
/// # Errors
///
/// Those of the system.
pub(crate) fn is_own(path: &Path) -> io::Result<bool> {
    let user = rustix::process::geteuid().as_raw();
    Ok(fs::symlink_metadata(path)?.uid() == user && fs::metadata(path)?.uid() == user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_config_in_the_repository_holds() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().canonicalize().unwrap();
        fs::create_dir_all(top.join("repo/a/b")).unwrap();
        fs::create_dir_all(top.join("repo/c")).unwrap();
        let check = |of: &str, current: &str, expected: Option<&str>| {
            let found = nearest_config(&top.join(of), &top.join(current));
            assert_eq!(found, expected.map(|path| top.join(path)), "{of}");
        };
        fs::write(top.join(CONFIG), "").unwrap();
        fs::write(top.join("repo/a").join(CONFIG), "").unwrap();
        check("repo/a", "repo", None);
        check("repo/a", "repo/a", Some("repo/a/.istio-drain.yaml"));
        fs::create_dir(top.join("repo/.git")).unwrap();
        check("repo/a/b", "repo/c", Some("repo/a/.istio-drain.yaml"));
        check("repo/a", "repo/c", Some("repo/a/.istio-drain.yaml"));
        check("repo/c", "repo/a", None);
        fs::write(top.join("repo").join(CONFIG), "").unwrap();
        check("repo/c", "repo/a", Some("repo/.istio-drain.yaml"));
    }

    #[test]
    fn only_ones_own_files_are_gone_by() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(is_own(file.path()).unwrap());
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(file.path(), Some(4711), None).unwrap();
            assert!(!is_own(file.path()).unwrap());
        } else {
            assert!(!is_own(Path::new("/etc/passwd")).unwrap());
        }
    }
}
