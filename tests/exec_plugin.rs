//! kustomize's exec plugins: the table of outcomes with the program started as kustomize starts it.

use std::process::{Command, Output};

use super::support::folder::Folder;
use super::support::process::fed;

const PROGRAM: &str = env!("CARGO_BIN_EXE_istio-drain");
const PLAIN: &str = include_str!("../fixtures/text/plain/input.yaml");
const READY: &str = include_str!("../fixtures/text/plain/expected.yaml");
const REFUSED: &str = include_str!("../fixtures/refused/alias-of-the-annotations/input.yaml");
const HEAD: &str = "apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\nmetadata:\n  name: policy\n";

/// Runs the program with a config file as its first argument.
fn run(config: &str, flags: &[&str], input: &str) -> Output {
    let folder = Folder::new();
    let mut command = Command::new(PROGRAM);
    command.env("KUSTOMIZE_PLUGIN_CONFIG_ROOT", folder.path()).arg(folder.write("kust-plugin-config-1", config));
    fed(command.args(flags), input)
}

#[track_caller]
fn check(config: &str, flags: &[&str], input: &str, code: i32, stdout: &[&str], stderr: &[&str]) {
    let output = run(config, flags, input);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(code), "{err}");
    assert_eq!(out.is_empty(), stdout.is_empty(), "{out}");
    stdout.iter().for_each(|part| assert!(out.contains(part), "{part} is not in\n{out}"));
    stderr.iter().for_each(|part| assert!(err.contains(part), "{part} is not in\n{err}"));
    assert!(code == 0 || !err.is_empty(), "an error without a word");
}

#[test]
fn each_outcome_of_the_table() {
    let config = |rest: &str| format!("{HEAD}{rest}");
    let drains = |config: &str, flags: &[&str], drain: &str| {
        check(config, flags, PLAIN, 0, &[&format!("terminationDrainDuration: {drain}\n"), "kind: Deployment"], &[]);
    };
    // The policy, in both forms; the flags of argsOneLiner win.
    drains(&config(""), &[], "28s");
    drains(&config("argsOneLiner: --drain 90s\nargsFromFile: flags\nspec:\n  drain: 60s\n"), &[], "60s");
    drains(&config("spec:\n  drain: 60s\n"), &["--drain", "90s"], "90s");
    drains("apiVersion: v1\ndata:\n  drain: 60s\nkind: ConfigMap\n", &[], "60s");
    // Nothing to do, and nothing at all, as for a generator.
    check(&config(""), &[], "apiVersion: v1\nkind: Service\n", 0, &["kind: Service\n"], &[]);
    check(&config(""), &[], "", 0, &[], &[]);
    // Checked only, and nothing given back.
    check(&config("spec: {check: true}\n"), &[], PLAIN, 1, &[], &["error[not-drained]: "]);
    check(&config("spec: {check: true, emitNothing: true}\n"), &[], PLAIN, 1, &[], &["error[not-drained]: "]);
    check(&config("spec: {check: true}\n"), &[], READY, 0, &["kind: Deployment"], &[]);
    check(&config("spec: {check: true, emitNothing: true}\n"), &[], READY, 0, &[], &[]);
    check(
        &config(""),
        &["--emit-nothing"],
        PLAIN,
        0,
        &[],
        &["1 of 1 workload to be edited, and nothing is given back"],
    );
    // A workload that can't be edited.
    check(&config(""), &[], REFUSED, 1, &[], &["error[edit-in-alias]: "]);
    check(&config("spec:\n  refused: warn\n"), &[], REFUSED, 0, &["kind: Deployment"], &[]);
    // A policy that is wrong, with its place.
    let place = "kust-plugin-config-1:6:3";
    check(&config("spec:\n  dran: 40s\n"), &[], PLAIN, 2, &[], &["did you mean `drain`?", place, "6 |   dran: 40s"]);
    check(&config("spec:\n  drain: 40\n"), &[], PLAIN, 2, &[], &["did you mean `40s`?", place]);
    check(&config("drain: 40s\n"), &[], PLAIN, 2, &[], &["put it under `spec`", "kust-plugin-config-1:5:1"]);
    check(&config("spec: [\n"), &[], PLAIN, 2, &[], &["error: ", "kust-plugin-config-1:5:7"]);
    check("apiVersion: v1\nkind: Secret\n", &[], PLAIN, 2, &[], &["is not a policy", "kust-plugin-config-1:2:1"]);
    // A command line that is wrong, and an input.
    check(&config(""), &["--drian", "1s"], PLAIN, 2, &[], &["'--drain"]);
    check(&config(""), &[], "kind: Deployment\na: [\n", 2, &[], &["stdin:"]);
}

#[test]
fn only_kustomize_hands_over_a_file() {
    let folder = Folder::new();
    let config = folder.write("config", HEAD);
    let output = fed(Command::new(PROGRAM).arg(&config), PLAIN);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let output = fed(Command::new(PROGRAM).env("KUSTOMIZE_PLUGIN_CONFIG_ROOT", "/").arg("--exact"), PLAIN);
    assert_eq!(output.status.code(), Some(0));
}
