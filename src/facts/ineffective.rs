//! Finds settings that reach no pod, or that no release of Istio reads.

use crate::istio::{
    Effective, Feature, MINIMUM_DRAIN, MeshSettings, SidecarMode, Stated, Surroundings, Target, chosen_revision,
    parse_duration,
};
use crate::kinds::Kind;
use crate::kubernetes::is_quantity;
use crate::object::{Metadata, Object};
use crate::rules::{
    Finding, Subject, bad_minimum_drain, bad_proxy_quantity, dead_drain_variable, hold_hook_hidden,
    pre_stop_command_ignored, revision_ignored, setting_on_the_wrong_level,
};
use crate::workload::PodTemplate;
use crate::yaml::{Route, Tree};

use super::identity::PRE_STOP_COMMAND;

/// An annotation that no release has ever read.
const DRAIN_DURATION: &str = "sidecar.istio.io/terminationDrainDuration";

/// The annotations and labels that the injector reads, only from pods (istio/api `annotation/annotations.yaml`,
/// `label/labels.yaml`).
const OF_PODS: [&str; 5] = [
    "proxy.istio.io/",
    "sidecar.istio.io/",
    "inject.istio.io/",
    "traffic.sidecar.istio.io/",
    "status.sidecar.istio.io/",
];

/// Settings of the pod that are on the workload by mistake, each with its path. A Pod has only one level.
pub(super) fn on_the_workload(
    tree: &Tree<'_>,
    object: &Object,
    template: &PodTemplate,
    kind: &Kind,
) -> Vec<(Route, Finding)> {
    if template.route == object.route {
        return Vec::new();
    }
    let way = Route(template.route.0.get(object.route.0.len()..).unwrap_or_default().to_vec());
    let metadata = Metadata::of(tree, object.node);
    let named = [("annotation", "annotations", &metadata.annotations), ("label", "labels", &metadata.labels)];
    let of_istio = named.into_iter().flat_map(|(what, field, texts)| {
        let names = texts.keys().filter(|name| OF_PODS.iter().any(|prefix| name.starts_with(prefix)));
        let found = |name: &String| {
            let route = object.route.then(["metadata", field]).key(name.clone());
            (route, setting_on_the_wrong_level::istio(what, name, &kind.name(), &way))
        };
        names.map(found).collect::<Vec<_>>()
    });
    let grace = ["spec", "terminationGracePeriodSeconds"];
    let has_grace = kind.is_built_in() && tree.get_path(object.node, &grace).is_some();
    let grace =
        has_grace.then(|| (object.route.then(grace), setting_on_the_wrong_level::grace_period(&kind.name(), &way)));
    of_istio.chain(grace).collect()
}

/// Settings of the pod that nothing reads.
pub(super) fn on_the_pod(
    metadata: &Metadata,
    stated: &Stated,
    surroundings: &Surroundings,
    target: Target,
) -> Vec<Finding> {
    let reads_command = surroundings.mesh.reads_pre_stop_command.as_ref().map(|reads| reads.value);
    let has = |name: &str| metadata.annotations.contains_key(name);
    let command = match reads_command {
        _ if !has(PRE_STOP_COMMAND) => None,
        Some(true) => None,
        Some(false) => Some(pre_stop_command_ignored::found(PRE_STOP_COMMAND)),
        None => Some(pre_stop_command_ignored::unless_patched(PRE_STOP_COMMAND)),
    };
    let drain = has(DRAIN_DURATION).then(|| pre_stop_command_ignored::found(DRAIN_DURATION));
    let holders = [(Subject::ProxyConfig, &stated.metadata), (Subject::ProxyContainer, &stated.environment)];
    let variables = holders.into_iter().flat_map(|(subject, variables)| {
        let dead = variables.get(dead_drain_variable::NAME).filter(|_| is_dead(target));
        let minimum = variables.get(MINIMUM_DRAIN).filter(|value| parse_duration(value).is_err());
        let dead = dead.map(|value| dead_drain_variable::found(subject.clone(), value));
        dead.into_iter().chain(minimum.map(|value| bad_minimum_drain::found(subject.clone(), value)))
    });
    let others = revision(metadata, surroundings).into_iter().chain(bad_quantities(metadata, target));
    command.into_iter().chain(drain).chain(variables).chain(others).collect()
}

/// The finding on a revision that the pod names and its namespace does not.
fn revision(metadata: &Metadata, surroundings: &Surroundings) -> Option<Finding> {
    let own = metadata.labels.get(REVISION).filter(|own| !own.is_empty())?;
    let labels = &surroundings.namespace_labels.as_ref()?.value;
    let label = ["istio-injection", REVISION].into_iter().find(|label| labels.contains_key(*label))?;
    let chosen = chosen_revision(Some(own), Some(labels))?;
    let is_in = label == REVISION || labels.get(label).is_some_and(|value| value == "enabled");
    let namespace = surroundings.namespace.as_deref().unwrap_or_default();
    (is_in && chosen != own).then(|| revision_ignored::found(own, namespace, label, chosen))
}

/// The label that names a revision of Istio.
const REVISION: &str = "istio.io/rev";

/// The annotations for the resources of the proxy.
const QUANTITIES: [&str; 4] = [
    "sidecar.istio.io/proxyCPU",
    "sidecar.istio.io/proxyMemory",
    "sidecar.istio.io/proxyCPULimit",
    "sidecar.istio.io/proxyMemoryLimit",
];

fn bad_quantities(metadata: &Metadata, target: Target) -> impl Iterator<Item = Finding> {
    let validates = Feature::ProxyQuantities.is_in(target) == Some(true);
    let given = QUANTITIES.into_iter().filter_map(|name| Some((name, metadata.annotations.get(name)?)));
    // A negative one is a quantity for the injector. Only the API server rejects it.
    let bad = given.filter(|(_, value)| !is_quantity(value.strip_prefix('-').unwrap_or(value)));
    bad.map(move |(name, value)| bad_proxy_quantity::found(name, value, Feature::ProxyQuantities.since(), validates))
}

/// A finding if a hook of the mesh replaces the one that delays the apps. Native sidecars have no such hook.
pub(super) fn hold(settings: &Effective, mesh: &MeshSettings, mode: SidecarMode) -> Option<Finding> {
    let hides = mesh.hides_hold.as_ref().filter(|hides| hides.value)?;
    let hold = &settings.hold_application;
    let is_on = hold.in_force() == Some(&true) && mode != SidecarMode::Native;
    let found = if mode == SidecarMode::Classic { hold_hook_hidden::found } else { hold_hook_hidden::on_classic };
    is_on.then(|| found(&hold.origin().to_string(), &hides.origin.to_string()).beside(hides.place.as_ref()))
}

/// Whether the target ignores the variable. Istio read it up to 1.8. Overrides are merged from 1.9 or 1.10 on, so a
/// release that surely merges them does not read it.
fn is_dead(target: Target) -> bool {
    Feature::OverrideMerge.is_in(target) != Some(false)
}
