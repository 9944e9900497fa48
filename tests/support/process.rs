//! Programs as processes.

use std::ffi::OsStr;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

/// Runs a program over an input, which it need not read. What to do next, which a run without a policy ends with, is
/// left out of its messages.
pub(crate) fn fed(command: &mut Command, input: impl AsRef<[u8]>) -> Output {
    let mut output = fed_with_hints(command, input);
    let lines = output.stderr.split_inclusive(|byte| *byte == b'\n');
    output.stderr = lines.filter(|line| !line.starts_with(b"next: ")).flatten().copied().collect();
    output
}

/// The same, with all messages.
pub(crate) fn fed_with_hints(command: &mut Command, input: impl AsRef<[u8]>) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.as_ref().to_owned();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// The program itself, with nothing around the tests that may show in its output.
pub(crate) fn program() -> Command {
    clean(env!("CARGO_BIN_EXE_istio-drain"))
}

/// Any program in such surroundings.
pub(crate) fn clean(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    let shown = ["COLUMNS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE"];
    let hosts = ["KUSTOMIZE_PLUGIN_CONFIG_ROOT", "HELM_PLUGIN_NAME", "HELM_PLUGIN_DIR", "ARGOCD_APP_NAME"];
    for name in shown.into_iter().chain(hosts).chain(["ISTIO_DRAIN_NO_CONFIG", "CI"]) {
        command.env_remove(name);
    }
    command
}
