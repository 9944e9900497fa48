//! `explain`: what it prints for a handful of fixtures, byte by byte, and that it writes nothing else.

use std::fs;
use std::path::Path;
use std::process::Output;

use super::support::folder::Folder;
use super::support::process::{fed, program};
use super::support::{case, golden};

const MOST_COLUMNS: usize = 100;

/// One of each: a fixture, and the flags that go with it.
const SHOWN: [(&str, &[&str]); 17] = [
    ("recipe/hook-longer-than-grace", &[]),
    ("recipe/hook-unknown", &[]),
    ("recipe/hook-unknown-beside-a-known-one", &[]),
    ("recipe/override-kept-hook", &[]),
    ("recipe/override-kept-hook-unknown", &[]),
    ("recipe/gateway", &[]),
    ("recipe/remove-the-recipe", &[]),
    ("recipe/native-with-drain", &[]),
    ("recipe/mesh-hook-in-force", &[]),
    ("recipe/all-there", &[]),
    ("recipe/idle-with-drain", &[]),
    ("recipe/hook-of-a-shell", &["--target-istio", "1.26", "--exact"]),
    ("policy/annotation-over-rule", &[]),
    ("world/drain-of-the-mesh", &[]),
    ("left-alone/several-reasons", &[]),
    ("left-alone/knative-service", &[]),
    ("world/unreadable", &[]),
];

/// What is shown of one workload by its timelines, and how wide.
const PICTURES: [(&str, &[&str]); 14] = [
    ("recipe/hook-longer-than-grace", &["--width", "60"]),
    ("recipe/hook-longer-than-grace", &["--width", "100", "--with-fix", "--sidecar", "classic"]),
    ("recipe/hook-longer-than-grace", &["--width", "200", "--with-fix"]),
    ("recipe/hook-unknown", &["--sidecar", "classic"]),
    ("recipe/native-with-drain", &["--endpoint-delay", "10s", "--app-time", "20s", "--streams"]),
    ("recipe/gateway", &[]),
    ("recipe/mesh-hook-in-force", &["--app-end", "exits", "--longest-request", "40s", "--retries"]),
    ("recipe/idle-with-drain", &["--with-fix"]),
    ("recipe/override-kept-hook-unknown", &["--color", "always"]),
    ("left-alone/several-reasons", &[]),
    ("policy/annotation-over-rule", &["--width", "60"]),
    ("policy/annotation-over-rule", &["--width", "120"]),
    ("running/pods-of-one-deployment", &[]),
    ("running/native-own-hook", &[]),
];

fn explained(paths: &[&Path], flags: &[&str], input: &[u8]) -> Output {
    fed(program().arg("explain").args(paths).args(flags).env_remove("COLUMNS"), input)
}

#[test]
fn what_it_prints_for_some_fixtures() {
    let mut failures = Vec::new();
    for (name, flags) in SHOWN {
        let case = case::named(name);
        let policy = case.config.iter().flat_map(|path| ["--policy".to_owned(), path.display().to_string()]);
        let flags: Vec<_> = flags.iter().chain(&["--numbers"]).map(|&flag| flag.to_owned()).chain(policy).collect();
        let flags: Vec<_> = flags.iter().map(String::as_str).collect();
        let output = explained(&[], &flags, &case.input);
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{name}");
        let file = Path::new("tests/explain").join(name.replace('/', "-")).with_extension("txt");
        failures.extend(golden::check(&file, Some(&output.stdout)).err().map(|failure| format!("{name}: {failure}")));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn timelines_of_some_fixtures() {
    let mut failures = Vec::new();
    for (number, (name, flags)) in PICTURES.iter().enumerate() {
        let case = case::named(name);
        let policy = case.config.iter().flat_map(|path| ["--policy".to_owned(), path.display().to_string()]);
        let flags: Vec<_> = flags.iter().map(|&flag| flag.to_owned()).chain(policy).collect();
        let flags: Vec<_> = flags.iter().map(String::as_str).collect();
        let output = explained(&[], &flags, &case.input);
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{name}");
        let file = format!("tests/explain/timelines/{number:02}-{}.txt", name.replace('/', "-"));
        failures.extend(golden::check(Path::new(&file), Some(&output.stdout)).err());
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The other forms: the whole of them, what nobody may act on, and that they ask nobody for anything.
#[test]
fn timelines_in_other_forms() {
    let mut failures = Vec::new();
    for (form, ending) in [("json", "json"), ("markdown", "md"), ("svg", "svg"), ("html", "html")] {
        for name in ["recipe/hook-longer-than-grace", "policy/annotation-over-rule"] {
            let case = case::named(name);
            let output = explained(&[], &["--format", form, "--with-fix"], &case.input);
            assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{name}");
            let text = String::from_utf8(output.stdout).unwrap();
            let outside = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!["http:", "https:", "@import", "src=", "url(h"].iter().any(|it| outside.contains(it)), "{text}");
            let file = format!("tests/explain/forms/{}.{ending}", name.replace('/', "-"));
            failures.extend(golden::check(Path::new(&file), Some(text.as_bytes())).err());
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn markup_in_names_is_text() {
    let name = "<script>alert(1)</script>&`|";
    let input = format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: '{name}'}}, spec: {{template: {{spec: \
         {{containers: [{{name: '{name}', image: a}}]}}}}}}}}\n"
    );
    for form in ["svg", "html", "markdown"] {
        let output = explained(&[], &["--format", form], input.as_bytes());
        let text = String::from_utf8(output.stdout).unwrap();
        let before = text.split("````text").next().unwrap();
        assert!(before.contains("&lt;script&gt;alert") && !before.contains("<script>alert"), "{form}: {text}");
    }
}

#[test]
fn one_workload_is_asked_for_by_name() {
    let folder = Folder::new();
    let deployment = |kind: &str, namespace: &str, name: &str| {
        format!(
            "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
             spec: {{template: {{spec: {{containers: [{{name: app, image: a}}]}}}}}}\n---\n"
        )
    };
    let all = [
        ("Deployment", "a", "web"),
        ("StatefulSet", "a", "web"),
        ("Deployment", "b", "web"),
        ("Deployment", "b", "db"),
    ];
    let text: String = all.iter().map(|(kind, namespace, name)| deployment(kind, namespace, name)).collect();
    let file = folder.write("all.yaml", &text);
    let shown = |flags: &[&str]| {
        let output = explained(&[file.as_path()], flags, b"");
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, text, _) = shown(&[]);
    assert_eq!((code, text.lines().next().unwrap().trim_start().starts_with("at risk")), (Some(0), true), "{text}");
    assert!(text.contains("In 4 of 4 workloads, "), "{text}");
    assert!(shown(&["web"]).1.contains("In 3 of 3 workloads, "));
    assert!(shown(&["web", "-n", "a"]).1.contains("In 2 of 2 workloads, "));
    let (code, text, _) = shown(&["web", "-n", "a", "--kind", "statefulset"]);
    assert!(code == Some(0) && text.contains("all.yaml:6:1: apps/v1 StatefulSet a/web\n"), "{text}");
    let (code, _, told) = shown(&["not-drained"]);
    assert!(
        code == Some(2) && told.contains(" (`istio-drain rules not-drained` prints the page of the rule)"),
        "{told}"
    );
    assert!(shown(&["db"]).1.contains("Deployment b/db\n"));
    assert!(shown(&["web"]).1.ends_with("\n`--kind` and `--namespace` choose one of them.\n"));
    // As kubectl has it, and as the table has it.
    for words in [["deploy/db"].as_slice(), &["b/db"], &["db", "--kind", "deployments.apps"], &["db", "-n", "B"]] {
        assert!(shown(words).1.contains("Deployment b/db\n"), "{words:?}");
    }
    for (words, says) in [
        (["wep"].as_slice(), "called `wep` in the input (did you mean `web`?)"),
        (&["nothing-like-it"], "called `nothing-like-it` in the input"),
        (&["sts/db"], "called `sts/db` in the input (there is `Deployment b/db`)"),
        (&["db", "-n", "a"], "called `db` in the namespace `a` in the input (there is `Deployment b/db`)"),
        (&["--kind", "Foo"], "of the kind `Foo` in the input"),
        (&["-n", "c"], "in the namespace `c` in the input"),
    ] {
        assert_eq!(shown(words), (Some(2), String::new(), format!("error: there is no workload {says}\n")));
    }
    // What nobody asked for is named.
    let jobs = explained(
        &[Path::new("-"), Path::new("web")],
        &[],
        b"apiVersion: batch/v1\nkind: Job\nmetadata: {name: web}\n",
    );
    assert_eq!(
        String::from_utf8(jobs.stderr).unwrap(),
        "error: there is no workload called `web` in the input, apart from 1 workload of a kind that was not asked for: \
         1 Job (ask for them with `--kinds`)\n"
    );
    // Of standard input, too.
    let piped = explained(&[Path::new("db")], &[], text.as_bytes());
    assert!(String::from_utf8(piped.stdout).unwrap().starts_with("error") || piped.status.code() == Some(2));
    let piped = explained(&[Path::new("-"), Path::new("db")], &[], &fs::read(&file).unwrap());
    assert!(String::from_utf8(piped.stdout).unwrap().contains("Deployment b/db\n"));
}

/// The formula on the page is the one that the numbers come from.
#[test]
fn the_page_of_numbers_says_how_the_drain_is_worked_out() {
    let input = case::named("recipe/hook-longer-than-grace").input;
    let shown = String::from_utf8(explained(&[], &["--numbers"], &input).stdout).unwrap();
    let (_, behind) = shown.split_once("F = max(").unwrap();
    let (terms, _) = behind.split_once(" = ").unwrap();
    let mut formula = "`max(drain, ".to_owned();
    for word in terms.split_whitespace() {
        // `P 40 + A 5,` is `P + A,` on the page.
        let behind_number = word.trim_start_matches(|c: char| c.is_ascii_digit());
        if behind_number == word && !formula.ends_with([' ', '(']) {
            formula.push(' ');
        }
        formula.push_str(behind_number);
    }
    let page = fs::read_to_string("docs/numbers.md").unwrap();
    assert!(page.contains(&format!("{formula}`")), "{formula}");
}

/// The pictures of the page are the real ones; what follows them is left out.
#[test]
fn the_page_on_how_pods_die_shows_real_pictures() {
    let path = Path::new("docs/how-pods-die.md");
    let mut page = String::new();
    let text = fs::read_to_string(path).unwrap();
    let mut parts = text.split("```text\n$ istio-drain explain ");
    page.push_str(parts.next().unwrap());
    let mut count = 0;
    for part in parts {
        let (flags, behind) = part.split_once('\n').unwrap();
        let (_, behind) = behind.split_once("```\n").unwrap();
        let words: Vec<_> = flags.split(' ').collect();
        let shown = String::from_utf8(explained(&[], &words, b"").stdout).unwrap();
        let picture = shown.split("\n  what happens").next().unwrap().trim_end();
        page.push_str(&format!("```text\n$ istio-drain explain {flags}\n{picture}\n```\n{behind}"));
        count += 1;
    }
    assert_eq!(count, 6);
    if let Err(difference) = golden::check(path, Some(page.as_bytes())) {
        panic!("{difference}");
    }
}

/// The picture at the head of the README is what this command draws:
/// `istio-drain explain --sidecar classic --with-fix --format svg docs/how-pods-die/web.yaml`
#[test]
fn the_picture_of_the_readme_is_a_real_one() {
    let flags = ["--sidecar", "classic", "--with-fix", "--format", "svg", "docs/how-pods-die/web.yaml"];
    let drawn = explained(&[], &flags, b"");
    assert_eq!(drawn.status.code(), Some(0), "{}", String::from_utf8_lossy(&drawn.stderr));
    if let Err(difference) = golden::check(Path::new("docs/how-pods-die/web.svg"), Some(&drawn.stdout)) {
        panic!("{difference}");
    }
}

/// Every fixture, with colours and without: the lines fit, exit codes are two, and what is not asked for has no control
/// characters.
#[test]
fn every_fixture_is_explained() {
    for case in case::all() {
        let run = case.run_as("explain", &case.input, &["--threads", "1", "--numbers"]);
        let failed = case.run(&case.input, &["--threads", "1"]).exit == 2;
        assert_eq!(run.exit, if failed { 2 } else { 0 }, "{}", case.name);
        // That there was no input is said, too.
        let is_blank = case.input.trim_ascii().is_empty();
        assert_eq!(run.stderr.is_empty(), !failed && !is_blank, "{}: {}", case.name, run.stderr);
        let text = String::from_utf8(run.stdout).unwrap();
        let is_bad = |line: &&str| {
            let is_long = line.starts_with("  ") && !line.contains(" = help: ") && line.chars().count() > MOST_COLUMNS;
            // A single word may be longer.
            is_long && line.trim_start().contains(' ') && line.split(' ').all(|word| word.chars().count() < 60)
                || line.contains(char::is_control)
        };
        assert_eq!(text.lines().find(is_bad), None, "{}", case.name);
        let painted = case.run_as("explain", &case.input, &["--threads", "1", "--numbers", "--color", "always"]);
        let painted = String::from_utf8(painted.stdout).unwrap();
        let bare = ["\x1b[1m", "\x1b[36m", "\x1b[m"].iter().fold(painted, |text, code| text.replace(code, ""));
        assert_eq!(bare, text, "{}", case.name);
        let timelines = case.run_as("explain", &case.input, &["--threads", "1", "--width", "60", "--with-fix"]);
        assert_eq!(timelines.exit, if failed { 2 } else { 0 }, "{}", case.name);
        let text = String::from_utf8(timelines.stdout).unwrap();
        let is_bad = |line: &&str| {
            line.chars().count() > 60
                && !line.contains("[unmatched-rule]")
                && !line.starts_with("istio-drain: ")
                && !line.contains(" = help: ")
                || line.contains(char::is_control)
        };
        assert_eq!(text.lines().find(is_bad), None, "{}", case.name);
    }
}

#[test]
fn files_are_read_as_by_fix_and_never_written() {
    let folder = Folder::new();
    let mesh = fs::read_to_string("fixtures/recipe/hook-longer-than-grace/input.yaml").unwrap();
    let (a, b) = (folder.write("a.yaml", &mesh), folder.write("b/b.yml", "kind: Namespace\napiVersion: v1\n"));
    folder.write(".gitignore", "c.yaml\n");
    folder.write("c.yaml", "a: [\n");
    folder.write("d.yaml", "{apiVersion: batch/v1, kind: Job, metadata: {name: x}}\n");
    let output = explained(&[folder.path()], &["--color", "never", "--numbers"], b"");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("a.yaml:1:1: apps/v1 Deployment web\n"), "{text}");
    assert!(
        text.ends_with(
            "\nistio-drain: 1 workload of a kind that was not asked for: 1 Job (ask for them with `kinds`)\n"
        )
    );
    assert_eq!((fs::read_to_string(&a).unwrap(), fs::read_to_string(&b).unwrap().len()), (mesh, 31));

    folder.write("d.yaml", "kind: Deployment\na: [\n");
    let output = explained(&[folder.path()], &[], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: unclosed bracket"));
    assert_eq!(explained(&[Path::new("no/such/file")], &[], b"").status.code(), Some(2));
    assert_eq!(explained(&[], &["--policy", "no/such/file"], b"").status.code(), Some(2));
    let nothing = explained(&[Path::new("-")], &[], b"");
    assert_eq!(String::from_utf8(nothing.stdout).unwrap(), "istio-drain: there is no workload in the input\n");
}

#[test]
fn rules_for_nothing_and_the_rule_of_a_function_config_are_told() {
    let list = "\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
functionConfig:
  apiVersion: istio-drain.dev/v1alpha1
  kind: ShutdownPolicy
  spec: {workloads: [{name: a, drain: 9s}, {name: b, drain: 9s}]}
items:
- {apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {spec: {containers: [{name: a, image: a}]}}}}
";
    let output = explained(&[], &["--numbers"], list.as_bytes());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("  policy     workloads[0] (name: a) matches\n             drain by workloads[0]; all else"),
        "{text}"
    );
    assert!(text.contains("\nwarning[unmatched-rule]: workloads[1] (name: b) matches no workload\n"), "{text}");
    assert_eq!(output.status.code(), Some(0));
}
