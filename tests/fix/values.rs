//! Values files of Istio's charts, which are no objects: the command line names them.

use super::*;

fn folder(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new();
    files.iter().for_each(|(name, text)| drop(folder.write(name, text)));
    folder
}

const ISTIOD: &str = "# values of istiod\npilot: {replicaCount: 2} # two\n";
const GATEWAY: &str = "service: {type: LoadBalancer} # for all\nenv: {TERMINATION_DRAIN_DURATION_SECONDS: \"300\"}\n";
const BASE: &str = "defaultRevision: default\n";

#[test]
fn the_drain_goes_into_values_and_comes_out_again() {
    let folder = folder(&[("istiod.yaml", ISTIOD), ("edge.yaml", GATEWAY), ("base.yaml", BASE)]);
    let all = ["--values", "istiod.yaml", "--values", "edge.yaml", "--values", "base.yaml"];
    let run = |first: &[&str]| fix(&folder, &[first, &all].concat());
    let first = run(&["--drain", "60s"]);
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    assert!(first.stderr.contains("2 of 3 files changed"), "{}", first.stderr);
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let mesh = "meshConfig:\n  defaultConfig:\n    terminationDrainDuration: 60s\n    drainDuration: 90s\n";
    assert_eq!(text("istiod.yaml"), format!("{ISTIOD}{mesh}"));
    let annotation =
        "podAnnotations:\n  proxy.istio.io/config: |\n    terminationDrainDuration: 60s\n    drainDuration: 60s\n";
    assert_eq!(text("edge.yaml"), format!("{GATEWAY}{annotation}terminationGracePeriodSeconds: 62\n"));
    assert_eq!(text("base.yaml"), BASE);
    assert!(run(&["--drain", "60s"]).stderr.contains("0 of 3 files changed"));
    assert_eq!(run(&["--remove"]).code, Some(0));
    // A raised grace period may be the user's own.
    assert_eq!(text("istiod.yaml"), ISTIOD);
    assert_eq!(text("edge.yaml"), format!("{GATEWAY}terminationGracePeriodSeconds: 62\n"));
}

#[test]
fn a_file_that_nobody_names_is_no_values_file() {
    let folder = folder(&[("istiod.yaml", ISTIOD), ("odd.yaml", "colour: red\n")]);
    assert_eq!(fix(&folder, &["--drain", "60s", "--write-mesh", "."]).code, Some(0));
    assert_eq!(fs::read_to_string(folder.path().join("istiod.yaml")).unwrap(), ISTIOD);
    let odd = fix(&folder, &["--drain", "60s", "--values", "odd.yaml"]);
    assert_eq!(odd.code, Some(1), "{}", odd.stderr);
    assert!(odd.stderr.contains("no key of these values shows"), "{}", odd.stderr);
}

#[test]
fn workloads_beside_values_are_planned_for_what_is_written() {
    let app = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: basket}\nspec:\n  template:\n    metadata:\n      \
               labels: {sidecar.istio.io/inject: \"true\"}\n    spec:\n      terminationGracePeriodSeconds: 62\n      \
               containers:\n      - name: app\n        image: basket:1\n        \
               lifecycle: {preStop: {exec: {command: [sleep, \"20\"]}}}\n";
    for values in [ISTIOD, "istiod:\n  pilot: {}\n"] {
        let folder = folder(&[("istiod.yaml", values), ("app.yaml", app)]);
        let run = fix(&folder, &["--drain", "60s", "--sidecar", "classic", "--values", "istiod.yaml", "app.yaml"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(fs::read_to_string(folder.path().join("app.yaml")).unwrap(), app);
    }
}
