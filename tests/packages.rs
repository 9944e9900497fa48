//! What the project is handed out as, as far as it needs no client. `.ci/hosts` runs the examples by their clients.

mod argocd;
mod matcher;
mod release;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_yaml::Value;

use super::support::folder::Folder;
use super::support::process::fed;

const PROGRAM: &str = env!("CARGO_BIN_EXE_istio-drain");
const VERSION: &str = env!("CARGO_PKG_VERSION");

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn yaml(path: &str) -> Value {
    serde_yaml::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn entries(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn examples() -> Vec<PathBuf> {
    entries("examples").into_iter().filter(|path| path.is_dir()).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value:?}"))
}

/// A run of the program as the function.
fn run(flags: &[&str], input: &str) -> String {
    let output = fed(Command::new(PROGRAM).args(flags), input);
    assert!(output.status.success(), "{flags:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_example_says_what_to_run_and_what_comes_of_it() {
    let readme = read("README.md") + &read("docs/hosts.md");
    for example in examples() {
        let name = example.file_name().unwrap().to_str().unwrap();
        let text = read(example.join("README.md"));
        assert!(text.contains("\n```sh\n"), "{name}: no commands");
        assert!(readme.contains(&format!("examples/{name}")), "{name}: no page names it");
        let expected = entries(example.join(".expected"));
        assert!(!expected.is_empty(), "{name}: nothing is expected");
        for file in expected {
            let file = file.file_name().unwrap().to_str().unwrap();
            assert!(
                file == "config.yaml" || text.contains(&format!(".expected/{file}")) || file == "results.yaml",
                "{name}: {file}"
            );
        }
        // Links lead to something.
        for link in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            assert!(link.starts_with("https:") || example.join(link).exists(), "{name}: {link} is not there");
        }
        if name.starts_with("kpt-") {
            assert!(
                example.join("Kptfile").exists() && example.join(".krmignore").exists(),
                "{name}: no package of kpt's"
            );
        }
    }
}

/// The lines that a patch takes out and puts in.
fn changes(patch: &str) -> (Vec<&str>, Vec<&str>) {
    let of = |sign: &str, head: &str| {
        patch.lines().filter(|line| line.starts_with(sign) && !line.starts_with(head)).map(|line| &line[1..]).collect()
    };
    (of("-", "---"), of("+", "+++"))
}

#[test]
fn the_packages_of_kpt_are_edited_as_a_pipe_edits_them() {
    for (name, flags) in [
        ("kpt-simple", ["--drain", "40s"]),
        ("kpt-imperative", ["--drain", "40s"]),
        ("kpt-policy", ["--policy", "examples/kpt-policy/drain.yaml"]),
    ] {
        let before = read(format!("examples/{name}/deployment.yaml"));
        let after = run(&flags, &before);
        let patch = read(format!("examples/{name}/.expected/diff.patch"));
        let (removed, added) = changes(&patch);
        assert_eq!(removed, Vec::<&str>::new(), "{name}");
        let mut lines = before.lines().peekable();
        let new: Vec<_> = after.lines().filter(|line| lines.next_if_eq(line).is_none()).collect();
        assert_eq!((new, lines.next()), (added, None), "{name}");
    }
}

#[test]
fn what_is_expected_is_finished() {
    let mut seen = 0;
    for path in examples().iter().flat_map(|example| entries(example.join(".expected"))) {
        let name = path.display().to_string();
        if !name.contains("/output") || name.contains("kustomize-validators") {
            continue;
        }
        let output = read(&path);
        assert_eq!(run(&["--drain", "40s"], &output), output, "{name}");
        assert!(output.contains("terminationDrainDuration: 40s\n"), "{name}");
        seen += 1;
    }
    assert!(seen >= 8, "{seen}");
}

#[test]
fn a_release_has_one_version() {
    assert_eq!(text(&yaml("plugins/helm4/plugin.yaml")["version"]), VERSION);
    let krew = yaml("packaging/krew/istio-drain.yaml");
    assert_eq!(text(&krew["spec"]["version"]), format!("v{VERSION}"));
    assert!(text(&krew["spec"]["platforms"][0]["uri"]).contains(&format!("-v{VERSION}-")));
    assert!(read("Dockerfile").contains(&format!("image.version=\"{VERSION}\"")));
}

#[test]
fn manifests_of_plugins_have_the_shape_that_their_hosts_ask_for() {
    let helm = yaml("plugins/helm4/plugin.yaml");
    assert_eq!((text(&helm["apiVersion"]), text(&helm["type"])), ("v1", "postrenderer/v1"));
    assert_eq!((text(&helm["name"]), text(&helm["runtime"])), ("istio-drain", "subprocess"));
    assert_eq!(text(&helm["runtimeConfig"]["platformCommand"][0]["command"]), "istio-drain");

    // https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest
    let krew = yaml("packaging/krew/istio-drain.yaml");
    assert_eq!(text(&krew["apiVersion"]), "krew.googlecontainertools.github.com/v1alpha2");
    assert_eq!((text(&krew["kind"]), text(&krew["metadata"]["name"])), ("Plugin", "istio-drain"));
    assert!(text(&krew["spec"]["shortDescription"]).len() <= 50);
    for platform in krew["spec"]["platforms"].as_sequence().unwrap() {
        assert_eq!(text(&platform["bin"]), "istio-drain");
        assert!(text(&platform["uri"]).ends_with(".tar.gz") && platform["sha256"].is_string());
        assert!(platform["selector"]["matchLabels"]["os"].is_string());
    }

    let argo = yaml("packaging/argocd/plugin.yaml");
    assert_eq!(text(&argo["kind"]), "ConfigManagementPlugin");
    assert!(argo["spec"]["discover"].is_null(), "it takes over other applications");
}

#[test]
fn the_image_gets_what_it_is_made_of() {
    let ignored = read(".dockerignore");
    let allowed: Vec<_> = ignored.lines().filter_map(|line| line.strip_prefix('!')).collect();
    let sources = read("Dockerfile");
    let mut copied = BTreeMap::new();
    for line in sources.lines().filter(|line| line.starts_with("COPY ") && !line.contains("--from")) {
        for source in line.split_whitespace().skip(1).filter(|word| !word.starts_with('/') && *word != ".") {
            let source = source.replace("${BINARY}", "target/x86_64-unknown-linux-musl/image/istio-drain");
            let is_there = allowed.iter().any(|path| source == *path || source.starts_with(&format!("{path}/")));
            copied.insert(source, is_there);
        }
    }
    // What the sources take in from outside of `src`, when they are compiled.
    let mut open = vec![PathBuf::from("src")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(entries(path));
            continue;
        }
        for taken in read(&path).split("include_str!(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned())
        {
            let from = fs::canonicalize(path.with_file_name(taken)).unwrap();
            let from = from.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_owned();
            let is_there = allowed.iter().any(|path| from.starts_with(path));
            copied.insert(from.to_str().unwrap().to_owned(), is_there);
        }
    }
    assert!(copied.len() >= 3 && copied.values().all(|is_there| *is_there), "{copied:?}");
}

/// The blocks of commands in an example's README.
fn commands(example: &str) -> Vec<String> {
    let readme = read(format!("examples/{example}/README.md"));
    let blocks = readme.split("\n```sh\n").skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned());
    blocks.collect()
}

/// A copy of an example, without what is expected.
fn copy(example: &str) -> Folder {
    let folder = Folder::new();
    let mut open = vec![PathBuf::from(format!("examples/{example}"))];
    while let Some(next) = open.pop() {
        for path in entries(next) {
            if path.is_dir() {
                open.push(path);
            } else if !path.to_string_lossy().contains("/.expected/") {
                let name = path.strip_prefix(format!("examples/{example}")).unwrap();
                folder.write(name.to_str().unwrap(), &read(&path));
            }
        }
    }
    folder
}

/// A shell's run in a folder, with the program on the PATH.
fn shell(
    folder: &Folder,
    script: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> (Option<i32>, String, String) {
    let bin = Path::new(PROGRAM).parent().unwrap().display();
    let mut command = Command::new("bash");
    command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script, "bash"]).args(arguments);
    command.current_dir(folder.path()).env("PATH", format!("{bin}:{}", std::env::var("PATH").unwrap()));
    let output = fed(command.envs(variables.iter().copied()), "");
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn files_are_changed_as_their_example_says() {
    let expected = read("examples/files/.expected/diff.patch");
    let [diff, fix, check] = commands("files").try_into().unwrap();
    let folder = copy("files");
    let checked = shell(&folder, &check, &[], &[]);
    assert_eq!(
        (checked.0, checked.1.as_str()),
        (Some(1), "manifests/basket.json\nmanifests/shop.yaml\n"),
        "{}",
        checked.2
    );
    let shown = shell(&folder, &diff, &[], &[]);
    assert_eq!((shown.0, &shown.1), (Some(0), &expected), "{}", shown.2);
    assert_eq!(read(folder.path().join("manifests/shop.yaml")), read("examples/files/manifests/shop.yaml"));
    assert_eq!(shell(&folder, &fix, &[], &[]).0, Some(0));
    let edited = read(folder.path().join("manifests/shop.yaml"));
    assert_ne!(edited, read("examples/files/manifests/shop.yaml"));
    let again = shell(&folder, &diff, &[], &[]);
    assert_eq!((again.0, again.1.as_str()), (Some(0), ""));
    assert_eq!(shell(&folder, &check, &[], &[]).0, Some(0));
    assert_eq!(shell(&folder, &fix, &[], &[]).0, Some(0));
    assert_eq!(read(folder.path().join("manifests/shop.yaml")), edited);
    let vendor = "manifests/vendor/third-party.yaml";
    assert_eq!(read(folder.path().join(vendor)), read(format!("examples/files/{vendor}")));
}

#[test]
fn hooks_of_pre_commit_do_what_their_names_say() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    let [fix, lint, check] = hooks.as_sequence().unwrap().as_slice() else { panic!("three hooks") };
    let ids = [fix, lint, check].map(|hook| text(&hook["id"]).to_owned());
    assert_eq!(ids, ["istio-drain", "istio-drain-check", "istio-drain-unchanged"]);
    // pre-commit appends the hook's args and the files of the commit to the entry.
    let run = |folder: &Folder, hook: &Value, policy: &str| {
        let script = format!("{} \"$@\"", text(&hook["entry"]));
        shell(folder, &script, &[policy, "--", "manifests/basket.json", "manifests/shop.yaml"], &[])
    };
    // A file may have the name of a flag.
    let odd = Folder::new();
    for name in ["--report=a.yaml", "a.yaml"] {
        odd.write(name, &read("examples/files/manifests/shop.yaml"));
    }
    let args: Vec<_> =
        [fix, lint, check].iter().flat_map(|hook| hook["args"].as_sequence().unwrap()).map(text).collect();
    assert_eq!(args, ["--", "--", "--"]);
    let script = format!("{} \"$@\"", text(&fix["entry"]));
    let ran = shell(&odd, &script, &["--", "--report=a.yaml", "a.yaml"], &[]);
    assert!(ran.2.contains("2 of 2 files changed"), "{}", ran.2);
    let folder = copy("files");
    let before = read(folder.path().join("manifests/shop.yaml"));
    assert_eq!(run(&folder, check, "--policy=drain.yaml").0, Some(1));
    assert_eq!(run(&folder, fix, "--policy=none.yaml").0, Some(2));
    assert_eq!(read(folder.path().join("manifests/shop.yaml")), before);
    assert_eq!(run(&folder, fix, "--policy=drain.yaml").0, Some(0));
    let after = read(folder.path().join("manifests/shop.yaml"));
    assert!(after.contains("terminationDrainDuration: 40s\n"), "{after}");
    assert_eq!(run(&folder, check, "--policy=drain.yaml").0, Some(0));
    assert_eq!(run(&folder, fix, "--policy=drain.yaml").0, Some(0));
    assert_eq!(read(folder.path().join("manifests/shop.yaml")), after, "pre-commit would fail for ever");
}

#[test]
fn the_action_checks_shows_and_fixes() {
    let action = yaml("action.yml");
    let steps = action["runs"]["steps"].as_sequence().unwrap();
    let (upload, scripts) = steps.split_last().unwrap();
    let script = text(&scripts.last().unwrap()["run"]).to_owned();
    assert!(text(&upload["uses"]).starts_with("github/codeql-action/upload-sarif@"), "{upload:?}");
    // What an input holds may never become a part of a script.
    for step in scripts {
        assert!(!text(&step["run"]).contains("${{"), "{step:?}");
        assert_eq!(text(&step["shell"]), "bash");
    }
    let default = |name: &str| text(&action["inputs"][name]["default"]).to_owned();
    let run = |folder: &Folder, mode: &str, policy: &str, paths: &str| {
        let inputs = [("INPUT_MODE", mode), ("INPUT_POLICY", policy), ("INPUT_PATHS", paths)];
        shell(
            folder,
            &script,
            &[],
            &[&inputs[..], &[("INPUT_SARIF", "found.sarif"), ("GITHUB_ACTION_PATH", ".")]].concat(),
        )
    };
    // A check annotates, writes the log for code scanning, and fails.
    let lost = copy("check");
    let (code, annotations, told) = run(&lost, "check", "drain.yaml", "manifests");
    assert_eq!(code, Some(1), "{told}");
    assert!(annotations.starts_with("::error file=manifests/orders.yaml,line=17,"), "{annotations}");
    let log: serde_json::Value = serde_json::from_str(&read(lost.path().join("found.sarif"))).unwrap();
    assert_eq!(log["runs"][0]["results"][0]["ruleId"], "not-drained");
    assert_eq!(run(&lost, "fix", "drain.yaml", "manifests").0, Some(0));
    assert_eq!(run(&lost, "check", "drain.yaml", "manifests").0, Some(0));
    let folder = copy("files");
    assert_eq!((default("mode").as_str(), default("policy").as_str(), default("paths").as_str()), ("check", "", "."));
    assert_eq!(run(&folder, "unchanged", "", ".").0, Some(1));
    let (code, diff, told) = run(&folder, "diff", "drain.yaml", "\nmanifests/shop.yaml\nmanifests/basket.json\n");
    assert_eq!(code, Some(0), "{told}");
    assert!(diff.contains("+++ b/manifests/shop.yaml\n") && diff.contains("+++ b/manifests/basket.json\n"), "{diff}");
    let wrong = run(&folder, "fix;ls", "", ".");
    assert_eq!((wrong.0, wrong.1.starts_with("::error::mode must be")), (Some(2), true));
    assert_eq!(run(&folder, "fix", "none.yaml", ".").0, Some(2));
    assert_eq!(run(&folder, "fix", "drain.yaml", "manifests").0, Some(0));
    assert_eq!(run(&folder, "unchanged", "drain.yaml", "manifests").0, Some(0));
}

/// The example of a check, as each host runs it.
#[test]
fn a_check_fails_in_every_host_until_it_is_fixed() {
    let folder = copy("check");
    let hooks = yaml(".pre-commit-hooks.yaml");
    let hook = &yaml("examples/check/pre-commit.yaml")["repos"][0]["hooks"][0];
    let entry = hooks.as_sequence().unwrap().iter().find(|one| one["id"] == hook["id"]).unwrap();
    let words = |words: &Value| words.as_sequence().unwrap().iter().map(text).collect::<Vec<_>>().join(" ");
    let pre_commit = format!("{} {} manifests/orders.yaml", text(&entry["entry"]), words(&hook["args"]));
    let job = |path: &str| {
        let lines = yaml(path)["istio-drain"]["script"].clone();
        lines.as_sequence().unwrap().iter().map(text).collect::<Vec<_>>().join("\n")
    };
    // What Argo CD would render.
    folder.write("bin/argocd", "#!/bin/sh\ncat manifests/*.yaml\n");
    let argocd = format!("chmod +x bin/argocd; PATH=$PWD/bin:$PATH\n{}", job("examples/check/argocd.yaml"));
    let [alone] = commands("check").try_into().unwrap();
    let scripts = [alone, pre_commit, job("examples/check/gitlab.yaml"), argocd];
    let codes = || scripts.each_ref().map(|script| shell(&folder, script, &[], &[("CI_COMMIT_SHA", "main")]).0);
    assert_eq!(codes(), [Some(1); 4]);
    let found = shell(&folder, &scripts[0], &[], &[]).1;
    assert_eq!(found, read("examples/check/.expected/findings.txt"));
    let report = || serde_json::from_str::<serde_json::Value>(&read(folder.path().join("code-quality.json"))).unwrap();
    assert_eq!(report()[0]["check_name"], "not-drained");
    assert_eq!(shell(&folder, "istio-drain fix --policy drain.yaml manifests", &[], &[]).0, Some(0));
    assert_eq!(codes(), [Some(0); 4]);
    assert_eq!(report(), serde_json::json!([]));

    let workflow = &yaml("examples/check/github.yaml")["jobs"]["check"];
    assert_eq!(text(&workflow["permissions"]["security-events"]), "write");
    let inputs = workflow["steps"][1]["with"].as_mapping().unwrap();
    let action = yaml("action.yml");
    inputs.keys().for_each(|name| assert!(action["inputs"].get(name).is_some(), "{name:?}"));
}

/// Workflows name actions by commit and version, the same everywhere, and start without permissions.
#[test]
fn workflows_are_pinned_and_get_no_permissions_of_their_own() {
    let mut pinned = BTreeMap::new();
    for path in entries(".github/workflows") {
        let workflow = read(&path);
        assert!(workflow.contains("\npermissions: {}\n"), "{}: permissions for all jobs", path.display());
        for line in workflow.lines().filter(|line| line.contains("uses: ")) {
            let (name, version) = line.split_once("uses: ").and_then(|(_, name)| name.split_once(" # v")).expect(line);
            let (action, commit) = name.split_once('@').expect(line);
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
            let known = pinned.entry(action.to_owned()).or_insert((commit.to_owned(), version.to_owned()));
            assert_eq!((known.0.as_str(), known.1.as_str()), (commit, version), "two versions of {action}");
        }
    }
    assert!(pinned.len() >= 4, "{pinned:?}");
}

/// The oldest compiler is the same in all places that name it.
#[test]
fn the_oldest_compiler_is_one() {
    let oldest = env!("CARGO_PKG_RUST_VERSION");
    for (path, said) in [
        (".github/workflows/test.yml", format!("cargo +{oldest} check")),
        ("justfile", format!("cargo +{oldest} check")),
        ("Dockerfile", format!("rust:{oldest}-alpine")),
    ] {
        assert!(read(path).contains(&said), "{path} does not say {said}");
    }
}

/// A form is only shown in the shape of docs.github.com, "Syntax for GitHub's form schema".
#[test]
fn issue_forms_have_the_shape_that_github_asks_for() {
    let forms = entries(".github/ISSUE_TEMPLATE").into_iter().filter(|path| !path.ends_with("config.yml"));
    for path in forms {
        let form: Value = serde_yaml::from_str(&read(&path)).unwrap();
        let path = path.display();
        assert!(!text(&form["name"]).is_empty() && !text(&form["description"]).is_empty(), "{path}");
        let mut ids = Vec::new();
        for element in form["body"].as_sequence().unwrap() {
            let kind = text(&element["type"]);
            assert!(["input", "textarea", "dropdown", "checkboxes"].contains(&kind), "{path}: {kind}");
            assert!(!text(&element["attributes"]["label"]).is_empty(), "{path}");
            let id = text(&element["id"]);
            assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{path}: {id}");
            ids.push(id.to_owned());
        }
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert!(all > 0 && ids.len() == all, "{path}: {ids:?}");
    }
}
