//! The program as a process: what scripts and hosts see of it.

use std::io::{Read as _, Write as _};
use std::process::{Command, Output, Stdio};

/// What shells offer.
mod completions;
/// What to do next, and how much is said.
mod hints;

use super::support::folder::Folder;
use super::support::{self, process::fed};

const PLAIN: &str = include_str!("../fixtures/text/plain/input.yaml");
const EDITED: &str = include_str!("../fixtures/text/plain/expected.yaml");
const REFUSED: &str = include_str!("../fixtures/refused/alias-of-the-annotations/input.yaml");
const BROKEN: &str = include_str!("../fixtures/invalid/unclosed-bracket/input.yaml");
const WITH_WARNINGS: &str = include_str!("../fixtures/recipe/forty-forty-forty/input.yaml");
const CONFIG: &str = "fixtures/recipe/forty-forty-forty/config.yaml";

fn program(flags: &[&str]) -> Command {
    let mut command = support::process::program();
    command.args(flags);
    command
}

/// Runs the program over an input, which it need not read.
fn run(flags: &[&str], input: &str) -> Output {
    fed(&mut program(flags), input)
}

/// The exit code, standard output and standard error of a run.
#[track_caller]
fn check(flags: &[&str], input: &str, code: i32, stdout: &str, stderr: impl FnOnce(&str) -> bool) {
    let output = run(flags, input);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{flags:?}: {told}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), stdout, "{flags:?}");
    assert!(stderr(&told), "{flags:?}: {told}");
}

#[test]
fn exit_codes_go_with_what_is_written() {
    check(&[], PLAIN, 0, EDITED, |told| {
        told == "istio-drain: 1 of 1 workload edited; 1 on an unknown sidecar mode: on native they may linger 28s \
                 (say --sidecar); mesh settings not in the input; 1 without an app delay; 1 note; more with -v\n"
    });
    check(&[], EDITED, 0, EDITED, |told| {
        told == "istio-drain: 0 of 1 workload edited; 1 on an unknown sidecar mode: on native they may linger 28s \
                 (say --sidecar); 1 without an app delay; 1 note\n"
    });
    let service = "apiVersion: v1\nkind: Service\n";
    check(&[], service, 0, service, |told| told == "istio-drain: no workload in the input\n");
    check(&[], REFUSED, 1, "", |told| {
        told.starts_with("error[edit-in-alias]: ") && told.contains(" --> stdin:10:20 (")
    });
    check(&[], BROKEN, 2, "", |told| told.starts_with("error: ") && told.contains(" --> stdin:4:5\n"));
    check(&["--drain", "40"], PLAIN, 2, "", |told| told.starts_with("error: --drain: "));
    check(&["--policy", "fixtures/none.yaml"], PLAIN, 2, "", |told| {
        told.starts_with("error: can't read fixtures/none.yaml")
    });
}

#[test]
fn nothing_in_is_nothing_out() {
    let told = |told: &str| told == "istio-drain: input was empty: did the command before the pipe fail?\n";
    check(&[], "", 0, "", told);
    check(&["--strict"], "\n", 0, "\n", told);
    check(&["-v"], "", 0, "", told);
}

#[test]
fn one_line_is_told_unless_more_is_asked_for() {
    let output = run(&["--policy", CONFIG], WITH_WARNINGS);
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "istio-drain: 1 of 1 workload edited; 2 warnings (raise appShutdown or margin); 1 on an unknown sidecar mode: on native \
         they may linger 40s; mesh settings not in the input; 1 note; more with -v\n"
    );
    let all = run(&["--policy", CONFIG, "--verbose"], WITH_WARNINGS);
    assert_eq!((all.status.code(), &all.stdout), (Some(0), &output.stdout));
    let expected = "\
stdin:1:1: apps/v1 Deployment web: edited: terminationDrainDuration 40s, preStop hook `kill -SIGTERM 1` on \
istio-proxy, terminationGracePeriodSeconds 40
  injection: not visible here, assumed, since the object names no namespace and the policy no `defaultNamespace`, so whether its namespace asks for sidecars is not visible here [namespace-not-visible]
  mode: unknown, since neither the pod nor what is known of the mesh tells whether it is classic or native: `sidecar`, or target.istio and target.kubernetes, can say so [mode-not-visible]
warning[hook-kills-native-proxy]: the sidecar may be native: there the SIGTERM hook ends the proxy after 40s, even if the apps still run
 --> stdin:6:3 (apps/v1 Deployment web)
  |
6 |   template:
  |   ^
  = help: set sidecar: classic if the mesh injects classic sidecars, or use preStop: drain
  = note: true if the sidecar is native
info[drain-beyond-drain-duration]: from Istio 1.32 on (inferred) Envoy closes idle connections and WebSockets in the last third of drainDuration 45s, and the apps may need them for 40s
 --> stdin:7:5 (apps/v1 Deployment web)
  |
7 |     metadata:
  |     ^
  = help: set target.istio, or drainDuration in proxy.istio.io/config to 60s or more
  = note: true if the release of Istio has Envoy 1.40
warning[hook-eats-grace]: the preStop hook of container `web` takes 40s of the grace period of 40s: after SIGTERM the app has 2s and no proxy
  --> stdin:10:5 (apps/v1 Deployment web)
   |
10 |     spec:
   |     ^
   = help: raise appShutdown or margin
istio-drain: 2 warnings
istio-drain: 1 on an unknown sidecar mode: on native they may linger 40s (say --sidecar)
istio-drain: mesh settings not in the input (--mesh-drain)
istio-drain: 1 assumed injected (--namespaces)
istio-drain: 1 note
istio-drain: 1 of 1 workload edited
";
    assert_eq!(String::from_utf8_lossy(&all.stderr), expected);
}

#[test]
fn two_objects_that_run_together_are_told_how_to_be_parted() {
    let object = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: \
                  [{name: web, image: a}]}}}\n";
    check(&[], &object.repeat(2), 1, "", |told| {
        told.contains("error[duplicate-key]: ") && told.contains("or put a line with `---` between two objects\n")
    });
}

#[test]
fn the_file_that_a_workload_came_from_is_told() {
    let input = format!("---\n# Source: shop/templates/web.yaml\n{REFUSED}");
    check(&[], &input, 1, "", |told| {
        told.contains(" --> stdin:12:20 (apps/v1 Deployment web, shop/templates/web.yaml)\n")
    });
}

#[test]
fn kinds_that_were_not_asked_for_are_named() {
    let input = format!("apiVersion: batch/v1\nkind: Job\nmetadata: {{name: a}}\n---\n{EDITED}");
    check(&[], &input, 0, &input, |told| {
        told.lines().last().unwrap().starts_with(
            "istio-drain: 0 of 1 workload edited; 1 Job not asked for (--kinds); 1 on an unknown sidecar mode",
        )
    });
    check(&["-v"], &input, 0, &input, |told| {
        told.contains("\nistio-drain: 1 Job not asked for (--kinds)\nistio-drain: 1 on an unknown sidecar mode")
            && told.ends_with("\nistio-drain: 0 of 1 workload edited\n")
    });
    check(&["-v", "--kinds", "Deployment,Job"], EDITED, 0, EDITED, |told| !told.contains("not asked for"));
}

#[test]
fn a_check_fails_on_kinds_that_were_not_asked_for_where_it_is_to() {
    let job = format!("apiVersion: batch/v1\nkind: Job\nmetadata: {{name: a}}\n---\n{EDITED}");
    check(&["--check"], &job, 0, &job, |told| told.contains("; 1 Job not asked for (--kinds); "));
    check(&["--check", "--fail-on-unasked"], &job, 1, "", |told| {
        told.starts_with(
            "error: 1 Job not asked for (--kinds)\nistio-drain: 0 of 1 workload edited; 1 Job not asked for",
        )
    });
    check(&["--check", "--fail-on-unasked"], EDITED, 0, EDITED, |told| !told.contains("error"));
    check(&["--fail-on-unasked"], &job, 2, "", |told| told.contains("--check"));
    let folder = Folder::new();
    folder.write("a.yaml", &job);
    let fix = |flags: &[&str]| program(flags).current_dir(folder.path()).output().unwrap();
    assert_eq!(fix(&["fix", "--check", "."]).status.code(), Some(0));
    let failed = fix(&["fix", "--check", "--fail-on-unasked", "."]);
    assert_eq!((failed.status.code(), failed.stdout.len()), (Some(1), 0));
    assert!(String::from_utf8(failed.stderr).unwrap().starts_with("error: 1 Job not asked for (--kinds)\n"));
}

/// A workload that is edited for the sake of one that refers to it was not passed over.
#[test]
fn a_workload_that_another_one_refers_to_is_not_among_those_that_nobody_asked_for() {
    let input = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {{name: web}}\nspec:\n  \
         workloadRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}\n---\n{EDITED}"
    );
    check(&["-v", "--kinds", "Rollout.argoproj.io"], &input, 0, &input, |told| !told.contains("not asked for"));
    check(&["-v", "--kinds", "StatefulSet"], &input, 0, &input, |told| {
        told.ends_with(
            "istio-drain: 1 Deployment, 1 Rollout not asked for (--kinds)\nistio-drain: no workload in the input\n",
        )
    });
}

#[test]
fn an_unknown_sidecar_mode_is_named_with_what_it_costs() {
    let note = |told: &str| told.lines().last().unwrap().contains("on an unknown sidecar mode");
    let both = format!("{EDITED}---\n{EDITED}");
    check(&[], &both, 0, &both, |told| {
        told.contains("; 2 on an unknown sidecar mode: on native they may linger 28s (say --sidecar); ")
    });
    check(&["--sidecar", "classic"], &both, 0, &both, |told| !note(told));
    // Where no hook is left, the pods stay no longer for it.
    for flags in [["-v", "--remove"], ["-v", "--pre-stop=none"]] {
        let told = String::from_utf8(run(&flags, &both).stderr).unwrap();
        assert!(told.contains("edited: ") && !note(&told), "{flags:?}: {told}");
    }
}

#[test]
fn what_is_not_a_manifest_does_not_look_like_success() {
    let wrong = |input: &str, what: &str| {
        check(&[], input, 2, "", |told| told.contains(what) && told.contains(" --> stdin:"));
    };
    for input in
        ["Error: chart not found\n", "<html></html>\n", "replicas: 2\n", "---\n---\na\n", "- a\n", "kind: Deployment\n"]
    {
        wrong(input, "nothing in the input is a Kubernetes object");
    }
    wrong("{{ if .Values.on }}\na: 1\n{{ end }}\n", "this is a template that was not rendered");
    wrong(&PLAIN.replace("nginx:1.27", "{{ .Values.image }}"), "this is a template that was not rendered");
    for empty in ["# a chart without resources\n", "---\n{}\n---\n", "[]\n", "apiVersion: v1\nkind: List\nitems: []\n"]
    {
        check(&[], empty, 0, empty, |told| told == "istio-drain: no workload in the input\n");
    }
}

#[test]
fn a_policy_that_no_run_goes_by_is_named() {
    let policy = "apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\nspec: {drain: 90s}\n---\n";
    let input = format!("{policy}{EDITED}");
    check(&[], &input, 0, &input, |told| told.contains("; 1 ShutdownPolicy not used (--policy)"));
}

#[test]
fn the_last_line_is_short_and_names_the_largest_risk_first() {
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\n---\n";
    let kinds = ["DaemonSet", "ReplicaSet"]
        .map(|kind| format!("apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: a}}\n---\n"));
    let output = run(&["--policy", CONFIG], &format!("{job}{}{WITH_WARNINGS}", kinds.concat()));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told.lines().count(), 1);
    assert!(told.trim_end().chars().count() <= 200, "{told}");
    assert!(told.starts_with(
        "istio-drain: 1 of 1 workload edited; 1 DaemonSet, 1 Job, 1 ReplicaSet not asked for (--kinds); 2 warnings; "
    ));
    assert!(told.ends_with("; more with -v\n"), "{told}");
}

#[test]
fn help_and_version_go_to_stdout() {
    let help = run(&["--help"], "");
    assert_eq!((help.status.code(), help.stderr.len()), (Some(0), 0));
    let text = String::from_utf8(help.stdout).unwrap();
    for part in
        ["Usage: istio-drain [OPTIONS]", "Examples:", "Exit codes:", "--policy <FILE>", "--app-shutdown <DURATION>"]
    {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let version = concat!("istio-drain ", env!("CARGO_PKG_VERSION"), " (", env!("ISTIO_DRAIN_BUILD"), ")\n");
    check(&["--version"], "", 0, version, str::is_empty);
    check(&["-V"], "", 0, version, str::is_empty);
}

#[test]
fn wrong_usage_is_told_and_nothing_is_written() {
    let says = |what: &'static str| move |told: &str| told.starts_with("error: ") && told.contains(what);
    check(&["--drian", "40s"], PLAIN, 2, "", says("'--drain"));
    check(&["check", "--selects", "a"], PLAIN, 2, "", says("tip: a similar argument exists: '--select'"));
    for (flag, tip) in
        [("--nope", ""), ("--statistics", ""), ("--dry-run", "\nDid you mean `istio-drain fix --diff`?\n")]
    {
        check(&["check", flag], PLAIN, 2, "", |told| {
            told.starts_with(&format!("error: unexpected argument '{flag}' found\n"))
                && told.ends_with(tip)
                && !told.contains("similar")
        });
    }
    check(&["deploy.yaml"], PLAIN, 2, "", says("istio-drain < deploy.yaml "));
    check(&["deploy"], PLAIN, 2, "", says("unrecognized subcommand 'deploy'"));
    check(&["--drain", "40s", "man"], PLAIN, 2, "", says("unexpected argument '--drain"));
    check(&["--threads", "0"], PLAIN, 2, "", says("'--threads <NUMBER>'"));
    check(&["--pre-stop", "sigtrem"], PLAIN, 2, "", says("did you mean `sigterm`?"));
    check(&["--kinds", "Deployment,Pods"], PLAIN, 2, "", says("did you mean `Pod`?"));
    check(&["--policy", "Cargo.toml"], PLAIN, 2, "", says(" --> Cargo.toml:"));
    check(&["--policy", "-"], PLAIN, 2, "", says("--policy: `-` is not a file"));
}

/// zsh and fish, which not every machine has, are tried in `tests/outside`.
#[test]
fn bash_offers_commands_and_values() {
    completions::check("bash", "bash".as_ref());
}

#[test]
fn completions_and_manual_pages_come_from_the_flags() {
    let text = |flags: &[&str]| {
        let output = run(flags, "");
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{flags:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(text(&["completions", shell]).contains("app-shutdown"), "{shell}");
    }
    assert!(text(&["man"]).contains("\n\\fB\\-\\-app\\-shutdown\\fR "));
    assert!(
        text(&["man", "completions"])
            .starts_with(".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n.TH istio-drain-completions 1 ")
    );
    check(&["man", "sand"], "", 2, "", |told| told.contains("there is no command `sand`"));
    check(&["completions", "cmd"], "", 2, "", |told| told.contains("[possible values: bash, "));
}

#[test]
fn kubectl_finds_its_plugin_under_the_name_that_it_wants() {
    let folder = Folder::new();
    let plugin = folder.path().join("kubectl-istio_drain");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_istio-drain"), &plugin).unwrap();
    let output = fed(Command::new(plugin).arg("--help"), "");
    assert!(String::from_utf8(output.stdout).unwrap().contains("Usage: kubectl istio-drain [OPTIONS]\n"));
}

#[test]
fn flags_win_over_the_policy_file() {
    let text = |flags: &[&str]| String::from_utf8(run(flags, WITH_WARNINGS).stdout).unwrap();
    let file = text(&["--policy", CONFIG]);
    assert_eq!(file, include_str!("../fixtures/recipe/forty-forty-forty/expected.yaml"));
    let both = text(&["--policy", CONFIG, "--drain", "90s", "--pre-stop", "drain"]);
    assert!(both.contains("terminationDrainDuration: 90s\n") && both.contains("skip_exit"), "{both}");
    assert!(both.contains("terminationGracePeriodSeconds: 90\n"), "the margin of the file holds: {both}");
    let flags = text(&["--drain=40s", "--app-shutdown=0s", "--margin=0s", "--pre-stop=sigterm"]);
    assert_eq!(flags, file);
}

#[test]
fn documents_that_can_not_matter_are_read_on_demand_only() {
    let odd = format!("kind: ConfigMap\ndata: [\n---\n{PLAIN}");
    check(&[], &odd, 0, &format!("kind: ConfigMap\ndata: [\n---\n{EDITED}"), |told| told.lines().count() == 1);
    check(&["--strict"], &odd, 2, "", |told| told.starts_with("error: ") && told.contains(" --> stdin:2:7\n"));
    let indented: String = PLAIN.lines().map(|line| format!("  {line}\n")).collect();
    let items = format!("items:\n- kind: Role\n  data:\n      a: b\n    c: d\n-{}", &indented[1..]);
    for head in ["apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n", "apiVersion: v1\nkind: List\n"] {
        let list = format!("{head}{items}");
        let done = run(&[], &list);
        let text = String::from_utf8(done.stdout).unwrap();
        let is_done = text.contains("terminationDrainDuration") && text.contains("\n    c: d\n");
        assert!(done.status.success() && is_done, "{text}");
        check(&["--strict"], &list, 2, "", |told| told.starts_with("error: ") && told.contains(" --> stdin:7:"));
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    // More than any pipe holds.
    let input = format!("{PLAIN}---\n").repeat(800);
    let pipes =
        |command: &mut Command| command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = pipes(&mut program(&[])).unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let mut head = [0; 10];
    stdout.read_exact(&mut head).unwrap();
    drop(stdout);
    writer.join().unwrap().expect("all of the input is read before anything is written");
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    assert_eq!(head, PLAIN.as_bytes()[..10]);
}

#[test]
fn a_terminal_as_input_is_a_mistake() {
    use istio_drain::inside::cli::{Streams, main};
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let streams = Streams {
        input: &b""[..],
        input_is_terminal: true,
        output: &mut output,
        output_is_terminal: false,
        errors: &mut errors,
        errors_are_terminal: false,
        errors_are_colored: false,
    };
    assert_eq!(main(["istio-drain".into()], streams), 2.into());
    assert_eq!(output.len(), 0);
    assert!(String::from_utf8(errors).unwrap().starts_with("Usage: istio-drain [OPTIONS]\n"));
}

/// The first thing that many people run. It says all on one screen.
#[test]
fn the_demo_fits_a_screen() {
    let shown = fed(&mut program(&["demo"]), "");
    assert_eq!((shown.status.code(), shown.stderr.len()), (Some(0), 0));
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.lines().count() <= 30, "{shown}");
    assert!(std::fs::read_to_string("docs/README.md").unwrap().contains(&shown), "the page with the demo shows it");
    for width in ["60", "80", "200"] {
        let text = String::from_utf8(fed(&mut program(&["demo", "--width", width]), "").stdout).unwrap();
        let wide: Vec<_> = text.lines().filter(|line| line.chars().count() > width.parse().unwrap()).collect();
        assert!(wide.is_empty(), "{wide:#?}");
    }
    // What it says of the shop is what the commands say of its manifests.
    let shop = fed(&mut program(&["demo", "--manifests"]), "").stdout;
    let checked = fed(&mut program(&["check", "--sidecar", "classic", "--format", "json"]), &shop);
    let report: serde_json::Value = serde_json::from_slice(&checked.stdout).unwrap();
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 3);
    for found in findings {
        assert!(flat(&shown).contains(found["message"].as_str().unwrap()), "{found}\n{shown}");
    }
}

#[test]
fn messages_and_help_are_painted_where_that_is_asked_for() {
    let painted = |flags: &[&str], input: &str| {
        let output = run(&[flags, &["--color", "always"]].concat(), input);
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    assert!(painted(&["-h"], "").0.contains("\x1b[1m\x1b[32mUsage:"));
    assert!(painted(&["--nope"], "").1.starts_with("\x1b[31merror\x1b[m: "));
    assert!(painted(&[], REFUSED).1.starts_with("\x1b[31merror[edit-in-alias]\x1b[m: "));
    let plain = run(&["-h"], "");
    assert!(!String::from_utf8(plain.stdout).unwrap().contains('\x1b'));
}

/// On a screen of 100 columns and 42 lines.
#[test]
fn short_help_fits_a_screen_and_ends_with_examples() {
    let all = istio_drain::inside::cli::command();
    let commands = all.get_subcommands().map(|command| command.get_name()).chain([""]);
    for name in commands {
        let words: Vec<_> = [name, "-h"].into_iter().filter(|word| !word.is_empty()).collect();
        let shown = String::from_utf8(run(&words, "").stdout).unwrap();
        assert!(shown.lines().count() <= 42, "{name}: {}\n{shown}", shown.lines().count());
        let (_, end) = shown.split_once("\nExample").unwrap_or_else(|| panic!("{name}: no example\n{shown}"));
        assert!(end.contains("istio-drain"), "{name}: {end}");
    }
}

#[test]
fn the_version_has_commit_and_target() {
    let shown = String::from_utf8(run(&["--version"], "").stdout).unwrap();
    let (version, build) = shown.trim_end().split_once(" (").unwrap();
    assert_eq!(version, concat!("istio-drain ", env!("CARGO_PKG_VERSION")));
    let parts: Vec<_> = build.trim_end_matches(')').split(", ").collect();
    assert!(parts.last().unwrap().split('-').count() >= 3, "{shown}");
    if let [commit, _] = parts.as_slice() {
        assert!(commit.len() >= 7 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{shown}");
    }
}
