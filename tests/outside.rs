//! What needs something beside the project: real manifests, recordings, the yaml-test-suite, kubectl, kpt, shells.
//! `.ci/run` runs these tests with all of it, `cargo test --test outside` with what the variables name, and `cargo test`
//! alone does not. Where something is missing its tests fail; the name of a test says what it needs, so that `--skip`
//! can leave it out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that can't go on fails"
)]

#[path = "cli/completions.rs"]
mod completions;
/// Real manifests.
#[path = "outside/corpus.rs"]
mod corpus;
#[allow(dead_code, unused_imports, reason = "the other tests use the rest")]
mod generate;
/// How many instructions commands take.
#[path = "outside/instructions.rs"]
mod instructions;
/// What kubectl reads.
#[path = "outside/kubectl.rs"]
mod kubectl;
/// Real meshes.
#[path = "outside/meshes.rs"]
mod meshes;
/// What the validator of SARIF logs says.
#[path = "outside/multitool.rs"]
mod multitool;
/// Overlays, built by kubectl.
#[path = "outside/overlays.rs"]
mod overlays;
/// kustomize's exec plugins, run by kubectl.
#[path = "outside/plugin.rs"]
mod plugin;
#[allow(dead_code, reason = "the other tests use the rest")]
mod readers;
/// What hosts send, and what they make of the answer.
#[path = "outside/recordings.rs"]
mod recordings;
/// zsh and fish.
#[path = "outside/shells.rs"]
mod shells;
mod spans;
/// The yaml-test-suite.
#[path = "outside/suite.rs"]
mod suite;
#[allow(dead_code, reason = "the other tests use the rest")]
mod support;
/// What a terminal shows.
#[path = "outside/terminal.rs"]
mod terminal;
#[allow(dead_code, reason = "the other tests use the rest")]
mod universal;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The program that a variable names.
///
/// # Panics
///
/// Where it names none.
fn program(variable: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| panic!("{variable} must name a program"))
}

/// The files of the folder that a variable names.
///
/// # Panics
///
/// Where it names none.
fn files(variable: &str) -> Vec<PathBuf> {
    let folder = std::env::var_os(variable).unwrap_or_else(|| panic!("{variable} must name a folder"));
    let mut files = Vec::new();
    collect(Path::new(&folder), &mut files);
    files.sort();
    assert!(!files.is_empty(), "{variable} names {folder:?}, and nothing is there");
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}
