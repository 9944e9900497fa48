//! What keeps `fix` from writing: it says so, and every file is as it was.

use std::os::unix::process::CommandExt as _;

use super::*;

/// Nothing is written, and this is told.
#[track_caller]
fn check(folder: &Folder, arguments: &[&str], code: i32, told: &[&str]) {
    let before = contents(folder.path());
    let ran = fix(folder, arguments);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(code), ""), "{}", ran.stderr);
    told.iter().for_each(|part| assert!(ran.stderr.contains(part), "{part} is not in\n{}", ran.stderr));
    assert_eq!(contents(folder.path()), before);
}

#[test]
fn one_wrong_file_is_enough_that_none_is_written() {
    let folder = Folder::new();
    folder.write("a.yaml", PLAIN);
    folder.write("b/refused.yaml", REFUSED);
    let refused = ["error[edit-in-alias]: ", "\n  --> b/refused.yaml:10:20 (", "istio-drain: nothing was written\n"];
    for arguments in [&["."][..], &["--diff", "."], &["--check", "."], &["a.yaml", "b/refused.yaml"]] {
        check(&folder, arguments, 1, &refused);
    }
    check(
        &folder,
        &["-v", "."],
        1,
        &["a.yaml:1:1: apps/v1 Deployment web: not edited, since another workload can't be\n"],
    );
    folder.write("b/broken.yaml", BROKEN);
    // All that is wrong is shown, and the worst decides.
    let broken = [refused[0], " --> b/broken.yaml:4:5\n", " = help: correct it, or exclude it by a .ignore file\n"];
    check(&folder, &["."], 2, &broken);
    check(&folder, &["--refused", "warn", "."], 2, &["error: "]);
    check(&folder, &["--drain", "40", "."], 2, &["error: --drain: "]);
    check(&folder, &["--policy", "none.yaml", "."], 2, &["error: can't read none.yaml: "]);
    std::fs::remove_file(folder.path().join("b/broken.yaml")).unwrap();
    let ran = fix(&folder, &["--refused", "warn", "."]);
    ran.check(0, "", "istio-drain: 1 of 2 files changed, 1 of 2 workloads edited…");
}

#[test]
fn paths_that_mean_nothing() {
    let folder = Folder::new();
    folder.write("readme.md", "# manifests\n");
    folder.write("chart/Chart.yaml", "name: chart\n");
    folder.write("chart/templates/deploy.yaml", "{{ include \"x\" . }}\n");
    folder.write("only/Chart.yml", "name: no chart\n");
    folder.write("only/templates/a.yaml", PLAIN);
    folder.write("bare/sub/readme.md", "");
    check(&folder, &["none.yaml", "nor/this"], 2, &["there is no file or folder none.yaml\n", "folder nor/this\n"]);
    check(&folder, &["bare"], 2, &["error: no manifests found in bare\n = help: only *.yaml, *.yml and *.json "]);
    check(&folder, &["/dev/null"], 2, &["error: /dev/null is not a regular file\n = help: use `-` "]);
    for path in ["chart/templates", "chart/templates/deploy.yaml"] {
        let told = format!("error: {path} is a template of the Helm chart in ");
        check(&folder, &[path], 2, &[&told, "\n = help: pipe what the chart renders: helm template "]);
    }
    let ran = fix(&folder, &["--check", "."]);
    let told = "istio-drain: 1 of 3 files would change, 1 of 1 workload to be edited…";
    ran.check(1, "only/templates/a.yaml\n", told);
    check(&folder, &[], 2, &["<PATH>"]);
    check(&folder, &["--emit-nothing", "."], 2, &["unexpected argument '--emit-nothing'"]);
}

#[test]
fn templates_in_folders_are_counted_apart_from_what_holds_no_manifest() {
    let folder = Folder::new();
    folder.write("a.yaml", PLAIN);
    folder.write("page.yaml", "<html></html>\n");
    folder.write("brackets.yaml", &PLAIN.replace("name: web", "name: {{ .Release.Name }}"));
    folder.write("value.yaml", &PLAIN.replace("name: web", "name: '{{ .Release.Name }}'"));
    let told = |ran: &Ran| ran.stderr.lines().map(str::to_owned).collect::<Vec<_>>();
    let all = told(&fix(&folder, &["--check", "-v", "."]));
    for line in [
        "istio-drain: 2 unrendered templates passed over (pipe what is rendered)",
        "istio-drain: 1 file without manifests passed over",
        "brackets.yaml: passed over: it is a template that was not rendered",
        "page.yaml: passed over: it is not a manifest",
    ] {
        assert!(all.iter().any(|told| told == line), "{line} is not in\n{}", all.join("\n"));
    }
    let last = told(&fix(&folder, &["--check", "."])).pop().unwrap();
    assert!(last.contains("; 2 unrendered templates passed over (pipe what is rendered)"), "{last}");
}

#[test]
fn what_nobody_may_write_to_stays() {
    let folder = Folder::new();
    folder.write("a.yaml", PLAIN);
    let locked = folder.write("b.yaml", PLAIN);
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o444)).unwrap();
    check(&folder, &["."], 2, &["error: b.yaml is read-only and would change\n"]);
    // It need not be writable to be looked at, or where it would stay as it is.
    assert_eq!(fix(&folder, &["--check", "."]).code, Some(1));
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::write(&locked, "apiVersion: v1\nkind: Service\n").unwrap();
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o444)).unwrap();
    fix(&folder, &["."]).check(0, "", "istio-drain: 1 of 2 files changed, 1 of 1 workload edited…");
}

/// Root may do everything: these are run as somebody else where the tests are run as root.
#[test]
fn what_the_system_forbids_is_told() {
    let folder = Folder::new();
    let nobody = 65_534;
    let is_root = std::fs::metadata(folder.path()).unwrap().uid() == 0;
    let own = folder.path().join("program");
    // Another test may start a program while a copy is being written here, and then holds it open for a moment. So the
    // copy is made by a program of its own.
    assert!(Command::new("cp").arg(env!("CARGO_BIN_EXE_istio-drain")).arg(&own).status().unwrap().success());
    folder.write("in/a.yaml", PLAIN);
    folder.write("in/sub/b.yaml", PLAIN);
    let give = |path: &str, mode: u32| {
        let path = folder.path().join(path);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        if is_root {
            std::os::unix::fs::chown(&path, Some(nobody), Some(nobody)).unwrap();
        }
    };
    let run = |told: &str| {
        let mut command = Command::new(&own);
        if is_root {
            command.uid(nobody).gid(nobody);
        }
        let ran = Ran::of(command.args(["fix", "in"]).current_dir(folder.path()), "");
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{told}: {}", ran.stderr);
        assert!(ran.stderr.contains(told), "{told} is not in\n{}", ran.stderr);
    };
    let all = ["in", "in/a.yaml", "in/sub", "in/sub/b.yaml"];
    let reset = || all.iter().for_each(|path| give(path, 0o755));
    reset();
    give("in/sub/b.yaml", 0o000);
    run("error: can't read in/sub/b.yaml: Permission denied");
    reset();
    give("in/sub", 0o000);
    run("error: can't read in/sub: permission denied");
    reset();
    give("in/sub", 0o555);
    run("error: can't write a file beside in/sub/b.yaml: Permission denied");
    reset();
    if is_root {
        // A file of somebody else's in a folder of one's own could be replaced; that is not meant.
        std::os::unix::fs::chown(folder.path().join("in/a.yaml"), Some(0), Some(0)).unwrap();
        run("error: can't write to in/a.yaml: Permission denied");
    }
    reset();
    let texts = contents(folder.path());
    assert_eq!(
        (texts["in/a.yaml"].as_slice(), texts["in/sub/b.yaml"].as_slice()),
        (PLAIN.as_bytes(), PLAIN.as_bytes())
    );
    assert_eq!(texts.len(), 3, "nothing is left over");
}
