//! What real clients send, as `ISTIO_DRAIN_RECORDINGS` names it, with a policy of ours in the place of their
//! functionConfig: what is edited, that nothing else is, and that nothing is left to do when the clients themselves
//! have written it. kpt and kubectl are those that `ISTIO_DRAIN_KPT` and `ISTIO_DRAIN_KUBECTL` name.

use std::path::Path;
use std::process::Command;

use istio_drain::inside::policy::PolicyFields;
use istio_drain::inside::report::Outcome;
use istio_drain::inside::transform::Transformed;

use super::corpus::check_files;
use super::support::folder::Folder;
use super::support::process::fed;
use super::universal::{Verdict, check, settings};
use super::{files, program};

const POLICY: &str = "functionConfig:
  apiVersion: istio-drain.dev/v1alpha1
  kind: ShutdownPolicy
  metadata: {name: policy}
  spec: {drain: 40s}
";

/// Each recording by name, and its text with our policy where it has any.
fn recordings() -> Vec<(String, String)> {
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path).unwrap();
        // It stands last in what every client sends.
        let text = match text.find("\nfunctionConfig:\n") {
            Some(at) => format!("{}{POLICY}", &text[..=at]),
            None if text.contains("kind: ResourceList\n") => format!("{text}{POLICY}"),
            None => text,
        };
        (path.file_name().unwrap().to_string_lossy().into_owned(), text)
    };
    files("ISTIO_DRAIN_RECORDINGS").iter().map(|path| read(path)).collect()
}

/// A stream has no policy of its own.
fn done(name: &str, text: &str) -> (Transformed, String) {
    let mut policy = PolicyFields::default();
    policy.set("drain", "40s").unwrap();
    match check(text, &settings(policy)) {
        Verdict::Done(done, output) => (done, output),
        Verdict::Refused(done) => panic!("{name}: {:?}", done.reports),
        Verdict::Failed(error) => panic!("{name}: {error}"),
    }
}

#[test]
fn the_workload_is_edited_and_nothing_else() {
    for (name, text) in recordings() {
        let (done, output) = done(&name, &text);
        assert_eq!(done.is_resource_list, text.contains("kind: ResourceList\n"), "{name}");
        if name.contains("generators") {
            assert_eq!((done.reports.len(), output.as_str()), (0, text.as_str()), "{name}");
            continue;
        }
        let [report] = done.reports.as_slice() else { panic!("{name}: {:?}", done.reports) };
        assert!(report.identity.kind == "Deployment" && report.identity.name.ends_with("web"), "{name}");
        assert_eq!(report.outcome, Outcome::Edited, "{name}");
        // The apps of the recordings have neither hook nor port: that is noted, and nothing else.
        let rules: Vec<_> = report.findings.iter().map(|located| located.finding.rule.id()).collect();
        assert_eq!(rules, ["no-endpoint-delay", "drain-beyond-apps"], "{name}");
        let changes: Vec<_> = report.changes.iter().map(ToString::to_string).collect();
        let [drain, hook, grace] = changes.as_slice() else { panic!("{name}: {changes:?}") };
        assert_eq!(
            (drain.as_str(), grace.as_str()),
            ("terminationDrainDuration 40s", "terminationGracePeriodSeconds 42")
        );
        assert!(hook.starts_with("preStop hook `pilot-agent request POST drain_listeners"), "{hook}");
        assert_origin(&name, report.origin.path.as_deref());
        // Every line of the input is there still, in order: all of it is new lines.
        let mut lines = output.lines();
        let lost = text.lines().find(|line| !lines.any(|kept| kept == *line));
        assert_eq!(lost, None, "{name}");
    }
}

/// Where the workload came from, as each host tells it.
fn assert_origin(name: &str, path: Option<&str>) {
    match name.split(['.', '-']).next() {
        Some("helm") => assert_eq!(path, Some("demo/templates/deployment.yaml"), "{name}"),
        Some("kpt") if !name.contains("stdin-plain") => {
            assert!(path.is_some_and(|path| path.ends_with("deploy.yaml")), "{name}: {path:?}");
        }
        _ => assert_eq!(path, None, "{name}"),
    }
}

#[test]
fn nothing_is_left_to_do_behind_kpt() {
    let (recordings, kpt) = (recordings(), program("ISTIO_DRAIN_KPT"));
    let mut tried = 0;
    // Without paths kpt has no files to write.
    for (name, text) in recordings.iter().filter(|(name, text)| name.starts_with("kpt") && text.contains("/path: ")) {
        let (_, output) = done(name, text);
        let folder = Folder::new();
        let package = folder.path().join("package");
        let sunk = fed(Command::new(&kpt).args(["fn", "sink"]).arg(&package), &output);
        assert!(sunk.status.success(), "{name}: {}", String::from_utf8_lossy(&sunk.stderr));
        let source = Command::new(&kpt).args(["fn", "source"]).arg(&package).output().unwrap();
        let again = format!("{}{POLICY}", String::from_utf8(source.stdout).unwrap());
        assert!(again.contains("terminationDrainDuration: 40s\n"), "{name}: {again}");
        assert_unchanged(name, &again);
        tried += 1;
    }
    assert!(tried > 10, "only {tried} recordings were tried");
}

#[test]
fn nothing_is_left_to_do_behind_the_kustomize_of_kubectl() {
    let (recordings, kubectl) = (recordings(), program("ISTIO_DRAIN_KUBECTL"));
    let mut tried = 0;
    for (name, text) in recordings.iter().filter(|(_, text)| !text.is_empty() && !text.contains("kind: ResourceList")) {
        let (_, output) = done(name, text);
        let folder = Folder::new();
        folder.write("all.yaml", &output);
        folder.write("kustomization.yaml", "resources: [all.yaml]\n");
        let built = Command::new(&kubectl).arg("kustomize").arg(folder.path()).output().unwrap();
        let again = String::from_utf8(built.stdout).unwrap();
        assert!(
            again.contains("terminationDrainDuration: 40s\n"),
            "{name}: {}",
            String::from_utf8_lossy(&built.stderr)
        );
        assert_unchanged(name, &again);
        tried += 1;
    }
    assert!(tried > 4, "only {tried} recordings were tried");
}

#[track_caller]
fn assert_unchanged(name: &str, text: &str) {
    let (done, output) = done(name, text);
    assert!(done.reports.iter().all(|report| report.outcome == Outcome::Unchanged), "{name}: {:?}", done.reports);
    // A list is told of the note again.
    let rest = output.strip_prefix(text).unwrap_or_else(|| panic!("{name} is edited again:\n{output}"));
    assert!(rest.is_empty() || done.is_resource_list && rest.starts_with("results:\n"), "{name}: {rest}");
}

#[test]
fn what_hosts_send_differs_by_the_plan() {
    check_files(&files("ISTIO_DRAIN_RECORDINGS"));
}
