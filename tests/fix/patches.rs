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
        "resources: [../../base]\npatchesStrategicMerge: [grace.yaml]\npatches:\n- path: patches/limits.yaml\n- path: notes.json\n  target: {kind: Deployment}\n",
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
    assert!(ran.stderr.contains("0 of 1 workload edited; 1 left alone: kustomize-patch"), "{}", ran.stderr);
}
