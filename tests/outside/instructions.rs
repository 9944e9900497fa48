//! What commands cost grows as their input does: valgrind counts the instructions of whole processes.
//! `ISTIO_DRAIN_VALGRIND` names it.

use std::ffi::OsStr;
use std::process::Command;

use super::program;
use super::support::folder::Folder;
use super::support::process::{clean, fed};

/// As many times as that, with `@` for the number of each.
fn times(n: usize, part: &str) -> String {
    (0..n).map(|at| part.replace('@', &at.to_string())).collect()
}

const DEPLOYMENT: &str = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: w@, namespace: n@}\n\
                          spec: {template: {spec: {containers: [{name: a, image: b, ports: [{containerPort: 80}]}]}}}\n";
const NAMESPACE: &str =
    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: n@, labels: {istio-injection: enabled}}\n";
const REVISION: &str = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: istio-system, name: istio-r@}\n\
                        data:\n  mesh: '{defaultConfig: {terminationDrainDuration: @s}}'\n";
const LIMIT_RANGE: &str = "---\napiVersion: v1\nkind: LimitRange\nmetadata: {name: l, namespace: n@}\n\
                           spec: {limits: [{type: Container, default: {cpu: 1}}]}\n";
const NODE: &str = "---\napiVersion: v1\nkind: Node\nmetadata: {name: n@}\n\
                    status: {nodeInfo: {kubeletVersion: v1.30.@}}\n";
const LOG_LINE: &str = "2026-01-01T00:00:00.000000Z\tinfo\tAgent draining Proxy for termination @\n";

/// Many Services of one release, which differ in a label that is not the first.
fn release(n: usize) -> String {
    let labels = "{app: shop, part: w@}";
    let workload = format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: w@}}\n\
         spec: {{template: {{metadata: {{labels: {labels}}}, spec: {{containers: [{{name: a, image: b}}]}}}}}}\n"
    );
    let service = |at: usize| {
        let selector = format!("{{app: shop, part: w@, step: s{at}}}");
        format!("---\napiVersion: v1\nkind: Service\nmetadata: {{name: w@-{at}}}\nspec: {{selector: {selector}}}\n")
    };
    times(n, &(workload + &(0..8).map(service).collect::<String>()))
}

/// What may hold for each pod of a namespace, as often as there are pods.
const NEIGHBOURS: &str = "---\napiVersion: v1\nkind: LimitRange\nmetadata: {name: l@, namespace: n}\n\
                          spec: {limits: [{type: Container, default: {cpu: 1}}]}\n\
                          ---\napiVersion: networking.istio.io/v1\nkind: ProxyConfig\n\
                          metadata: {name: p@, namespace: n}\n\
                          spec: {selector: {matchLabels: {app: a@}}, environmentVariables: {A: b}}\n";

/// A command, and its input at each size.
type GrowingCommand = (&'static [&'static str], fn(usize) -> String);

const GATEWAY: &str = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g@}\n\
                       spec: {gatewayClassName: istio, infrastructure: {parametersRef: {kind: ConfigMap, name: o@}}}\n\
                       ---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: o@}\ndata: {deployment: '{}'}\n";
const ROLLOUT: &str = "---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: r@, namespace: n@}\n\
                       spec: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: w@}}\n";

const COMMANDS: [GrowingCommand; 19] = [
    (&["--gateways", "--drain", "9s"], |n| times(n, GATEWAY)),
    (&["--kinds", "Deployment,Rollout.argoproj.io"], |n| times(n, ROLLOUT) + &times(n, DEPLOYMENT)),
    (&[], release),
    (&[], |n| times(n, &(NEIGHBOURS.to_owned() + &DEPLOYMENT.replace("n@", "n")))),
    (&["init"], |n| times(n, NAMESPACE)),
    (&["init"], |n| times(n, REVISION)),
    (&["init"], |n| times(n, LIMIT_RANGE)),
    (&["init"], |n| times(n, NODE)),
    (&["init", "--check", "POLICY"], |n| times(n, &(NAMESPACE.to_owned() + REVISION))),
    (&["explain"], |n| times(n, DEPLOYMENT)),
    (&["explain", "--format", "json"], |n| times(n, DEPLOYMENT)),
    (&["explain", "--format", "html", "--with-fix"], |n| times(n, DEPLOYMENT)),
    (&["explain", "--format", "svg"], |n| times(n, DEPLOYMENT)),
    (&["explain", "--log", "LOG"], |_| DEPLOYMENT.to_owned()),
    (&["check", "--format", "sarif"], |n| times(n, DEPLOYMENT)),
    (&["check", "--explain", "-v"], |n| times(n, DEPLOYMENT)),
    (&["check", "--write-baseline", "--baseline", "BASELINE"], |n| times(n, DEPLOYMENT)),
    (&["check", "--baseline", "BASELINE"], |n| times(n, DEPLOYMENT)),
    (&["fix", "--diff", "FOLDER"], |_| String::new()),
];

/// The instructions of a command over an input.
fn instructions(valgrind: &OsStr, line: &[&str], input: &str, n: usize) -> u64 {
    let folder = Folder::new();
    let write = |name: &str, text: &str| folder.write(name, text).display().to_string();
    let baseline = folder.path().join("baseline.json").display().to_string();
    let policy = folder.path().join("policy.yaml").display().to_string();
    if line.contains(&"FOLDER") {
        (0..n).for_each(|at| drop(write(&format!("files/{at}.yaml"), &DEPLOYMENT.replace('@', "a"))));
    }
    let of = |word: &&str| match *word {
        "LOG" => write("log", &times(n, LOG_LINE)),
        "BASELINE" => baseline.clone(),
        "POLICY" => policy.clone(),
        "FOLDER" => folder.path().join("files").display().to_string(),
        word => word.to_owned(),
    };
    let line: Vec<String> = line.iter().map(of).collect();
    // What the command reads is written by another one.
    let first = match line.as_slice() {
        [check, flag, _] if check == "check" && flag == "--baseline" => {
            vec![check, "--write-baseline", flag, &baseline]
        }
        [init, _, _] if init == "init" => vec![init, "--write", &policy],
        _ => Vec::new(),
    };
    if !first.is_empty() {
        let written = fed(clean(env!("CARGO_BIN_EXE_istio-drain")).args(first), input);
        assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
    }
    let mut command = Command::new(valgrind);
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", env!("CARGO_BIN_EXE_istio-drain")]);
    let output = fed(command.args(&line), input);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_ne!(output.status.code(), Some(2), "{line:?}: {errors}");
    let counted = errors.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    counted.unwrap_or_else(|| panic!("{line:?}: {errors}"))
}

#[test]
fn valgrind_counts_no_more_than_the_input_grows() {
    let valgrind = program("ISTIO_DRAIN_VALGRIND");
    let mut broken = Vec::new();
    for (line, input) in COMMANDS {
        let [one, two, four] = [30, 60, 120].map(|n| instructions(&valgrind, line, &input(n), n));
        // What is twice as long may cost twice as much, and a little more for the digits in its names.
        assert!(two > one, "{line:?}: nothing is counted");
        if four - two > (two - one) * 21 / 10 + 300_000 {
            broken.push(format!("{line:?}: {one}, {two}, {four}"));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}
