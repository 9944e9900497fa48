//! `check`: what it finds, in every form, and what fails it.

use std::fs;
use std::path::{Path, PathBuf};

use super::support::folder::Folder;
use super::support::process::{fed, program};
use super::support::{case, golden};

/// The folders of `tests/check/`: an `input.yaml`, perhaps a `config.yaml`, and what comes out in each form.
fn cases() -> Vec<PathBuf> {
    let mut folders: Vec<_> = fs::read_dir("tests/check").unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

/// What a check of a text prints, and its exit code.
fn checked(input: &[u8], flags: &[&str]) -> (Option<i32>, String) {
    let output = fed(program().arg("check").args(flags), input);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn what_it_prints() {
    let mut failures = Vec::new();
    for folder in cases() {
        let input = fs::read(folder.join("input.yaml")).unwrap();
        let config = folder.join("config.yaml").display().to_string();
        let policy: &[&str] = if Path::new(&config).exists() { &["--policy", &config] } else { &[] };
        for format in ["text", "concise", "json", "github", "gitlab"] {
            let flags = [policy, &["--format", format, "-v"]].concat();
            let (exit, text) = checked(&input, &flags);
            let text = if format == "text" { format!("{text}exit code {}\n", exit.unwrap()) } else { text };
            let file = folder.join(format!("expected.{format}"));
            let result = golden::check(&file, Some(text.as_bytes()));
            failures.extend(result.err().map(|failure| format!("{}: {failure}", folder.display())));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// SARIF has what GitHub asks of it: a rule for each result, a relative path, a fingerprint of its own.
#[test]
fn sarif_is_what_github_takes() {
    for folder in cases() {
        let input = folder.join("input.yaml").display().to_string();
        let (_, text) = checked(b"", &["--format", "sarif", &input]);
        let log: serde_json::Value = serde_json::from_str(&text).unwrap();
        let run = &log["runs"][0];
        assert_eq!(log["version"], "2.1.0");
        let results = run["results"].as_array().unwrap();
        assert!(!results.is_empty(), "{input}");
        let mut fingerprints = std::collections::BTreeSet::new();
        for result in results {
            let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
            assert_eq!(rule["id"], result["ruleId"]);
            let place = &result["locations"][0]["physicalLocation"];
            assert_eq!(place["artifactLocation"], serde_json::json!({"uri": input.as_str(), "uriBaseId": "%SRCROOT%"}));
            assert!(place["region"]["startLine"].as_u64().unwrap() > 0);
            assert!(fingerprints.insert(result["partialFingerprints"]["istioDrain/v1"].to_string()));
            assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string());
        }
    }
}

/// The text with the fixes of a SARIF log in it, by the bytes and by the lines that they name.
fn fixed(text: &str, log: &str) -> (String, String) {
    let log: serde_json::Value = serde_json::from_str(log).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap().iter();
    let fixes = results.filter_map(|result| result["fixes"].as_array()).flatten();
    let changes = fixes.flat_map(|fix| fix["artifactChanges"].as_array().unwrap());
    let mut all: Vec<_> = changes.flat_map(|change| change["replacements"].as_array().unwrap()).collect();
    let number = |value: &serde_json::Value| value.as_u64().unwrap() as usize;
    all.sort_by_key(|one| std::cmp::Reverse(number(&one["deletedRegion"]["byteOffset"])));
    let (mut by_bytes, mut by_lines) = (text.to_owned(), text.to_owned());
    for one in all {
        let (region, new) = (&one["deletedRegion"], one["insertedContent"]["text"].as_str().unwrap());
        let start = number(&region["byteOffset"]);
        by_bytes.replace_range(start..start + number(&region["byteLength"]), new);
        let offset = |line: &str, column: &str| {
            let lines: Vec<_> = text.split_inclusive('\n').chain([""]).collect();
            let (line, column) = (number(&region[line]), number(&region[column]));
            let before: usize = lines[..line - 1].iter().map(|line| line.len()).sum();
            let mark = usize::from(line == 1 && text.starts_with('\u{FEFF}'));
            before + lines[line - 1].chars().take(column - 1 + mark).map(char::len_utf8).sum::<usize>()
        };
        by_lines.replace_range(offset("startLine", "startColumn")..offset("endLine", "endColumn"), new);
    }
    (by_bytes, by_lines)
}

/// Whoever applies the fixes of a log gets what `fix` writes.
#[test]
fn sarif_has_the_edits_of_fix() {
    let mut count = 0;
    // A log with all pages of rules takes a while in a debug build.
    // The answer to a ResourceList has `results`, too.
    let cases = case::all().into_iter().filter(|case| !String::from_utf8_lossy(&case.input).contains("ResourceList"));
    for case in cases.step_by(4) {
        let done = case.run(&case.input, &["--threads", "1"]);
        if done.exit != 0 || done.stdout == case.input {
            continue;
        }
        let log = case.run_as("check", &case.input, &["--threads", "1", "--format", "sarif"]);
        let text = String::from_utf8(case.input.clone()).unwrap();
        let (by_bytes, by_lines) = fixed(&text, &String::from_utf8(log.stdout).unwrap());
        assert_eq!(by_bytes, String::from_utf8(done.stdout).unwrap(), "{}", case.name);
        assert_eq!(by_lines, by_bytes, "{}", case.name);
        count += 1;
    }
    assert!(count > 50, "{count} were edited");
}

/// What `fix` writes is enough: nothing is certain any more that it could have mended. Exit codes are those of the
/// table.
#[test]
fn what_was_fixed_is_clean() {
    for case in case::all() {
        let before = case.run_as("check", &case.input, &["--threads", "1"]);
        let done = case.run(&case.input, &["--threads", "1"]);
        let is_blank = case.input.trim_ascii().is_empty();
        assert_eq!(before.exit == 2, done.exit == 2 || is_blank, "{}: {}", case.name, before.stderr);
        if done.exit != 0 || done.stdout.is_empty() {
            continue;
        }
        let after = case.run_as("check", &done.stdout, &["--threads", "1", "-v"]);
        let text = String::from_utf8(after.stdout).unwrap();
        assert!(!text.contains("[not-drained]"), "{}\n{text}", case.name);
    }
}

#[test]
fn what_fails_it_can_be_said() {
    let input = case::named("recipe/hook-longer-than-grace").input;
    let exit = |flags: &[&str]| checked(&input, flags).0;
    assert_eq!(exit(&[]), Some(1));
    assert_eq!(exit(&["--ignore", "not-drained"]), Some(0));
    assert_eq!(exit(&["--select", "two-handlers"]), Some(0));
    assert_eq!(exit(&["--select", "not-drained,two-handlers"]), Some(1));
    let likely = case::named("recipe/hook-shorter-than-grace").input;
    let exit = |flags: &[&str]| checked(&likely, flags).0;
    assert_eq!(exit(&[]), Some(0));
    assert_eq!(exit(&["--min-confidence", "likely"]), Some(1));
    assert_eq!(exit(&["--min-confidence", "likely", "--fail-on", "error"]), Some(0));
    let output = fed(program().args(["check", "--ignore", "not-draind"]), &input);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(told.contains("(did you mean `not-drained`?)"), "{told}");
}

/// A baseline survives moved lines, and what it lists and is gone is said.
#[test]
fn a_baseline_survives_moved_lines() {
    let folder = Folder::new();
    let text = String::from_utf8(case::named("recipe/hook-longer-than-grace").input).unwrap();
    let manifest = folder.write("a.yaml", &text).display().to_string();
    let known = folder.path().join("known.json").display().to_string();
    let run = |flags: &[&str]| checked(b"", &[&[manifest.as_str(), "--baseline", &known], flags].concat());
    assert_eq!(fed(program().args(["check", &manifest, "--baseline", &known]), b"").status.code(), Some(2));
    assert_eq!(run(&["--write-baseline"]).0, Some(0));
    let written = fs::read_to_string(&known).unwrap();
    assert!(
        written.contains(r#"{"field":"spec.template","object":"Deployment.apps /web","rule":"not-drained"}"#),
        "{written}"
    );
    assert_eq!(run(&[]).0, Some(0));
    folder.write("a.yaml", &format!("# moved\n\n{text}"));
    let (exit, told) = run(&[]);
    assert_eq!(exit, Some(0));
    assert!(told.ends_with("nothing found; 1 in the baseline\n"), "{told}");
    folder.write("a.yaml", &text.replace("name: web", "name: other"));
    let (exit, told) = run(&[]);
    assert_eq!(exit, Some(1));
    assert!(told.ends_with("1 of the baseline no longer there\n"), "{told}");
}

/// A page for each rule, by itself and in docs/rules.md.
#[test]
fn rules_are_listed() {
    let reference = istio_drain::inside::render::rules_reference();
    if let Err(difference) = golden::check(Path::new("docs/rules.md"), Some(reference.as_bytes())) {
        panic!("{difference}");
    }
    let list = fed(program().arg("rules"), b"");
    let list = String::from_utf8(list.stdout).unwrap();
    for line in list.lines() {
        let id = line.split(' ').next().unwrap();
        let page = fed(program().args(["rules", id]), b"");
        assert!(String::from_utf8(page.stdout).unwrap().starts_with(&format!("# {id}\n")), "{id}");
    }
    let unknown = fed(program().args(["rules", "not-draind"]), b"");
    assert_eq!(unknown.status.code(), Some(2));
}

/// That nothing is found in what was not looked at must not read as an all-clear.
#[test]
fn what_was_not_looked_at_is_named() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: app, image: a}]}\n";
    let (exit, text) = checked(pod.as_bytes(), &[]);
    assert_eq!(
        (exit, text.ends_with("checked: there was no workload to check; 1 Pod not asked for (--kinds)\n")),
        (Some(0), true),
        "{text}"
    );
    let host = pod.replace("spec: {", "spec: {hostNetwork: true, ");
    let (_, text) = checked(host.as_bytes(), &["--kinds", "Pod"]);
    let start = "istio-drain: 0 workloads checked: there was no workload to check; 1 left alone: ";
    assert!(text.starts_with(start), "{text}");
}

/// `never` fails for no finding, and still for what can't be read. What would make a check fail is said only where it does.
#[test]
fn findings_may_fail_no_check() {
    let shop = fed(program().args(["demo", "--manifests"]), "").stdout;
    let hint = "to fail for it, add --min-confidence likely";
    for (flags, expected, has_hint) in [
        (&["--fail-on", "never"] as &[_], 0, false),
        (&["--fail-on", "never", "--min-confidence", "likely"], 0, false),
        (&["--fail-on", "error"], 1, false),
        (&[], 1, true),
    ] {
        let (exit, text) = checked(&shop, &[&["--sidecar", "classic"], flags].concat());
        assert_eq!((exit, text.contains(hint)), (Some(expected), has_hint), "{flags:?}: {text}");
        assert!(text.contains("error[not-drained]: "), "{text}");
    }
    let broken = fed(program().args(["check", "--fail-on", "never"]), "a: [");
    assert_eq!(broken.status.code(), Some(2));
}

/// A named file may be blank because the command that should have filled it has failed.
#[test]
fn blank_files_are_named() {
    let folder = Folder::new();
    folder.write("blank.yaml", " \n");
    folder.write("other.yaml", "");
    folder.write("app.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    let run = |words: &[&str]| {
        let output = fed(program().args(words).current_dir(folder.path()), "");
        assert_eq!(output.status.code(), Some(0), "{words:?}");
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    for command in ["fix", "check", "explain"] {
        for (paths, expected) in [
            (&["blank.yaml"] as &[_], "blank.yaml is empty"),
            (&["app.yaml", "blank.yaml"], "blank.yaml is empty"),
            (&["other.yaml", "app.yaml", "blank.yaml"], "2 files are empty: other.yaml, blank.yaml"),
        ] {
            let told = run(&[&[command], paths].concat());
            assert_eq!(told.matches(expected).count(), 1, "{command} {paths:?}: {told}");
            assert!(!told.contains("pipe"), "{told}");
        }
    }
    // Nobody named those of a folder.
    assert!(!run(&["check", "."]).contains("empty"));
}

/// Nor must a check of nothing, or of what can't be read.
#[test]
fn no_input_is_no_all_clear() {
    let run = |input: &str| {
        let output = fed(program().arg("check"), input);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    for broken in ["", " \n", "a: [\n", "Error: no chart\n"] {
        let (exit, found, told) = run(broken);
        assert_eq!((exit, found.as_str()), (Some(2), ""), "{told}");
        assert!(told.starts_with("error: "), "{told}");
    }
}

/// The timeline of each workload with a finding, once, and of the pods that run rather than of their owner.
#[test]
fn timelines_stand_behind_the_findings() {
    let text = case::named("recipe/hook-longer-than-grace").input;
    let (exit, told) = checked(&text, &["--explain"]);
    assert_eq!(exit, Some(1));
    let finding = told.find("error[not-drained]: ").unwrap();
    let timeline = told.find("stdin:1:1: apps/v1 Deployment web\n").unwrap_or_else(|| panic!("{told}"));
    let summary = told.find("\nnot-drained  1 error\n").unwrap();
    assert!(finding < timeline && timeline < summary && told.contains("SIGTERM"), "{told}");
    let (_, without) = checked(&text, &[]);
    assert!(!without.contains("stdin:1:1: apps/v1 Deployment web\n"), "{without}");
    let (_, told) = checked(&fs::read("tests/check/pods-that-run/input.yaml").unwrap(), &["--explain"]);
    assert!(told.contains("\nstdin:23:3: v1 Pod shop/web-5d8f6c7b9-2xk4d\n"), "{told}");
    let refused = fed(program().args(["check", "--explain", "--format", "json"]), &text);
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0));
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.starts_with("error: --explain: only text has timelines"), "{told}");
}

/// A finding of pods without their owner in the input names it all the same.
#[test]
fn pods_name_their_owner() {
    let text = fs::read_to_string("tests/check/pods-that-run/input.yaml").unwrap();
    let pods = text.find("- apiVersion: v1\n  kind: Pod\n").unwrap();
    let text = format!("apiVersion: v1\nkind: List\nitems:\n{}", text[pods..].replace("\nkind: List\n", "\n"));
    let (_, told) = checked(text.as_bytes(), &["--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&told).unwrap();
    let found = &report["findings"][0];
    assert_eq!((&found["object"]["kind"], found["pods"].as_array().unwrap().len()), (&"Pod".into(), 4), "{told}");
    let owner = serde_json::json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "namespace": "shop"});
    assert_eq!(found["owner"], owner, "{told}");
}

/// What running pods show counts for the workload that made them, where nothing else tells whether, and in which form, it
/// gets a sidecar.
#[test]
fn running_pods_tell_of_their_owner() {
    let text = fs::read_to_string("tests/check/pods-that-run/input.yaml").unwrap();
    let sidecar = text.find("    - args:\n").unwrap()..text.find("    initContainers:\n").unwrap();
    let bare = text.replace(&text[sidecar.clone()], "").replace("sidecar.istio.io/status", "example.com/status");
    let (exit, told) = checked(bare.as_bytes(), &["--min-confidence", "likely"]);
    assert_eq!(exit, Some(0), "{told}");
    assert!(told.ends_with("5 left alone: 4 no-sidecar, 1 pods-lack-it\n"), "{told}");
    let modes = |text: &str| {
        let told =
            fed(program().args(["explain", "-", "web", "--kind", "deployment", "--format", "json"]), text.as_bytes());
        let story: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
        let timelines = story["workloads"][0]["timelines"].as_array().unwrap();
        timelines.iter().map(|one| one["sidecar"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(modes(&text), ["classic"]);
    let container = text[sidecar].to_owned();
    let native =
        container.replace("      name: istio-proxy\n", "      name: istio-proxy\n      restartPolicy: Always\n");
    let native =
        text.replace(&container, "").replace("    initContainers:\n", &format!("    initContainers:\n{native}"));
    assert_eq!(modes(&native), ["native"]);
    // One pod of each kind: the mesh is being switched.
    let mixed = text.replacen(&container, "", 1).replacen(
        "    initContainers:\n",
        &native[native.find("    initContainers:\n").unwrap()..native.find("    - image: docker.io/istio").unwrap()],
        1,
    );
    assert_eq!(modes(&mixed), ["classic", "native"]);
}

/// A finding about a workload and the mesh has the places of both, in every form: in the text of a ConfigMap, and in
/// the policy file that declares the mesh.
#[test]
fn findings_have_the_place_in_the_mesh() {
    let folder = Folder::new();
    folder.write(
        "app.yaml",
        "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata:
      labels: {sidecar.istio.io/inject: 'true'}
      annotations:
        proxy.istio.io/config: 'terminationDrainDuration: 40s'
    spec:
      terminationGracePeriodSeconds: 45
      containers:
      - {name: web, image: web}
",
    );
    folder.write(
        "mesh.yaml",
        "\
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |-
    # of the mesh

    defaultConfig:
      terminationDrainDuration: 60s
",
    );
    let run = |args: &[&str]| {
        let output = fed(program().arg("check").args(args).current_dir(folder.path()), b"");
        String::from_utf8(output.stdout).unwrap()
    };
    let text = run(&["-v", "app.yaml", "mesh.yaml"]);
    let expected = "\
info[shorter-than-mesh]: terminationDrainDuration 40s of the pod wins over the 60s of the ConfigMap istio-system/istio
 --> app.yaml:9:9 (apps/v1 Deployment shop/web)
  |
9 |         proxy.istio.io/config: 'terminationDrainDuration: 40s'
  |         ^
  = mesh: mesh.yaml:9:7
";
    assert!(text.contains(expected), "{text}");
    let found = |args: &[&str]| {
        let report: serde_json::Value = serde_json::from_str(&run(args)).unwrap();
        let all = report["findings"].as_array().unwrap().iter();
        all.filter(|one| one["rule"] == "shorter-than-mesh").map(|one| one["mesh"].clone()).collect::<Vec<_>>()
    };
    let place = |file: &str, line: usize| serde_json::json!({"file": file, "line": line, "column": 7});
    assert_eq!(found(&["--format", "json", "mesh.yaml", "app.yaml"]), [place("mesh.yaml", 9)]);
    let sarif: serde_json::Value = serde_json::from_str(&run(&["--format", "sarif", "app.yaml", "mesh.yaml"])).unwrap();
    let related = sarif["runs"][0]["results"].as_array().unwrap().iter().find_map(|one| one.get("relatedLocations"));
    let place_of = &related.unwrap()[0]["physicalLocation"];
    assert_eq!(place_of["artifactLocation"]["uri"], "mesh.yaml");
    assert_eq!(place_of["region"], serde_json::json!({"startLine": 9, "startColumn": 7}));
    for form in ["github", "gitlab"] {
        let text = run(&["--format", form, "app.yaml", "mesh.yaml"]);
        assert!(text.contains("the ConfigMap istio-system/istio [mesh.yaml:9:7] "), "{text}");
    }
    folder.write(
        "policy.yaml",
        "\
apiVersion: istio-drain.dev/v1alpha1
kind: ShutdownPolicy
spec:
  drain: 40s
  mesh:
      terminationDrainDuration: 60s
",
    );
    assert_eq!(found(&["--format", "json", "--policy", "policy.yaml", "app.yaml"]), [place("policy.yaml", 6)]);
}
