//! What else stands in charts: ConfigMaps with whole files in them, Services, rights, and more.

use super::{NAMES, NAMESPACES, Page, Random};

/// Writes one, and returns the name of its template.
pub(super) fn write(page: &mut Page, random: &mut Random, number: usize) -> &'static str {
    let name = format!("{}-{number}", random.pick(&NAMES));
    match random.below(10) {
        0..=3 => config_map(page, random, &name),
        4 | 5 => service(page, random, &name),
        6 => role(page, random, &name),
        7 => secret(page, random, &name),
        8 => ingress(page, random, &name),
        _ => autoscaler(page, random, &name),
    }
}

fn head(page: &mut Page, random: &mut Random, version: &str, kind: &str, name: &str) {
    page.block(0, &format!("apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}"));
    page.line(2, format_args!("namespace: {}", random.pick(&NAMESPACES)));
    page.block(2, &format!("labels:\n  app.kubernetes.io/instance: {name}\n  app.kubernetes.io/managed-by: Helm"));
}

fn config_map(page: &mut Page, random: &mut Random, name: &str) -> &'static str {
    head(page, random, "v1", "ConfigMap", name);
    page.line(0, "data:");
    page.line(2, format_args!("LOG_LEVEL: \"{}\"", random.pick(&["info", "debug"])));
    page.line(2, "application.yaml: |");
    for at in 0..random.between(4, 16) {
        page.line(4, format_args!("section-{at}:"));
        for key in 0..random.between(2, 8) {
            page.line(6, format_args!("key-{key}: {}", random.words(4)));
        }
        if random.one_in(3) {
            page.line(0, "");
        }
    }
    page.line(2, "nginx.conf: |-");
    for at in 0..random.between(2, 10) {
        page.line(4, format_args!("location /api/{at} {{"));
        page.line(8, format_args!("proxy_pass http://{}:8080;", random.pick(&NAMES)));
        page.line(8, format_args!("# {}", random.words(6)));
        page.line(4, "}");
    }
    page.line(2, "dashboard.json: |");
    page.line(4, "{\n      \"panels\": [");
    for at in 0..random.between(3, 40) {
        page.line(8, format_args!("{{\"id\": {at}, \"title\": \"{}\", \"type\": \"graph\"}},", random.words(4)));
    }
    page.line(8, "{\"id\": 99}\n      ]\n    }");
    "configmap"
}

/// Writes a Service.
pub(super) fn service(page: &mut Page, random: &mut Random, name: &str) -> &'static str {
    head(page, random, "v1", "Service", name);
    page.block(0, "spec:\n  type: ClusterIP\n  ports:");
    for at in 0..random.between(1, 4) {
        page.block(4, &format!("- name: http-{at}\n  port: {}\n  targetPort: http\n  protocol: TCP", 8080 + at));
    }
    page.block(2, &format!("selector:\n  app.kubernetes.io/instance: {name}"));
    "service"
}

fn role(page: &mut Page, random: &mut Random, name: &str) -> &'static str {
    head(page, random, "rbac.authorization.k8s.io/v1", "Role", name);
    page.line(0, "rules:");
    for _ in 0..random.between(4, 24) {
        let resource = random.pick(&["pods", "configmaps", "secrets", "deployments", "events"]);
        page.block(0, &format!("- apiGroups: [\"\"]\n  resources:\n  - {resource}\n  verbs: [get, list, watch]"));
    }
    "role"
}

fn secret(page: &mut Page, random: &mut Random, name: &str) -> &'static str {
    head(page, random, "v1", "Secret", name);
    page.block(0, "type: Opaque\ndata:");
    for at in 0..random.between(2, 8) {
        let digits = random.between(40, 600);
        page.line(2, format_args!("key-{at}: {}", random.hex(digits)));
    }
    "secret"
}

fn ingress(page: &mut Page, random: &mut Random, name: &str) -> &'static str {
    head(page, random, "networking.k8s.io/v1", "Ingress", name);
    page.block(2, "annotations:\n  nginx.ingress.kubernetes.io/proxy-body-size: \"8m\"");
    page.block(0, "spec:\n  ingressClassName: nginx\n  rules:");
    for _ in 0..random.between(1, 8) {
        let host = random.pick(&NAMES);
        page.block(
            4,
            &format!("- host: {host}.example.com\n  http:\n    paths:\n      - path: /\n        pathType: Prefix"),
        );
        page.block(10, &format!("  backend: {{service: {{name: {host}, port: {{name: http}}}}}}"));
    }
    "ingress"
}

fn autoscaler(page: &mut Page, random: &mut Random, name: &str) -> &'static str {
    head(page, random, "autoscaling/v2", "HorizontalPodAutoscaler", name);
    page.block(0, "spec:\n  scaleTargetRef:\n    apiVersion: apps/v1\n    kind: Deployment");
    page.line(4, format_args!("name: {name}"));
    page.block(2, &format!("minReplicas: {}\nmaxReplicas: 20\nmetrics:", random.between(1, 4)));
    page.block(
        4,
        "- type: Resource\n  resource:\n    name: cpu\n    target: {type: Utilization, averageUtilization: 75}",
    );
    "hpa"
}
