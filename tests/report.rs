//! `--report`: the file is there however the run ends, and says the same as the exit code. Its form is pinned down in
//! `render`.

use std::fs;
use std::process::Command;

use serde_json::{Value as Json, json};

use super::support::folder::Folder;
use super::support::process::fed;

const PLAIN: &str = include_str!("../fixtures/text/plain/input.yaml");
const REFUSED: &str = include_str!("../fixtures/refused/alias-of-the-annotations/input.yaml");

/// The report of a run whose exit code it must hold.
fn reported(flags: &[&str], input: &[u8], code: i32) -> Json {
    let folder = Folder::new();
    // What an earlier run left is replaced.
    let path = folder.write("report.json", "of an earlier run");
    let mut command = Command::new(env!("CARGO_BIN_EXE_istio-drain"));
    let output = fed(command.args(flags).arg("--report").arg(&path), input);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{told}");
    let report: Json = serde_json::from_slice(&fs::read(&path).unwrap()).expect("JSON");
    assert_eq!((&report["version"], &report["exit"]), (&json!(1), &json!(code)));
    let others = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(others, 1, "something else is left in the folder");
    report
}

#[test]
fn it_is_there_however_the_run_ends() {
    let done = reported(&["--drain", "40s"], PLAIN.as_bytes(), 0);
    let workload = &done["inputs"][0]["workloads"][0];
    assert_eq!((&workload["outcome"], &workload["name"]), (&json!("edited"), &json!("web")));
    assert_eq!((&done["summary"]["edited"], &done["inputs"][0]["form"]), (&json!(1), &json!("stream")));

    let refused = reported(&[], REFUSED.as_bytes(), 1);
    let findings = refused["inputs"][0]["workloads"][0]["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["rule"] == "edit-in-alias").unwrap();
    assert_eq!(finding["line"], json!(10));
    assert_eq!(finding["field"]["path"], json!("spec.template.metadata.annotations"));
    assert_eq!((&refused["summary"]["errors"], &refused["summary"]["edited"]), (&json!(1), &json!(0)));

    let broken = reported(&[], b"kind: Deployment\na: [\n", 2);
    assert_eq!(broken["inputs"][0]["error"]["line"], json!(2));
    let no_text = reported(&[], b"kind: \xFF\n", 2);
    assert_eq!(no_text["inputs"][0]["error"]["column"], json!(7));
    let no_policy = reported(&["--policy", "fixtures/none.yaml"], PLAIN.as_bytes(), 2);
    assert!(no_policy["error"].as_str().unwrap().starts_with("can't read fixtures/none.yaml"), "{no_policy}");
    let nothing = reported(&[], b"", 0);
    assert_eq!(nothing["inputs"][0]["workloads"], json!([]));
}

/// The frozen form. What is to be changed here needs another version, unless it only comes in addition.
#[test]
fn the_form_of_version_1() {
    let input = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {config.kubernetes.io/path: a.yaml}}
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 600
      containers: [{name: app, image: a}]
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: host},
 spec: {template: {spec: {hostNetwork: true, containers: [{name: a, image: a}]}}}}
";
    let folder = Folder::new();
    let path = folder.path().join("report.json");
    let output = fed(Command::new(env!("CARGO_BIN_EXE_istio-drain")).arg("--report").arg(&path), input);
    assert_eq!(output.status.code(), Some(0));
    // Sentences are not part of it.
    let is_sentence = |key: &&str| ["message", "remedy"].iter().any(|name| key.contains(name));
    let form = |line: &str| match line.split_once(": \"").filter(|(key, _)| is_sentence(key)) {
        Some((key, value)) => format!("{key}: \"...\"{}\n", if value.ends_with(',') { "," } else { "" }),
        None => format!("{line}\n"),
    };
    let report: String = fs::read_to_string(&path).unwrap().lines().map(form).collect();
    assert_eq!(report, include_str!("report_v1.json").replace("VERSION", env!("CARGO_PKG_VERSION")));
}

#[test]
fn rules_and_who_set_what_are_in_it() {
    let folder = Folder::new();
    let rules =
        "apiVersion: v1\nkind: ConfigMap\ndata: {workloads: '[{name: web, drain: 9s}, {name: b, drain: 9s}]'}\n";
    let policy = folder.write("policy.yaml", rules);
    let done = reported(&["--policy", policy.to_str().unwrap()], PLAIN.as_bytes(), 0);
    let workload = &done["inputs"][0]["workloads"][0];
    assert_eq!(workload["rule"], json!(0));
    assert_eq!(workload["sources"], json!([{"field": "drain", "by": "workloads[0]"}]));
    assert_eq!(done["unmatchedRules"][0]["name"], json!("workloads[1]"));
    assert_eq!(done["unmatchedRules"][0]["matcher"], json!("name: b"));
}

#[test]
fn without_it_there_is_no_output() {
    let folder = Folder::new();
    let path = folder.path().join("no/such/folder/report.json");
    let mut command = Command::new(env!("CARGO_BIN_EXE_istio-drain"));
    let output = fed(command.arg("--report").arg(&path), PLAIN.as_bytes());
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: can't write the report to "));
}

#[test]
fn a_link_and_a_device_stay_what_they_are() {
    let folder = Folder::new();
    let (file, link) = (folder.write("file", ""), folder.path().join("link"));
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let run = |path: &std::path::Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_istio-drain"));
        fed(command.arg("--report").arg(path), PLAIN.as_bytes())
    };
    assert_eq!(run(&link).status.code(), Some(0));
    assert!(link.is_symlink() && fs::read_to_string(&file).unwrap().starts_with("{\n  \"version\": 1,\n"));
    let told = String::from_utf8(run(std::path::Path::new("/dev/stderr")).stderr).unwrap();
    assert!(told.starts_with("{\n") && told.contains("\nistio-drain: 1 of 1 workload edited; "), "{told}");
}

/// A run in a folder: its exit code, what it wrote and what it told.
fn ran(folder: &Folder, line: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_istio-drain"));
    let output = fed(command.args(line).current_dir(folder.path()), input);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn report_in(folder: &Folder) -> Json {
    serde_json::from_slice(&fs::read(folder.path().join("r.json")).unwrap()).unwrap()
}

#[test]
fn the_file_keeps_its_mode_and_a_new_one_is_like_any_other() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let path = folder.write("r.json", "old");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(ran(&folder, &["--report", "r.json"], PLAIN).0, Some(0));
    assert_eq!((mode(&path), report_in(&folder)["exit"].as_u64()), (0o600, Some(0)));
    let like = folder.write("like", "");
    assert_eq!(ran(&folder, &["--report=new.json"], PLAIN).0, Some(0));
    assert_eq!(mode(&folder.path().join("new.json")), mode(&like));
}

#[test]
fn what_must_not_be_written_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let path = folder.write("r.json", "old");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let (code, out, told) = ran(&folder, &["--report", "r.json"], PLAIN);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert_eq!(told, "error: can't write the report to r.json: it is read-only\n");
    std::os::unix::fs::symlink("nowhere", folder.path().join("link")).unwrap();
    let (code, _, told) = ran(&folder, &["--report", "link"], PLAIN);
    assert_eq!((code, told.as_str()), (Some(2), "error: can't write the report to link: it is a link to nothing\n"));
    assert!(!folder.path().join("nowhere").exists());
}

#[test]
fn no_input_and_no_policy_is_written_over() {
    let folder = Folder::new();
    folder.write("in/a.yaml", PLAIN);
    let policy = "apiVersion: v1\nkind: ConfigMap\ndata: {drain: 9s}\n";
    folder.write("policy.yaml", policy);
    fs::hard_link(folder.path().join("in/a.yaml"), folder.path().join("b.yaml")).unwrap();
    let kept = |line: &[&str], what: &str| {
        let (code, out, told) = ran(&folder, line, PLAIN);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{line:?}");
        assert!(told.contains(what), "{line:?}: {told}");
        assert_eq!(fs::read_to_string(folder.path().join("in/a.yaml")).unwrap(), PLAIN, "{line:?}");
        assert_eq!(fs::read_to_string(folder.path().join("policy.yaml")).unwrap(), policy, "{line:?}");
    };
    kept(&["fix", "--report", "in/a.yaml", "in"], "--report: in/a.yaml is an input, which would be lost");
    kept(&["fix", "--report", "b.yaml", "in"], "--report: b.yaml is an input");
    kept(&["--policy=policy.yaml", "--report=policy.yaml"], "--report: policy.yaml is the policy");
    kept(&["fix", "--report", "in/a.yaml", "--drain=40", "in"], "--drain: ");
    kept(&["--policy=policy.yaml", "--report=policy.yaml", "--drain=40"], "--drain: ");
    kept(&["--policy=policy.yaml", "--report=policy.yaml", "--dran=40s"], "--dran");
    fs::remove_file(folder.path().join("b.yaml")).unwrap();
    std::os::unix::fs::symlink("in", folder.path().join("link")).unwrap();
    let write = |to: &'static str| ["check", "--write-baseline", "--baseline", to, "in"];
    kept(&["fix", "--report", "link/a.yaml", "in"], "--report: link/a.yaml is an input");
    kept(&write("in/a.yaml"), "--baseline: in/a.yaml is an input, which would be lost");
    kept(&write("link/a.yaml"), "--baseline: link/a.yaml is an input");
    let by_policy = write("policy.yaml");
    kept(&[&by_policy[..], &["--policy", "policy.yaml"]].concat(), "--baseline: policy.yaml is the policy");
}

/// Neither a log nor a baseline is lost to a report, and no two outputs go to one file.
#[test]
fn no_log_and_no_baseline_is_written_over() {
    let folder = Folder::new();
    folder.write("in/a.yaml", PLAIN);
    folder.write("proxy.log", "a log\n");
    std::os::unix::fs::symlink("proxy.log", folder.path().join("link")).unwrap();
    let refused = |line: &[&str], what: &str| {
        let (code, out, told) = ran(&folder, line, PLAIN);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{line:?}");
        assert!(told.contains(what), "{line:?}: {told}");
    };
    refused(&["explain", "--log", "proxy.log", "--report", "link", "in"], "--report: link is a log");
    assert_eq!(fs::read_to_string(folder.path().join("proxy.log")).unwrap(), "a log\n");
    let both = ["--baseline", "known.json", "--report", "in/../known.json", "in"];
    refused(&[&["check", "--write-baseline"], &both[..]].concat(), "is the baseline, which would be lost");
    assert!(!folder.path().join("known.json").exists());
    assert_eq!(ran(&folder, &["check", "--write-baseline", "--baseline", "known.json", "in"], "").0, Some(0));
    let known = fs::read(folder.path().join("known.json")).unwrap();
    refused(&[&["check"], &both[..]].concat(), "--report: in/../known.json is the baseline");
    assert_eq!(fs::read(folder.path().join("known.json")).unwrap(), known);
    folder.write(".git/HEAD", "");
    folder
        .write(".istio-drain.yaml", "apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\nspec: {drain: 40s}\n");
    refused(&["fix", "--diff", "--report", ".istio-drain.yaml", "in"], "--report: .istio-drain.yaml is the policy");
}

#[test]
fn it_is_there_where_another_flag_is_wrong() {
    let folder = Folder::new();
    for (line, what) in [
        (&["--drain=40", "--report=r.json"][..], "--drain: "),
        (&["--report", "r.json", "--dran=40s"], "unexpected argument '--dran'"),
        (&["fix", "--report", "r.json", "--threads=x", "in"], "invalid value 'x' for '--threads <NUMBER>'"),
        (&["fix", "--report", "r.json"], "the following required arguments were not provided"),
    ] {
        let (code, out, told) = ran(&folder, line, PLAIN);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{line:?}: {told}");
        let report = report_in(&folder);
        assert_eq!((&report["exit"], &report["inputs"]), (&json!(2), &json!([])), "{line:?}");
        let error = report["error"].as_str().unwrap();
        assert!(error.starts_with(what) && told.contains(what), "{line:?}: {error}");
        fs::remove_file(folder.path().join("r.json")).unwrap();
    }
}

#[test]
fn a_dash_is_standard_output_where_nothing_else_goes() {
    let folder = Folder::new();
    folder.write("in/a.yaml", PLAIN);
    for line in [&["--report=-"][..], &["fix", "--diff", "--report=-", "in"], &["explain", "--report=-", "in"]] {
        let (code, out, told) = ran(&folder, line, PLAIN);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{line:?}");
        assert_eq!(told, "error: --report: `-` is standard output, where something else goes (name a file)\n");
    }
    let (code, out, _) = ran(&folder, &["fix", "--report", "-", "in"], "");
    let report: Json = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["inputs"][0]["workloads"][0]["outcome"]), (Some(0), &json!("edited")));
    let (code, out, _) = ran(&folder, &["fix", "--report", "-", "none"], "");
    assert_eq!((code, serde_json::from_str::<Json>(&out).unwrap()["exit"].as_u64()), (Some(2), Some(2)));
}

/// What becomes of workloads is part of the frozen form: each word stands in its description.
#[test]
fn every_outcome_is_described() {
    let page = fs::read_to_string("src/render/report_json.rs").unwrap();
    let heading = page.split("use serde").next().unwrap();
    let (_, names) = page.split_once("fn name_of(").unwrap();
    let names = names.split("\n}\n").next().unwrap().split('"').skip(1).step_by(2);
    let names: Vec<_> = names.chain(["leftAlone"]).collect();
    assert!(names.len() > 7, "{names:?}");
    for name in names {
        assert!(heading.contains(&format!("//! | `{name}` | ")), "{name}");
    }
}
