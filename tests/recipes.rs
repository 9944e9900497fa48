//! `docs/recipes`. `pages.rs` compares the outputs on the page.

use std::fs;

use super::support::process::{fed, program};

/// A second run over what a recipe came to changes nothing.
#[test]
fn what_a_recipe_comes_to_stays() {
    for file in fs::read_dir("docs/recipes").unwrap() {
        let input = fs::read(file.unwrap().path()).unwrap();
        let run = |input: &[u8]| fed(program().args(["--sidecar", "classic"]), input).stdout;
        let once = run(&input);
        assert_ne!(once, input);
        assert_eq!(run(&once), once);
    }
}
