//! How a run ends: the line names what was not done, and the one thing to do about it.

use super::support::process::{fed, program};

fn ends(flags: &[&str], input: &str) -> String {
    let told = String::from_utf8(fed(program().args(flags), input).stderr).unwrap();
    let last = told.lines().last().unwrap().to_owned();
    assert!(last.chars().count() <= 200, "{last}");
    assert!(last.matches(" (").count() <= 1, "one remedy: {last}");
    last
}

#[track_caller]
fn check(input: &str, expected: &str) {
    let last = ends(&[], input);
    assert!(last.contains(expected), "{last}\nlacks: {expected}");
}

fn deployment(metadata: &str, spec: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  template:\n    \
         metadata: {{{metadata}}}\n    spec: {{{spec}}}\n"
    )
}

const APP: &str = "containers: [{name: a, image: a, ports: [{containerPort: 80}]}]";

#[test]
fn what_is_left_alone_comes_with_what_helps() {
    let gateway = "labels: {sidecar.istio.io/inject: \"true\"}, annotations: {inject.istio.io/templates: gateway}";
    let proxy = "containers: [{name: istio-proxy, image: auto, \
                 env: [{name: TERMINATION_DRAIN_DURATION_SECONDS, value: \"310\"}]}]";
    check(
        &deployment(gateway, proxy),
        "0 of 1 workload edited; 1 left alone: gateway (--gateways with --drain); 1 warn",
    );
    check(&deployment("labels: {istio.io/dataplane-mode: ambient}", APP), "1 left alone: ambient (--app-pre-stop)");
    let ambient =
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: z, labels: {istio.io/dataplane-mode: ambient}}\n---\n";
    let in_it = deployment("", APP).replace("{name: web}", "{name: web, namespace: z}");
    check(&format!("{ambient}{in_it}"), "1 left alone: ambient (--app-pre-stop)");
    let knative =
        "apiVersion: serving.knative.dev/v1\nkind: Configuration\nmetadata: {name: a}\nspec: {template: {}}\n";
    check(knative, "1 left alone: forbidden-kind (set terminationDrainDuration in its proxy.istio.io/config by hand)");
    check(
        "kind: Gateway\napiVersion: gateway.networking.k8s.io/v1beta1\nspec: {gatewayClassName: istio-waypoint}\n",
        "1 left alone: forbidden-kind (--gateways with --drain, the grace period in a ConfigMap",
    );
    for class in ["nginx", "istio-remote"] {
        let text =
            format!("kind: Gateway\napiVersion: gateway.networking.k8s.io/v1\nspec: {{gatewayClassName: {class}}}\n");
        check(&text, "no workload");
    }
    check("kind: Gateway\napiVersion: networking.istio.io/v1\nspec: {gatewayClassName: istio}\n", "no workload");
    let operator = |gateways: &str| {
        format!("apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec: {{components: {{{gateways}}}}}\n")
    };
    check(&operator("egressGateways: [{name: out, enabled: true}]"), "1 left alone: forbidden-kind (--gateways with");
    check(&operator("egressGateways: [{name: out, enabled: false}]"), "no workload in the input");
    check(&deployment("", "containers: [{name: a}]"), "kustomize-patch (edit its base, or pipe what `kustomize build`");
}

#[test]
fn a_warning_comes_with_its_rule_and_what_to_do() {
    let hook = |command: &str| {
        deployment(
            "",
            &format!("containers: [{{name: a, image: a, lifecycle: {{preStop: {{exec: {{command: {command}}}}}}}}}]"),
        )
    };
    check(&hook("[\"sleep 20\"]"), "1 warning (split it into words: [\"sleep\", \"20\"])");
    check(&hook("[/drain.sh]"), "1 warning (set preStopEstimate");
    let misplaced =
        deployment("", APP).replace("spec:\n  template", "spec:\n  terminationGracePeriodSeconds: 90\n  template");
    check(&misplaced, "1 warning (move it to `spec.template.spec`)");
    let two = format!("{misplaced}---\n{}", hook("[/drain.sh]"));
    check(&two, "2 warnings (move it to `spec.template.spec`)");
    // What was said already needs no second remedy.
    let told = String::from_utf8(fed(program().arg("-v"), &misplaced).stderr).unwrap();
    assert!(told.contains("\nistio-drain: 1 warning\n"), "{told}");
}

#[test]
fn what_is_refused_or_kept_comes_with_what_helps() {
    let annotated = |text: &str| deployment(&format!("annotations: {{{text}}}"), APP);
    check(&annotated("istio-drain.dev/drian: 5s"), "1 refused (correct its name, or remove it); 1 error");
    check(
        &annotated("proxy.istio.io/config: \"terminationDrainDuration: 20\""),
        "1 refused (write a number with its unit); 1 error",
    );
    let hasty = deployment("", "terminationGracePeriodSeconds: 1, containers: [{name: a, image: a}]");
    check(&hasty, "0 of 1 workload edited; 1 left as they are (set drain for it if it should shut down gracefully)");
}

#[test]
fn what_can_not_be_read_comes_with_what_helps() {
    check(
        "replicaCount: 2\n",
        "nothing was written: 1 input can't be used (values of a chart: pipe what `helm template`",
    );
    check("image:\n  tag: v1\n", "values of a chart");
    for other in ["Error: chart not found\n", "<html></html>\n", "- a\n"] {
        check(other, "nothing was written: 1 input can't be used (look at the command before the pipe)");
    }
    check("kind: {{ .Values.kind }}\n", "(render the template first)");
    check("apiVersion: apps/v1\nkind: Deployment\nspec: [\n", "(correct what is named above)");
}
