//! `fix` over folders, as somebody at a shell or a script sees it.

mod attributes;
mod diff;
mod patches;
mod refusals;
mod values;
mod whole;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use super::support::folder::Folder;
use super::support::process::{fed, program};

const PLAIN: &str = include_str!("../fixtures/text/plain/input.yaml");
const EDITED: &str = include_str!("../fixtures/text/plain/expected.yaml");
const REFUSED: &str = include_str!("../fixtures/refused/alias-of-the-annotations/input.yaml");
const BROKEN: &str = include_str!("../fixtures/invalid/unclosed-bracket/input.yaml");

/// A run in a folder: `fix` with these arguments.
fn fix(folder: &Folder, arguments: &[&str]) -> Ran {
    Ran::of(program().arg("fix").args(arguments).current_dir(folder.path()), "")
}

/// What came of a run.
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn of(command: &mut Command, input: &str) -> Self {
        let output = fed(command, input);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    #[track_caller]
    fn check(&self, code: i32, stdout: &str, stderr: &str) {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        // What pods lose is said before, in blocks, and is what `tests/check_control.rs` is about.
        let parts = self.stderr.split_inclusive("\n\n").filter(|part| !part.starts_with("error[not-drained]: "));
        let told: String = parts.collect();
        let stderr = match stderr.strip_suffix('…') {
            // What the run takes for granted comes behind it, and is the same for all of these files.
            Some(start) if told.starts_with(&format!("{start}; ")) && told.lines().count() == 1 => &told,
            _ => stderr,
        };
        assert_eq!((self.stdout.as_str(), told.as_str()), (stdout, stderr));
    }
}

/// Every file below a folder with what is in it; links by what they say.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            if path.is_symlink() {
                found.insert(name, fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes());
            } else if path.is_dir() {
                open.push(path);
            } else {
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// The names of the files that hold what a run makes of [`PLAIN`].
fn edited(folder: &Folder) -> Vec<String> {
    contents(folder.path()).into_iter().filter(|(_, text)| *text == EDITED.as_bytes()).map(|(name, _)| name).collect()
}

#[test]
fn files_are_edited_in_place_and_a_second_run_touches_nothing() {
    let folder = Folder::new();
    for name in ["a/web.yaml", "a/b/web.yml", "c.YAML"] {
        folder.write(name, PLAIN);
    }
    folder.write("a/service.yaml", "apiVersion: v1\nkind: Service\n");
    folder.write("kustomization.yaml", "resources:\n- a/web.yaml\n");
    folder.write("values.yaml", "replicas: 3\n");
    let untouched = fs::metadata(folder.path().join("a/service.yaml")).unwrap();
    fix(&folder, &["."]).check(0, "", "istio-drain: 3 of 6 files changed, 3 of 3 workloads edited…");
    assert_eq!(edited(&folder), ["a/b/web.yml", "a/web.yaml", "c.YAML"]);
    assert_eq!(contents(folder.path()).len(), 6, "nothing is left over");
    let stamp =
        |metadata: &fs::Metadata| (metadata.ino(), metadata.mtime(), metadata.mtime_nsec(), metadata.ctime_nsec());
    let after = || fs::metadata(folder.path().join("a/service.yaml")).unwrap();
    assert_eq!(stamp(&after()), stamp(&untouched));
    let edited = fs::metadata(folder.path().join("c.YAML")).unwrap();
    fix(&folder, &["."]).check(0, "", "istio-drain: 0 of 6 files changed, 0 of 3 workloads edited…");
    assert_eq!(stamp(&fs::metadata(folder.path().join("c.YAML")).unwrap()), stamp(&edited));
}

#[test]
fn folders_are_walked_as_git_and_kpt_see_them() {
    let folder = Folder::new();
    let write = |names: &[&str], text: &str| names.iter().for_each(|name| drop(folder.write(name, text)));
    write(&["in/a.yaml", "in/b.yml", "in/c.json", "in/deep/d.yaml"], PLAIN);
    write(&["in/readme.md", "in/x.yaml.bak", "in/.hidden.yaml", "in/.hidden/a.yaml"], PLAIN);
    write(&["in/git/a.yaml", "in/ignore/a.yaml", "in/kpt/a.yaml", "in/.istio-drain-Xy12ab.tmp"], PLAIN);
    folder.write(".gitignore", "git/\n");
    folder.write("in/.ignore", "/ignore\n");
    folder.write("in/.krmignore", "kpt\n");
    let ran = fix(&folder, &["in"]);
    ran.check(0, "", "istio-drain: 4 of 4 files changed, 4 of 4 workloads edited…");
    assert_eq!(edited(&folder), ["in/a.yaml", "in/b.yml", "in/c.json", "in/deep/d.yaml"]);
    // What is named is meant.
    let ran = fix(&folder, &["in/readme.md", "in/.hidden.yaml", "in/git", "in/kpt/a.yaml", "in/kpt"]);
    ran.check(0, "", "istio-drain: 4 of 4 files changed, 4 of 4 workloads edited…");
}

#[test]
fn ignore_files_that_are_no_files_are_not_opened() {
    let (folder, outside) = (Folder::new(), Folder::new());
    folder.write("in/sub/a.yaml", PLAIN);
    let rules = outside.write("rules", "*.yaml\n");
    for name in ["in/.ignore", "in/sub/.gitignore", "in/sub/.krmignore"] {
        let path = folder.path().join(name);
        symlink(&rules, &path).unwrap();
        let refused = |told: &str| {
            let ran = fix(&folder, &["in"]);
            assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{name}: {}", ran.stderr);
            assert!(ran.stderr.contains(&format!("{name} is {told}")), "{}", ran.stderr);
        };
        refused("not a regular file");
        fs::remove_file(&path).unwrap();
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        refused("not a regular file");
        fs::remove_file(&path).unwrap();
    }
    fix(&folder, &["in"]).check(0, "", "istio-drain: 1 of 1 file changed, 1 of 1 workload edited…");
}

#[test]
fn a_file_that_is_reached_twice_is_one_file() {
    let folder = Folder::new();
    folder.write("in/a.yaml", PLAIN);
    symlink("a.yaml", folder.path().join("in/b.yaml")).unwrap();
    let whole = folder.path().join("in/a.yaml");
    let ran = fix(&folder, &["-v", "in/a.yaml", "in", "./in/../in/a.yaml", whole.to_str().unwrap(), "in/b.yaml"]);
    assert_eq!(ran.stderr.matches("in/a.yaml:1:1: apps/v1 Deployment web: edited: ").count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("\nistio-drain: 1 of 1 file changed, 1 of 1 workload edited\n"), "{}", ran.stderr);
    assert_eq!(edited(&folder), ["in/a.yaml"], "the link is still a link");
}

#[test]
fn links_are_followed_within_the_tree_only() {
    let (folder, outside) = (Folder::new(), Folder::new());
    folder.write("real/a.yaml", PLAIN);
    let out = outside.write("out.yaml", PLAIN);
    symlink("real/a.yaml", folder.path().join("link.yaml")).unwrap();
    symlink(&out, folder.path().join("away.yaml")).unwrap();
    symlink(outside.path(), folder.path().join("away")).unwrap();
    symlink("nowhere", folder.path().join("dangling.yaml")).unwrap();
    let refused = |path: &str, what: &str| {
        let ran = fix(&folder, &[path]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{path}");
        assert!(ran.stderr.starts_with(&format!("error: {path} is a link {what}")), "{}", ran.stderr);
    };
    for path in ["away.yaml", "away", "away/out.yaml"] {
        refused(path, "that leads out of what the run is about, to ");
    }
    refused("dangling.yaml", "to nothing\n");
    // In a walk they are passed over, and the same file under its own name is meant.
    fix(&folder, &["--check", "."]).check(
        1,
        "real/a.yaml\n",
        "istio-drain: 1 of 1 file would change, 1 of 1 workload to be edited…",
    );
    fix(&folder, &["--check", out.to_str().unwrap(), "away.yaml"]).check(2, "", &fix(&folder, &["away.yaml"]).stderr);
    let named = outside.path().to_str().unwrap();
    assert_eq!(fix(&folder, &["--check", named, "away.yaml"]).code, Some(1), "{named} is named itself");
    fix(&folder, &["link.yaml"]).check(0, "", "istio-drain: 1 of 1 file changed, 1 of 1 workload edited…");
    assert_eq!(edited(&folder), ["real/a.yaml"]);
    assert_eq!(fs::read_to_string(out).unwrap(), PLAIN);
}

#[test]
fn mode_and_owner_are_kept() {
    let folder = Folder::new();
    let path = folder.write("a.yaml", PLAIN);
    for mode in [0o600, 0o644, 0o664, 0o755, 0o4750] {
        fs::write(&path, PLAIN).unwrap();
        // Only root can give files away.
        let is_given = std::os::unix::fs::chown(&path, Some(12_345), Some(54_321)).is_ok();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let before = fs::metadata(&path).unwrap();
        assert_eq!(fix(&folder, &["a.yaml"]).code, Some(0));
        let after = fs::metadata(&path).unwrap();
        assert_eq!((after.mode() & 0o7777, after.uid(), after.gid()), (mode, before.uid(), before.gid()));
        assert!(!is_given || after.uid() == 12_345);
        assert_ne!(after.ino(), before.ino(), "it is another file under the same name");
        assert_eq!(fs::read_to_string(&path).unwrap(), EDITED);
    }
}

#[test]
fn lists_in_files_get_no_results() {
    let folder = Folder::new();
    let item = format!("- {}", PLAIN.trim_end().replace('\n', "\n  "));
    let list = format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n  kind: Other\nitems:\n{item}\n"
    );
    let path = folder.write("list.yaml", &list);
    let ran = fix(&folder, &["--pre-stop", "sigterm", "--app-shutdown", "50s", "."]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains("[\"kill\", \"-SIGTERM\", \"1\"]") && !text.contains("results"), "{text}");
}

#[test]
fn standard_input_is_a_path_of_its_own() {
    let folder = Folder::new();
    folder.write("a.yaml", PLAIN);
    let ran = |arguments: &[&str]| Ran::of(program().arg("fix").args(arguments).current_dir(folder.path()), PLAIN);
    ran(&["-"]).check(0, EDITED, "istio-drain: 1 of 1 workload edited…");
    ran(&["--check", "-"]).check(1, "stdin\n", "istio-drain: 1 of 1 file would change, 1 of 1 workload to be edited…");
    assert!(ran(&["--diff", "-"]).stdout.starts_with("--- a/stdin\n+++ b/stdin\n@@ "));
    let mixed = "error: `-` is standard input, and can't be worked on together with files\n";
    ran(&["-", "a.yaml"]).check(2, "", mixed);
    assert_eq!(edited(&folder), [""; 0]);
}

#[test]
fn a_functionconfig_counts_however_the_list_is_looked_at() {
    let item = format!("- {}", PLAIN.trim_end().replace('\n', "\n  "));
    let list = format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n  apiVersion: \
         istio-drain.dev/v1alpha1\n  kind: ShutdownPolicy\n  spec: {{drain: 90s}}\nitems:\n{item}\n"
    );
    let folder = Folder::new();
    let ran = |arguments: &[&str]| Ran::of(program().args(arguments).current_dir(folder.path()), &list);
    let written = ran(&["fix", "-"]);
    assert!(written.stdout.contains("terminationDrainDuration: 90s"), "{}", written.stdout);
    let lines = |text: &str, sign: &str| -> Vec<String> {
        text.lines().skip(2).filter_map(|line| line.strip_prefix(sign)).map(str::to_owned).collect()
    };
    let diff = ran(&["fix", "--diff", "-"]);
    assert_eq!(diff.code, Some(0), "{}", diff.stderr);
    let added = lines(&diff.stdout, "+");
    assert!(added.iter().any(|line| line.ends_with("terminationDrainDuration: 90s")), "{}", diff.stdout);
    assert!(added.iter().any(|line| line.ends_with("terminationGracePeriodSeconds: 92")), "{}", diff.stdout);
    ran(&["fix", "--check", "-"]).check(
        1,
        "stdin\n",
        "istio-drain: 1 of 1 file would change, 1 of 1 workload to be edited…",
    );
    let wrong = list.replace("drain: 90s", "dran: 90s");
    let ran = Ran::of(program().args(["fix", "--check", "-"]).current_dir(folder.path()), &wrong);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
}

#[test]
fn what_is_no_yaml_is_passed_over_only_where_nothing_can_be_missed() {
    let folder = Folder::new();
    folder.write("a.yaml", PLAIN);
    folder.write("tsconfig.json", "// strict\n{\"strict\": true,}\n");
    let told = "istio-drain: 1 of 2 files would change, 1 of 1 workload to be edited…";
    fix(&folder, &["--check", "."]).check(1, "a.yaml\n", told);
    assert_eq!(fix(&folder, &["tsconfig.json"]).code, Some(2), "it was named");
    let wide: Vec<u8> = "\u{FEFF}kind: Deployment\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(folder.path().join("wide.yaml"), wide).unwrap();
    let ran = fix(&folder, &["."]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.starts_with("error: the input is UTF-16"), "{}", ran.stderr);
}

#[test]
fn threads_change_nothing() {
    let folder = Folder::new();
    for number in 0..40 {
        folder.write(&format!("{}/{number}.yaml", number % 3), PLAIN);
    }
    let run = |threads: &str| fix(&folder, &["--diff", "-v", "--threads", threads, "."]);
    let one = run("1");
    assert_eq!(one.stdout.matches("+++ b/").count(), 40);
    run("7").check(0, &one.stdout, &one.stderr);
}

#[test]
fn a_report_names_every_file() {
    let folder = Folder::new();
    folder.write("in/a.yaml", PLAIN);
    folder.write("in/b.yaml", "apiVersion: v1\nkind: Service\n");
    let report = || -> serde_json::Value {
        serde_json::from_str(&fs::read_to_string(folder.path().join("r.json")).unwrap()).unwrap()
    };
    assert_eq!(fix(&folder, &["--report", "r.json", "--check", "in"]).code, Some(1));
    let text = report();
    assert_eq!(
        (&text["exit"], &text["inputs"][0]["name"], &text["inputs"][1]["name"]),
        (&1.into(), &"in/a.yaml".into(), &"in/b.yaml".into())
    );
    folder.write("in/c.yaml", BROKEN);
    assert_eq!(fix(&folder, &["--report", "r.json", "in"]).code, Some(2));
    let text = report();
    assert_eq!(text["inputs"][0]["workloads"][0]["outcome"], "withheld");
    assert_eq!(text["inputs"][2]["error"]["line"], 4);
    assert_eq!(fix(&folder, &["--report", "r.json", "none"]).code, Some(2));
    assert_eq!(report()["error"], "there is no file or folder none");
    assert_eq!(edited(&folder), [""; 0]);
}

#[test]
fn what_one_file_says_of_the_mesh_holds_for_all() {
    let folder = Folder::new();
    folder.write("apps/web.yaml", PLAIN);
    folder.write(
        "mesh/istio.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: istio\n  namespace: istio-system\ndata:\n  mesh: |\n    \
         defaultConfig:\n      terminationDrainDuration: 61s\n",
    );
    for order in [["apps", "mesh"], ["mesh", "apps"]] {
        let ran = fix(&folder, &["--diff", order[0], order[1]]);
        assert!(ran.stdout.contains("+      terminationGracePeriodSeconds: 63\n"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("terminationDrainDuration"), "the mesh says so already: {}", ran.stdout);
    }
}

#[test]
fn a_rule_that_matches_in_one_file_has_matched() {
    let folder = Folder::new();
    folder.write("in/web.yaml", PLAIN);
    folder.write("in/other.yaml", &PLAIN.replace("name: web", "name: other"));
    folder.write(
        "policy.yaml",
        "apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\nspec:\n  workloads:\n  - name: web\n    drain: \
         70s\n  - name: nobody\n    drain: 80s\n",
    );
    let ran = fix(&folder, &["--policy", "policy.yaml", "-v", "--check", "in"]);
    assert_eq!(ran.stderr.matches("matches no workload").count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("\n --> policy.yaml:7:5\n"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("\nistio-drain: 1 warning\nistio-drain: 2 on an unknown sidecar mode"),
        "{}",
        ran.stderr
    );
}
