//! Gateways that an object describes without being a workload: what becomes an annotation and the grace period of their
//! pods, and the variables of their proxies.
//!
//! | object | annotations | grace period | variables |
//! |---|---|---|---|
//! | IstioOperator, each of `spec.components.ingressGateways` and `egressGateways` | `k8s.podAnnotations` | - | `k8s.env` |
//! | values of the chart `gateway` | `podAnnotations` | `terminationGracePeriodSeconds` | `env` |
//! | ConfigMap that a Gateway names as its `parametersRef` | in the text of `data.deployment` | there, too | there, too |
//! | Gateway without one | `spec.infrastructure.annotations`, else its own | - | - |
//!
//! Sources: istio/istio `operator/pkg/apis/types.go` (`KubernetesResources`, which has no grace period),
//! `pilot/pkg/config/kube/gateway/deploymentcontroller.go` (the texts are merged into what the controller makes; the
//! annotations of the Gateway get there only if it has no `infrastructure.annotations`), `files/kube-gateway.yaml` of
//! the istiod chart (the proxy has no variables from the annotation).

use super::site::visit;
use crate::facts::{InRoute, PROXY_CONFIG, read_default};
use crate::istio::{Bare, ProxySettings};
use crate::object::Object;
use crate::rules::{Finding, dead_drain_variable};
use crate::yaml::{NodeId, Resolved, Route, Step, SyntaxError, Tree};

/// A gateway in an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GatewaySite {
    /// What people call it.
    pub name: String,
    /// The way to the annotations of its pods.
    pub annotations: Route,
    /// The way to its grace period; `None` if the object has no field for it.
    pub grace: Option<Route>,
    /// The way to what lists the variables of its proxy; `None` if the object has no field for them.
    variables: Option<Route>,
    /// `proxyMetadata` in the annotation become variables of the proxy: the injector does that, and istiod's own
    /// template does not.
    pub takes_metadata: bool,
}

/// What a gateway has.
#[derive(Clone, Debug)]
pub(crate) struct GatewayRead {
    /// The way to the text of its `proxy.istio.io/config`, there or not.
    pub route: Route,
    /// The way to each setting from there.
    pub routes: ProxySettings<InRoute>,
    /// The settings.
    pub settings: ProxySettings<Bare>,
    /// Its grace period in seconds, where one is stated.
    pub grace: Option<u64>,
    /// What is wrong with it, and where.
    pub findings: Vec<(Route, Finding)>,
}

impl GatewaySite {
    /// The gateway that values of the chart describe, to which `values` leads.
    pub(super) fn of_values(values: &Route) -> Self {
        Self {
            name: "gateway".to_owned(),
            annotations: values.then(["podAnnotations"]),
            grace: Some(values.then(["terminationGracePeriodSeconds"])),
            variables: Some(values.then(["env"])),
            takes_metadata: true,
        }
    }
}

/// The gateways in an object. A ConfigMap is one with options for a Gateway, and a Gateway one of Istio's.
pub(crate) fn gateways(tree: &Tree<'_>, object: &Object) -> Vec<GatewaySite> {
    let gvk = object.identity.gvk();
    match gvk.as_ref().map_or(("", ""), |gvk| (gvk.group.as_str(), gvk.kind.as_str())) {
        ("install.istio.io", "IstioOperator") => of_operator(tree, object),
        ("", "ConfigMap") if tree.get_path(object.node, &["data", "deployment"]).is_some() => {
            let text = object.route.then(["data", "deployment"]).then([Step::Text]);
            let template = text.then(["spec", "template"]);
            vec![GatewaySite {
                name: object.identity.name.clone(),
                annotations: template.then(["metadata", "annotations"]),
                grace: Some(template.then(["spec", "terminationGracePeriodSeconds"])),
                variables: Some(template.then(["spec", "containers"])),
                takes_metadata: false,
            }]
        }
        ("gateway.networking.k8s.io", "Gateway") => vec![of_gateway(tree, object)],
        _ => Vec::new(),
    }
}

/// A Gateway that istiod makes a proxy for. Annotations for its proxy go where others for it are.
fn of_gateway(tree: &Tree<'_>, object: &Object) -> GatewaySite {
    let (own, for_proxy) = (["metadata", "annotations"], ["spec", "infrastructure", "annotations"]);
    let is_set = |keys: &[&str]| {
        let node = tree.get_path(object.node, keys);
        node.is_some_and(|node| tree.scalar(node) != Some(Resolved::Null))
    };
    let is_copied = !is_set(&for_proxy) && is_set(&own);
    GatewaySite {
        name: object.identity.name.clone(),
        annotations: if is_copied { object.route.then(own) } else { object.route.then(for_proxy) },
        grace: None,
        variables: None,
        takes_metadata: false,
    }
}

/// Whether all gateways of an object have a drain of their own.
pub(crate) fn are_drained(tree: &Tree<'_>, object: &Object, gateways: &[GatewaySite]) -> bool {
    let is_drained = |site| read_gateway(tree, object.root, site).is_ok_and(|read| read.settings.drain.is_some());
    !gateways.is_empty() && gateways.iter().all(is_drained)
}

fn of_operator(tree: &Tree<'_>, object: &Object) -> Vec<GatewaySite> {
    let lists = ["ingressGateways", "egressGateways"].into_iter();
    let gateways = lists.flat_map(|list| {
        let node = tree.get_path(object.node, &["spec", "components", list]);
        let items = node.into_iter().flat_map(|node| tree.items(node)).enumerate();
        items.filter_map(move |(index, item)| {
            let is_off = tree.get(item, "enabled").and_then(|node| tree.scalar(node)) == Some(Resolved::Bool(false));
            let k8s = object.route.then(["spec", "components", list]).then([index]).then(["k8s"]);
            (!is_off).then(|| GatewaySite {
                name: tree.str_at(item, &["name"]).unwrap_or(list).to_owned(),
                annotations: k8s.then(["podAnnotations"]),
                grace: None,
                variables: Some(k8s.then(["env"])),
                takes_metadata: true,
            })
        })
    });
    gateways.collect()
}

/// Reads a gateway.
///
/// # Errors
///
/// A text that holds it is not YAML.
pub(crate) fn read_gateway(tree: &Tree<'_>, root: NodeId, site: &GatewaySite) -> Result<GatewayRead, SyntaxError> {
    let mut findings = Vec::new();
    let route = site.annotations.then([PROXY_CONFIG]).then([Step::Text]);
    let config = visit(tree, Some(root), &route.0, |tree, config| read_default(tree, config, &mut findings))?;
    let mut findings: Vec<_> = findings.into_iter().map(|finding| (site.annotations.clone(), finding)).collect();
    if let Some(variables) = &site.variables {
        let value =
            visit(tree, Some(root), &variables.0, |tree, list| list.and_then(|list| dead_variable(tree, list)))?;
        findings.extend(value.map(|value| {
            let subject = crate::rules::Subject::Workload;
            (variables.clone(), dead_drain_variable::found(subject, &value))
        }));
    }
    let seconds = |tree: &Tree<'_>, node: Option<NodeId>| match tree.scalar(node?) {
        Some(Resolved::Int(seconds)) => u64::try_from(seconds).ok(),
        _ => None,
    };
    let grace = site.grace.as_ref().map(|route| visit(tree, Some(root), &route.0, seconds)).transpose()?.flatten();
    Ok(GatewayRead { route, routes: config.routes, settings: config.settings, grace, findings })
}

/// The value of the variable that nothing reads: in a mapping or a list of variables, or in that of a container in a
/// list.
fn dead_variable(tree: &Tree<'_>, list: NodeId) -> Option<String> {
    if let Some(value) = tree.get(list, dead_drain_variable::NAME) {
        return tree.as_written(value).map(str::to_owned);
    }
    tree.items(list).find_map(|item| match tree.get(item, "env") {
        Some(variables) => dead_variable(tree, variables),
        None => {
            let is_it = tree.str_at(item, &["name"]) == Some(dead_drain_variable::NAME);
            tree.get(item, "value").filter(|_| is_it).and_then(|value| tree.as_written(value)).map(str::to_owned)
        }
    })
}
