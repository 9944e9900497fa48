//! Events and deleted pods, as `kubectl get events,pods -o yaml` prints them.

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;

use crate::object;
use crate::timeline::LaneRole;
use crate::yaml::{Keep, NodeId, Source, SyntaxError, Tree, parse, units};

use super::{Records, Sighting};

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

/// Adds the events and the deleted pods of a source.
pub(super) fn add(records: &mut Records, source: Source<'_>) -> Result<(), SyntaxError> {
    for unit in units(source, "kind") {
        let tree = parse(source, unit.span, Keep::ALL)?;
        for object in object::collect(&tree, |kind| matches!(kind, "Event" | "Pod")) {
            match object.identity.kind.as_str() {
                "Event" => add_event(records, &tree, object.node),
                _ => add_pod(records, &tree, object.node),
            }
        }
    }
    Ok(())
}

/// A pod names the end of its grace period, so the time of its deletion is that much earlier (kubernetes/kubernetes
/// `staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go`).
fn add_pod(records: &mut Records, tree: &Tree<'_>, pod: NodeId) {
    let field = |name: &str| tree.as_written(tree.get_path(pod, &["metadata", name])?);
    let Some(end) = field("deletionTimestamp").and_then(|text| text.parse::<Timestamp>().ok()) else { return };
    let grace = field("deletionGracePeriodSeconds").and_then(|text| text.parse().ok()).unwrap_or_default();
    let start = end.checked_sub(Duration::from_secs(grace)).ok();
    records.of(field("name"), field("namespace")).deleted = start;
}

fn add_event(records: &mut Records, tree: &Tree<'_>, event: NodeId) {
    let field = |path: &[&str]| tree.as_written(tree.get_path(event, path)?);
    let about = |name: &str| field(&["involvedObject", name]).or_else(|| field(&["regarding", name]));
    let text = field(&["message"]).or_else(|| field(&["note"])).unwrap_or_default();
    let reason = field(&["reason"]).unwrap_or_default();
    let Some((_, code)) = REASONS.iter().find(|(name, _)| *name == reason) else { return };
    // A container that fails its probe is killed, too, and its pod stays.
    let is_restart = *code == "deleted" && text.contains("will be restarted");
    let code = if is_restart { "restarted" } else { *code };
    // A probe that failed before the deletion, too, is one event with those after it.
    let last = LAST.iter().filter(|_| code != "deleted");
    let mut times = last.chain(&FIRST).filter_map(|path| field(path));
    let (Some("Pod"), Some(at)) = (about("kind"), times.find_map(|text| text.parse().ok())) else { return };
    let container = about("fieldPath").and_then(|path| path.split_once('{')?.1.strip_suffix('}')).unwrap_or_default();
    let role = match (code, container) {
        ("deleted" | "graceOver" | "evicted" | "preempted", _) | (_, "") => LaneRole::Kubelet,
        (_, "istio-proxy") => LaneRole::Proxy,
        _ => LaneRole::App,
    };
    let text = format!("{reason}: {text}");
    let container = container.to_owned();
    let record = records.of(about("name"), about("namespace"));
    record.events.push(Sighting { at, role, container, code, text });
}
