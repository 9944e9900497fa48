//! The command lines of README, docs and examples, run by a shell over more than a pipe holds (64 KiB), so that none
//! loses manifests or fails. Stand-ins take the place of the clients. They print manifests, or keep what they are given.
//! The clients themselves run these lines in `.ci/hosts`.

/// The pages themselves: outputs, links, and how they start.
mod pages;

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::support::folder::Folder;
use super::support::process::clean;

/// The number of workloads; a pipe holds fewer.
const COUNT: usize = 260;
/// The size of a pipe, in bytes.
const PIPE: usize = 64 * 1024;
/// Lines that set something up, for which there is no stand-in.
const SETS_UP: [&str; 8] = ["cargo ", "git ", "docker ", "podman ", "mkdir ", "ln ", "sed ", "just "];
/// How lines of README and docs start that are not run here, each with the reason.
const NOT_RUN: [(&str, &str); 8] = [
    ("cargo run -- fix --diff fixtures/", "`pages.rs` runs the program with its arguments"),
    ("cargo test", "it would run itself"),
    ("set -o pipefail", "each line is run under it"),
    ("kpt fn render ", "`.ci/hosts` runs it with kpt itself"),
    ("helm plugin install ", "`.ci/hosts` runs it with Helm itself"),
    ("kubectl get ", "needs a cluster"),
    ("kubectl logs ", "needs a cluster"),
    ("kubectl delete ", "needs a cluster"),
];

/// Whether a line needs a client, for which there is a stand-in here, or writes a file.
pub(crate) fn needs_a_stand_in(line: &str) -> bool {
    let is_one = |word: &str| ["kubectl", "helm", "kpt", "kustomize", "--write", ">"].contains(&word);
    line.split_whitespace().any(is_one)
}

/// `helm`: prints the chart, through the post-renderer where there is one. `upgrade` applies it.
const HELM: &str = r#"
program=; arguments=()
for word; do
  case $was$word in
    --post-renderer*=*) arguments+=("${word#*=}") ;;
    --post-renderer) was=$word; continue ;;
    --post-renderer?*) program=$word ;;
  esac
  was=
done
if [ -n "$program" ]; then "$program" "${arguments[@]}" < "$STAND_INS/stream" > "$STAND_INS/rendered"
else cp "$STAND_INS/stream" "$STAND_INS/rendered"; fi || exit
if [ "$1" = upgrade ]; then cp "$STAND_INS/rendered" "$STAND_INS/applied"; else cat "$STAND_INS/rendered"; fi
"#;
/// `kubectl`: `kustomize` and `get` print manifests, `apply` keeps them, and the plugin is the program.
const KUBECTL: &str = r#"
case $1 in
  istio-drain) shift; exec istio-drain "$@" ;;
  apply) cat > "$STAND_INS/applied" ;;
  *) exec kustomize "$@" ;;
esac
"#;
/// `kustomize build`, with the function where programs may be run.
const KUSTOMIZE: &str = r#"
case "$*" in *--enable-exec*) istio-drain < "$STAND_INS/stream" ;; *) cat "$STAND_INS/stream" ;; esac
"#;
/// `kpt fn`: `source` prints a ResourceList, `sink` keeps what comes of it, and `eval` does both around a program.
const KPT: &str = r#"
case $2 in
  source) cat "$STAND_INS/list" ;;
  sink) cat > "$STAND_INS/applied" ;;
  eval)
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
      case $1 in --exec) program=$2 ;; --fn-config) config=$2 ;; esac
      shift
    done
    {
      cat "$STAND_INS/list"
      echo "functionConfig:"
      if [ -n "$config" ]; then sed 's/^/  /' "$config"
      else
        printf '  apiVersion: v1\n  kind: ConfigMap\n  data:\n'
        shift
        for pair; do printf '    %s: "%s"\n' "${pair%%=*}" "${pair#*=}"; done
      fi
    } | "$program" > "$STAND_INS/applied" ;;
esac
"#;

/// What the clients would read, and the files that the pages name.
fn set_up(folder: &Folder) {
    let workload = |name: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  selector: \
             {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    \
             spec:\n      containers:\n      - {{name: app, image: registry.example/app:1, ports: [{{containerPort: \
             80}}]}}\n"
        )
    };
    let mut stream =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: \
                      |\n    enableTracing: true\n"
            .to_owned();
    let mut list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n".to_owned();
    for number in 0..COUNT {
        let text = workload(&format!("web-{number}"));
        let _ = write!(stream, "---\n{text}");
        let _ = writeln!(list, "- {}", text.trim_end().replace('\n', "\n  "));
        folder.write(&format!("manifests/{number}.yaml"), &text);
    }
    assert!(stream.len() > PIPE && list.len() > PIPE);
    folder.write("manifests/web.yaml", &workload("web"));
    let _ = write!(stream, "---\n{}", workload("web-5d8f6c7b9-2xk4d"));
    folder.write("manifests.yaml", &stream);
    folder.write("stand-ins/stream", &stream);
    folder.write("stand-ins/list", &list);
    folder.write("drain.yaml", "apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\nspec: {drain: 40s}\n");
    fs::create_dir(folder.path().join("plugin")).unwrap();
    symlink("../drain.yaml", folder.path().join("plugin/drain.yaml")).unwrap();
    let istio =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata: {mesh: \"\"}\n";
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n";
    for (name, text) in [("mesh", istio), ("cluster", namespace), ("limits", "apiVersion: v1\nkind: List\nitems: []\n")]
    {
        folder.write(&format!("{name}.yaml"), text);
    }
    let event = "apiVersion: v1\nkind: Event\nmetadata: {name: a}\nreason: Killing\ninvolvedObject: {kind: Pod, name: \
                 web-1}\nfirstTimestamp: \"2026-01-02T03:04:05Z\"\n";
    folder.write("events.yaml", event);
    folder.write("endpoints.yaml", "apiVersion: v1\nkind: List\nitems: []\n");
    folder.write("proxy.log", "2026-01-02T03:04:05.000000Z\tinfo\tAgent draining Proxy\n");
    for (name, script) in [("helm", HELM), ("kubectl", KUBECTL), ("kustomize", KUSTOMIZE), ("kpt", KPT)] {
        let path = folder.write(&format!("bin/{name}"), &format!("#!/bin/bash\n{script}"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    symlink(env!("CARGO_BIN_EXE_istio-drain"), folder.path().join("bin/istio-drain")).unwrap();
}

/// Whether a line of a shell block calls the program, itself or by a client, so that it can be run here.
fn is_call(line: &str) -> bool {
    let words = line.split(" # ").next().unwrap_or_default();
    let is_run = words.split_whitespace().any(|word| word == "istio-drain");
    (is_run || words.contains("--enable-exec")) && !SETS_UP.iter().any(|first| line.starts_with(first))
}

/// The lines of the shell blocks of a page. Of a block with prompts, those that need a client or write a file:
/// `pages.rs` runs the others, and compares their outputs.
fn lines(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut block = None;
    for line in page.lines() {
        match (line.trim().strip_prefix("```"), block) {
            (Some(language), None) => block = Some(language),
            (Some(_), Some(_)) => block = None,
            (None, Some("sh" | "bash")) => found.push(line),
            (None, Some("console")) => {
                found.extend(line.strip_prefix("$ ").filter(|line| needs_a_stand_in(line)));
            }
            (None, _) => {}
        }
    }
    // A shell takes a line that ends in a backslash together with the next one.
    let mut whole: Vec<String> = Vec::new();
    for line in found {
        match whole.last_mut().filter(|last| last.ends_with('\\')) {
            Some(last) => {
                last.pop();
                last.push_str(line);
            }
            None => whole.push(line.to_owned()),
        }
    }
    whole
}

/// Nobody adds a command to README or docs that nothing runs, without a word why.
#[test]
fn each_line_of_the_pages_is_run_or_says_why_not() {
    let mut used = std::collections::BTreeSet::new();
    for page in pages().iter().filter(|page| !page.starts_with("examples")) {
        for line in lines(&fs::read_to_string(page).unwrap()).iter().filter(|line| !is_call(line)) {
            let reason = NOT_RUN.iter().find(|(start, _)| line.starts_with(start));
            used.insert(reason.unwrap_or_else(|| panic!("{page}: nothing runs `{line}`")));
        }
    }
    let idle: Vec<_> = NOT_RUN.iter().filter(|row| !used.contains(row)).collect();
    assert!(idle.is_empty(), "no line starts so: {idle:?}");
}

fn pages() -> Vec<String> {
    let examples = fs::read_dir("examples").unwrap().map(|entry| entry.unwrap().path().join("README.md"));
    let docs = fs::read_dir("docs").unwrap().map(|entry| entry.unwrap().path());
    let is_page = |path: &Path| path.extension().is_some_and(|ending| ending == "md");
    let all = [Path::new("README.md").to_owned()].into_iter().chain(docs).chain(examples);
    let mut all: Vec<_> = all.filter(|path| is_page(path)).map(|path| path.display().to_string()).collect();
    all.sort();
    all
}

#[test]
fn every_command_line_of_the_pages_works_on_more_than_a_pipe_holds() {
    let mut count = 0;
    for page in pages() {
        let mut lines = lines(&fs::read_to_string(&page).unwrap());
        lines.retain(|line| is_call(line));
        let folder = Folder::new();
        set_up(&folder);
        let here = folder.path();
        for line in &lines {
            let applied = here.join("stand-ins/applied");
            let _ = fs::remove_file(&applied);
            let mut command = clean("bash");
            command.args(["-c", &format!("set -e -o pipefail\n{line}\n")]).current_dir(here);
            command.env("PATH", format!("{}:/usr/bin:/bin", here.join("bin").display()));
            command.env("STAND_INS", here.join("stand-ins"));
            let output = command.stdin(fs::File::open(here.join("manifests.yaml")).unwrap()).output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr);
            let finds = ["--check", "istio-drain check"].iter().any(|what| line.contains(what));
            let code = output.status.code();
            assert!(code == Some(0) || finds && code == Some(1), "{page}: {line}: {code:?}\n{told}");
            let file = line.split_once("> ").and_then(|(_, rest)| rest.split(' ').next()).map(|file| here.join(file));
            for kept in [applied].into_iter().filter(|applied| applied.exists()).chain(file) {
                let text = fs::read_to_string(kept).unwrap();
                let found = text.matches("kind: Deployment").count();
                assert!(found >= COUNT, "{page}: {line}: {found} of {COUNT} workloads\n{told}");
                assert!(text.contains("terminationDrainDuration: "), "{page}: {line}: not edited\n{told}");
            }
        }
        count += lines.len();
    }
    assert!(count >= 44, "only {count} lines were found");
}
