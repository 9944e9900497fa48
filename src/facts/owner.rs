//! Who made a pod, and has to be edited for it.

use crate::object::{Identity, Metadata};
use crate::yaml::{NodeId, Resolved, Tree};

/// What ReplicaSets put into the names of their pods, and who owns a ReplicaSet that has that label.
///
/// Sources: kubernetes/kubernetes `pkg/controller/deployment/sync.go` (`getNewReplicaSet`: the name is that of the
/// Deployment, a dash and the hash); argoproj/argo-rollouts `rollout/sync.go` (the same for Rollouts).
const HASHES: [(&str, &str, &str); 2] =
    [("rollouts-pod-template-hash", "argoproj.io/v1alpha1", "Rollout"), ("pod-template-hash", "apps/v1", "Deployment")];

/// The workload whose manifest a pod is made of; `None` where nothing owns it.
pub(crate) fn owner(tree: &Tree<'_>, pod: NodeId, namespace: Option<&str>) -> Option<Identity> {
    let references = tree.get_path(pod, &["metadata", "ownerReferences"])?;
    let is_controller =
        |node: &NodeId| tree.get(*node, "controller").and_then(|node| tree.scalar(node)) == Some(Resolved::Bool(true));
    let reference = tree.items(references).find(is_controller).or_else(|| tree.items(references).next())?;
    let text = |key: &str| tree.get(reference, key).and_then(|node| tree.as_written(node)).unwrap_or_default();
    let (api_version, kind, name) = (text("apiVersion"), text("kind"), text("name"));
    let of = |api_version: &str, kind: &str, name: &str| Identity {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
    };
    let labels = Metadata::of(tree, pod).labels;
    match kind {
        // The mirror of a pod that the kubelet runs from a file.
        "Node" => None,
        "ReplicaSet" => Some(
            HASHES
                .iter()
                .find_map(|(label, api_version, kind)| {
                    let name = name.strip_suffix(labels.get(*label)?.as_str())?.strip_suffix('-')?;
                    Some(of(api_version, kind, name))
                })
                .unwrap_or_else(|| of(api_version, kind, name)),
        ),
        // OpenShift's DeploymentConfig labels its pods.
        "ReplicationController" => Some(match labels.get("deploymentconfig") {
            Some(name) => of("apps.openshift.io/v1", "DeploymentConfig", name),
            None => of(api_version, kind, name),
        }),
        "Job" => Some(match cron_job(name) {
            Some(name) => of("batch/v1", "CronJob", name),
            None => of(api_version, kind, name),
        }),
        _ => Some(of(api_version, kind, name)),
    }
}

/// The CronJob of a Job: its name is that of the CronJob, and the minutes since 1970 of its schedule
/// (kubernetes/kubernetes `pkg/controller/cronjob/utils.go`, `getJobName`).
fn cron_job(job: &str) -> Option<&str> {
    let (name, minutes) = job.rsplit_once('-')?;
    (minutes.len() == 8 && minutes.bytes().all(|byte| byte.is_ascii_digit())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Source, parse_all};

    #[test]
    fn owners_are_those_whose_manifest_is_to_be_mended() {
        #[track_caller]
        fn check(labels: &str, owner_text: &str, expected: &str) {
            let text = format!("metadata: {{labels: {{{labels}}}, ownerReferences: [{owner_text}]}}\n");
            let tree = parse_all(Source::embedded(&text)).unwrap();
            let found = owner(&tree, tree.roots()[0], Some("shop"));
            assert_eq!(found.map_or("-".to_owned(), |owner| owner.to_string()), expected, "{text}");
        }
        let set = "{apiVersion: apps/v1, kind: ReplicaSet, name: web-7d9c5b6f4, controller: true}";
        check("pod-template-hash: 7d9c5b6f4", set, "apps/v1 Deployment shop/web");
        check("rollouts-pod-template-hash: 7d9c5b6f4", set, "argoproj.io/v1alpha1 Rollout shop/web");
        check("", set, "apps/v1 ReplicaSet shop/web-7d9c5b6f4");
        check("pod-template-hash: other", set, "apps/v1 ReplicaSet shop/web-7d9c5b6f4");
        // A hash of digits is a number to YAML.
        let digits = "{apiVersion: apps/v1, kind: ReplicaSet, name: web-5566778899, controller: true}";
        check("pod-template-hash: 5566778899", digits, "apps/v1 Deployment shop/web");
        check("", "{apiVersion: batch/v1, kind: Job, name: once, controller: true}", "batch/v1 Job shop/once");
        check("", "{apiVersion: batch/v1, kind: Job, name: night-29012345}", "batch/v1 CronJob shop/night");
        check("", "{apiVersion: apps/v1, kind: StatefulSet, name: db}", "apps/v1 StatefulSet shop/db");
        check(
            "deploymentconfig: web",
            "{apiVersion: v1, kind: ReplicationController, name: web-3}",
            "apps.openshift.io/v1 DeploymentConfig shop/web",
        );
        check("", "{apiVersion: v1, kind: Node, name: worker-1}", "-");
        let two = "{kind: Other, name: a}, {apiVersion: apps/v1, kind: DaemonSet, name: b, controller: true}";
        check("", two, "apps/v1 DaemonSet shop/b");
        check("", "", "-");
    }
}
