//! The table of outcomes, row by row, in each protocol: what is written, the exit code, and that no failure goes
//! without a word.
//!
//! | what happens | ResourceList | stream | exit |
//! |---|---|---|---|
//! | input, policy or command line are wrong | nothing | nothing | 2 |
//! | an error is found | the input with `results` | nothing | 1 |
//! | warnings, notes | edited, with `results` | edited | 0 |
//! | edited | edited | edited | 0 |
//! | nothing to do | the input | the input | 0 |
//! | nothing comes in | - | nothing | 0 |
//! | `check`, and something is lacking | the input with `results` | nothing | 1 |
//! | `emitNothing` | the list without items, with `results` | nothing | as without it |
//!
//! The exec plugin's table stands in `exec_plugin`: it is that of the stream.

use std::process::{Command, Output};

use istio_drain::inside::yaml::Source;

use super::support::process::fed;

const READY: &str = include_str!("../fixtures/recipe/hook-shorter-than-grace/expected.yaml");
const PLAIN: &str = include_str!("../fixtures/recipe/hook-shorter-than-grace/input.yaml");
const REFUSED: &str = include_str!("../fixtures/refused/alias-of-the-annotations/input.yaml");
const WARNED: &str = include_str!("../fixtures/recipe/hook-unknown/input.yaml");
const BROKEN: &str = "kind: Deployment\na: [\n";

/// What is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Nothing,
    /// Byte for byte.
    Input,
    /// The input with new lines in the workload, and with or without `results`.
    Edited {
        results: bool,
    },
    /// The input with nothing but `results` behind it.
    InputWithResults,
    /// A list without items.
    Bare {
        results: bool,
    },
}

use Written::*;

fn run(flags: &[&str], input: &str) -> Output {
    fed(Command::new(env!("CARGO_BIN_EXE_istio-drain")).env_remove("KUSTOMIZE_PLUGIN_CONFIG_ROOT").args(flags), input)
}

/// The documents of an input as the items of a list.
fn list(documents: &str) -> String {
    let lines = documents.lines().enumerate().map(|(at, line)| format!("{} {line}\n", if at == 0 { "-" } else { " " }));
    format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{}", lines.collect::<String>())
}

#[track_caller]
fn check(flags: &[&str], input: &str, code: i32, written: Written) {
    let output = run(flags, input);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(code), "{flags:?}: {err}");
    assert!(code == 0 || !err.is_empty(), "{flags:?}: a failure without a word");
    assert!(code != 0 || err.lines().count() <= 1, "{flags:?}: more than a line in a pipe that is fine: {err}");
    let results = out.contains("\nresults:\n- message: ");
    match written {
        Nothing => assert_eq!(out, "", "{flags:?}"),
        Input => assert_eq!(out, input, "{flags:?}"),
        InputWithResults => {
            assert!(out.strip_prefix(input).is_some_and(|rest| rest.starts_with("results:\n- message: ")), "{out}");
        }
        Edited { results: expected } => {
            assert!(out.contains("terminationDrainDuration") && !input.contains("terminationDrainDuration"), "{out}");
            assert_eq!(results, expected, "{flags:?}: {out}");
        }
        Bare { results: expected } => {
            let head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n";
            let rest = out.strip_prefix(head).unwrap_or_else(|| panic!("{flags:?}: {out}"));
            assert_eq!((results, rest.is_empty()), (expected, !expected), "{flags:?}: {out}");
        }
    }
    assert!(out.is_empty() || Source::new(out.as_bytes()).is_ok());
}

/// The same objects as a list and as a stream.
#[track_caller]
fn check_both(flags: &[&str], documents: &str, code: i32, in_list: Written, in_stream: Written) {
    check(flags, &list(documents), code, in_list);
    check(flags, documents, code, in_stream);
}

#[test]
fn each_row() {
    check_both(&[], BROKEN, 2, Nothing, Nothing);
    check_both(&["--drain", "40"], PLAIN, 2, Nothing, Nothing);
    check_both(&["--policy", "fixtures/none.yaml"], PLAIN, 2, Nothing, Nothing);
    check_both(&[], REFUSED, 1, InputWithResults, Nothing);
    check_both(&["--refused", "warn"], REFUSED, 0, InputWithResults, Input);
    check_both(&[], WARNED, 0, Edited { results: true }, Edited { results: false });
    check_both(&[], PLAIN, 0, Edited { results: false }, Edited { results: false });
    check_both(&[], READY, 0, Input, Input);
    check_both(&[], "apiVersion: v1\nkind: Service\n", 0, Input, Input);
    check(&[], "", 0, Nothing);
    check(&[], "# a comment\n---\n", 0, Input);
}

#[test]
fn an_error_in_one_workload_keeps_all_as_they_are() {
    let both = format!("{PLAIN}---\n{REFUSED}");
    check(&[], &both, 1, Nothing);
    let items = format!("{}{}", list(PLAIN), list(REFUSED).split_once("items:\n").unwrap().1);
    check(&[], &items, 1, InputWithResults);
    // The same with a policy that is wrong in the list itself.
    let config = "functionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n  data: {dran: 40s}\n";
    check(&[], &format!("{}{config}", list(PLAIN)), 2, Nothing);
}

#[test]
fn what_is_only_checked_is_never_edited() {
    check_both(&["--check"], PLAIN, 1, InputWithResults, Nothing);
    check_both(&["--check"], READY, 0, Input, Input);
    check_both(&["--check"], REFUSED, 1, InputWithResults, Nothing);
    check_both(&["--check", "--refused", "warn"], PLAIN, 1, InputWithResults, Nothing);
    check_both(&["--check"], "apiVersion: v1\nkind: Service\n", 0, Input, Input);
    check(&["--check"], "", 0, Nothing);
    let output = run(&["--check"], &list(PLAIN));
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    for part in
        ["severity: error\n", "rule: not-drained\n", "path: spec.template\n", "writes terminationDrainDuration 28s, "]
    {
        assert!(out.contains(part), "{part} is not in\n{out}");
    }
    assert!(err.starts_with("error[not-drained]: the proxy exits 5s after the deletion of the pod, "), "{err}");
    // What lacks something can be told by a second run no better than by the first.
    let again = run(&["--check"], &out);
    assert_eq!(String::from_utf8(again.stdout).unwrap(), out);
}

#[test]
fn nothing_is_given_back_where_nothing_may_be() {
    let emit = |flags: &[&'static str]| [&["--emit-nothing"], flags].concat();
    check_both(&emit(&[]), BROKEN, 2, Nothing, Nothing);
    check_both(&emit(&[]), PLAIN, 0, Bare { results: false }, Nothing);
    check_both(&emit(&[]), WARNED, 0, Bare { results: true }, Nothing);
    check_both(&emit(&[]), REFUSED, 1, Bare { results: true }, Nothing);
    check_both(&emit(&["--check"]), PLAIN, 1, Bare { results: true }, Nothing);
    check_both(&emit(&["--check"]), READY, 0, Bare { results: false }, Nothing);
    let config =
        "functionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n  data: {emitNothing: \"true\", check: \"true\"}\n";
    check(&[], &format!("{}{config}", list(PLAIN)), 1, Bare { results: true });
    check(&[], &format!("{}{config}", list(READY)), 0, Bare { results: false });
}
