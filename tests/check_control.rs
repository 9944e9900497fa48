//! What fails a check, wherever it is stated: on the command line, in a functionConfig, in a policy that is found; and
//! `fix --check` and `check: true`, which are a check with one rule.

use std::fs;

use super::support::folder::Folder;
use super::support::process::{fed, program};

/// A pod that a classic proxy leaves 15 seconds too early, which is likely only; `HERE` is behind its template.
const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template: HERE
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: nginx:1.27
        lifecycle: {preStop: {exec: {command: [sleep, \"20\"]}}}
";

fn web(comment: &str) -> String {
    WEB.replace(" HERE", comment)
}

/// It in a ResourceList with that policy.
fn list(fields: &[&str]) -> String {
    let fields: String = fields.iter().map(|field| format!("    {field}\n")).collect();
    let item = web("").replace("\n  ", "\n    ").replace("\nkind", "\n  kind").replace("\nmeta", "\n  meta");
    let item = item.replace("\nspec", "\n  spec");
    format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n  apiVersion: istio-drain.dev/v1alpha1\n  \
         kind: ShutdownPolicy\n  metadata: {{name: x}}\n  spec:\n    check: true\n{fields}items:\n- {item}"
    )
}

/// The exit code, standard output and standard error of a run in a folder.
fn run(folder: &Folder, flags: &[&str], input: &str) -> (Option<i32>, String, String) {
    let output = fed(program().args(flags).current_dir(folder.path()), input);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_function_config_says_what_fails() {
    let folder = Folder::new();
    let (exit, _, told) = run(&folder, &["check", "--baseline", "known.json", "--write-baseline", "-"], &list(&[]));
    assert_eq!(exit, Some(0), "{told}");
    // The fields, the exit code, and the severities in `results`, as a function and as a check.
    type Row<'a> = (&'a [&'a str], i32, &'a str, i32);
    let rows: &[Row<'_>] = &[
        (&[], 1, "error", 0),
        (&["minConfidence: likely"], 1, "error", 1),
        (&["minConfidence: certain"], 0, "warning", 0),
        (&["minConfidence: likely", "failOn: error"], 0, "warning", 0),
        (&["ignore: [not-drained]"], 0, "", 0),
        (&["select: [two-handlers]"], 0, "", 0),
        (&["baseline: known.json"], 0, "", 0),
        (&["baseline: known.json", "minConfidence: likely"], 0, "", 0),
        (&["baseline: unknown.json"], 2, "", 2),
    ];
    for (fields, as_function, severities, as_check) in rows {
        let (exit, output, told) = run(&folder, &[], &list(fields));
        assert_eq!(exit, Some(*as_function), "{fields:?}: {told}");
        let found: Vec<_> = output.lines().filter_map(|line| line.strip_prefix("  severity: ")).collect();
        assert_eq!(found.join(","), *severities, "{fields:?}: {output}");
        let (exit, output, told) = run(&folder, &["check"], &list(fields));
        assert_eq!(exit, Some(*as_check), "check, {fields:?}: {output}{told}");
    }
}

/// In files, the baseline stands beside the policy.
#[test]
fn a_policy_that_is_found_says_what_fails() {
    let folder = Folder::new();
    fs::create_dir(folder.path().join(".git")).unwrap();
    folder.write("team/web.yaml", &web(""));
    let state = |fields: &str| {
        let head = "apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\nspec:\n";
        folder.write("team/.istio-drain.yaml", &format!("{head}  preStop: drain\n{fields}"));
    };
    let exit = |flags: &[&str]| run(&folder, &[&["check", "team"], flags].concat(), "").0;
    state("");
    assert_eq!(exit(&[]), Some(0));
    state("  minConfidence: likely\n");
    assert_eq!(exit(&[]), Some(1));
    assert_eq!(exit(&["--min-confidence", "certain"]), Some(0));
    state("  minConfidence: likely\n  failOn: error\n");
    assert_eq!(exit(&[]), Some(0));
    state("  minConfidence: likely\n  baseline: known.json\n");
    assert_eq!(exit(&[]), Some(2));
    assert_eq!(exit(&["--write-baseline"]), Some(0));
    assert!(folder.path().join("team/known.json").exists());
    assert_eq!(exit(&[]), Some(0));
    assert_eq!(run(&folder, &["fix", "--check", "team"], "").0, Some(0));
    assert_eq!(exit(&["--no-config"]), Some(0));
    assert_eq!(exit(&["--no-config", "--min-confidence", "likely"]), Some(1));
    let flags = ["--no-config", "--policy", "team/.istio-drain.yaml"];
    assert_eq!(exit(&flags), Some(0));
}

/// The sentence of a finding, without its severity and place.
fn sentence(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.split_once("[not-drained]: ")).map(|(_, sentence)| sentence)
}

#[test]
fn fix_and_a_pipe_check_with_one_rule() {
    let folder = Folder::new();
    folder.write("web.yaml", &web(""));
    let (_, checked, _) = run(&folder, &["check", "web.yaml"], "");
    let (exit, names, told) = run(&folder, &["fix", "--check", "web.yaml"], "");
    assert_eq!((exit, names.as_str()), (Some(1), "web.yaml\n"), "{told}");
    let (piped_exit, _, piped) = run(&folder, &["--check"], &web(""));
    assert_eq!(piped_exit, Some(1));
    assert!(sentence(&checked).is_some(), "{checked}");
    assert_eq!((sentence(&told), sentence(&piped)), (sentence(&checked), sentence(&checked)));
    for text in [&checked, &told, &piped] {
        assert!(text.contains(" = note: true if the pod gets a sidecar, and a classic one\n"), "{text}");
    }
    // What is suppressed is so everywhere.
    let suppressed = web(" # istio-drain: ignore[not-drained] nobody calls it");
    folder.write("web.yaml", &suppressed);
    let (exit, names, told) = run(&folder, &["fix", "--check", "web.yaml"], "");
    assert_eq!((exit, names.as_str(), sentence(&told)), (Some(0), "", None), "{told}");
    assert_eq!(run(&folder, &["--check"], &suppressed).0, Some(0));
    assert_eq!(run(&folder, &["check", "--min-confidence", "likely", "web.yaml"], "").0, Some(0));
    // One of two is enough to fail.
    folder.write("web.yaml", &format!("{suppressed}---\n{}", web("").replace("name: web", "name: other")));
    assert_eq!(run(&folder, &["fix", "--check", "web.yaml"], "").0, Some(1));
}

#[test]
fn what_would_make_it_certain_is_said() {
    let last = |flags: &[&str]| {
        let (_, text, _) = run(&Folder::new(), &[&["check"], flags].concat(), &web(""));
        text.lines().last().unwrap_or_default().to_owned()
    };
    let none = last(&[]);
    assert!(none.contains("to make it certain, use `istio-drain init`, or --namespaces and --sidecar"), "{none}");
    let certain = ["--default-namespace=a", "--namespaces={a: {istio-injection: enabled}}", "--sidecar=classic"];
    assert!(last(&certain[2..]).ends_with("use `istio-drain init`, or --namespaces"));
    assert!(last(&certain[..2]).ends_with("use `istio-drain init`, --sidecar or --target-istio"));
    assert!(last(&certain).ends_with("checked: 1 finding; `istio-drain fix` resolves 1"), "{}", last(&certain));
}
