//! Reads what a pod template says about its sidecar: whether it wants one, of which kind, and with which settings.

use std::collections::BTreeMap;

use crate::istio::{
    MeshHook, MeshSettings, PodIdentity, ProxyContainer, ProxyRole, Setting, SettingOrigin, Stated, Target, Verdict,
    other_meshes_in, parse_bool,
};
use crate::object::Metadata;
use crate::rules::{Finding, native_annotation_value, override_without_injection, overrides_annotation};
use crate::workload::PodTemplate;
use crate::yaml::{NodeId, Tree};

use super::config_annotation::ConfigAnnotation;
use super::{Container, ContainerList, ISTIO_PROXY, flag};

/// The annotation that some patched injection templates run as a preStop hook of istio-proxy.
pub(super) const PRE_STOP_COMMAND: &str = "sidecar.istio.io/preStopCommand";

/// Reads the facts that decide about the sidecar.
pub(super) fn read(
    tree: &Tree<'_>,
    template: &PodTemplate,
    metadata: &Metadata,
    containers: &[Container],
    proxy: Option<&Container>,
) -> PodIdentity {
    let label = |key: &str| metadata.labels.get(key).cloned();
    let annotation = |key: &str| metadata.annotations.get(key).cloned();
    PodIdentity {
        host_network: flag(tree, tree.get(template.node, "spec"), "hostNetwork"),
        inject_label: label("sidecar.istio.io/inject"),
        inject_annotation: annotation("sidecar.istio.io/inject"),
        revision: label("istio.io/rev"),
        templates: annotation("inject.istio.io/templates"),
        dataplane_mode: label("istio.io/dataplane-mode"),
        native_sidecar: annotation("sidecar.istio.io/nativeSidecar"),
        pre_stop_command: annotation(PRE_STOP_COMMAND).filter(|text| !text.is_empty()),
        other_meshes: other_meshes_in([&metadata.labels, &metadata.annotations]),
        has_status: annotation("sidecar.istio.io/status").is_some(),
        containers: containers.iter().filter(|container| container.list == ContainerList::Containers).count(),
        proxy: proxy.map(|proxy| ProxyContainer {
            in_containers: proxy.list == ContainerList::Containers,
            restarts: tree.str_at(proxy.node, &["restartPolicy"]) == Some("Always"),
            role: role(tree, proxy.node),
        }),
    }
}

/// The settings of the proxy, from `config` (the annotation `proxy.istio.io/config`), other annotations, and the
/// override.
pub(super) fn stated(
    tree: &Tree<'_>,
    metadata: &Metadata,
    config: ConfigAnnotation,
    proxy: Option<&Container>,
) -> Stated {
    let annotation = |key: &str| metadata.annotations.get(key).cloned();
    let image = proxy.and_then(|proxy| tree.str_at(proxy.node, &["image"]));
    Stated {
        config: config.settings,
        metadata: config.metadata,
        proxy_image: annotation("sidecar.istio.io/proxyImage"),
        proxy_image_type: annotation("sidecar.istio.io/proxyImageType"),
        image: image.filter(|image| *image != "auto" && !image.is_empty()).map(str::to_owned),
        environment: proxy.map(|proxy| environment(tree, proxy.node)).unwrap_or_default(),
    }
}

/// Whether probes and hooks of apps don't go through the agent. The pod's annotation wins over the mesh (istio/istio
/// `pkg/kube/inject/app_probe.go`, `ShouldRewriteAppHTTPProbers`).
pub(super) fn keeps_app_http(metadata: &Metadata, mesh: &MeshSettings) -> bool {
    let own = metadata.annotations.get("sidecar.istio.io/rewriteAppHTTPProbers").and_then(|text| parse_bool(text));
    own.or(mesh.rewrite_app_http.as_ref().map(|rewrite| rewrite.value)) == Some(false)
}

/// A finding if an override is in a pod that certainly gets no sidecar: it is then an ordinary container without an
/// image.
pub(super) fn lone_override(identity: &PodIdentity, stated: &Stated, verdict: Verdict) -> Option<Finding> {
    let is_override = identity.proxy.is_some_and(|proxy| proxy.role.is_none()) && stated.image.is_none();
    (is_override && verdict == Verdict::NotInjected).then(override_without_injection::found)
}

/// The hook that the mesh gives to the pod's istio-proxy: the command of the annotation if the injector's template
/// reads it, otherwise that of `global.proxy.lifecycle`. The order in the template decides where there are both.
pub(super) fn mesh_hook(identity: &PodIdentity, mesh: &MeshSettings) -> Option<Setting<MeshHook>> {
    let reads_command = mesh.reads_pre_stop_command.as_ref().is_some_and(|reads| reads.value);
    let command = identity.pre_stop_command.clone().filter(|_| reads_command);
    let own = command.map(|text| {
        let words = ["/bin/bash".to_owned(), "-c".to_owned(), text];
        Setting::new(MeshHook::Exec(words.into()), SettingOrigin::Annotation(PRE_STOP_COMMAND))
    });
    let yields = mesh.command_yields.as_ref().is_some_and(|yields| yields.value);
    match &mesh.pre_stop {
        Some(whole) if yields || own.is_none() => Some(whole.clone()),
        _ => own,
    }
}

/// Whether releases read this value of the annotation `sidecar.istio.io/nativeSidecar` differently; an empty one counts
/// as absent for all of them.
pub(crate) fn is_odd_native_annotation(value: &str) -> bool {
    !matches!(value, "" | "true" | "false")
}

pub(super) fn odd_native_annotation(identity: &PodIdentity, target: Target) -> Option<Finding> {
    let value = identity.native_sidecar.as_deref().filter(|value| is_odd_native_annotation(value))?;
    Some(native_annotation_value::found(value, target))
}

/// A finding if the pod has the injector's own annotation for overrides, which wins over the manifest.
pub(super) fn overrides_elsewhere(metadata: &Metadata, identity: &PodIdentity) -> Option<Finding> {
    let overrides = metadata.annotations.get("proxy.istio.io/overrides")?;
    (!identity.has_status && overrides.contains(ISTIO_PROXY)).then(overrides_annotation::found)
}

/// What an istio-proxy runs. If its image is not filled in yet, it is an override with its own arguments, not an
/// injected sidecar.
pub(super) fn role(tree: &Tree<'_>, proxy: NodeId) -> Option<ProxyRole> {
    let is_open = matches!(tree.str_at(proxy, &["image"]), None | Some("" | "auto"));
    ProxyRole::of_arguments(arguments(tree, proxy)).filter(|role| !is_open || *role != ProxyRole::Sidecar)
}

/// The command and the arguments of a container.
fn arguments<'t>(tree: &'t Tree<'_>, container: NodeId) -> impl Iterator<Item = &'t str> {
    ["command", "args"]
        .into_iter()
        .filter_map(move |field| tree.get(container, field))
        .flat_map(|list| tree.items(list))
        .filter_map(|item| tree.str(item))
}

/// The environment of a container: names with literal values. If a name is repeated, the last value counts.
pub(super) fn environment(tree: &Tree<'_>, container: NodeId) -> BTreeMap<String, String> {
    let list = tree.get(container, "env");
    let entries = list.into_iter().flat_map(|list| tree.items(list));
    entries
        .filter_map(|entry| {
            Some((tree.str_at(entry, &["name"])?.to_owned(), tree.str_at(entry, &["value"])?.to_owned()))
        })
        .collect()
}
