//! Refuses workloads that YAML readers read differently.

use std::collections::HashSet;

use crate::facts::ISTIO_PROXY;
use crate::kubernetes::Handler;
use crate::object::Object;
use crate::workload::PodTemplate;
use crate::yaml::{NodeId, NodeKind, Refusal, RefusalKind, Resolved, Span, Step, Tree};

/// The refusal of an object that readers read differently: it has two kinds, two values for a field that the plan uses,
/// or characters that only some readers treat as line breaks.
pub(super) fn ambiguity(tree: &Tree<'_>, object: &Object, template: &PodTemplate) -> Option<Refusal> {
    let span = tree.node(object.node).span;
    // New lines go behind its last one, and behind what may be a blank line to some readers only.
    let is_flow = matches!(tree.node(object.node).kind, NodeKind::Mapping { flow: true, .. });
    let behind = tree.source.text().get(span.end()..).filter(|_| !is_flow).unwrap_or_default();
    let mut lines = behind.split_inclusive('\n');
    let last = lines.next().map_or(0, str::len);
    let behind = last + lines.next().filter(|line| line.trim().is_empty()).map_or(0, str::len);
    if let Some(offset) = tree.source.odd_line_break(Span { start: span.start, end: span.end + behind as u32 }) {
        return Some(Refusal { kind: RefusalKind::LineBreak, offset });
    }
    if ["apiVersion", "kind"].iter().any(|key| tree.count_key(object.node, key) > 1) {
        return Some(Refusal { kind: RefusalKind::DuplicateKey, offset: span.start() });
    }
    let tagged = |key: &&str| tree.get(object.node, key).filter(|value| tree.scalar(*value) == Some(Resolved::Tagged));
    if let Some(value) = ["apiVersion", "kind"].iter().find_map(tagged) {
        return Some(Refusal { kind: RefusalKind::Tag, offset: tree.node(value).span.start() });
    }
    doubled_key(tree, object, template)
}

/// The refusal of an object that has two values for a field that is read, even where that decides that nothing is
/// edited.
pub(super) fn doubled_key(tree: &Tree<'_>, object: &Object, template: &PodTemplate) -> Option<Refusal> {
    let key = doubled(tree, object, template)?;
    Some(Refusal { kind: RefusalKind::DuplicateKey, offset: tree.node(key).span.start() })
}

/// The refusal of an object without a pod template, where the first of two equal keys may have it.
pub(super) fn hides_template(tree: &Tree<'_>, object: &Object) -> Option<Refusal> {
    let inside = || one_of(tree, tree.get(object.node, "spec")?, &["template", "jobTemplate"]);
    let key = one_of(tree, object.node, &["spec"]).or_else(inside)?;
    Some(Refusal { kind: RefusalKind::DuplicateKey, offset: tree.node(key).span.start() })
}

/// The second of two equal keys whose values the plan was made of. Those that would be written are found where they
/// are.
fn doubled(tree: &Tree<'_>, object: &Object, template: &PodTemplate) -> Option<NodeId> {
    const SPEC: &[&str] = &[
        "containers",
        "initContainers",
        "hostNetwork",
        "nodeSelector",
        "restartPolicy",
        "securityContext",
        "shareProcessNamespace",
        "terminationGracePeriodSeconds",
        "tolerations",
    ];
    let root = one_of(tree, object.node, &["metadata", "spec"]);
    root.or_else(|| doubled_in_metadata(tree, object.node))
        .or_else(|| doubled_on_the_way(tree, object, template))
        .or_else(|| one_of(tree, tree.get(object.node, "spec")?, ROLLOUT))
        .or_else(|| one_of(tree, template.node, &["metadata", "spec"]))
        .or_else(|| doubled_in_metadata(tree, template.node))
        .or_else(|| {
            let spec = tree.get(template.node, "spec")?;
            one_of(tree, spec, SPEC).or_else(|| {
                let lists = ["containers", "initContainers"].into_iter().filter_map(|list| tree.get(spec, list));
                lists.flat_map(|list| tree.items(list)).find_map(|container| doubled_in_container(tree, container))
            })
        })
}

/// What says which pod follows another one.
const ROLLOUT: &[&str] = &["podManagementPolicy", "strategy", "updateStrategy", "workloadRef"];

/// A second key of those that lead from the object to the pod template.
fn doubled_on_the_way(tree: &Tree<'_>, object: &Object, template: &PodTemplate) -> Option<NodeId> {
    let steps = template.route.0.get(object.route.0.len()..)?;
    let mut at = object.node;
    for step in steps {
        at = match step {
            Step::Key(key) => match one_of(tree, at, &[key]) {
                Some(second) => return Some(second),
                None => tree.get(at, key)?,
            },
            Step::Item(index) => tree.items(at).nth(*index)?,
            _ => return None,
        };
    }
    None
}

fn doubled_in_metadata(tree: &Tree<'_>, node: NodeId) -> Option<NodeId> {
    let metadata = tree.get(node, "metadata")?;
    one_of(tree, metadata, &["name", "generateName", "namespace", "labels", "annotations"]).or_else(|| {
        ["labels", "annotations"].into_iter().find_map(|field| doubled_mark(tree, tree.get(metadata, field)?))
    })
}

/// Among labels and annotations only Istio's and our own decide anything.
fn doubled_mark(tree: &Tree<'_>, marks: NodeId) -> Option<NodeId> {
    let mut seen = HashSet::new();
    let is_ours = |key: &str| {
        key.split('/').next().is_some_and(|domain| {
            domain == "istio-injection" || domain.ends_with("istio.io") || domain == "istio-drain.dev"
        })
    };
    let keys = tree.entries(marks).iter().map(|(key, _)| *key);
    keys.filter(|key| !tree.is_merge_key(*key))
        .find(|key| tree.as_written(*key).is_some_and(|text| is_ours(text) && !seen.insert(text.to_owned())))
}

/// What is read of each container, and of the proxy beside it.
const APP: &[&str] = &["lifecycle", "ports", "readinessProbe", "restartPolicy"];
const PROXY: &[&str] = &["args", "command", "env", "image", "resources", "securityContext"];

/// Down to what a hook does, and no deeper: aliases could lead on without end.
fn doubled_in_container(tree: &Tree<'_>, container: NodeId) -> Option<NodeId> {
    let variables = || tree.get(container, "env").into_iter().flat_map(|list| tree.items(list));
    let in_variable = || variables().find_map(|variable| one_of(tree, variable, &["name", "value"]));
    let is_proxy = tree.str_at(container, &["name"]) == Some(ISTIO_PROXY);
    let in_proxy = || is_proxy.then(|| one_of(tree, container, PROXY).or_else(in_variable)).flatten();
    one_of(tree, container, APP).or_else(in_proxy).or_else(|| {
        let lifecycle = tree.get(container, "lifecycle")?;
        one_of(tree, lifecycle, &["preStop"]).or_else(|| {
            let hook = tree.get(lifecycle, "preStop")?;
            let inside = |handler: &&str| one_of(tree, tree.get(hook, handler)?, &["command", "seconds"]);
            one_of(tree, hook, &Handler::NAMES).or_else(|| Handler::NAMES.iter().find_map(inside))
        })
    })
}

/// The first key that is there again, of those names.
fn one_of(tree: &Tree<'_>, mapping: NodeId, names: &[&str]) -> Option<NodeId> {
    // A bit for each name.
    let mut seen = 0_u32;
    let mut keys = tree.entries(mapping).iter().map(|(key, _)| *key);
    keys.find(|key| {
        let at = tree.as_written(*key).and_then(|text| names.iter().position(|name| *name == text));
        let bit = at.map_or(0, |at| 1 << at);
        let is_second = seen & bit != 0;
        seen |= bit;
        is_second
    })
}
