//! What the policy says of one workload, by its name, its labels and its annotations.

use crate::object::{Identity, Metadata, Object};
use crate::policy::{AnnotatedPart, PolicySet, Remark, RemarkKind, WorkloadPolicy, WorkloadTraits};
use crate::rules::{Finding, bad_annotation, unknown_annotation};
use crate::workload::PodTemplate;
use crate::yaml::{Route, Tree};

/// What holds for a workload.
pub(super) fn choose(tree: &Tree<'_>, object: &Object, template: &PodTemplate, policy: &PolicySet) -> WorkloadPolicy {
    choose_as(&object.identity, tree, object, template, policy)
}

/// The same for a pod whose changes belong into the workload that `named` is.
pub(super) fn choose_as(
    named: &Identity,
    tree: &Tree<'_>,
    object: &Object,
    template: &PodTemplate,
    policy: &PolicySet,
) -> WorkloadPolicy {
    let group = named.group();
    let metadata = Metadata::of(tree, object.node);
    let is_pod = template.node == tree.resolve(object.node);
    let of_template = if is_pod { Metadata::default() } else { Metadata::of(tree, template.node) };
    policy.for_workload(&WorkloadTraits {
        group: group.as_deref().unwrap_or_default(),
        kind: &named.kind,
        namespace: namespace(object, policy),
        name: &named.name,
        labels: &metadata.labels,
        annotations: &metadata.annotations,
        template_annotations: &of_template.annotations,
    })
}

/// The namespace that an object will be in, where that is known.
pub(super) fn namespace<'o>(object: &'o Object, policy: &'o PolicySet) -> Option<&'o str> {
    object.identity.namespace.as_deref().or(policy.default_namespace.as_deref())
}

/// The finding of a remark, and the way to its annotation.
pub(super) fn finding(object: &Object, template: &PodTemplate, remark: Remark) -> (Route, Finding) {
    let holder = match remark.holder {
        AnnotatedPart::Workload => &object.route,
        AnnotatedPart::Template => &template.route,
    };
    let route = holder.then(["metadata", "annotations"]).key(remark.annotation.clone());
    let finding = match remark.kind {
        RemarkKind::BadValue => bad_annotation::value(remark.message),
        RemarkKind::Conflict => bad_annotation::conflict(remark.message),
        RemarkKind::Unknown => unknown_annotation::found(remark.message),
    };
    (route, finding)
}
