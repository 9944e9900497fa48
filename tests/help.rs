//! What `--help` says is what people go by, so every change of it is seen: `docs/help.txt` holds all of it.

use std::fmt::Write as _;
use std::path::Path;

use super::support::golden;
use super::support::process::{fed, program};

const MOST_COLUMNS: usize = 100;

#[test]
fn the_committed_help_is_the_one_that_is_printed() {
    let mut all =
        String::from("What every command prints for `-h` and `--help`. UPDATE_FIXTURES=1 writes this file anew.\n");
    let program_itself = istio_drain::inside::cli::command();
    let commands = program_itself.get_subcommands().map(|command| vec![command.get_name()]);
    for command in std::iter::once(Vec::new()).chain(commands) {
        for flag in ["-h", "--help"] {
            let output = fed(program().args(&command).arg(flag), "");
            assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
            let line = [&["istio-drain"], command.as_slice(), &[flag]].concat().join(" ");
            let _ = write!(all, "\n$ {line}\n{}", String::from_utf8(output.stdout).unwrap());
        }
    }
    let wide: Vec<_> = all.lines().filter(|line| line.chars().count() > MOST_COLUMNS).collect();
    assert!(wide.is_empty(), "{wide:#?}");
    if let Err(difference) = golden::check(Path::new("docs/help.txt"), Some(all.as_bytes())) {
        panic!(
            "{difference}\nwrite it anew with UPDATE_FIXTURES=1 cargo test --test integration help, and read the diff"
        );
    }
}
