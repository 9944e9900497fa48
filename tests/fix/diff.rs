//! `--diff` and `--check`: what they print, and that `git apply` makes of a diff what `fix` makes of the files.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;

use super::*;

/// Files in which diffs go wrong: line ends, no last line end, long literals, one long line, names.
fn odd_files() -> Folder {
    let folder = Folder::new();
    folder.write("plain.yaml", PLAIN);
    folder.write("crlf.yaml", &PLAIN.replace('\n', "\r\n"));
    folder.write("no-newline.yaml", PLAIN.trim_end());
    folder.write("crlf-no-newline.yaml", PLAIN.trim_end().replace('\n', "\r\n").as_str());
    folder.write("many.yaml", &format!("{PLAIN}---\n{}---\n{PLAIN}", "# far away\n".repeat(50)));
    for area in ["json", "recipe", "text"] {
        for case in fs::read_dir(Path::new("fixtures").join(area)).into_iter().flatten() {
            let case = case.unwrap().path();
            for name in ["input.yaml", "input.json"] {
                // With a policy of its own it may be meant to be refused.
                if let Ok(text) = fs::read_to_string(case.join(name))
                    && !case.join("config.yaml").exists()
                {
                    folder.write(&format!("{}-{name}", case.display()), &text);
                }
            }
        }
    }
    for name in ["with space/a b.yaml", "\u{e4}/\u{f6}.yaml", "quo\"te\\back.yaml", "tab\tin.yaml"] {
        folder.write(name, PLAIN);
    }
    fs::write(folder.path().join(OsStr::from_bytes(b"latin-\xe9.yaml")), PLAIN).unwrap();
    folder
}

#[test]
fn git_makes_of_a_diff_what_fix_makes_of_the_files() {
    let (folder, patched) = (odd_files(), odd_files());
    let before = contents(folder.path());
    let ran = fix(&folder, &["--refused", "warn", "--diff", "."]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(contents(folder.path()), before, "nothing is written");
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    let mut git = Command::new("git");
    let applied = Ran::of(git.args(["apply", "--whitespace=nowarn", "-"]).current_dir(patched.path()), &ran.stdout);
    assert_eq!(applied.code, Some(0), "{}", applied.stderr);
    assert_eq!(fix(&folder, &["--refused", "warn", "."]).code, Some(0));
    let (fixed, patched) = (contents(folder.path()), contents(patched.path()));
    assert!(fixed.len() > 40 && fixed.keys().eq(patched.keys()));
    let differing: Vec<_> =
        fixed.iter().filter(|(name, text)| patched[*name] != **text).map(|(name, _)| name).collect();
    assert!(differing.is_empty(), "{differing:?}");
    assert_ne!(fixed, before);
}

#[test]
fn git_takes_a_diff_where_the_user_stands() {
    // Where the user stands, what is named, and what git wants to be told for files outside that folder.
    let absolute = "ABSOLUTE/m";
    let rows: [(&str, &str, &[&str]); 8] = [
        (".", "m", &[]),
        (".", absolute, &[]),
        ("m", ".", &[]),
        ("m", "../m", &[]),
        ("m", absolute, &[]),
        ("other", "../m", &["--unsafe-paths"]),
        ("other/deep", "../../m/web.yaml", &["--unsafe-paths"]),
        ("other/deep", absolute, &["--unsafe-paths"]),
    ];
    for (is_repository, (here, named, flags)) in [true, false].into_iter().flat_map(|is| rows.map(|row| (is, row))) {
        let folder = Folder::new();
        ["m/web.yaml", "m/below/web.yaml"].iter().for_each(|name| drop(folder.write(name, PLAIN)));
        folder.write("other/deep/empty.yaml", "");
        let here = folder.path().join(here);
        let git = |arguments: &[&str], input: &str| {
            // What lies around the folder must not count as its repository.
            let around = folder.path().parent().unwrap().to_owned();
            Ran::of(
                Command::new("git").args(arguments).current_dir(&here).env("GIT_CEILING_DIRECTORIES", around),
                input,
            )
        };
        if is_repository {
            assert_eq!(Ran::of(Command::new("git").args(["init", "-q"]).current_dir(folder.path()), "").code, Some(0));
        }
        let named = named.replace("ABSOLUTE", folder.path().to_str().unwrap());
        let run = |flag: &[&str]| Ran::of(program().arg("fix").args(flag).arg(&named).current_dir(&here), "");
        let diff = run(&["--diff"]).stdout;
        let applied = git(&[&["apply"], flags, &["-"]].concat(), &diff);
        assert_eq!(applied.code, Some(0), "{named} from {}: {}\n{diff}", here.display(), applied.stderr);
        let count = diff.matches("+++ b/").count();
        assert_eq!(count, if named.ends_with("yaml") { 1 } else { 2 }, "{diff}");
        assert_eq!(run(&["--diff"]).stdout, "", "git has made the files what they are to be");
    }
}

#[test]
fn a_diff_shows_the_lines_that_come() {
    let folder = Folder::new();
    folder.write("web.yaml", PLAIN);
    let expected = "\
--- a/web.yaml
+++ b/web.yaml
@@ -10,7 +10,18 @@
     metadata:
       labels:
         app: web
+      annotations:
+        proxy.istio.io/config: |
+          terminationDrainDuration: 28s
     spec:
       containers:
       - name: web
         image: nginx:1.27
+      - name: istio-proxy
+        image: auto
+        imagePullPolicy: IfNotPresent
+        lifecycle:
+          preStop:
+            exec:
+              command: [\"pilot-agent\", \"request\", \"POST\", \"drain_listeners?inboundonly&graceful&skip_exit\"]
+      terminationGracePeriodSeconds: 30
";
    let told = "istio-drain: 1 of 1 file would change, 1 of 1 workload to be edited…";
    fix(&folder, &["--diff", "web.yaml"]).check(0, expected, told);
    fix(&folder, &["--diff", "--check", "web.yaml"]).check(1, expected, told);
    fix(&folder, &["--check", "web.yaml"]).check(1, "web.yaml\n", told);
    assert_eq!(edited(&folder), [""; 0]);
    assert_eq!(fix(&folder, &["web.yaml"]).code, Some(0));
    let told = "istio-drain: 0 of 1 file would change, 0 of 1 workload to be edited…";
    fix(&folder, &["--diff", "--check", "web.yaml"]).check(0, "", told);
}

#[test]
fn colours_are_for_terminals_unless_asked_for() {
    let folder = Folder::new();
    folder.write("web.yaml", PLAIN);
    let output = |color: &[&str], variable: (&str, &str)| {
        let mut command = program();
        command.args(["fix", "--diff", "web.yaml"]).args(color).env(variable.0, variable.1);
        Ran::of(command.current_dir(folder.path()), "").stdout
    };
    let plain = output(&[], ("TERM", "xterm"));
    assert!(!plain.contains('\x1b'));
    for colored in [output(&["--color", "always"], ("NO_COLOR", "1")), output(&[], ("CLICOLOR_FORCE", "1"))] {
        assert!(colored.contains("\x1b[32m+      annotations:\x1b[m\n"), "{colored}");
        let codes = ["\x1b[1m", "\x1b[36m", "\x1b[31m", "\x1b[32m", "\x1b[m"];
        assert_eq!(codes.iter().fold(colored, |text, code| text.replace(code, "")), plain);
    }
    assert_eq!(output(&["--color=never"], ("CLICOLOR_FORCE", "1")), plain);
}

#[test]
fn a_reader_of_a_diff_that_has_seen_enough_is_no_error() {
    let folder = Folder::new();
    (0..200).for_each(|number| drop(folder.write(&format!("{number}.yaml"), PLAIN)));
    let mut command = program();
    command.args(["fix", "--diff", "."]).current_dir(folder.path());
    let mut child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_stat_counts_the_workloads_that_would_roll() {
    let folder = Folder::new();
    folder.write("web.yaml", &format!("{PLAIN}---\n{PLAIN}"));
    folder.write("others/set.yaml", &PLAIN.replace("Deployment", "StatefulSet"));
    let ran = fix(&folder, &["--diff", "--stat", "."]);
    let expected = " others/set.yaml  1 workload\n web.yaml         2 workloads\n\
                    3 workloads in 2 files would roll: 2 Deployments, 1 StatefulSet\n";
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), expected), "{}", ran.stderr);
    assert_eq!(edited(&folder), [""; 0]);
    assert_eq!(fix(&folder, &["."]).code, Some(0));
    assert_eq!(fix(&folder, &["--diff", "--stat", "."]).stdout, "no workload would roll\n");
    assert_eq!(fix(&folder, &["--stat", "."]).code, Some(2), "it needs --diff");
}
