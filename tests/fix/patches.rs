//! Kustomize patches among the files: left alone, and said so.

use std::fs;

use super::{Folder, fix};

const BASE: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
      - name: shop
        image: shop:1
        lifecycle: {preStop: {exec: {command: [sleep, '50']}}}
";
const HEAD: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\n";

fn repository() -> Folder {
    let folder = Folder::new();
    folder.write("base/shop.yaml", BASE);
    folder.write("base/kustomization.yaml", "resources: [shop.yaml]\n");
    let limits = format!(
        "{HEAD}spec: {{template: {{spec: {{containers: [{{name: shop, resources: {{limits: {{memory: 1Gi}}}}}}]}}}}}}\n"
    );
    folder.write("overlays/live/patches/limits.yaml", &limits);
    folder.write(
        "overlays/live/grace.yaml",
        &format!("{HEAD}spec: {{template: {{spec: {{terminationGracePeriodSeconds: 15}}}}}}\n"),
    );
    folder.write(
        "overlays/live/notes.json",
        "[{\"op\": \"add\", \"path\": \"/spec/template/metadata/annotations\", \"value\": {}}]\n",
    );
    folder.write(
        "overlays/live/Kustomization",
        "resources: [../../base]\npatchesStrategicMerge: [grace.yaml]\npatches:\n- path: patches/limits.yaml\n- path: \
         notes.json\n  target: {kind: Deployment}\n",
    );
    folder
}

#[test]
fn patches_are_left_alone_and_what_undoes_their_base_is_said() {
    let folder = repository();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let (limits, grace) = (read("overlays/live/patches/limits.yaml"), read("overlays/live/grace.yaml"));
    let ran = fix(&folder, &["-v", "."]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(read("base/shop.yaml").contains("terminationDrainDuration"));
    assert_eq!((read("overlays/live/patches/limits.yaml"), read("overlays/live/grace.yaml")), (limits, grace));
    let told = |line: &str| assert!(ran.stderr.contains(line), "{}", ran.stderr);
    told("left alone, since it is a kustomize patch: overlays/live/Kustomization lists it");
    told("warning[patch-undoes-base]: this kustomize patch sets terminationGracePeriodSeconds");
    told("--> overlays/live/grace.yaml:4:26");
    told("warning[patch-undoes-base]: this kustomize patch sets all annotations of the pod template");
}

/// pre-commit names single files.
#[test]
fn a_patch_that_is_named_is_known_by_the_kustomization_above_it() {
    let folder = repository();
    let ran = fix(&folder, &["-v", "overlays/live/patches/limits.yaml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("overlays/live/Kustomization lists it"), "{}", ran.stderr);
    assert!(ran.stderr.contains("istio-drain: 1 left alone: kustomize-patch (edit its base"), "{}", ran.stderr);
}

/// Patches may stand in the kustomization itself, and one that can't be read may list any file.
#[test]
fn patches_in_a_kustomization_are_said_at_their_places() {
    let folder = repository();
    folder.write(
        "overlays/test/kustomization.yaml",
        "resources: [../../base]
patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: shop}
    spec:
      template:
        spec:
          terminationGracePeriodSeconds: 15
- target: {kind: Deployment}
  patch: |
    - op: replace
      path: /spec/replicas
      value: 3

    - op: remove
      path: /spec/template/spec/containers/0/lifecycle
patchesJson6902:
- target: {kind: Deployment, name: shop, version: v1}
  patch: '[{\"op\": \"remove\", \"path\": \"/spec/template/spec/containers/1\"}]'
patchesStrategicMerge:
- |
  apiVersion: apps/v1
  kind: Deployment
  metadata: {name: shop}
  spec: {template: {metadata: {annotations: {proxy.istio.io/config: 'concurrency: 2'}}}}
- |
  apiVersion: apps/v1
  kind: Deployment
  metadata: {name: shop}
  spec: {replicas: 2}
",
    );
    let before = fs::read(folder.path().join("overlays/test/kustomization.yaml")).unwrap();
    let ran = fix(&folder, &["-v", "base", "overlays/test/kustomization.yaml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let told = |what: &str, place: &str| {
        let at = ran.stderr.find(&format!("warning[patch-undoes-base]: this kustomize patch sets {what}"));
        let rest = at.and_then(|at| ran.stderr.get(at..)).unwrap_or_default();
        let line = rest.lines().nth(1).unwrap_or_default();
        assert!(line.contains(&format!("--> overlays/test/kustomization.yaml:{place} (")), "{what}: {}", ran.stderr);
    };
    told("terminationGracePeriodSeconds", "10:11");
    told("the hooks of a container", "18:7");
    told("a whole container", "21:10");
    told("proxy.istio.io/config", "27:46");
    assert!(ran.stderr.contains("left alone, since it is a kustomize patch: it is written inside a kustomization"));
    assert_eq!(fs::read(folder.path().join("overlays/test/kustomization.yaml")).unwrap(), before);

    // It says so, too, where it is not among the files of the run.
    folder.write("overlays/live/other.yaml", "apiVersion: v1\nkind: ConfigMap\n");
    folder.write("overlays/live/Kustomization", "patches: [\n");
    let ran = fix(&folder, &["-v", "overlays/live/other.yaml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let said = "warning[patch-undoes-base]: this kustomization can't be read, so its patches are not known: ";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(ran.stderr.contains("--> overlays/live/Kustomization:1:10"), "{}", ran.stderr);
    assert!(
        ran.stderr.ends_with("istio-drain: 1 warning\nistio-drain: 0 of 1 file changed, no workload in the input\n"),
        "{}",
        ran.stderr
    );
}
