//! What a run costs grows as its input does, whatever the shape of that: the work is counted, not timed.

use crate::policy::PolicyFields;
use crate::yaml::{Source, VISITS};

use super::{Settings, TransformError, transform};

const WORKLOAD: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: w
  namespace: x
spec:
  template:
    metadata:
      labels:
        app: a
    spec:
      containers:
      - name: app
        image: a
        ports:
        - containerPort: 80
";
const CONTAINERS: &str = "- name: app\n        image: a\n        ports:\n        - containerPort: 80\n";
const LABELS: &str = "labels:\n        app: a\n";
const LIST: &str = "apiVersion: v1\nkind: List\nitems:\n";
const RESOURCE_LIST: &str = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n";
const JSON: &str = "{\"apiVersion\": \"apps/v1\",|\"kind\": \"Deployment\",|\"metadata\": {\"name\": \"w\"},|\"spec\": \
                    {\"template\": {|\"spec\": {\"containers\": [{\"name\": \"app\", \"image\": \"a\"}]}}}}";
const RULES: &str =
    "functionConfig:\n  apiVersion: istio-drain.dev/v1alpha1\n  kind: ShutdownPolicy\n  spec:\n    workloads:\n";
const MESH: &str = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: istio-system, name: istioREVISION}\n\
                    data:\n  mesh: '{defaultConfig: {terminationDrainDuration: 9s}}'\n";

/// As many times as that, with `@` for the number of each.
fn times(n: usize, part: &str) -> String {
    (0..n).map(|at| part.replace('@', &at.to_string())).collect()
}

/// The workload with something else in it.
fn with(old: &str, new: &str) -> String {
    assert!(WORKLOAD.contains(old));
    WORKLOAD.replace(old, new)
}

fn document(text: &str) -> String {
    format!("---\n{text}")
}

fn item(text: &str) -> String {
    format!("- {}\n", text.trim_end().replace('\n', "\n  "))
}

fn json(n: usize, gap: &str) -> String {
    let items = times(n, &format!(",{JSON}")).replace('|', gap);
    format!("{{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{}]}}\n", items.trim_start_matches(','))
}

fn containers(n: usize, container: &str) -> String {
    with(CONTAINERS, &times(n, &format!("- {container}\n      ")))
}

fn hook(n: usize, part: &str) -> String {
    let script = format!("{}true", times(n, part));
    let hook = format!("lifecycle: {{preStop: {{exec: {{command: [sh, -c, '{script}']}}}}}}");
    with("image: a\n", &format!("image: a\n        {hook}\n"))
}

fn annotations(text: &str) -> String {
    with(LABELS, &format!("annotations:\n        {text}\n"))
}

type GrowthShape = (&'static str, fn(usize) -> String);

/// The shapes that an input can grow in.
const SHAPES: [GrowthShape; 29] = [
    ("documents", |n| times(n, &document(WORKLOAD))),
    ("documents that are read in one piece", |n| format!("%YAML 1.1\n{}", times(n, &(document(WORKLOAD) + "...\n")))),
    ("a List", |n| LIST.to_owned() + &times(n, &item(WORKLOAD))),
    ("a ResourceList without paths", |n| RESOURCE_LIST.to_owned() + &times(n, &item(WORKLOAD))),
    ("workloads beside Services in a List", |n| {
        LIST.to_owned() + &times(n, &(item(WORKLOAD) + "- {apiVersion: v1, kind: Service, metadata: {name: s@}}\n"))
    }),
    ("JSON on one line", |n| json(n, " ")),
    ("JSON, pretty", |n| json(n, "\n    ")),
    ("JSON documents", |n| times(n, &document(&format!("{JSON}\n"))).replace('|', " ")),
    ("containers without hooks", |n| containers(n, "{name: c@, image: a}")),
    ("containers that get hooks", |n| containers(n, "{name: c@, image: a, ports: [{containerPort: 80}]}")),
    ("containers of one name", |n| containers(n, "{name: a, image: a}")),
    ("commands of a hook", |n| hook(n, "sleep 1; ")),
    ("negations in a hook", |n| hook(n, "! ")),
    ("words of a hook", |n| hook(n, "nice ")),
    ("fields of the annotation", |n| {
        annotations(&format!("proxy.istio.io/config: |\n{}", times(n, "          a@: b\n")))
    }),
    ("annotations of ours that there are not", |n| annotations(&times(n, "istio-drain.dev/a@: b\n        "))),
    ("Namespaces", |n| {
        let namespace = document("apiVersion: v1\nkind: Namespace\nmetadata: {name: n@}\n");
        times(n, &(namespace + &document(&with("namespace: x", "namespace: n@"))))
    }),
    ("Services", |n| {
        let service = "kind: Service\nmetadata: {name: s, namespace: x}\nspec: {selector: {app: a@}}\n";
        times(n, &(document(&format!("apiVersion: v1\n{service}")) + &document(&with("app: a", "app: a@"))))
    }),
    ("revisions", |n| times(n, &(MESH.replace("REVISION", "-r@") + &document(&with("app: a", "istio.io/rev: r@"))))),
    ("selectors of the injector", |n| {
        let head = "apiVersion: v1\nkind: ConfigMap\n\
                    metadata: {namespace: istio-system, name: istio-sidecar-injector}\n\
                    data:\n  values: '{}'\n  config: |\n    neverInjectSelector:\n";
        format!("{head}{}{}", times(n, "    - matchLabels: {a: b@}\n"), document(WORKLOAD))
    }),
    ("contradictions of the mesh", |n| times(n, &MESH.replace("REVISION", "").replace("9s", "@s"))),
    ("anchors in a List", |n| LIST.to_owned() + &times(n, "- {a: &a@ b}\n")),
    ("aliases of one workload", |n| format!("{LIST}{}{}", item(&format!("&a\n{WORKLOAD}")), times(n, "- *a\n"))),
    ("rules with globs", |n| {
        let rules = times(n, "    - {name: 'a@*', drain: 9s}\n");
        format!("{RESOURCE_LIST}{}{RULES}{rules}", item(WORKLOAD))
    }),
    ("LimitRanges", |n| {
        let range = "kind: LimitRange\nmetadata: {name: l@, namespace: x}\n\
                     spec: {limits: [{type: Container, default: {cpu: 1}}]}\n";
        times(n, &(document(&format!("apiVersion: v1\n{range}")) + &document(WORKLOAD)))
    }),
    ("results of others", |n| {
        let results = times(n, "- {message: m@, severity: warning, resourceRef: {kind: Pod, name: p@}}\n");
        format!("{RESOURCE_LIST}{}results:\n{results}", times(n, &item(WORKLOAD)))
    }),
    ("HelmReleases", |n| {
        let release = "kind: HelmRelease\nmetadata: {name: r@, namespace: x}\nspec:\n  \
                       chart: {spec: {chart: istiod}}\n  valuesFrom: [{kind: ConfigMap, name: v@}]\n";
        let values = "kind: ConfigMap\nmetadata: {name: v@, namespace: x}\ndata: {values.yaml: 'revision: r@'}\n";
        times(
            n,
            &(document(&format!("apiVersion: helm.toolkit.fluxcd.io/v2\n{release}"))
                + &document(&format!("apiVersion: v1\n{values}"))),
        )
    }),
    ("keys of a mesh", |n| {
        let keys = times(n, "    a@: b\n");
        format!("{}  mesh: |\n{keys}", MESH.replace("REVISION", "").split("  mesh").next().unwrap_or_default())
    }),
    ("comments", |n| WORKLOAD.to_owned() + &times(n, "      # a comment\n")),
];

/// Costs that depend on the number of values with quotes, and on the number of findings.
const FLAT_LATER: [&str; 2] = ["containers that get hooks", "annotations of ours that there are not"];

fn settings(check: bool) -> Settings {
    let mut policy = PolicyFields::default();
    policy.set("check", &check.to_string()).unwrap();
    Settings::of(policy)
}

/// How many nodes were looked at, and bytes of lines.
fn work(text: &str, check: bool) -> u64 {
    let before = VISITS.get();
    match transform(Source::embedded(text), &settings(check)) {
        Ok(_) | Err(TransformError::Bounds(_)) => VISITS.get() - before,
        Err(error) => panic!("{error}: {text}"),
    }
}

#[test]
fn work_grows_as_the_input_does() {
    let mut broken = Vec::new();
    for ((name, shape), check) in SHAPES.iter().flat_map(|shape| [(shape, false), (shape, true)]) {
        // Some work has an upper bound, which short inputs don't reach.
        let least = if FLAT_LATER.contains(name) { 600 } else { 60 };
        let [one, two, four] = [1, 2, 4].map(|factor| work(&shape(least * factor), check));
        assert!(four > 400, "{name}: nothing is counted");
        // What is twice as long may cost twice as much, and a little more for the digits in its names.
        if four - two > (two - one) * 9 / 4 + 1_000 {
            broken.push(format!("{name}, check {check}: {one}, {two}, {four}"));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn what_is_beyond_a_limit_is_an_error_that_names_it() {
    #[track_caller]
    fn check(text: &str, expected: Option<(Option<usize>, &str)>) {
        let error = transform(Source::embedded(text), &settings(false)).err();
        let found = error.as_ref().map(|error| (error.offset(), error.to_string()));
        assert_eq!(found, expected.map(|(offset, message)| (offset, message.to_owned())));
    }
    let findings = "this workload has more than 1000 findings (take it out of the input)";
    let text = annotations(&times(1_001, "istio-drain.dev/a@: b\n        "));
    check(&text, Some((Some(0), findings)));
    let text = annotations(&format!("proxy.istio.io/config: |\n{}", times(1_001, "          a@: b\n")));
    check(&text, Some((Some(0), findings)));
    let documents = "more than 135000 documents, most of them almost empty (remove the empty ones)";
    check(&"---\n".repeat(140_000), Some((None, documents)));
    let fields = annotations(&format!("proxy.istio.io/config: '{{{}}}'", times(900, "a@, ")));
    check(&document(&fields).repeat(10), None);
    let statements = "the objects of the input say more than 4000 things of meshes (run over one cluster at a time)";
    check(&times(4_001, &MESH.replace("REVISION", "-r@")), Some((None, statements)));
    let entries = "more than 11042 workloads and findings (split the input)";
    check(&document(&fields).repeat(15), Some((None, entries)));
}
