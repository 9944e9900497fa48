//! Which kinds have a pod template, and where it stands in them. One table.

use crate::object::{Identity, Object};
use crate::policy::Kind;
use crate::yaml::{NodeId, Route, Tree};

/// The pod template of a workload: the node with `metadata` and `spec`.
#[derive(Clone, Debug)]
pub struct PodTemplate {
    /// Its node, aliases followed.
    pub node: NodeId,
    /// The way to it from the root of the document.
    pub route: Route,
}

/// A kind with a true pod template.
struct Row {
    kind: Kind,
    /// The API groups that it is known in; `""` is the core group. Versions don't matter: the path has never changed.
    groups: &'static [&'static str],
    path: &'static [&'static str],
}

/// Kubernetes' own kinds (`k8s.io/api`: core/v1, apps/v1, batch/v1, and extensions/v1beta1 in old manifests).
const ROWS: [Row; 8] = [
    Row { kind: Kind::Deployment, groups: &["apps", "extensions"], path: &["spec", "template"] },
    Row { kind: Kind::StatefulSet, groups: &["apps"], path: &["spec", "template"] },
    Row { kind: Kind::DaemonSet, groups: &["apps", "extensions"], path: &["spec", "template"] },
    Row { kind: Kind::ReplicaSet, groups: &["apps", "extensions"], path: &["spec", "template"] },
    Row { kind: Kind::ReplicationController, groups: &[""], path: &["spec", "template"] },
    Row { kind: Kind::Pod, groups: &[""], path: &[] },
    Row { kind: Kind::Job, groups: &["batch"], path: &["spec", "template"] },
    Row { kind: Kind::CronJob, groups: &["batch"], path: &["spec", "jobTemplate", "spec", "template"] },
];

/// Whether some kind of that name has a pod template, in whatever group.
pub fn is_workload_kind(kind: &str) -> bool {
    ROWS.iter().any(|row| row.kind.name() == kind)
}

/// The kind of an object, where it is one with a pod template.
pub fn kind_of(identity: &Identity) -> Option<Kind> {
    row_of(identity).map(|row| row.kind)
}

/// The pod template of an object; `None` for other kinds, and where the manifest has none.
pub fn locate(tree: &Tree<'_>, object: &Object) -> Option<PodTemplate> {
    let row = row_of(&object.identity)?;
    let node = tree.get_path(object.node, row.path)?;
    Some(PodTemplate { node, route: object.route.then(row.path.iter().copied()) })
}

fn row_of(identity: &Identity) -> Option<&'static Row> {
    let gvk = identity.gvk()?;
    ROWS.iter().find(|row| row.kind.name() == gvk.kind && row.groups.contains(&gvk.group.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::collect;
    use crate::yaml::{Source, parse_all};

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let tree = parse_all(Source::embedded(text)).unwrap();
        let object = collect(&tree, is_workload_kind).pop();
        let route = object.and_then(|object| locate(&tree, &object)).map(|template| template.route.to_string());
        assert_eq!(route.as_deref(), expected, "{text}");
    }

    #[test]
    fn finds_the_pod_template() {
        check("apiVersion: apps/v1\nkind: Deployment\nspec: {template: {}}\n", Some("spec.template"));
        check("apiVersion: extensions/v1beta1\nkind: DaemonSet\nspec: {template: {}}\n", Some("spec.template"));
        check("apiVersion: v1\nkind: Pod\n", Some(""));
        check(
            "apiVersion: batch/v1\nkind: CronJob\nspec: {jobTemplate: {spec: {template: {}}}}\n",
            Some("spec.jobTemplate.spec.template"),
        );
        check("apiVersion: apps/v1\nkind: Deployment\nspec: {}\n", None);
        check("apiVersion: apps.kruise.io/v1beta1\nkind: StatefulSet\nspec: {template: {}}\n", None);
        check("apiVersion: v1\nkind: Deployment\nspec: {template: {}}\n", None);
        check("apiVersion: a/b/c\nkind: Deployment\nspec: {template: {}}\n", None);
    }
}
