//! `init`: what it learns of dumps, and how it brings a file up to date.

use std::fs;
use std::path::Path;
use std::process::Output;

use super::support::folder::Folder;
use super::support::golden;
use super::support::process::{fed, program};

const MESH: &str = include_str!("init/mesh.yaml");
const CLUSTER: &str = include_str!("init/cluster.yaml");
const LIMITS: &str = include_str!("init/limits.yaml");
const CANARY: &str = include_str!("init/canary.yaml");

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      containers:
      - {name: app, image: web, ports: [{containerPort: 80}]}
";

fn init(folder: &Folder, flags: &[&str], input: &str) -> Output {
    fed(program().arg("init").args(flags).current_dir(folder.path()), input)
}

#[track_caller]
fn output(output: &Output, code: i32) -> String {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{told}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A folder with the three dumps of one cluster.
fn dumps() -> Folder {
    let folder = Folder::new();
    for (name, text) in [("mesh.yaml", MESH), ("cluster.yaml", CLUSTER), ("limits.yaml", LIMITS)] {
        folder.write(name, text);
    }
    folder
}

const ALL: [&str; 3] = ["mesh.yaml", "cluster.yaml", "limits.yaml"];

/// What a failed command printed is no dump without rights, in which all is unknown.
#[test]
fn what_is_no_dump_is_refused() {
    let folder = dumps();
    folder.write("page.yaml", "<html>\n");
    for (flags, input) in [
        (&[][..], "a: [\n"),
        (&[], "Error from server (Forbidden)\n"),
        (&["--write"], "replicas: 2\n"),
        (&["mesh.yaml", "page.yaml"], ""),
    ] {
        let ran = init(&folder, flags, input);
        assert_eq!((output(&ran, 2).as_str(), ran.stderr.starts_with(b"error: ")), ("", true), "{input}");
        assert!(!folder.path().join(".istio-drain.yaml").exists());
    }
    // Without the rights, a dump is empty.
    let empty = init(&folder, &[], "apiVersion: v1\nkind: List\nitems: []\n");
    assert!(output(&empty, 0).contains("# target.istio: not known"));
}

#[test]
fn what_it_learns_of_dumps() {
    let folder = dumps();
    folder.write("canary.yaml", CANARY);
    let cases = [("all", ALL.as_slice()), ("mesh-only", &["mesh.yaml"]), ("canary", &["canary.yaml"])];
    let failures = cases.iter().filter_map(|(name, files)| {
        let page = output(&init(&folder, files, ""), 0);
        golden::check(&Path::new("tests/init").join(format!("{name}.expected.yaml")), Some(page.as_bytes())).err()
    });
    assert_eq!(failures.collect::<Vec<_>>(), [""; 0]);
    let piped = output(&init(&folder, &[], &[MESH, "---\n", CLUSTER, "---\n", LIMITS].concat()), 0);
    assert_eq!(piped, output(&init(&folder, &ALL, ""), 0), "a pipe and files are the same");
    // Several commands before one pipe put nothing between their outputs.
    let glued = output(&init(&folder, &[], &[MESH, CLUSTER, LIMITS].concat()), 0);
    assert_eq!(glued, piped);
}

#[test]
fn no_secret_is_taken_along() {
    let folder = Folder::new();
    for (dump, secret) in [(MESH, "do-not-tell"), (CANARY, "bm90LXRoaXM=")] {
        assert!(dump.contains(secret) && !output(&init(&folder, &[], dump), 0).contains(secret));
    }
    let hook = MESH.replace(
        r#""lifecycle": {}"#,
        r#""lifecycle": {"preStop": {"exec": {"command": ["curl", "-H", "Authorization: Bearer x1y2"]}}}"#,
    );
    let page = output(&init(&folder, &[], &hook), 0);
    assert!(!page.contains("x1y2") && page.contains("# lifecycle: not known; ConfigMap "), "{page}");
}

#[test]
fn the_page_is_a_policy_and_no_flag_is_needed_then() {
    let folder = dumps();
    folder.write("policy.yaml", &output(&init(&folder, &ALL, ""), 0));
    let done = fed(program().args(["--policy", "policy.yaml"]).current_dir(folder.path()), WEB);
    let edited = output(&done, 0);
    assert!(!edited.contains("istio-proxy"), "sidecars are native: {edited}");
    assert_eq!(String::from_utf8(done.stderr).unwrap(), "istio-drain: 1 of 1 workload edited\n");
    // A pod of a revision uses what holds for that revision.
    folder.write("canary.yaml", CANARY);
    folder.write("policy.yaml", &output(&init(&folder, &["canary.yaml"], ""), 0));
    let shown = |namespace: &str| {
        let web = WEB.replace("namespace: shop", namespace);
        output(
            &fed(program().args(["explain", "--numbers", "--policy", "policy.yaml"]).current_dir(folder.path()), web),
            0,
        )
    };
    let drain = |seconds: &str| format!("terminationDrainDuration (D0)       {seconds}    by the policy's `mesh`");
    assert!(shown("namespace: shop").contains(&drain("60s")), "{}", shown("namespace: shop"));
    let by_tag = "namespace: shop-2, labels: {}";
    let declared = fs::read_to_string(folder.path().join("policy.yaml")).unwrap();
    folder.write("policy.yaml", &declared.replace("    shop: ", "    shop-2: {istio-injection: enabled}\n    shop: "));
    assert!(shown(by_tag).contains(&drain("20s")), "{}", shown(by_tag));
}

#[test]
fn its_own_lines_are_brought_up_to_date_and_others_stay() {
    let folder = dumps();
    let write = [&ALL[..], &["--write"]].concat();
    output(&init(&folder, &write, ""), 0);
    let path = folder.path().join(".istio-drain.yaml");
    let check = |code: i32| output(&init(&folder, &[&ALL[..], &["--check"]].concat(), ""), code);
    check(0);
    let text = fs::read_to_string(&path).unwrap();
    let own = text
        .replace("spec:\n", "spec:\n  drain: 40s # ours\n")
        .replace("drainDuration: 45s # Istio", "drainDuration: 99s # Istio")
        .replace("    shop: {", "    extra: {istio-injection: enabled} # by hand\n    shop: {");
    fs::write(&path, &own).unwrap();
    check(0);
    let newer = MESH.replace("terminationDrainDuration: 25s", "terminationDrainDuration: 33s");
    folder.write("mesh.yaml", &newer.replace("drainDuration: 45s", "drainDuration: 50s"));
    check(1);
    assert_eq!(fs::read_to_string(&path).unwrap(), own, "--check writes nothing");
    output(&init(&folder, &write, ""), 0);
    let written = fs::read_to_string(&path).unwrap();
    let without_checksums =
        |text: &str| text.lines().filter(|line| !line.starts_with("# init wrote:")).collect::<Vec<_>>().join("\n");
    assert_eq!(without_checksums(&written), without_checksums(&own).replace("Duration: 25s", "Duration: 33s"));
    check(0);
    // What the input can't show now stays as it was learned.
    output(&init(&folder, &["mesh.yaml", "--write"], ""), 0);
    let partly = fs::read_to_string(&path).unwrap();
    assert!(partly.contains("kubernetes: \"1.33\"") && partly.contains("payments: {linkerd"), "{partly}");
}

#[test]
fn a_policy_of_ones_own_is_kept() {
    let folder = dumps();
    let own = "# ours\napiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\nspec:\n    drain: 40s\n    mesh: \
               {drainDuration: 50s}\n    target:\n        istio: \"1.27\" # pinned\n    workloads:\n    - {name: x, \
               skip: true}\n# end\n";
    let path = folder.write("own.yaml", own);
    output(&init(&folder, &["mesh.yaml", "cluster.yaml", "--write", "own.yaml"], ""), 0);
    let written = fs::read_to_string(&path).unwrap();
    let mut lines = written.lines();
    assert!(own.lines().all(|line| lines.any(|other| other == line)), "{written}");
    assert!(
        written.contains("        kubernetes: \"1.33\"") && written.contains("    mesh.terminationDrainDuration: 25s")
    );
    assert!(!written.contains("drainDuration: 45s") && !written.contains("istio: \"1.28\""), "{written}");
    output(&fed(program().args(["--policy", "own.yaml"]).current_dir(folder.path()), WEB), 0);
}

#[test]
fn what_is_no_policy_is_never_replaced() {
    let folder = dumps();
    for text in [WEB, "spec: [\n", "{apiVersion: istio-drain.dev/v1alpha1, kind: ShutdownPolicy, spec: {drain: 1s}}\n"]
    {
        let path = folder.write("other.yaml", text);
        output(&init(&folder, &["mesh.yaml", "--write", "other.yaml"], ""), 2);
        assert_eq!(fs::read_to_string(path).unwrap(), text);
    }
    output(&init(&folder, &["--write"], ""), 2);
    output(&init(&folder, &["--write"], WEB), 2);
    assert!(!folder.path().join(".istio-drain.yaml").exists());
}

#[test]
fn what_a_dump_says_can_not_add_lines() {
    let name = "shop\\n  drain: 99s\\n\\u202e";
    let hostile = CLUSTER
        .replace("name: shop\n", &format!("name: \"{name}\"\n"))
        .replace("{name: pool-b-1}", "{name: \"a\\nb\"}");
    let limits = LIMITS.replace("name: small", &format!("name: \"{name}\""));
    let page = output(&init(&Folder::new(), &[], &format!("{hostile}---\n{limits}")), 0);
    assert!(page.contains("drain: 99s") && !page.contains("\n  drain: 99s") && !page.contains('\u{202e}'), "{page}");
}

#[test]
fn clusters_that_differ_are_both_named() {
    let folder = dumps();
    let other =
        MESH.replace("7a3f0001", "7a3f1001").replace("Duration: 25s", "Duration: 5m").replace("1.28.2", "1.30.0");
    folder.write("other.yaml", &other);
    let page = output(&init(&folder, &["mesh.yaml", "other.yaml"], ""), 0);
    assert!(page.contains("# terminationDrainDuration: unknown: mesh.yaml has 25s, other.yaml has 300s\n"), "{page}");
    assert!(page.contains("# target.istio: unknown: mesh.yaml has \"1.28\", other.yaml has \"1.30\"\n"), "{page}");
    assert!(page.contains("    autoInject: enabled #"), "what they agree on is known: {page}");
    let nodes = CLUSTER.replace("v1.33.5", "v1.32.5");
    folder.write("nodes.yaml", &nodes);
    let page = output(&init(&folder, &["cluster.yaml", "nodes.yaml"], ""), 0);
    assert!(
        page.contains("# target.kubernetes: unknown: cluster.yaml has \"1.33\", nodes.yaml has \"1.32\"\n"),
        "{page}"
    );
}

/// One cluster has a tag for a revision, another one only the revision.
#[test]
fn a_revision_of_clusters_that_differ_is_written_once() {
    let folder = Folder::new();
    let cluster = |seconds: &str, tag: &str| {
        format!(
            "apiVersion: v1
kind: ConfigMap
metadata: {{name: istio-canary, namespace: istio-system}}
data: {{mesh: 'defaultConfig: {{terminationDrainDuration: {seconds}}}'}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {{name: istio-revision, labels: {{istio.io/rev: canary{tag}}}}}
webhooks: []
"
        )
    };
    folder.write("a.yaml", &cluster("20s", ""));
    folder.write("b.yaml", &cluster("30s", ", istio.io/tag: prod"));
    for order in [["a.yaml", "b.yaml"], ["b.yaml", "a.yaml"]] {
        let page = output(&init(&folder, &order, ""), 0);
        assert!(page.contains("  revisions:\n    canary:\n      tags: [prod]\n"), "{page}");
        folder.write("policy.yaml", &page);
        let checked = fed(program().args(["check", "--policy", "policy.yaml", "-"]).current_dir(folder.path()), WEB);
        assert_ne!(checked.status.code(), Some(2), "{}", String::from_utf8_lossy(&checked.stderr));
    }
}

#[test]
fn without_input_it_says_what_to_run() {
    let empty = init(&Folder::new(), &[], "");
    let commands = output(&empty, 2);
    for command in ["kubectl get cm,deploy,proxyconfigs -n istio-system -o yaml", "kubectl get limitranges -A -o yaml"]
    {
        assert!(commands.contains(command), "{commands}");
    }
}

/// How many of the fields that a dump shows are learned of it, field by field.
#[test]
fn recall_by_field() {
    let page = output(&init(&dumps(), &ALL, ""), 0);
    let shown = [
        "istio: \"1.28\"",
        "kubernetes: \"1.33\"",
        "sidecar: native",
        "terminationDrainDuration: 25s",
        "proxyMetadata: {MINIMUM_DRAIN_DURATION: 12s}",
        "holdApplicationUntilProxyStarts: true",
        "autoInject: enabled",
        "enableNamespacesByDefault: false",
        "rewriteAppHTTPProbe: true",
        "defaultTemplates: [sidecar]",
        "neverInjectSelector: [batch.kubernetes.io/job-name]",
        "rootNamespace: istio-system",
        "imagePullPolicy: Always",
        "webhooks: [default]",
        "shop: {istio-injection: enabled}",
        "payments: {linkerd.io/inject: enabled}",
        "istio-system: {}",
        "# LimitRange shop/small fills in requests.cpu 100m",
        "linkerd-proxy-injector-webhook-config is that of Linkerd",
    ];
    let missed: Vec<_> = shown.iter().filter(|value| !page.contains(**value)).collect();
    assert!(missed.is_empty(), "{missed:?} of {}\n{page}", shown.len());
}

/// As editors with the YAML language server read it: <https://github.com/redhat-developer/yaml-language-server>.
fn schema_of(text: &str) -> Option<&str> {
    let comment = text.lines().find_map(|line| line.strip_prefix('#'))?;
    comment.trim_start().strip_prefix("yaml-language-server:")?.trim().strip_prefix("$schema=")
}

#[test]
fn the_schema_that_editors_read_is_written_beside_the_policy() {
    let folder = dumps();
    let told = |file: &str| {
        let ran = init(&folder, &["mesh.yaml", "--write", file], "");
        output(&ran, 0);
        String::from_utf8(ran.stderr).unwrap()
    };
    let known = String::from_utf8(fed(program().arg("schema"), "").stdout).unwrap();
    for file in [".istio-drain.yaml", "policies/prod.yaml"] {
        fs::create_dir_all(folder.path().join("policies")).unwrap();
        let first = told(file);
        let policy = folder.path().join(file);
        let text = fs::read_to_string(&policy).unwrap();
        let schema = policy.with_file_name(schema_of(&text).unwrap());
        assert_eq!(fs::read_to_string(&schema).unwrap(), known);
        let named = schema.strip_prefix(folder.path()).unwrap().display();
        assert!(first.starts_with(&format!("istio-drain: {file} is written, and for editors {named}\n")), "{first}");
        assert!(told(file).starts_with(&format!("istio-drain: {file} is up to date\n")), "it says so once");
        // One of another version is replaced.
        fs::write(&schema, "{}\n").unwrap();
        told(file);
        assert_eq!(fs::read_to_string(&schema).unwrap(), known);
    }
    // Who took the line out has no use for the file.
    let own = fs::read_to_string(folder.path().join(".istio-drain.yaml")).unwrap();
    folder.write("own/policy.yaml", own.split_once('\n').unwrap().1);
    told("own/policy.yaml");
    output(&init(&folder, &["mesh.yaml", "--check", "own/policy.yaml"], ""), 0);
    assert!(!folder.path().join("own/.istio-drain.schema.json").exists());
}
