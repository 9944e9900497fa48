//! Reads how pods are replaced and on which nodes they run. Both decide the cost of a long shutdown.

use crate::kinds::Kind;
use crate::shutdown::{NodeLimit, Seconds, Successor};
use crate::yaml::{NodeId, Tree};

/// When a new pod replaces a deleted one.
///
/// Sources: Kubernetes' documentation of `Deployment.spec.strategy`, of `StatefulSet` (ordered, one after the other)
/// and of `DaemonSet.spec.updateStrategy` (`maxSurge` is 0 by default).
pub(super) fn successor(tree: &Tree<'_>, workload: NodeId, kind: &Kind) -> Successor {
    let text = |path: &[&str]| tree.get_path(workload, path).and_then(|node| tree.as_written(node));
    let has_surge = |path: &[&str]| text(path).is_some_and(|surge| surge.trim_end_matches('%') != "0");
    let is_parallel = text(&["spec", "podManagementPolicy"]) == Some("Parallel");
    match kind.name() {
        _ if !kind.is_built_in() => Successor::Beside,
        "Deployment" if text(&["spec", "strategy", "type"]) == Some("Recreate") => {
            Successor::After("the strategy Recreate starts new pods when all old ones have gone")
        }
        "Deployment" if text(&["spec", "strategy", "rollingUpdate", "maxSurge"]).is_some_and(|surge| surge == "0") => {
            Successor::After("without surge a new pod starts when an old one has gone")
        }
        "StatefulSet" if !is_parallel => Successor::After("a StatefulSet starts a new pod when the old one has gone"),
        "DaemonSet" if !has_surge(&["spec", "updateStrategy", "rollingUpdate", "maxSurge"]) => {
            Successor::After("a DaemonSet starts a new pod when the old one has gone")
        }
        _ => Successor::Beside,
    }
}

/// The time that a node gives its pods, for each label that chooses the node.
///
/// Sources: the providers' documentation of spot nodes: GKE (25s on Autopilot, 15s on Standard by default), Azure
/// (Scheduled Events, 30s), EC2 (interruption notice, 2 minutes).
const SPOT: [(&str, u64, &str); 5] = [
    ("cloud.google.com/gke-spot", 25, "a spot node of GKE"),
    ("cloud.google.com/gke-preemptible", 25, "a preemptible node of GKE"),
    ("kubernetes.azure.com/scalesetpriority", 30, "a spot node of AKS"),
    ("eks.amazonaws.com/capacityType", 120, "a spot node of EC2"),
    ("karpenter.sh/capacity-type", 120, "a spot node of EC2"),
];

/// The limit of the nodes that the pod selects or tolerates; `None` if it names no such nodes.
pub(super) fn node_limit(tree: &Tree<'_>, spec: Option<NodeId>) -> Option<NodeLimit> {
    let spec = spec?;
    let is_spot = |value: Option<&str>| value.is_none_or(|value| value.eq_ignore_ascii_case("spot") || value == "true");
    let selected = tree.get(spec, "nodeSelector").map_or(&[][..], |node| tree.entries(node)).iter();
    let selected = selected.filter_map(|(key, value)| Some((tree.str(*key)?, tree.as_written(*value))));
    let tolerated = tree.get(spec, "tolerations").into_iter().flat_map(|list| tree.items(list));
    let tolerated = tolerated.filter_map(|item| {
        let value = tree.get(item, "value").and_then(|value| tree.as_written(value));
        Some((tree.str_at(item, &["key"])?, value))
    });
    let names: Vec<_> = selected.chain(tolerated).filter(|(_, value)| is_spot(*value)).map(|(key, _)| key).collect();
    let limit = SPOT.iter().find(|(name, ..)| names.contains(name));
    limit.map(|(_, seconds, who)| NodeLimit { seconds: Seconds::new(*seconds), who })
}
