//! `.istio-drain.yaml`: which runs go by it, and which never do.

use std::fs;
use std::process::Output;

use super::support::folder::Folder;
use super::support::process::{fed, program};

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - {name: app, image: web}
";

fn policy(fields: &str) -> String {
    format!("apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\nspec:\n  {fields}\n")
}

/// A repository with two clusters, and a policy above it that must never count.
fn repository() -> Folder {
    let folder = Folder::new();
    folder.write(".istio-drain.yaml", &policy("drain: 99s"));
    folder.write("repo/.git/HEAD", "");
    folder.write("repo/.istio-drain.yaml", &policy("drain: 41s"));
    folder.write("repo/east/.istio-drain.yaml", &policy("drain: 42s"));
    for file in ["repo/web.yaml", "repo/east/apps/web.yaml", "repo/west/web.yaml"] {
        folder.write(file, WEB);
    }
    folder
}

fn run_in(folder: &Folder, at: &str, args: &[&str], set: &[(&str, &str)], input: &str) -> Output {
    fed(program().args(args).envs(set.iter().copied()).current_dir(folder.path().join(at)), input)
}

/// The drain duration that was written, and the last line.
#[track_caller]
fn written(output: &Output) -> (String, String) {
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    (drain(&String::from_utf8_lossy(&output.stdout)), told.lines().last().unwrap_or_default().to_owned())
}

fn drain(text: &str) -> String {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("terminationDrainDuration: "));
    line.unwrap_or("-").to_owned()
}

#[test]
fn each_file_goes_by_the_nearest_one_in_its_repository() {
    let folder = repository();
    let told = written(&run_in(&folder, "repo", &["fix", "."], &[], "")).1;
    assert!(
        told.starts_with(
            "istio-drain: 3 of 3 files changed, 3 of 3 workloads edited by east/.istio-drain.yaml and 1 more"
        ),
        "{told}"
    );
    for (file, expected) in [("web.yaml", "41s"), ("east/apps/web.yaml", "42s"), ("west/web.yaml", "41s")] {
        let text = fs::read_to_string(folder.path().join("repo").join(file)).unwrap();
        assert_eq!(drain(&text), expected, "{file}");
    }
    let explained = run_in(&folder, "repo/east", &["explain", "apps"], &[], "");
    assert!(String::from_utf8_lossy(&explained.stdout).contains("42s"));
    assert_eq!(written(&explained).1, "istio-drain: explained by .istio-drain.yaml");
    for format in ["text", "json"] {
        let checked =
            run_in(&folder, "repo/east", &["check", "--fail-on", "never", "--format", format, "apps"], &[], "");
        assert_eq!(written(&checked).1, "istio-drain: checked by .istio-drain.yaml", "{format}");
    }
    for line in [&["explain"][..], &[]] {
        let empty = "istio-drain: input was empty: did the command before the pipe fail?";
        assert_eq!(written(&run_in(&folder, "repo/east", line, &[], "")).1, empty);
    }
}

#[test]
fn a_pipe_goes_by_that_of_its_folder() {
    let folder = repository();
    let piped = |at: &str| written(&run_in(&folder, at, &[], &[], WEB));
    assert_eq!(piped("repo/east/apps").0, "42s");
    assert_eq!(piped("repo/west").0, "41s");
    assert!(piped("repo").1.starts_with("istio-drain: 1 of 1 workload edited by .istio-drain.yaml; "));
    // Outside of a repository only that of the folder itself counts.
    assert_eq!(piped(".").0, "99s");
    fs::create_dir(folder.path().join("other")).unwrap();
    assert_eq!(piped("other").0, "28s");
}

#[test]
fn everything_else_wins_over_it() {
    let folder = repository();
    let at = |args: &[&str]| written(&run_in(&folder, "repo", args, &[], WEB)).0;
    folder.write("own.yaml", &policy("drain: 50s"));
    assert_eq!(at(&["--policy", "../own.yaml"]), "50s");
    assert_eq!(at(&["--drain", "60s"]), "60s");
    assert_eq!(at(&["--policy", "../own.yaml", "--drain", "60s"]), "60s");
    // Field by field: what nobody else says holds.
    folder.write("repo/.istio-drain.yaml", &policy("drain: 41s\n  margin: 9s"));
    let output = run_in(&folder, "repo", &["--drain", "60s"], &[], WEB);
    assert!(String::from_utf8_lossy(&output.stdout).contains("terminationGracePeriodSeconds: 69"));
}

#[test]
fn hosts_and_whoever_turns_it_off_never_go_by_it() {
    let folder = repository();
    let list = format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- {}\n",
        WEB.trim_end().replace('\n', "\n  ")
    );
    type Case<'c> = (&'c [&'c str], &'c [(&'c str, &'c str)], &'c str);
    let cases: [Case<'_>; 7] = [
        (&[], &[], &list),
        (&["--no-config"], &[], WEB),
        (&[], &[("ISTIO_DRAIN_NO_CONFIG", "1")], WEB),
        (&[], &[("HELM_PLUGIN_NAME", "istio-drain")], WEB),
        (&[], &[("HELM_PLUGIN_DIR", "/plugins/istio-drain")], WEB),
        (&[], &[("ARGOCD_APP_NAME", "web")], WEB),
        (&["../plugin.yaml"], &[("KUSTOMIZE_PLUGIN_CONFIG_ROOT", "/")], WEB),
    ];
    folder.write("plugin.yaml", &policy("{}").replace("spec:\n  {}", "spec: {}"));
    for (args, set, input) in cases {
        let (drain, told) = written(&run_in(&folder, "repo", args, set, input));
        assert_eq!(drain, "28s", "{args:?} {set:?}");
        assert!(!told.contains(".istio-drain.yaml"), "{told}");
    }
    // A ResourceList in a file is what some function was handed.
    let file = folder.write("repo/list.yaml", &list);
    written(&run_in(&folder, "repo", &["fix", "list.yaml"], &[], ""));
    assert_eq!(drain(&fs::read_to_string(file).unwrap()), "28s");
    assert_eq!(written(&run_in(&folder, "repo", &[], &[("ISTIO_DRAIN_NO_CONFIG", "0")], WEB)).0, "41s");
}

#[test]
fn a_policy_that_is_wrong_or_somebody_elses() {
    let folder = repository();
    let file = folder.write("repo/.istio-drain.yaml", &policy("dran: 41s"));
    let output = run_in(&folder, "repo", &[], &[], WEB);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{told}");
    assert!(told.contains("unknown field `dran`") && told.contains(".istio-drain.yaml:4:3"), "{told}");
    // Only root can give a file away.
    if std::os::unix::fs::chown(&file, Some(4711), None).is_ok() {
        let output = run_in(&folder, "repo", &[], &[], WEB);
        assert_eq!(written(&output).0, "28s");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.starts_with("istio-drain: .istio-drain.yaml is another user's, and not gone by\n"), "{told}");
    }
}

#[test]
fn rules_count_by_the_file_that_states_them() {
    let folder = repository();
    folder
        .write("repo/east/.istio-drain.yaml", &policy("workloads: [{name: web, drain: 55s}, {name: none, drain: 1s}]"));
    let output = run_in(&folder, "repo", &["fix", "-v", "."], &[], "");
    assert_eq!(output.status.code(), Some(0));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("workloads[1]") && !told.contains("rule `workloads[0]"), "{told}");
    assert_eq!(drain(&fs::read_to_string(folder.path().join("repo/east/apps/web.yaml")).unwrap()), "55s");
}
