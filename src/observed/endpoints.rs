//! When a pod stops to be an endpoint, as EndpointSlices and Endpoints have it.
//!
//! No event says so: their controllers write events about what fails only (kubernetes/kubernetes
//! `pkg/controller/endpointslice/endpointslice_controller.go`, `pkg/controller/endpoint/endpoints_controller.go`). The
//! objects have the state, and their managed fields have the time of the last change, in whole seconds. The annotation
//! `endpoints.kubernetes.io/last-change-trigger-time` does not help: it is about the pod's readiness, not its deletion
//! (`staging/src/k8s.io/endpointslice/trace.go`, `getPodTriggerTime`).

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::jiff::Timestamp;

use crate::object::Identity;
use crate::timeline::LaneRole;
use crate::yaml::{NodeId, Tree};

use super::{PodName, Sighting};

/// The endpoints of each slice, as its last version had them: a watch prints each version, one after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownEndpoints {
    ready: BTreeMap<(String, Option<String>, String), BTreeSet<PodName>>,
    /// A slice had no time, as without `--show-managed-fields`.
    pub has_untimed: bool,
}

/// One endpoint.
struct Endpoint {
    pod: PodName,
    is_ready: bool,
    /// Its pod is being deleted.
    is_terminating: bool,
}

impl KnownEndpoints {
    /// Adds a version of an EndpointSlice or of Endpoints: the pods that have stopped to be ready with it.
    pub(super) fn add(&mut self, tree: &Tree<'_>, object: NodeId, identity: &Identity) -> Vec<(PodName, Sighting)> {
        let all = if identity.kind == "Endpoints" { of_endpoints(tree, object) } else { of_slice(tree, object) };
        let key = (identity.kind.clone(), identity.namespace.clone(), identity.name.clone());
        let ready = all.iter().filter(|one| one.is_ready).map(|one| one.pod.clone()).collect::<BTreeSet<_>>();
        let before = self.ready.insert(key, ready.clone()).unwrap_or_default();
        let Some(at) = last_change(tree, object) else {
            self.has_untimed |= !all.is_empty() || !before.is_empty();
            return Vec::new();
        };
        let named = match &identity.namespace {
            Some(namespace) => format!("{} {namespace}/{}", identity.kind, identity.name),
            None => format!("{} {}", identity.kind, identity.name),
        };
        let sighting =
            |text| Sighting { at, role: LaneRole::Endpoints, container: String::new(), code: "endpointsGone", text };
        let ended = all.iter().filter(|one| !one.is_ready && (one.is_terminating || before.contains(&one.pod)));
        let ended = ended.map(|one| {
            let how = if one.is_terminating { "terminating" } else { "not ready" };
            (one.pod.clone(), sighting(format!("{named} lists it as {how}")))
        });
        let is_listed = |pod: &PodName| all.iter().any(|one| one.pod == *pod);
        let gone = before.iter().filter(|pod| !is_listed(pod));
        let gone = gone.map(|pod| (pod.clone(), sighting(format!("{named} lists it no longer"))));
        ended.chain(gone).collect()
    }
}

/// When somebody last changed an object (apimachinery `meta/v1`, `ManagedFieldsEntry.time`).
fn last_change(tree: &Tree<'_>, object: NodeId) -> Option<Timestamp> {
    let fields = tree.get_path(object, &["metadata", "managedFields"])?;
    tree.items(fields).filter_map(|one| tree.as_written(tree.get(one, "time")?)?.parse().ok()).max()
}

/// Ready is whoever does not say otherwise (discovery.k8s.io/v1 `EndpointConditions`).
fn of_slice(tree: &Tree<'_>, slice: NodeId) -> Vec<Endpoint> {
    let endpoints = tree.get(slice, "endpoints").into_iter().flat_map(|all| tree.items(all));
    let read = |one: NodeId| {
        let says = |condition| tree.get_path(one, &["conditions", condition]).and_then(|at| tree.as_written(at));
        Some(Endpoint {
            pod: pod_of(tree, one)?,
            is_ready: says("ready") != Some("false"),
            is_terminating: says("terminating") == Some("true"),
        })
    };
    endpoints.filter_map(read).collect()
}

/// Endpoints know no deletion: a pod that is being deleted is in none of its lists
/// (`staging/src/k8s.io/endpointslice/util/controller_utils.go`, `ShouldPodBeInEndpoints`).
fn of_endpoints(tree: &Tree<'_>, endpoints: NodeId) -> Vec<Endpoint> {
    let subsets: Vec<_> = tree.get(endpoints, "subsets").into_iter().flat_map(|all| tree.items(all)).collect();
    let list = |key: &'static str, is_ready| {
        let lists = subsets.iter().filter_map(move |subset| tree.get(*subset, key));
        let addresses = lists.flat_map(|list| tree.items(list));
        addresses.filter_map(move |one| Some(Endpoint { pod: pod_of(tree, one)?, is_ready, is_terminating: false }))
    };
    list("addresses", true).chain(list("notReadyAddresses", false)).collect()
}

fn pod_of(tree: &Tree<'_>, endpoint: NodeId) -> Option<PodName> {
    let field = |name| tree.as_written(tree.get_path(endpoint, &["targetRef", name])?);
    let name = field("name").filter(|_| field("kind") == Some("Pod"))?;
    Some(PodName { name: Some(name.to_owned()), namespace: field("namespace").map(str::to_owned) })
}
