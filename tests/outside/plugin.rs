//! kustomize's exec plugins by the kubectl that `ISTIO_DRAIN_KUBECTL` names, which runs no other kind of program.

use std::process::{Command, Output};

use super::program;
use super::support::folder::Folder;

const PROGRAM: &str = env!("CARGO_BIN_EXE_istio-drain");
const PLAIN: &str = include_str!("../../fixtures/text/plain/input.yaml");
const READY: &str = include_str!("../../fixtures/text/plain/expected.yaml");
const BAD_DRAIN: &str = include_str!("../../fixtures/recipe/config-drain-of-an-unknown-unit/input.yaml");
const HEAD: &str = "apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\nmetadata:\n  name: policy\n";

/// What `kubectl kustomize` makes of a kustomization with the plugin.
fn build(config: &str, role: &str, deployment: &str) -> Output {
    let folder = Folder::new();
    let plugin = folder.write("plugins/istio-drain.dev/v1alpha1/shutdownpolicy/x", "").with_file_name("ShutdownPolicy");
    std::os::unix::fs::symlink(PROGRAM, plugin).unwrap();
    folder.write("k/kustomization.yaml", &format!("resources: [web.yaml]\n{role}: [policy.yaml]\n"));
    folder.write("k/policy.yaml", config);
    folder.write("k/web.yaml", deployment);
    let mut command = Command::new(program("ISTIO_DRAIN_KUBECTL"));
    command.args(["kustomize", "--enable-alpha-plugins"]).arg(folder.path().join("k"));
    command.env("KUSTOMIZE_PLUGIN_HOME", folder.path().join("plugins")).output().unwrap()
}

#[test]
fn kubectl_runs_it() {
    let config = format!("{HEAD}argsOneLiner: --margin 7s\nspec:\n  drain: 40s\n");
    let output = build(&config, "transformers", PLAIN);
    let (text, told) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{told}");
    for part in ["terminationDrainDuration: 40s\n", "terminationGracePeriodSeconds: 47\n", "name: istio-proxy\n"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    // kustomize's own writing of it needs no edit any more.
    let again = build(&config, "transformers", &text);
    assert_eq!(String::from_utf8(again.stdout).unwrap(), text);

    let wrong = build(&format!("{HEAD}spec:\n  dran: 40s\n"), "transformers", PLAIN);
    let told = String::from_utf8(wrong.stderr).unwrap();
    assert_eq!((wrong.status.success(), wrong.stdout.len()), (false, 0));
    assert!(told.contains("did you mean `drain`?") && told.contains("6 |   dran: 40s"), "{told}");
    let rejected = build(HEAD, "transformers", BAD_DRAIN);
    let told = String::from_utf8(rejected.stderr).unwrap();
    assert_eq!((rejected.status.success(), rejected.stdout.len()), (false, 0));
    assert!(told.contains("error[bad-drain-duration]: "), "{told}");
}

#[test]
fn kubectl_validates_with_it() {
    let config = format!("{HEAD}spec:\n  check: true\n  emitNothing: true\n");
    let lacking = build(&config, "validators", PLAIN);
    let told = String::from_utf8(lacking.stderr).unwrap();
    assert_eq!((lacking.status.success(), lacking.stdout.len()), (false, 0));
    assert!(told.contains("`istio-drain fix` writes terminationDrainDuration 28s, "), "{told}");
    let ready = build(&config, "validators", READY);
    let (text, told) = (String::from_utf8(ready.stdout).unwrap(), String::from_utf8(ready.stderr).unwrap());
    assert!(ready.status.success() && text.contains("terminationDrainDuration: 28s\n"), "{told}");
}
