//! The remedy of each finding of each fixture helps. `tests/outside/corpus.rs` has the same for real manifests.

use std::thread;

use super::support::case::{self, Case};
use super::support::folder::Folder;
use super::support::remedies;

#[test]
fn remedies_help() {
    // What runs is mended by an edit of its owner, once its pods are made anew.
    // And the words of YAML 1.1 in a policy don't survive being written by this test.
    let is_left_out =
        |case: &Case| case.name.starts_with("running/") || case.name == "policy/words-of-yaml-1-1-in-a-file";
    let mut cases = case::all();
    cases.retain(|case| !is_left_out(case));
    let apply = |cases: &[Case]| {
        let folder = Folder::new();
        cases.iter().map(|case| remedies::check(case, &folder)).collect::<Vec<_>>()
    };
    let done: Vec<_> = thread::scope(|scope| {
        let parts: Vec<_> =
            cases.chunks(cases.len().div_ceil(4)).map(|part| scope.spawn(move || apply(part))).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    let count: usize = done.iter().map(|(applied, _)| applied).sum();
    let failures: Vec<_> = done.into_iter().flat_map(|(_, failures)| failures).collect();
    assert!(failures.is_empty(), "{} of {count}\n{}", failures.len(), failures.join("\n"));
    assert!(count > 1000, "only {count} remedies were applied");
}
