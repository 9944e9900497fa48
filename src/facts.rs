//! Reads a pod template into the facts of the domain. The rooms after this one know no YAML.

mod config_annotation;
mod hooks;
mod identity;
mod ineffective;
mod injected;
mod owner;
mod proxy_fields;
mod replacement;

use std::collections::HashMap;

use crate::istio::{
    Decision, Effective, MeshSettings, Mode, ProxySettings, PullPolicy, Reason, SidecarMode, Surroundings, Target,
    Verdict, decide, sidecar_mode,
};
use crate::kinds::Kind;
use crate::object::{Metadata, Object};
use crate::rules::{
    Finding, Subject, duplicate_key, init_container_proxy, persistent_sessions, two_handlers, two_proxies, uneditable,
    unknown_tag, unreadable_grace_period,
};
use crate::shutdown::{
    AppHook, Grace, HooklessApp, Override, Placement, PodFacts, Policy, ProxyHook, Resources, Seconds, Sidecar,
};
use crate::workload::PodTemplate;
use crate::yaml::{NodeId, NodeKind, Resolved, Route, Tree};

pub(crate) use config_annotation::{InRoute, read_default};
pub(crate) use hooks::Handlers;
pub(crate) use identity::is_odd_native_annotation;
pub(crate) use injected::{Running, RunningProxy};
pub(crate) use owner::owner;

/// The name of Istio's sidecar container, and of an override.
pub(crate) const ISTIO_PROXY: &str = "istio-proxy";
/// The annotation that holds the settings of the pod's proxy.
pub(crate) const PROXY_CONFIG: &str = "proxy.istio.io/config";
/// The annotation that says whether the sidecar is a native one: `"true"` or `"false"` (istio/api
/// `annotation/annotations.yaml`).
pub(crate) const NATIVE_SIDECAR: &str = "sidecar.istio.io/nativeSidecar";

/// What a pod template says, and what is wrong with it.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// Whether the pod gets a sidecar, and whether it may be edited.
    pub decision: Decision,
    /// Which kind of sidecar it gets, and why.
    pub mode: Mode,
    /// The input of the plan.
    pub facts: PodFacts,
    /// Where the changes go.
    pub slots: Slots,
    /// Findings about text that can't be read, or that the API server or the injector would reject.
    pub findings: Vec<Finding>,
    /// Settings of the pod that are on the workload by mistake, each with its path.
    pub misplaced: Vec<(Route, Finding)>,
}

/// Where in the template the changes of a plan go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slots {
    /// The list and the index of the `istio-proxy` container, if there is one.
    pub proxy: Option<(ContainerList, usize)>,
    /// The handlers of its preStop hook.
    pub proxy_handlers: Vec<String>,
    /// Its resources.
    pub proxy_resources: Resources,
    /// The pull policy for an override. It is the mesh's own, because the override wins over it.
    pub pull_policy: PullPolicy,
    /// The path of each setting in the text of the annotation, even if the setting is missing.
    pub settings: ProxySettings<InRoute>,
    /// The index of each app container, by name.
    pub app_containers: HashMap<String, (ContainerList, usize)>,
}

/// The lists of containers in a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContainerList {
    /// `containers`
    Containers,
    /// `initContainers`
    InitContainers,
}

impl ContainerList {
    /// The field's name.
    pub(crate) const fn field(self) -> &'static str {
        match self {
            Self::Containers => "containers",
            Self::InitContainers => "initContainers",
        }
    }
}

/// A container, and where it stands.
struct Container {
    list: ContainerList,
    index: usize,
    node: NodeId,
    name: String,
    /// What findings call it: its name, or its place where no other name leads to it alone.
    title: String,
}

/// Reads `template` of a workload. `surroundings` describes its namespace and mesh, and the policy the rest of the
/// mesh.
pub(crate) fn read(
    tree: &Tree<'_>,
    object: &Object,
    template: &PodTemplate,
    metadata: &Metadata,
    kind: &Kind,
    surroundings: &Surroundings,
    policy: &Policy,
) -> Reading {
    let mut findings = Vec::new();
    let spec = tree.get(template.node, "spec");
    let containers = containers(tree, spec);
    findings.extend(containers.iter().filter_map(|container| ambiguous_name(tree, container)));
    findings.extend(spec.into_iter().flat_map(|spec| not_lists(tree, spec)));
    let name = proxy_of(tree, &containers).map_or(ISTIO_PROXY, |proxy| proxy.name.as_str());
    let (proxies, apps): (Vec<_>, Vec<_>) = containers.iter().partition(|container| container.name == name);
    let istio = surroundings.istio.as_ref().map(|release| release.value);
    let target = Target { istio, kubernetes: policy.kubernetes };
    let config = config_annotation::read(tree, annotation(tree, template, PROXY_CONFIG), target, &mut findings);
    let (app_hooks, hookless_apps) = app_hooks(tree, &apps, surroundings, &mut findings);
    let proxy = proxies.first();
    let pull_policy = surroundings.mesh.image_pull_policy.as_ref();
    let pull_policy = pull_policy.map_or(PullPolicy::IfNotPresent, |pull_policy| pull_policy.value);
    let placement = placement(tree, &proxies, pull_policy, &mut findings);
    let placed = placement.present().and_then(|present| present.resources.clone());
    let identity = identity::read(tree, template, metadata, &containers, proxy.copied());
    let routes = config.routes.clone();
    let stated = identity::stated(tree, metadata, config, proxy.copied());
    let annotated = |name: &str| metadata.annotations.get(name);
    let declared = match policy.sidecar {
        Sidecar::Auto => SidecarMode::Unknown,
        Sidecar::Classic => SidecarMode::Classic,
        Sidecar::Native => SidecarMode::Native,
    };
    let decision = decide(&identity, surroundings);
    let shown = surroundings.shown.as_ref().map(|shown| shown.mode).unwrap_or_default();
    let mode = sidecar_mode(&identity, declared, &surroundings.mesh, target, shown);
    findings.extend(identity::lone_override(&identity, &stated, decision.verdict));
    findings.extend(identity::overrides_elsewhere(metadata, &identity));
    findings.extend(identity::odd_native_annotation(&identity, target).filter(|_| !policy.pins_mode()));
    findings.extend(ineffective::on_the_pod(metadata, &stated, surroundings, target));
    let is_stated = [policy.longest_request, policy.app_pre_stop, policy.drain].iter().any(Option::is_some);
    findings.extend((surroundings.keeps_sessions && !is_stated && !policy.remove).then(persistent_sessions::found));
    let settings = Effective::of(&stated, surroundings);
    findings.extend(ineffective::hold(&settings, &surroundings.mesh, mode.kind));
    Reading {
        facts: PodFacts {
            grace: grace(tree, spec, &mut findings),
            app_hooks,
            hookless_apps,
            mode: mode.kind,
            is_gateway: policy.gateways && decision.left_alone() == [Reason::Gateway],
            is_built_in: kind.is_built_in(),
            is_ambient: states_delay(policy) && is_ambient(&decision.left_alone()),
            runs_to_completion: kind.runs_to_completion(),
            is_fixed: kind.is_fixed(),
            successor: replacement::successor(tree, object.node, kind),
            node_limit: replacement::node_limit(tree, spec),
            is_injection_seen: decision.verdict == Verdict::Injected,
            is_running: false,
            proxy: placement,
            keeps_app_http: identity::keeps_app_http(metadata, &surroundings.mesh),
            status_port: annotated("status.sidecar.istio.io/port").and_then(|port| port.parse().ok()),
            settings,
            is_mesh_config_seen: surroundings.is_mesh_config_seen,
            others: surroundings.others.clone(),
            shares_proxy_user: shares_proxy_user(tree, spec, &proxies, &apps),
            has_other_sidecar: apps.iter().any(|app| is_native_sidecar(tree, app)),
            proxy_name: proxy_name(&surroundings.mesh),
            mesh_hook: identity::mesh_hook(&identity, &surroundings.mesh),
            native_annotation: identity.native_sidecar,
            shares_process_namespace: flag(tree, spec, "shareProcessNamespace"),
        },
        decision,
        mode,
        slots: slots(tree, &proxies, &apps, placed, pull_policy, routes),
        findings,
        misplaced: ineffective::on_the_workload(tree, object, template, kind),
    }
}

/// The preStop hooks of the apps, and the apps without one.
fn app_hooks(
    tree: &Tree<'_>,
    apps: &[&Container],
    surroundings: &Surroundings,
    findings: &mut Vec<Finding>,
) -> (Vec<AppHook>, Vec<HooklessApp>) {
    let (mut app_hooks, mut hookless_apps) = (Vec::new(), Vec::new());
    for app in apps.iter().filter(|app| app.list == ContainerList::Containers) {
        let container = app.title.clone();
        match hooks::read(tree, app.node) {
            Some(hook) => {
                if hook.names.len() > 1 {
                    let subject = Subject::AppHook(container.clone());
                    findings.push(two_handlers::in_manifest(subject, &container, &hook.names));
                }
                app_hooks.push(AppHook { container, handler: hook.handler });
            }
            // A name that is there twice, or not at all, is rejected anyway.
            None if app.title == app.name => {
                let gets_traffic = surroundings.is_served || is_asked(tree, app.node);
                hookless_apps.push(HooklessApp { container, gets_traffic });
            }
            None => {}
        }
    }
    (app_hooks, hookless_apps)
}

/// The places in the template for the plan's changes.
fn slots(
    tree: &Tree<'_>,
    proxies: &[&Container],
    apps: &[&Container],
    placed: Option<Resources>,
    pull_policy: PullPolicy,
    settings: ProxySettings<InRoute>,
) -> Slots {
    let proxy = proxies.first();
    Slots {
        proxy: proxy.map(|proxy| (proxy.list, proxy.index)),
        proxy_handlers: proxy
            .and_then(|proxy| hooks::read(tree, proxy.node))
            .map(|hook| hook.names)
            .unwrap_or_default(),
        proxy_resources: placed.unwrap_or_default(),
        pull_policy,
        settings,
        app_containers: apps.iter().map(|app| (app.title.clone(), (app.list, app.index))).collect(),
    }
}

/// Whether the kubelet runs a container beside the others, and ends it after those that `containers` lists.
fn is_native_sidecar(tree: &Tree<'_>, container: &Container) -> bool {
    container.list == ContainerList::InitContainers && tree.str_at(container.node, &["restartPolicy"]) == Some("Always")
}

/// Whether the container itself shows that it gets requests: it declares ports or has a network readiness probe.
fn is_asked(tree: &Tree<'_>, container: NodeId) -> bool {
    let is_filled = |node: NodeId| tree.items(node).next().is_some() || !tree.entries(node).is_empty();
    let probes = ["httpGet", "tcpSocket", "grpc"].map(|handler| ["readinessProbe", handler]);
    let paths = probes.iter().map(|path| path.as_slice()).chain([["ports"].as_slice()]);
    paths.filter_map(|path| tree.get_path(container, path)).any(is_filled)
}

/// The user that Istio's injector gives the proxy (istio/istio `pkg/kube/inject/inject.go`, `GetProxyIDs`).
const PROXY_USER: i64 = 1337;

/// Whether the manifest says that an app runs as the proxy's user. The user in the image is not known.
fn shares_proxy_user(tree: &Tree<'_>, spec: Option<NodeId>, proxies: &[&Container], apps: &[&Container]) -> bool {
    let user = |node: NodeId| match tree.scalar(tree.get_path(node, &["securityContext", "runAsUser"])?) {
        Some(Resolved::Int(user)) => Some(user),
        _ => None,
    };
    let proxy = proxies.iter().find_map(|proxy| user(proxy.node)).unwrap_or(PROXY_USER);
    let of_pod = spec.and_then(user);
    apps.iter().any(|app| user(app.node).or(of_pod) == Some(proxy))
}

/// Whether a pod is in an ambient mesh, and is left alone only because it has no sidecar.
fn is_ambient(reasons: &[Reason]) -> bool {
    let is_want = |reason: &Reason| {
        matches!(
            reason,
            Reason::Ambient(_)
                | Reason::InjectionOff(..)
                | Reason::InjectionIgnored(..)
                | Reason::InjectionUnclear { .. }
                | Reason::NamespaceOut(_)
                | Reason::NotSelected { .. }
                | Reason::NeverInject(_)
                | Reason::AutoInjectOff(_)
        )
    };
    reasons.iter().any(|reason| matches!(reason, Reason::Ambient(_))) && reasons.iter().all(is_want)
}

/// Whether the policy states a delay for apps, which an ambient pod can get without a sidecar.
fn states_delay(policy: &Policy) -> bool {
    policy.app_delay().is_some() && !policy.remove
}

/// The containers of both lists, in their order.
fn containers(tree: &Tree<'_>, spec: Option<NodeId>) -> Vec<Container> {
    let lists = [ContainerList::Containers, ContainerList::InitContainers];
    let all = lists.into_iter().filter_map(|list| Some((list, tree.get(spec?, list.field())?)));
    let all = all.flat_map(|(list, node)| {
        tree.items(node).enumerate().map(move |(index, node)| {
            let name = tree.str_at(node, &["name"]).unwrap_or_default().to_owned();
            Container { list, index, node, title: name.clone(), name }
        })
    });
    let mut all: Vec<_> = all.collect();
    let mut counts = HashMap::new();
    all.iter().for_each(|container| *counts.entry(container.name.clone()).or_insert(0) += 1);
    for container in &mut all {
        if container.name.is_empty() || counts.get(&container.name) != Some(&1) {
            container.title = format!("{}[{}]", container.list.field(), container.index);
        }
    }
    all
}

/// What should hold containers and is not a list.
fn not_lists(tree: &Tree<'_>, spec: NodeId) -> impl Iterator<Item = Finding> {
    let fields = [ContainerList::Containers, ContainerList::InitContainers].map(ContainerList::field);
    let is_odd = move |field: &&str| {
        tree.get(spec, field).is_some_and(|node| {
            let is_list = matches!(tree.node(tree.resolve(node)).kind, NodeKind::Sequence { .. });
            !is_list && tree.scalar(node) != Some(Resolved::Null)
        })
    };
    fields.into_iter().filter(is_odd).map(uneditable::not_a_list)
}

/// What the injector calls the proxy, if it is not `istio-proxy`.
fn proxy_name(mesh: &MeshSettings) -> Option<String> {
    mesh.proxy_container.as_ref().map(|name| name.value.clone()).filter(|name| name != ISTIO_PROXY)
}

/// The container of the proxy: istio-proxy, or what a custom template calls it, which runs the same.
fn proxy_of<'c>(tree: &Tree<'_>, containers: &'c [Container]) -> Option<&'c Container> {
    let named = containers.iter().find(|container| container.name == ISTIO_PROXY);
    named.or_else(|| containers.iter().find(|container| identity::role(tree, container.node).is_some()))
}

/// A finding if some YAML readers could read the name of a container as `istio-proxy`.
fn ambiguous_name(tree: &Tree<'_>, container: &Container) -> Option<Finding> {
    let is_tagged = tree.get(container.node, "name").and_then(|name| tree.scalar(name)) == Some(Resolved::Tagged);
    let is_double = tree.count_key(container.node, "name") > 1;
    let place = format!("{}[{}]", container.list.field(), container.index);
    match (is_tagged, is_double) {
        (_, true) => Some(duplicate_key::container_name(&place)),
        (true, _) => Some(unknown_tag::container_name(&place)),
        _ => None,
    }
}

/// Where istio-proxy is. If there are two, the API server rejects the pod, before or after injection.
fn placement(
    tree: &Tree<'_>,
    proxies: &[&Container],
    pull_policy: PullPolicy,
    findings: &mut Vec<Finding>,
) -> Placement {
    let Some(proxy) = proxies.first() else { return Placement::Absent };
    if proxies.len() > 1 {
        findings.push(two_proxies::found(proxies.len()));
    }
    let hook = hooks::read(tree, proxy.node);
    if let Some(hook) = hook.as_ref().filter(|hook| hook.names.len() > 1) {
        findings.push(two_handlers::in_manifest(Subject::ProxyHook, ISTIO_PROXY, &hook.names));
    }
    let bare = is_bare(tree, proxy.node, pull_policy);
    let hook = hook.map_or(ProxyHook::None, Handlers::of_proxy);
    let resources = tree.get(proxy.node, "resources").and_then(|node| resources(tree, node));
    let found = Override { bare, hook, resources };
    match proxy.list {
        ContainerList::Containers => Placement::Container(found),
        ContainerList::InitContainers => {
            if tree.str_at(proxy.node, &["restartPolicy"]) != Some("Always") {
                findings.push(init_container_proxy::found());
            }
            Placement::Native(found)
        }
    }
}

/// Whether an override has only fields that this tool writes. Its hook may run any command.
fn is_bare(tree: &Tree<'_>, proxy: NodeId, pull_policy: PullPolicy) -> bool {
    let only = |node: NodeId, keys: &[&str]| {
        tree.entries(node).iter().all(|(key, _)| tree.str(*key).is_some_and(|key| keys.contains(&key)))
    };
    only(proxy, &["name", "image", "imagePullPolicy", "resources", "lifecycle"])
        && tree.str_at(proxy, &["image"]) == Some("auto")
        && tree
            .str_at(proxy, &["imagePullPolicy"])
            .is_some_and(|name| [PullPolicy::IfNotPresent, pull_policy].iter().any(|policy| policy.name() == name))
        && tree.get(proxy, "lifecycle").is_none_or(|lifecycle| only(lifecycle, &["preStop"]))
        && tree.get(proxy, "resources").is_none_or(|node| resources(tree, node).is_some())
}

/// The resources of a container; `None` if they have other fields than requests and limits.
fn resources(tree: &Tree<'_>, node: NodeId) -> Option<Resources> {
    let mut found = Resources::default();
    for (key, value) in tree.entries(node) {
        let list = match tree.str(*key)? {
            "requests" => &mut found.requests,
            "limits" => &mut found.limits,
            _ => return None,
        };
        for (name, quantity) in tree.entries(*value) {
            list.push((tree.str(*name)?.to_owned(), tree.as_written(*quantity)?.to_owned()));
        }
    }
    Some(found)
}

/// `terminationGracePeriodSeconds`. The API server turns negative values into 1 (`CheckGracefulDelete`).
fn grace(tree: &Tree<'_>, spec: Option<NodeId>, findings: &mut Vec<Finding>) -> Grace {
    let Some(node) = spec.and_then(|spec| tree.get(spec, "terminationGracePeriodSeconds")) else {
        return Grace::Default;
    };
    let seconds = match tree.scalar(node) {
        Some(Resolved::Null) => return Grace::Default,
        Some(Resolved::Int(seconds)) => Some(seconds),
        // kubectl sends `30.0` and `08` as whole numbers.
        Some(Resolved::Float(seconds)) if seconds.fract() == 0.0 && seconds.abs() < 1e15 => Some(seconds as i64),
        _ => None,
    };
    match seconds {
        Some(seconds) => Grace::Explicit(Seconds::new(u64::try_from(seconds).unwrap_or(1))),
        None => {
            findings.push(unreadable_grace_period::found());
            Grace::Default
        }
    }
}

/// A pod annotation's node.
fn annotation(tree: &Tree<'_>, template: &PodTemplate, key: &str) -> Option<NodeId> {
    tree.get_path(template.node, &["metadata", "annotations", key])
}

/// Whether a field of the pod spec is true.
fn flag(tree: &Tree<'_>, spec: Option<NodeId>, field: &str) -> bool {
    let node = spec.and_then(|spec| tree.get(spec, field));
    node.and_then(|node| tree.scalar(node)) == Some(Resolved::Bool(true))
}
