use std::process::Output;

use super::super::support::folder::Folder;
use super::super::support::process::{fed_with_hints, program};

const SHOP: &str = concat!(
    include_str!("../../src/cli/demo/shop.yaml"),
    "---\n{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: agent, namespace: shop}, spec: {template: {spec: {containers: [{name: a, image: a}]}}}}\n",
    "---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: worker, namespace: shop}, spec: {template: {spec: {containers: [{name: a, image: a}]}}}}\n",
);

/// A repository with the shop, and with a policy where one is given.
fn repository(policy: &str) -> Folder {
    let folder = Folder::new();
    folder.write(".git/HEAD", "");
    folder.write("shop.yaml", SHOP);
    if !policy.is_empty() {
        let text = format!("apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\nspec: {policy}\n");
        folder.write(".istio-drain.yaml", &text);
    }
    folder
}

fn run(folder: &Folder, words: &str, input: &str) -> Output {
    fed_with_hints(program().args(words.split(' ')).current_dir(folder.path()), input)
}

/// The words of each hint that tell which one it is.
fn hints(output: &Output) -> Vec<&'static str> {
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    let lines: Vec<_> = told.lines().skip_while(|line| !line.starts_with("next: ")).collect();
    let known = ["istio-drain init --write", "--kinds Deployment,StatefulSet,DaemonSet", "--app-pre-stop 5s"];
    let of = |line: &&str| *known.iter().find(|known| line.contains(**known)).unwrap_or_else(|| panic!("{told}"));
    lines.iter().map(of).collect()
}

#[test]
fn a_first_run_ends_with_what_to_do_next() {
    let [init, kinds, delay] =
        ["istio-drain init --write", "--kinds Deployment,StatefulSet,DaemonSet", "--app-pre-stop 5s"];
    let check = |words: &str, expected: &[&str]| {
        assert_eq!(hints(&run(&repository(""), words, "")), expected, "{words}");
    };
    for command in ["fix", "fix --diff", "fix --check", "check", "explain"] {
        check(&format!("{command} shop.yaml"), &[init, kinds, delay]);
    }
    // What a flag answers is not asked again.
    check("fix --diff --sidecar native shop.yaml", &[kinds, delay]);
    check("fix --diff --target-istio 1.30 --target-kubernetes 1.33 shop.yaml", &[kinds, delay]);
    check("fix --diff --kinds Deployment shop.yaml", &[init, delay]);
    check("fix --diff --app-pre-stop 0s shop.yaml", &[init, kinds]);
    check("fix --diff --kinds Deployment,DaemonSet --app-pre-stop 5s --sidecar classic shop.yaml", &[]);
    // Nor is what a dump answers.
    let folder = repository("");
    folder.write("mesh.yaml", include_str!("../init/mesh.yaml"));
    assert!(hints(&run(&folder, "init mesh.yaml --write", "")).is_empty());
    assert!(hints(&run(&folder, "fix --diff shop.yaml", "")).is_empty());
    // What failed has a remedy of its own.
    check("explain shop.yaml nobody", &[]);
    for silent in ["fix --diff -q shop.yaml", "check --quiet shop.yaml", "fix --no-config --diff shop.yaml"] {
        check(silent, &[]);
    }
}

#[test]
fn a_policy_answers_all_and_hosts_ask_nothing() {
    let folder = repository("{appShutdown: 6s}");
    assert!(hints(&run(&folder, "fix --diff shop.yaml", "")).is_empty());
    let folder = repository("");
    folder.write("policy.yaml", "apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\nspec: {}\n");
    assert!(hints(&run(&folder, "fix --diff --policy policy.yaml shop.yaml", "")).is_empty());
    let indented = SHOP.replace('\n', "\n  ");
    let list = format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- {}\n",
        indented.split("---").nth(1).unwrap().trim()
    );
    assert!(hints(&run(&folder, "-v", &list)).is_empty());
    assert!(hints(&run(&folder, "-v", SHOP)).is_empty(), "a pipe ends in one line");
    let in_ci = |value: &str| {
        let line = ["fix", "--diff", "shop.yaml"];
        hints(&fed_with_hints(program().args(line).env("CI", value).current_dir(folder.path()), "")).len()
    };
    assert_eq!([in_ci("true"), in_ci("1"), in_ci("false"), in_ci("")], [0, 0, 3, 3], "nobody answers a job's log");
    for variable in ["HELM_PLUGIN_NAME", "KUSTOMIZE_PLUGIN_CONFIG_ROOT", "ARGOCD_APP_NAME"] {
        let output = fed_with_hints(
            program().args(["fix", "--diff", "shop.yaml"]).env(variable, "x").current_dir(folder.path()),
            "",
        );
        assert!(hints(&output).is_empty(), "{variable}");
    }
}

#[test]
fn more_v_says_more_and_q_says_only_errors() {
    let folder = repository("");
    let told = |words: &str| {
        let output = run(&folder, words, "");
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, quiet) = told("fix --check -q shop.yaml");
    assert_eq!(code, 1);
    assert!(
        quiet.lines().all(|line| !line.starts_with("istio-drain: ")) && quiet.contains("error[not-drained]"),
        "{quiet}"
    );
    assert_eq!(told("fix --diff -q shop.yaml"), (0, String::new()));
    let [normal, verbose, numbers] = ["", " -v", " -vv"].map(|flag| told(&format!("fix --diff{flag} shop.yaml")).1);
    assert!(verbose.contains("Deployment shop/web: edited: ") && !normal.contains("edited: "), "{verbose}");
    assert!(numbers.contains("D = max(D0 5, F 28) = 28s: the drain duration"), "{numbers}");
    assert!(!verbose.contains("D = max("), "{verbose}");
    // Each fact once.
    assert!(!numbers.contains("web: edited: ") && numbers.matches("[namespace-in]").count() == 4, "{numbers}");
    let check = told("check -vv shop.yaml").1;
    assert!(check.contains("  numbers ") && !check.contains("  findings "), "{check}");
    let both = told("fix -q -v shop.yaml");
    assert!(both.0 == 2 && both.1.contains("cannot be used with"), "{both:?}");
    let output = run(&folder, "check -q shop.yaml", "");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("error[not-drained]") && !shown.contains("\nistio-drain: "), "{shown}");
}

/// An older schema of such a kind may drop the sleep action, so it isn't written before the release is known.
#[test]
fn a_delay_that_may_not_be_possible_is_named_until_it_is_answered() {
    let folder = Folder::new();
    let pod =
        "{metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: a, ports: [{containerPort: 80}]}]}}";
    folder.write(
        "web.yaml",
        &format!(
            "{{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {{name: web}}, spec: {{template: {pod}}}}}\n"
        ),
    );
    let check = |flags: &str, is_named: bool| {
        let line = format!("fix --diff --kinds Rollout.argoproj.io --sidecar classic{flags} web.yaml");
        let expected: &[&str] = if is_named { &["--app-pre-stop 5s"] } else { &[] };
        assert_eq!(hints(&run(&folder, &line, "")), expected, "{flags}");
    };
    check("", true);
    check(" --target-kubernetes 1.33", false);
    check(" --app-pre-stop 5s", false);
    check(" --app-pre-stop 0s", false);
}
