//! Deployments and StatefulSets, in the styles that charts have.

use super::{NAMES, NAMESPACES, Page, Random};

/// How far dashes stand behind the key of their list: `toYaml` of Helm writes 0, people write 2.
const DASHES: [usize; 2] = [0, 2];

/// Writes a Deployment, and returns the name of its template.
pub(super) fn deployment(page: &mut Page, random: &mut Random, number: usize) -> &'static str {
    write(page, random, number, false);
    "deployment"
}

/// Writes a StatefulSet, and returns the name of its template.
pub(super) fn stateful_set(page: &mut Page, random: &mut Random, number: usize) -> &'static str {
    write(page, random, number, true);
    "statefulset"
}

fn write(page: &mut Page, random: &mut Random, number: usize, stateful: bool) {
    let kind = if stateful { "StatefulSet" } else { "Deployment" };
    let app = random.pick(&NAMES);
    let name = format!("{app}-{number}");
    let labels = format!("app.kubernetes.io/name: {app}\napp.kubernetes.io/instance: {name}");
    let dash = DASHES[random.below(2)];
    page.block(0, &format!("apiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: {name}"));
    page.line(2, format_args!("namespace: {}", random.pick(&NAMESPACES)));
    page.line(2, "labels:");
    page.block(4, &labels);
    page.block(4, "helm.sh/chart: app-1.4.2\napp.kubernetes.io/version: \"1.4.2\"\napp.kubernetes.io/managed-by: Helm");
    if random.one_in(2) {
        page.line(2, "annotations:");
        page.line(4, format_args!("description: \"{}\"", random.words(8)));
        page.line(4, format_args!("example.com/owner: team-{}", random.pick(&NAMESPACES)));
    }
    page.line(0, "spec:");
    page.line(2, format_args!("replicas: {}", random.between(1, 9)));
    if stateful {
        page.block(2, &format!("serviceName: {name}-headless\npodManagementPolicy: Parallel"));
    } else {
        page.block(2, "strategy:\n  type: RollingUpdate\n  rollingUpdate:\n    maxSurge: 25%\n    maxUnavailable: 0");
    }
    page.block(2, "selector:\n  matchLabels:");
    page.block(6, &labels);
    page.block(2, "template:\n  metadata:");
    if !random.one_in(4) {
        annotations(page, random);
    }
    page.line(6, "labels:");
    page.block(8, &labels);
    if random.one_in(3) {
        page.line(8, "sidecar.istio.io/inject: \"true\"");
    }
    page.line(4, "spec:");
    page.line(6, format_args!("serviceAccountName: {name}"));
    if random.one_in(3) {
        page.line(6, format_args!("terminationGracePeriodSeconds: {}", random.between(2, 13) * 10));
    }
    if random.one_in(20) {
        page.line(6, "hostNetwork: true # metrics of the node");
    }
    page.block(6, "securityContext:\n  runAsNonRoot: true\n  runAsUser: 10001\n  fsGroup: 10001");
    if random.one_in(3) {
        page.line(6, "initContainers:");
        page.block(6 + dash, "# Waits for the schema.\n- name: migrate\n  image: registry.example.com/migrate:2.7.0");
        page.line(8 + dash, "command: [\"sh\", \"-c\", \"until nc -z db 5432; do sleep 1; done\"]");
    }
    page.line(6, "containers:");
    for at in 0..random.between(1, 4) {
        container(page, random, 6 + dash, if at == 0 { app } else { ["exporter", "proxy-cache"][at - 1] });
    }
    placement(page, random, &labels, dash);
    if stateful {
        page.block(2, "volumeClaimTemplates:\n- metadata:\n    name: data\n  spec:\n    accessModes: [ReadWriteOnce]");
        page.block(6, "resources:\n  requests:\n    storage: 20Gi");
    }
}

fn annotations(page: &mut Page, random: &mut Random) {
    page.line(6, "annotations:");
    page.line(8, format_args!("checksum/config: {}", random.hex(64)));
    page.block(8, "prometheus.io/scrape: \"true\"\nprometheus.io/port: '9090'");
    if random.one_in(6) {
        page.block(8, "proxy.istio.io/config: |\n  # Long downloads.\n  concurrency: 2\n  drainDuration: 30s");
    }
}

fn container(page: &mut Page, random: &mut Random, indent: usize, name: &str) {
    let dash = DASHES[random.below(2)];
    let inner = indent + 2;
    page.line(indent, format_args!("- name: {name}"));
    let (registry, digest) = (random.pick(&["registry.example.com", "ghcr.io/example"]), random.hex(64));
    page.line(inner, format_args!("image: \"{registry}/{name}:1.{}.0@sha256:{digest}\"", random.below(30)));
    page.line(inner, "imagePullPolicy: IfNotPresent");
    if random.one_in(2) {
        page.line(inner, "args: [\"--config=/etc/app/config.yaml\", \"--log-level=info\"]");
    } else {
        page.line(inner, "args:");
        page.block(inner + dash, "- --config=/etc/app/config.yaml\n- --log-level=info\n- '--feature=a,b'");
    }
    page.line(inner, "ports:");
    page.block(
        inner + dash,
        "- name: http\n  containerPort: 8080\n  protocol: TCP\n- name: metrics\n  containerPort: 9090",
    );
    page.line(inner, "env:");
    page.block(inner + dash, "- name: POD_NAME\n  valueFrom:\n    fieldRef:\n      fieldPath: metadata.name");
    for at in 0..random.between(8, 26) {
        environment(page, random, inner + dash, at);
    }
    page.block(inner, "envFrom:\n- configMapRef:\n    name: shared-settings\n    optional: true");
    probe(page, random, inner, "livenessProbe");
    probe(page, random, inner, "readinessProbe");
    if random.one_in(3) {
        probe(page, random, inner, "startupProbe");
    }
    if random.one_in(5) {
        let hook = [
            "exec:\n  command: [\"sleep\", \"10\"]",
            "exec:\n  command:\n  - sh\n  - -c\n  - sleep 15",
            "sleep:\n  seconds: 5",
        ];
        page.block(inner, "lifecycle:\n  preStop:");
        page.block(inner + 4, hook[random.below(3)]);
    }
    let (cpu, memory) = (random.between(1, 20) * 50, random.between(1, 16) * 128);
    page.line(inner, "resources:");
    page.block(
        inner + 2,
        &format!("limits:\n  memory: {}Mi\nrequests:\n  cpu: {cpu}m\n  memory: {memory}Mi", memory * 2),
    );
    page.block(inner, "securityContext:\n  allowPrivilegeEscalation: false\n  readOnlyRootFilesystem: true");
    page.block(inner + 2, "capabilities:\n  drop:\n    - ALL");
    page.line(inner, "volumeMounts:");
    page.block(
        inner + dash,
        "- name: config\n  mountPath: /etc/app\n  readOnly: true # rendered by the chart\n- \
                              name: tmp\n  mountPath: /tmp",
    );
}

fn environment(page: &mut Page, random: &mut Random, indent: usize, at: usize) {
    page.line(indent, format_args!("- name: APP_SETTING_{at}"));
    match random.below(5) {
        0 => {
            page.block(indent + 2, "valueFrom:\n  secretKeyRef:\n    name: credentials");
            page.line(indent + 6, format_args!("key: key-{at}"));
        }
        1 => page.line(indent + 2, format_args!("value: \"{}\"", random.below(100_000))),
        2 => page.line(indent + 2, format_args!("value: https://{}.example.com:8443/api/v1", random.pick(&NAMES))),
        3 => page.line(indent + 2, format_args!("value: '{}' # {}", random.words(3), random.words(4))),
        _ => page.line(indent + 2, format_args!("value: {}", random.words(2).replace(' ', "-"))),
    }
}

fn probe(page: &mut Page, random: &mut Random, indent: usize, name: &str) {
    page.line(indent, format_args!("{name}:"));
    page.block(indent + 2, "httpGet:\n  path: /healthz\n  port: http\ninitialDelaySeconds: 5");
    page.line(indent + 2, format_args!("periodSeconds: {}", random.between(2, 20)));
    page.block(indent + 2, "timeoutSeconds: 3\nfailureThreshold: 6");
}

/// What stands behind the containers of a pod.
fn placement(page: &mut Page, random: &mut Random, labels: &str, dash: usize) {
    if random.one_in(2) {
        page.block(6, "affinity:\n  podAntiAffinity:\n    preferredDuringSchedulingIgnoredDuringExecution:");
        page.block(10 + dash, "- weight: 100\n  podAffinityTerm:\n    topologyKey: kubernetes.io/hostname");
        page.block(14 + dash, "labelSelector:\n  matchLabels:");
        page.block(18 + dash, labels);
    }
    page.line(6, "tolerations:");
    page.block(6 + dash, "- key: dedicated\n  operator: Equal\n  value: apps\n  effect: NoSchedule");
    page.line(6, "volumes:");
    page.block(
        6 + dash,
        "- name: config\n  configMap:\n    name: settings\n    defaultMode: 0440\n- name: tmp\n  emptyDir: {}",
    );
}
