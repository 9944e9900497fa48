//! What `--version` says behind the version: the commit, where it is known, and the target.

#![allow(clippy::print_stdout, reason = "cargo reads it")]

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=ISTIO_DRAIN_COMMIT");
    let target = env::var("TARGET").unwrap_or_default();
    let stated = env::var("ISTIO_DRAIN_COMMIT").ok().filter(|commit| !commit.is_empty());
    let build = match stated.or_else(commit) {
        Some(commit) => format!("{commit}, {target}"),
        None => target,
    };
    println!("cargo:rustc-env=ISTIO_DRAIN_BUILD={build}");
}

/// The commit of this checkout. An archive of the sources has none, nor has a copy in the repository of somebody else.
fn commit() -> Option<String> {
    let folder = env::var("CARGO_MANIFEST_DIR").ok()?;
    let git = |words: &[&str]| {
        let output = Command::new("git").arg("-C").arg(&folder).args(words).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        (output.status.success() && !text.is_empty()).then_some(text)
    };
    let root = git(&["rev-parse", "--show-toplevel"])?;
    if Path::new(&root).canonicalize().ok()? != Path::new(&folder).canonicalize().ok()? {
        return None;
    }
    let branch = git(&["symbolic-ref", "-q", "HEAD"]);
    for name in ["HEAD", "packed-refs"].into_iter().chain(branch.as_deref()) {
        if let Some(path) = git(&["rev-parse", "--git-path", name])
            && let path = Path::new(&folder).join(path)
            && path.exists()
        {
            println!("cargo:rerun-if-changed={}", path.display());
        }
    }
    git(&["rev-parse", "--short=12", "HEAD"])
}
