//! Where the pod templates of an object are.

use crate::kinds::{Kind, PathStep};
use crate::object::{Identity, Object};
use crate::yaml::{NodeId, Route, Tree};

/// The pod template of a workload: the node with `metadata` and `spec`.
#[derive(Clone, Debug)]
pub(crate) struct PodTemplate {
    /// Its node, aliases followed.
    pub node: NodeId,
    /// Its route from the root of the document.
    pub route: Route,
    /// It has no `metadata` and starts with `spec`, so `metadata` is written first.
    pub lacks_metadata: bool,
}

/// The kind of an object, if it is one of `kinds`.
pub(crate) fn kind_of<'k>(identity: &Identity, kinds: &'k [Kind]) -> Option<&'k Kind> {
    let group = identity.group()?;
    kinds.iter().find(|kind| kind.is(&group, &identity.kind))
}

/// The pod templates of an object of that kind, in the order of its paths; none where the manifest has none.
pub(crate) fn locate(tree: &Tree<'_>, object: &Object, kind: &Kind) -> Vec<PodTemplate> {
    let mut found = Vec::new();
    for path in kind.paths() {
        walk(tree, tree.resolve(object.node), &object.route, path.steps(), &mut found);
    }
    found
}

/// Follows the steps of a path to all nodes that it leads to.
fn walk(tree: &Tree<'_>, node: NodeId, route: &Route, steps: &[PathStep], found: &mut Vec<PodTemplate>) {
    let Some((step, rest)) = steps.split_first() else {
        let starts_with_spec = tree.entries(node).first().is_some_and(|(key, _)| tree.str(*key) == Some("spec"));
        let lacks_metadata = starts_with_spec && tree.count_key(node, "metadata") == 0;
        return found.push(PodTemplate { node, route: route.clone(), lacks_metadata });
    };
    match step {
        PathStep::Key(key) => {
            if let Some(value) = tree.get(node, key) {
                walk(tree, value, &route.then([key]), rest, found);
            }
        }
        PathStep::Items => {
            for (index, item) in tree.items(node).enumerate() {
                walk(tree, item, &route.then([index]), rest, found);
            }
        }
        PathStep::Values => {
            for (key, value) in tree.entries(node) {
                if let Some(key) = tree.as_written(*key) {
                    walk(tree, tree.resolve(*value), &route.clone().key(key.to_owned()), rest, found);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::CustomKind;
    use crate::object::collect;
    use crate::yaml::{Source, parse_all};

    #[track_caller]
    fn check_kinds(text: &str, kinds: &[Kind], expected: &[&str]) {
        let tree = parse_all(Source::embedded(text)).unwrap();
        let mut routes = Vec::new();
        for object in collect(&tree, |_| true) {
            let templates = kind_of(&object.identity, kinds).map(|kind| locate(&tree, &object, kind));
            routes.extend(templates.into_iter().flatten().map(|template| template.route.to_string()));
        }
        assert_eq!(routes, expected, "{text}");
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        check_kinds(text, &Kind::all().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn finds_the_pod_template() {
        check("apiVersion: apps/v1\nkind: Deployment\nspec: {template: {}}\n", &["spec.template"]);
        check("apiVersion: extensions/v1beta1\nkind: DaemonSet\nspec: {template: {}}\n", &["spec.template"]);
        check("apiVersion: v1\nkind: Pod\n", &[""]);
        check("apiVersion: v1\nkind: PodTemplate\ntemplate: {}\n", &["template"]);
        check(
            "apiVersion: batch/v1\nkind: CronJob\nspec: {jobTemplate: {spec: {template: {}}}}\n",
            &["spec.jobTemplate.spec.template"],
        );
        check("apiVersion: apps/v1\nkind: Deployment\nspec: {}\n", &[]);
        check("apiVersion: apps.kruise.io/v1beta1\nkind: StatefulSet\nspec: {template: {}}\n", &["spec.template"]);
        check("apiVersion: apps.example.org/v1\nkind: StatefulSet\nspec: {template: {}}\n", &[]);
        check("apiVersion: v1\nkind: Deployment\nspec: {template: {}}\n", &[]);
        check("apiVersion: a/b/c\nkind: Deployment\nspec: {template: {}}\n", &[]);
        check("apiVersion: serving.knative.dev/v1\nkind: Service\nspec: {template: {}}\n", &[]);
    }

    #[test]
    fn finds_all_of_several() {
        check(
            "apiVersion: ray.io/v1\nkind: RayCluster\nspec:\n  headGroupSpec: {template: {}}\n  workerGroupSpecs:\n  - \
             {template: {}}\n  - {}\n  - {template: {}}\n",
            &["spec.headGroupSpec.template", "spec.workerGroupSpecs[0].template", "spec.workerGroupSpecs[2].template"],
        );
        check(
            "apiVersion: kubeflow.org/v1\nkind: TFJob\nspec: {tfReplicaSpecs: {Chief: {template: {}}, Worker: \
             {template: {}}}}\n",
            &["spec.tfReplicaSpecs.Chief.template", "spec.tfReplicaSpecs.Worker.template"],
        );
        check(
            "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: ray.io/v1, kind: RayCluster, spec: {headGroupSpec: \
             {template: {}}}}\n",
            &["items[0].spec.headGroupSpec.template"],
        );
    }

    #[test]
    fn finds_those_of_custom_kinds() {
        let kind = Kind::Custom(CustomKind {
            group: "example.org".to_owned(),
            kind: "Shop".to_owned(),
            templates: ["spec.pods[*]", "spec[\"a.b\"]"].iter().map(|path| path.parse().unwrap()).collect(),
        });
        let text = "apiVersion: example.org/v1\nkind: Shop\nspec: {pods: [{}, {}], a.b: &a {}, c: *a}\n";
        check_kinds(text, &[kind], &["spec.pods[0]", "spec.pods[1]", "spec[\"a.b\"]"]);
        check(text, &[]);
    }
}
