//! Repositories of bases and overlays: what the kubectl that `ISTIO_DRAIN_KUBECTL` names builds before and behind
//! `fix`.
//!
//! `ISTIO_DRAIN_REPOSITORIES` may name a folder of more of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

use super::support::folder::Folder;
use super::support::process::program as istio_drain;
use super::universal::documents;
use super::{collect, program};

/// The names of kustomizations.
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What decides on the shutdown of a pod: its grace period, the drain duration of its proxy, and whether that has a
/// hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shutdown {
    grace: i64,
    drain: u64,
    has_hook: bool,
}

impl Shutdown {
    fn of(workload: &Json) -> Self {
        let pod = &workload["spec"]["template"];
        let config = pod["metadata"]["annotations"]["proxy.istio.io/config"].as_str().unwrap_or_default();
        let drain = config.lines().find_map(|line| line.strip_prefix("terminationDrainDuration: ")?.strip_suffix('s'));
        let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
        Self {
            grace: pod["spec"]["terminationGracePeriodSeconds"].as_i64().unwrap_or(30),
            drain: drain.map_or(5, |seconds| seconds.parse().unwrap()),
            has_hook: containers
                .filter(|it| it["name"] == "istio-proxy")
                .any(|it| it["lifecycle"]["preStop"].is_object()),
        }
    }

    fn is_no_smaller(self, before: Self) -> bool {
        self.grace >= before.grace && self.drain >= before.drain && self.has_hook >= before.has_hook
    }
}

/// The workloads that an overlay comes to, by kind and name.
fn built(overlay: &Path) -> BTreeMap<String, Shutdown> {
    let done = Command::new(program("ISTIO_DRAIN_KUBECTL")).arg("kustomize").arg(overlay).output().unwrap();
    assert!(done.status.success(), "{}: {}", overlay.display(), String::from_utf8_lossy(&done.stderr));
    let objects = documents(&String::from_utf8(done.stdout).unwrap()).unwrap().into_iter();
    let objects = objects.map(|object| serde_json::to_value(object).unwrap());
    let workloads = objects.filter(|object| object["spec"]["template"].is_object());
    workloads
        .map(|object| (format!("{} {}", object["kind"], object["metadata"]["name"]), Shutdown::of(&object)))
        .collect()
}

/// The folders of a repository that kustomize builds by themselves.
fn overlays(repository: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(repository, &mut files);
    let is_whole = |path: &PathBuf| {
        let is_named = KUSTOMIZATIONS.iter().any(|name| path.ends_with(name));
        is_named && !fs::read_to_string(path).unwrap().contains("kind: Component")
    };
    files.into_iter().filter(is_whole).map(|path| path.parent().unwrap().to_owned()).collect()
}

/// Edits a copy, and holds what is built then against what was built before. Gives both back, by overlay.
fn check(repository: &Path) -> BTreeMap<String, [BTreeMap<String, Shutdown>; 2]> {
    let folder = Folder::new();
    let mut files = Vec::new();
    collect(repository, &mut files);
    for path in &files {
        let name = path.strip_prefix(repository).unwrap().to_str().unwrap();
        folder.write(name, &fs::read_to_string(path).unwrap());
    }
    let overlays = overlays(folder.path());
    assert!(!overlays.is_empty(), "{} has no overlay", repository.display());
    let before: Vec<_> = overlays.iter().map(|overlay| built(overlay)).collect();
    let fixed = istio_drain().args(["fix", "."]).current_dir(folder.path()).output().unwrap();
    assert!(fixed.status.success(), "{}", String::from_utf8_lossy(&fixed.stderr));
    let pairs = overlays.into_iter().zip(before).map(|(overlay, before)| {
        let after = built(&overlay);
        let name = overlay.strip_prefix(folder.path()).unwrap().display().to_string();
        assert!(before.keys().eq(after.keys()), "{name}");
        for (workload, shutdown) in &after {
            assert!(
                shutdown.is_no_smaller(before[workload]),
                "{name}, {workload}: {:?}, {shutdown:?}",
                before[workload]
            );
        }
        (name, [before, after])
    });
    pairs.collect()
}

#[test]
fn no_overlay_that_kubectl_builds_gets_smaller_numbers() {
    let built = check(Path::new("tests/outside/repository"));
    let check = |overlay: &str, workload: &str, grace: i64, drain: u64, has_hook: bool| {
        let expected = Shutdown { grace, drain, has_hook };
        assert_eq!(built[overlay][1][workload], expected, "{overlay}, {workload}");
    };
    check("base", "\"Deployment\" \"parcels\"", 120, 90, true);
    check("base", "\"StatefulSet\" \"stock\"", 30, 28, true);
    check("overlays/live", "\"Deployment\" \"parcels\"", 120, 90, true);
    check("overlays/live", "\"StatefulSet\" \"stock\"", 45, 28, true);
    check("overlays/edge", "\"Deployment\" \"parcels\"", 120, 90, true);
    // What patches undo is said, and is not a smaller than it was.
    check("overlays/test", "\"Deployment\" \"test-parcels\"", 20, 90, true);
    check("overlays/test", "\"StatefulSet\" \"test-stock\"", 30, 5, true);
}

#[test]
fn no_repository_that_is_named_gets_smaller_numbers_from_kubectl() {
    let Some(folder) = std::env::var_os("ISTIO_DRAIN_REPOSITORIES") else { return };
    for entry in fs::read_dir(folder).unwrap() {
        check(&entry.unwrap().path());
    }
}
