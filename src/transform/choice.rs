//! What the policy says of one workload, by its name, its labels and its annotations.

use std::collections::BTreeMap;

use crate::object::Object;
use crate::policy::{Holder, PolicySet, Remark, RemarkKind, Workload, WorkloadPolicy};
use crate::shutdown::{Finding, Rule, Severity, Subject};
use crate::workload::PodTemplate;
use crate::yaml::{NodeId, Route, Tree};

/// How deep merge keys are followed.
const MOST_MERGES: usize = 8;

/// What holds for a workload.
pub(super) fn choose(tree: &Tree<'_>, object: &Object, template: &PodTemplate, policy: &PolicySet) -> WorkloadPolicy {
    let gvk = object.identity.gvk();
    let metadata = |node: NodeId, key: &str| texts(tree, tree.get_path(node, &["metadata", key]), MOST_MERGES);
    let (labels, annotations) = (metadata(object.node, "labels"), metadata(object.node, "annotations"));
    let is_pod = template.node == tree.resolve(object.node);
    let template_annotations = if is_pod { BTreeMap::new() } else { metadata(template.node, "annotations") };
    policy.for_workload(&Workload {
        group: gvk.as_ref().map_or("", |gvk| &gvk.group),
        kind: &object.identity.kind,
        namespace: namespace(object, policy),
        name: &object.identity.name,
        labels: &labels,
        annotations: &annotations,
        template_annotations: &template_annotations,
    })
}

/// The namespace that an object will be in, where that is known.
pub(super) fn namespace<'o>(object: &'o Object, policy: &'o PolicySet) -> Option<&'o str> {
    object.identity.namespace.as_deref().or(policy.default_namespace.as_deref())
}

/// The finding of a remark, and the way to its annotation.
pub(super) fn finding(object: &Object, template: &PodTemplate, remark: Remark) -> (Route, Finding) {
    let holder = match remark.holder {
        Holder::Workload => &object.route,
        Holder::Template => &template.route,
    };
    let (rule, severity, remedy) = match remark.kind {
        RemarkKind::BadValue => (Rule::BadAnnotation, Severity::Error, "correct the annotation, or take it out"),
        RemarkKind::Conflict => (Rule::BadAnnotation, Severity::Error, "keep one of the two"),
        RemarkKind::Unknown => (Rule::UnknownAnnotation, Severity::Warning, "correct its name, or take it out"),
    };
    let route = holder.then(["metadata", "annotations", remark.annotation.as_str()]);
    let finding =
        Finding { rule, severity, subject: Subject::Workload, message: remark.message, remedy: remedy.to_owned() };
    (route, finding)
}

/// The entries of a mapping whose keys are text and whose values are scalars. Numbers and booleans count as they are
/// written: the API server rejects them in labels and annotations, but what they mean is plain.
fn texts(tree: &Tree<'_>, mapping: Option<NodeId>, depth: usize) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let entries = mapping.map_or(&[][..], |mapping| tree.entries(mapping));
    for (key, value) in entries {
        if tree.is_merge_key(*key) {
            let several: Vec<_> = tree.items(*value).collect();
            for merged in if several.is_empty() { vec![*value] } else { several } {
                if let Some(depth) = depth.checked_sub(1) {
                    texts(tree, Some(merged), depth).into_iter().for_each(|(name, text)| {
                        found.entry(name).or_insert(text);
                    });
                }
            }
        }
    }
    for (key, value) in entries.iter().filter(|(key, _)| !tree.is_merge_key(*key)) {
        if let (Some(name), Some(text)) = (tree.str(*key), tree.as_written(*value)) {
            found.insert(name.to_owned(), text.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Source, parse_all};

    #[test]
    fn labels_are_read_as_readers_see_them() {
        let text = "a: &a {x: 1, w: b}\nlabels: {<<: [*a, {z: c}], x: \"2\", list: [], on: yes}\n";
        let tree = parse_all(Source::embedded(text)).unwrap();
        let labels = tree.get(tree.roots()[0], "labels");
        let expected = [("w", "b"), ("x", "2"), ("z", "c")].map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(texts(&tree, labels, MOST_MERGES), expected.into());
        assert_eq!(texts(&tree, None, MOST_MERGES), BTreeMap::new());
    }
}
