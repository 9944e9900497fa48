//! `docs/recipes.md`: every command of the page prints what the page says.

use std::fs;
use std::path::Path;

use super::support::golden;
use super::support::process::{fed, program};

const PAGE: &str = "docs/recipes.md";
const BLOCK: &str = "```console\n";

#[test]
fn every_command_prints_what_the_page_says() {
    let page = fs::read_to_string(PAGE).unwrap();
    let mut parts = page.split(BLOCK);
    let mut fresh = parts.next().unwrap().to_owned();
    let mut count = 0;
    for part in parts {
        let (block, text) = part.split_once("```\n").unwrap();
        let command = block.lines().next().unwrap().strip_prefix("$ istio-drain ").unwrap();
        let output = fed(program().args(command.split(' ')), "");
        let code = output.status.code();
        let is_done = code == Some(0) || command.starts_with("check ") && code == Some(1);
        assert!(is_done, "{command}: {code:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(!output.stdout.is_empty(), "{command}");
        let printed = String::from_utf8(output.stdout).unwrap();
        fresh.push_str(&format!("{BLOCK}$ istio-drain {command}\n{printed}```\n{text}"));
        count += 1;
    }
    assert_eq!(count, 15);
    golden::check(Path::new(PAGE), Some(fresh.as_bytes())).unwrap();
}

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
