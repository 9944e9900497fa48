//! Words of strangers in manifests, file names, policies and arguments: nothing that is printed acts on a terminal or a
//! log.
//!
//! What is not printed but handed on, as the stream and a diff for `git apply`, keeps its bytes.

use std::fs;
use std::process::Command;

use super::support::folder::Folder;
use super::support::process::{fed, program};

/// What terminals, editors and the runners of CI systems act on.
const ACTIVE: [&str; 14] = [
    "\u{1b}[2J",
    "\n::error::pwned",
    "\r",
    "\u{9b}31m",
    "\u{202e}",
    "\u{2066}",
    "\u{7}",
    " ::add-mask::a",
    "##[group]",
    "##vso[task.setvariable variable=a]b",
    "\u{2028}",
    "\u{7f}",
    "\u{8}",
    "\u{feff}",
];

/// A word that nobody means well with; the parts differ with the number.
fn word(number: usize) -> String {
    let part = |at: usize| ACTIVE[at % ACTIVE.len()];
    format!("x{}y{}{number}", part(number), part(number / 3 + 5))
}

/// A word as a string of JSON, which is YAML, too.
fn quoted(number: usize) -> String {
    let word = word(number);
    let escaped = word.chars().map(|c| match c {
        ' '..='~' => c.to_string(),
        c => format!("\\u{:04x}", u32::from(c)),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// A workload that is edited, one that is refused, one of a kind that nobody asks for, and what they are named by; with
/// words in all places that a message may quote.
fn manifests(seed: usize) -> [(&'static str, String); 4] {
    let word = |place: usize| quoted(seed * 7 + place);
    let pod = |annotations: &str, app: &str| {
        format!(
            "{{metadata: {{annotations: {{{annotations}}}, labels: {{app: {}}}}}, spec: {{containers: [{app}]}}}}",
            word(1)
        )
    };
    let hook = format!("lifecycle: {{preStop: {{exec: {{command: [{}, {}]}}}}}}", word(2), word(3));
    let app = format!("{{name: {}, image: {}, {hook}}}", word(4), word(5));
    let workload = |kind: &str, template: &str| {
        format!(
            "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {}, namespace: {}, annotations: \
             {{config.kubernetes.io/path: {}}}}}\n\
             spec: {{replicas: 1, template: {template}}}\n",
            word(6),
            word(7),
            word(8)
        )
    };
    let config = format!("proxy.istio.io/config: {}, istio-drain.dev/drain: {}", word(9), word(10));
    let shell = format!("{{name: a, image: b, lifecycle: {{preStop: {{exec: {{command: [sh, -c, {}]}}}}}}}}", word(11));
    let rest = pod(&format!("{}: {}, sidecar.istio.io/inject: {}", word(12), word(13), word(14)), &shell);
    [
        ("edited", workload("Deployment", &pod("", &app))),
        ("refused", workload("Deployment", &pod(&config, &app))),
        ("unasked", workload(&word(15), &pod("", &app)) + "---\n" + &workload("DaemonSet", &rest)),
        (
            "rest",
            workload("StatefulSet", &rest)
                + "---\n"
                + &workload("Deployment", &rest.replace("annotations: {", "annotations: !x {")),
        ),
    ]
}

/// Nothing in the text acts; where it is coloured, nothing but the colours.
#[track_caller]
fn check(what: &str, bytes: &[u8], is_colored: bool) {
    let mut text = String::from_utf8(bytes.to_owned()).unwrap();
    if is_colored {
        for color in ["\u{1b}[1m", "\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[36m", "\u{1b}[m"] {
            text = text.replace(color, "");
        }
    }
    let is_active = |c: &char| {
        c.is_control() && !matches!(c, '\n' | '\t')
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    assert_eq!(text.chars().find(is_active), None, "{what}: {text:?}");
    let is_command =
        |line: &&str| line.trim_start().starts_with("::") || line.contains("##[") || line.contains("##vso[");
    assert_eq!(text.lines().find(is_command), None, "{what}: {text}");
}

fn run(command: &mut Command, input: &str, is_colored: bool) -> i32 {
    let output = fed(command, input);
    let what = format!("{command:?}");
    check(&what, &output.stderr, is_colored);
    check(&what, &output.stdout, is_colored);
    output.status.code().unwrap()
}

#[test]
fn nothing_that_is_printed_acts() {
    let mut codes = [0; 3];
    for seed in 0..ACTIVE.len() {
        let folder = Folder::new();
        let name = |at: usize| word(seed + at).replace('/', "_");
        for (at, (which, text)) in manifests(seed).into_iter().enumerate() {
            folder.write(&format!("{which}/{}.yaml", name(at)), &text);
        }
        folder.write(&format!("broken/::error::{}.yaml", name(4)), "a: [\n");
        folder.write("broken/wide.yaml", "kind: \u{0}\n");
        let spec = format!(
            "drain: {}\n  {}: 1\n  workloads: [{{name: {}, drain: 1s}}]",
            quoted(seed),
            quoted(seed + 1),
            quoted(seed)
        );
        let policy =
            |text: &str| format!("apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\nspec:\n  {text}\n");
        folder.write(&name(5), &policy(&spec));
        folder.write(&name(6), &policy(&format!("workloads: [{{name: {}, drain: 1s}}]", quoted(seed))));
        let mut run = |line: &[&str], input: &str, is_colored: bool| {
            let code = run(program().args(line).current_dir(folder.path()), input, is_colored);
            codes[code as usize] += 1;
        };
        for which in ["edited", "refused", "unasked", "rest", "broken"] {
            run(&["explain", which], "", false);
            run(&["check", "-v", which], "", false);
            run(&["check", "--format", "json", which], "", false);
            run(&["explain", "--color", "always", which], "", true);
            run(&["fix", "--check", "-v", "--report", "r.json", "--policy", &name(6), which], "", false);
            check("the report", &fs::read(folder.path().join("r.json")).unwrap(), false);
            run(&["fix", "--diff", "--color", "always", which], "", true);
            run(&["fix", "--diff", "--stat", "--refused", "warn", which], "", false);
            run(&["fix", "--policy", &name(5), which], "", false);
            run(&["fix", "-v", "--report", "-", which], "", false);
        }
        run(&["fix", &name(7)], "", false);
        run(&[&name(8)], "", false);
        run(&[&format!("--drain={}", name(9)), &format!("--{}", name(3))], "", false);
        run(&["--kinds", &name(9), "--policy", &name(7)], "", false);
        // What is handed on is as it was, and what is said of it is not.
        for (which, text) in manifests(seed) {
            check(which, &fed(&mut program(), &text).stderr, false);
        }
    }
    assert!(codes.iter().all(|count| *count > 10), "{codes:?}");
}
