//! Events, deleted pods and endpoints, as `kubectl get events,pods,endpointslices -o yaml` prints them, with `--watch`
//! and without.

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;

use crate::object::{self, Identity};
use crate::timeline::LaneRole;
use crate::yaml::{Keep, NodeId, Source, SyntaxError, Tree, parse, units};

use super::{PodName, Records, Sighting};

/// The reasons of events that speak of a shutdown, each with its code (kubernetes/kubernetes
/// `pkg/kubelet/events/event.go`).
const REASONS: [(&str, &str); 8] = [
    ("Killing", "deleted"),
    ("FailedPreStopHook", "hookFails"),
    ("ExceededGracePeriod", "graceOver"),
    ("Unhealthy", "unhealthy"),
    ("FailedKillPod", "killFails"),
    ("Evicted", "evicted"),
    ("Preempting", "preempted"),
    ("OOMKilling", "outOfMemory"),
];
/// The fields with the time of the first of several equal events, the most precise one first (core/v1 and
/// events.k8s.io/v1).
const FIRST: [&[&str]; 4] =
    [&["eventTime"], &["firstTimestamp"], &["deprecatedFirstTimestamp"], &["metadata", "creationTimestamp"]];
/// Those with the time of the last one.
const LAST: [&[&str]; 3] = [&["series", "lastObservedTime"], &["lastTimestamp"], &["deprecatedLastTimestamp"]];

/// The reasons of events about the endpoints of a service, which stand for all of its pods
/// (`pkg/controller/endpointslice/endpointslice_controller.go`, `pkg/controller/endpoint/endpoints_controller.go`).
const REASONS_OF_SERVICES: [&str; 3] =
    ["FailedToUpdateEndpointSlices", "FailedToUpdateEndpoint", "FailedToCreateEndpoint"];

/// Adds the events, the deleted pods and the endpoints of a source.
pub(super) fn add(records: &mut Records, source: Source<'_>) -> Result<(), SyntaxError> {
    for unit in units(source, "kind") {
        let tree = parse(source, unit.span, Keep::ALL)?;
        let is_read = |kind: &str| matches!(kind, "Event" | "Pod" | "EndpointSlice" | "Endpoints");
        for object in object::collect(&tree, is_read) {
            add_object(records, &tree, object.node, &object.identity);
        }
        // `--output-watch-events` wraps each object: `{type: MODIFIED, object: {...}}`.
        for object in tree.roots().iter().filter_map(|root| tree.get(*root, "object")) {
            let kind = tree.str_at(object, &["kind"]).filter(|kind| is_read(kind));
            if let Some(kind) = kind {
                add_object(records, &tree, object, &Identity::read(&tree, object, kind));
            }
        }
    }
    Ok(())
}

fn add_object(records: &mut Records, tree: &Tree<'_>, node: NodeId, identity: &Identity) {
    match identity.kind.as_str() {
        "Event" => add_event(records, tree, node),
        "Pod" => add_pod(records, tree, node),
        _ => {
            for (pod, sighting) in records.endpoints.add(tree, node, identity) {
                records.of(pod).events.push(sighting);
            }
        }
    }
}

/// A pod names the end of its grace period, so the time of its deletion is that much earlier (kubernetes/kubernetes
/// `staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go`).
fn add_pod(records: &mut Records, tree: &Tree<'_>, pod: NodeId) {
    let field = |name: &str| tree.as_written(tree.get_path(pod, &["metadata", name])?);
    let Some(end) = field("deletionTimestamp").and_then(|text| text.parse::<Timestamp>().ok()) else { return };
    let grace = field("deletionGracePeriodSeconds").and_then(|text| text.parse().ok()).unwrap_or_default();
    let start = end.checked_sub(Duration::from_secs(grace)).ok();
    records.of(PodName::of(field("name"), field("namespace"))).deleted = start;
}

fn add_event(records: &mut Records, tree: &Tree<'_>, event: NodeId) {
    let field = |path: &[&str]| tree.as_written(tree.get_path(event, path)?);
    let about = |name: &str| field(&["involvedObject", name]).or_else(|| field(&["regarding", name]));
    let text = field(&["message"]).or_else(|| field(&["note"])).unwrap_or_default();
    let reason = field(&["reason"]).unwrap_or_default();
    let is_of_service = REASONS_OF_SERVICES.contains(&reason);
    let code = REASONS.iter().find(|(name, _)| *name == reason).map(|(_, code)| *code);
    let Some(code) = code.or(is_of_service.then_some("endpointsFail")) else { return };
    // A container that fails its probe is killed, too, and its pod stays.
    let is_restart = code == "deleted" && text.contains("will be restarted");
    let code = if is_restart { "restarted" } else { code };
    // A probe that failed before the deletion, too, is one event with those after it.
    let last = LAST.iter().filter(|_| code != "deleted");
    let mut times = last.chain(&FIRST).filter_map(|path| field(path));
    let Some(at) = times.find_map(|text| text.parse().ok()) else { return };
    let container = about("fieldPath").and_then(|path| path.split_once('{')?.1.strip_suffix('}')).unwrap_or_default();
    let role = match (code, container) {
        ("endpointsFail", _) => LaneRole::Endpoints,
        ("deleted" | "graceOver" | "evicted" | "preempted", _) | (_, "") => LaneRole::Kubelet,
        (_, "istio-proxy") => LaneRole::Proxy,
        _ => LaneRole::App,
    };
    let text = format!("{reason}: {text}");
    let container = container.to_owned();
    let sighting = Sighting { at, role, container, code, text };
    let named = PodName::of(about("name"), about("namespace"));
    match about("kind") {
        _ if is_of_service => records.of_services.push((named, sighting)),
        Some("Pod") => records.of(named).events.push(sighting),
        _ => {}
    }
}
