//! What `--help` says is what people go by, so every change of it is seen: `docs/help.txt` holds all of it.

use std::fmt::Write as _;
use std::path::Path;

use super::support::golden;
use super::support::process::{fed, program};

const MOST_COLUMNS: usize = 100;
/// A screen, in lines.
const SCREEN: usize = 40;

/// The words of each command: none for the program itself.
fn commands() -> Vec<Vec<String>> {
    let all = istio_drain::inside::cli::command();
    let commands = all.get_subcommands().map(|command| vec![command.get_name().to_owned()]);
    std::iter::once(Vec::new()).chain(commands).collect()
}

#[test]
fn short_help_fits_a_screen_and_ends_with_examples() {
    for command in commands() {
        let output = fed(program().args(&command).arg("-h").env("COLUMNS", "80"), "");
        let text = String::from_utf8(output.stdout).unwrap();
        let count = text.lines().count();
        assert!(count <= SCREEN, "{command:?} takes {count} lines\n{text}");
        let wide: Vec<_> = text.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(wide.is_empty(), "{command:?}: {wide:#?}");
        let (_, examples) = text.split_once("\nExample").unwrap_or_else(|| panic!("{command:?} has no example"));
        let lines = examples.lines().skip(1);
        // Nothing else behind them, and none is broken.
        let is_example = |line: &str| {
            line.is_empty() || line.starts_with("  ") && (line.contains("istio-drain") || line.ends_with('\\'))
        };
        let broken: Vec<_> = lines.filter(|line| !is_example(line)).collect();
        assert!(broken.is_empty() || command == ["schema"], "{command:?}: {broken:#?}");
    }
}

/// On the narrowest terminal, too, no example and no exit code is broken: they end as they do on a wide one.
#[test]
fn narrow_help_is_whole() {
    for command in commands() {
        for flag in ["-h", "--help"] {
            let shown = |columns: &str| {
                let output = fed(program().args(&command).arg(flag).env("COLUMNS", columns), "");
                String::from_utf8(output.stdout).unwrap()
            };
            let (narrow, wide) = (shown("60"), shown("100"));
            let ending = |text: &str| text.split_once("\nExamples:\n").unwrap().1.to_owned();
            assert_eq!(ending(&narrow), ending(&wide), "{command:?} {flag}");
            let too_wide: Vec<_> = narrow.lines().filter(|line| line.chars().count() > 60).collect();
            assert!(too_wide.is_empty(), "{command:?} {flag}: {too_wide:#?}");
        }
    }
}

#[test]
fn the_committed_help_is_the_one_that_is_printed() {
    let mut all =
        String::from("What every command prints for `-h` and `--help`. UPDATE_FIXTURES=1 writes this file again.\n");
    for command in commands() {
        for flag in ["-h", "--help"] {
            let output = fed(program().args(&command).arg(flag), "");
            assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
            let words = command.iter().map(String::as_str);
            let line = ["istio-drain"].into_iter().chain(words).chain([flag]).collect::<Vec<_>>().join(" ");
            let _ = write!(all, "\n$ {line}\n{}", String::from_utf8(output.stdout).unwrap());
        }
    }
    let wide: Vec<_> = all.lines().filter(|line| line.chars().count() > MOST_COLUMNS).collect();
    assert!(wide.is_empty(), "{wide:#?}");
    if let Err(difference) = golden::check(Path::new("docs/help.txt"), Some(all.as_bytes())) {
        panic!(
            "{difference}\nwrite it again with UPDATE_FIXTURES=1 cargo test --test integration help, and read the diff"
        );
    }
}
