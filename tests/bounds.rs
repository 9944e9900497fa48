//! How much memory a run takes: at most 20 times its input, or 100 MB, whatever the input is. The address space of the
//! process is limited, so that one byte more fails.

use std::process::{Command, Output};

use super::support::process::fed;

const WORKLOAD: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: w
spec:
  template:
    metadata:
      annotations:
        ANNOTATION
    spec:
      containers:
      - name: app
        image: a
        HOOK
";

fn annotated(annotation: &str) -> String {
    WORKLOAD.replace("ANNOTATION", annotation).replace("HOOK", "env: []")
}

fn hooked(script: &str) -> String {
    let hook = format!("lifecycle: {{preStop: {{exec: {{command: [sh, -c, '{script}']}}}}}}");
    WORKLOAD.replace("ANNOTATION", "a: b").replace("HOOK", &hook)
}

/// What the program says of an input with no more memory than it may take.
#[cfg(target_os = "linux")]
fn within_bounds(line: &[&str], input: &str) -> Output {
    // Code and stacks are part of the address space.
    let most = (100_000_000).max(20 * input.len()) / 1024 + 32 * 1024;
    let mut shell = Command::new("sh");
    let script = format!("ulimit -v {most} && exec \"$0\" \"$@\"");
    fed(shell.args(["-c", &script, env!("CARGO_BIN_EXE_istio-drain"), "--threads", "1"]).args(line), input)
}

/// The program ends by itself, and says so where it writes nothing.
#[cfg(target_os = "linux")]
#[track_caller]
fn check(name: &str, line: &[&str], input: &str, code: i32, said: &str) {
    let output = within_bounds(line, input);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{name}: {}", errors.chars().take(500).collect::<String>());
    assert!(errors.contains(said), "{name}: {}", errors.chars().take(500).collect::<String>());
    assert!(code == 0 || output.stdout.is_empty() || line.contains(&"check"), "{name}: something was written");
    assert!(errors.len() < 10_000, "{name}: {} bytes of errors", errors.len());
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_almost_empty_takes_no_more_than_its_share() {
    let values = "more than a million values";
    check("dashes", &[], &"-\n".repeat(1_500_000), 2, values);
    check("dashes on one line", &[], &"- ".repeat(1_000_000), 2, "this tool reads at most 255 levels");
    check("brackets", &[], &format!("kind: Deployment\na: {}\n", "[".repeat(1_000_000)), 2, "255 levels");
    check("JSON", &[], &"{\"kind\":".repeat(200_000), 2, "255 levels");
    check("commas", &[], &format!("kind: Deployment\na: [{}]\n", "1,".repeat(1_500_000)), 2, values);
    check("a long line", &[], &format!("kind: Deployment\napiVersion: apps/v1\na: {}\n", "a".repeat(5_000_000)), 0, "");
    check("markers", &[], &"---\n".repeat(500_000), 2, "more than 225000 documents");
    check("tiny documents", &[], &"---\na: 1\n".repeat(300_000), 2, "more than 268750 documents");
    check(
        "tiny objects",
        &[],
        &"---\n{kind: Deployment, apiVersion: apps/v1}\n".repeat(60_000),
        2,
        "workloads and findings",
    );
    check("Namespaces", &[], &"---\n{kind: Namespace, apiVersion: v1, metadata: {name: a}}\n".repeat(30_000), 0, "");
    check("anchors", &[], &format!("kind: Deployment\napiVersion: apps/v1\na:\n{}", "- &a x\n".repeat(150_000)), 0, "");
}

/// A page of thousands of workloads is longer than all that may be held.
#[cfg(target_os = "linux")]
#[test]
fn what_is_shown_of_many_workloads_is_written_part_by_part() {
    let spec = "spec: {template: {spec: {containers: [{name: a, image: b}]}}}";
    let one = |at| format!("---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a{at}}}\n{spec}\n");
    let input: String = (0..3_000).map(one).collect();
    for line in [["explain", "--format", "json"], ["explain", "--format", "html"], ["check", "--format", "sarif"]] {
        check(line[2], &line, &input, 0, "");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_refers_to_itself_is_not_multiplied_out() {
    let lines = |item: &dyn Fn(usize) -> String| (1..40).map(item).collect::<String>();
    let nine = |at: usize| vec![format!("*a{}", at - 1); 9].join(", ");
    let head = "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: a}\na0: &a0 {b: c}\n";
    let aliases = lines(&|at| format!("a{at}: &a{at} [{}]\n", nine(at)));
    check("aliases", &[], &format!("{head}{aliases}spec: *a39\n"), 0, "");
    let merges = lines(&|at| format!("a{at}: &a{at} {{<<: [{}]}}\n", nine(at)));
    check("merge keys", &[], &format!("{head}{merges}spec: {{<<: *a39}}\n"), 0, "");
    let lists = lines(&|at| format!("- &a{at} {{kind: List, apiVersion: v1, items: [{}]}}\n", nine(at)));
    let head =
        "kind: List\napiVersion: v1\nitems:\n- &a0 {kind: Deployment, apiVersion: apps/v1, metadata: {name: a}}\n";
    check("lists", &[], &format!("{head}{lists}"), 0, "");
}

#[cfg(target_os = "linux")]
#[test]
fn what_stands_in_one_workload_has_limits() {
    let most = "this workload has more than 1000 findings (take it out of the input)";
    let fields: String = (0..5_000).map(|at| format!("          a{at}: b\n")).collect();
    check("fields", &[], &annotated(&format!("proxy.istio.io/config: |\n{fields}")), 2, most);
    let names: String = (0..5_000).map(|at| format!("istio-drain.dev/a{at}: b\n        ")).collect();
    check("annotations", &[], &annotated(&names), 2, most);
    let ids: String = (0..5_000).map(|at| format!("a{at},")).collect();
    check("suppressions", &["check"], &annotated(&format!("istio-drain.dev/ignore: '{ids}'")), 2, most);
    for part in ["! ", "command ", "A=b ", "sleep 0;", "(", "{ ", "$(", "if true; then ", "sleep 0 & "] {
        check(part, &[], &hooked(&part.repeat(10_000)), 0, "");
    }
    let containers = "      - name: a\n        image: a\n".repeat(10_000);
    check("containers", &[], &(hooked("") + &containers), 0, "");
}

/// A policy has as many errors as its writer likes. Ten are told, the others are counted.
#[cfg(target_os = "linux")]
#[test]
fn a_policy_full_of_errors_is_refused_in_a_few_lines() {
    let list = |spec: &str| {
        format!(
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\nfunctionConfig:\n  apiVersion: \
             istio-drain.dev/v1alpha1\n  kind: ShutdownPolicy\n  spec:\n{spec}"
        )
    };
    let lines = |line: &dyn Fn(usize) -> String| list(&(0..4_000).map(line).collect::<String>());
    let more = "error: the policy has 3990 more errors\n";
    check("unknown fields", &[], &lines(&|number| format!("    zzz{number}: 40s\n")), 2, more);
    check("fields of a group", &[], &lines(&|number| format!("    target.zzz{number}: 40s\n")), 2, more);
    let rule = |number| format!("{}    - drain: 40\n", if number == 0 { "    workloads:\n" } else { "" });
    check("rules", &[], &lines(&rule), 2, "more errors\n");
    let kinds: Vec<_> = (0..4_000).map(|number| format!("Zzz{number}")).collect();
    check("kinds", &[], &list(&format!("    kinds: [{}]\n", kinds.join(", "))), 2, more);
    check("kinds of a flag", &[&format!("--kinds={}", kinds[..1_000].join(","))], "", 2, "990 more errors\n");
}
