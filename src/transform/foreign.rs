//! Inputs that are not manifests: the output of a failed command, values of a chart, unrendered templates.

use crate::parallel;
use crate::protocol;
use crate::yaml::{Keep, NodeId, NodeKind, Outline, Resolved, Source, Tree, Unit, parse, places_of};

/// The group of this tool's own objects.
const OWN_GROUP: &str = "istio-drain.dev/";
/// The kind of its policies.
const OWN_KIND: &str = "ShutdownPolicy";

/// The first document of an input that holds something, where none is an object: none has an apiVersion and a kind.
/// `None` where one is, and where there is nothing in the input but blanks, comments, null, `{}` and `[]`.
pub(crate) fn without_objects(source: Source<'_>) -> Option<usize> {
    let mut first = None;
    for unit in protocol::documents(source) {
        let text = source.slice(unit.span);
        let is_plain = matches!(&unit.outline, Outline::Proven(names) if !names.is_empty());
        if is_plain && text.lines().any(|line| line.starts_with("apiVersion:")) {
            return None;
        }
        let Ok(tree) = parse(source, unit.span, Keep::ALL) else {
            // The output of a failed command may end anywhere.
            first = first.or(Some(unit.span.start() + (text.len() - text.trim_start().len())));
            continue;
        };
        for root in tree.roots() {
            if is_object(&tree, *root) {
                return None;
            }
            if first.is_none() && holds_something(&tree, *root) {
                first = Some(tree.node(*root).span.start());
            }
        }
    }
    first
}

/// Where a template stands that was not rendered: braces in the place of a value, which YAML takes for two mappings, or
/// braces in the name or an image of one of Kubernetes' own objects, which the API server and the kubelet reject. `{{`
/// in another string or in the text of a block scalar is somebody else's template, and no hindrance.
pub(super) fn template(source: Source<'_>) -> Option<usize> {
    if !source.has_braces() {
        return None;
    }
    // A part starts where a line does, so what stands before braces is seen in it.
    let may_hold = parallel::map(&source.parts(), source.threads(), |part| may_hold_template(source.slice(*part)));
    if !may_hold.contains(&true) {
        return None;
    }
    let units = protocol::documents(source);
    let mut units = units.iter().filter(|unit| may_hold_template(source.slice(unit.span)));
    units.find_map(|unit| {
        let tree = parse(source, unit.span, Keep::ALL).ok()?;
        let is_bare = |id: &NodeId| {
            let node = tree.node(*id);
            matches!(node.kind, NodeKind::Mapping { .. }) && source.slice(node.span).starts_with("{{")
        };
        let found = tree.ids().find(is_bare).or_else(|| {
            let is_own =
                tree.roots().iter().any(|root| tree.str_at(*root, &["apiVersion"]).is_some_and(is_of_kubernetes));
            tree.ids().filter(|_| is_own).find_map(|id| template_in_name(&tree, id))
        });
        found.map(|id| tree.node(id).span.start())
    })
}

/// The groups that have no templates of their own in names and images, as Argo's Workflows do.
fn is_of_kubernetes(api_version: &str) -> bool {
    api_version == "v1" || api_version.starts_with("apps/") || api_version.starts_with("batch/")
}

/// A name or an image with braces in a mapping.
fn template_in_name(tree: &Tree<'_>, id: NodeId) -> Option<NodeId> {
    let metadata = tree.get(id, "metadata");
    let names = ["name", "namespace"].map(|key| metadata.and_then(|metadata| tree.get(metadata, key)));
    let all = names.into_iter().chain([tree.get(id, "image")]).flatten();
    all.into_iter().find(|id| tree.as_written(*id).is_some_and(|text| text.contains("{{")))
}

/// Where a text that can't be parsed has braces that YAML can't have: it is likely to be a template.
pub(super) fn braces(source: Source<'_>) -> Option<usize> {
    places_of("{{", source.text()).find(|at| is_opening(source.text(), *at))
}

fn may_hold_template(text: &str) -> bool {
    places_of("{{", text).any(|at| is_opening(text, at) || is_behind_a_name(text, at))
}

/// Whether the text before the place, in the same line and not far away, has the key of a name or an image.
fn is_behind_a_name(text: &str, at: usize) -> bool {
    let before = text.as_bytes().get(at.saturating_sub(FAR)..at).unwrap_or_default();
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    [&b"name"[..], b"image"].iter().any(|key| line.windows(key.len()).any(|part| part == *key))
}

/// The bytes in which a key is looked for before braces, so that a long line costs no more than a short one.
const FAR: usize = 256;

/// Whether braces stand at the start of a line, of a value or of an item.
fn is_opening(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default().trim_end_matches(' ');
    before.is_empty() || before.ends_with(['\n', ':', '-'])
}

/// How many policies are among the objects of an input.
pub(super) fn policies<'s>(source: Source<'s>, units: impl Iterator<Item = &'s Unit<'s>>) -> usize {
    let may_be_one = |unit: &&Unit<'_>| match &unit.outline {
        Outline::Proven(kinds) => kinds.contains(&OWN_KIND),
        Outline::Open => places_of(OWN_GROUP, source.slice(unit.span)).next().is_some(),
    };
    let units = units.filter(may_be_one);
    let trees = units.filter_map(|unit| parse(source, unit.span, Keep::ALL).ok());
    let is_policy = |tree: &Tree<'_>, root: NodeId| {
        tree.str_at(root, &["kind"]) == Some(OWN_KIND)
            && tree.str_at(root, &["apiVersion"]).is_some_and(|version| version.starts_with(OWN_GROUP))
    };
    trees.map(|tree| tree.roots().iter().filter(|root| is_policy(&tree, **root)).count()).sum()
}

fn is_object(tree: &Tree<'_>, root: NodeId) -> bool {
    ["apiVersion", "kind"].iter().all(|key| tree.get(root, key).is_some())
}

fn holds_something(tree: &Tree<'_>, root: NodeId) -> bool {
    let is_null = tree.scalar(root) == Some(Resolved::Null);
    let is_empty_collection = match tree.node(root).kind {
        NodeKind::Mapping { entries, .. } => entries.is_empty(),
        NodeKind::Sequence { items, .. } => items.is_empty(),
        _ => false,
    };
    !is_null && !is_empty_collection
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<usize>) {
        assert_eq!(without_objects(Source::embedded(text)), expected, "{text}");
    }

    #[test]
    fn what_is_not_a_manifest_is_seen() {
        for nothing in ["", "\n\n", "# a chart without resources\n---\n", "---\n{}\n---\nnull\n", "[]\n"] {
            check(nothing, None);
        }
        check("apiVersion: v1\nkind: List\nitems: []\n", None);
        check("{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}\n", None);
        check("a: 1\n---\napiVersion: v1\nkind: Pod\n", None);
        check("Error: chart not found\n", Some(0));
        check("<html></html>\n", Some(0));
        check("# values\nreplicas: 2\n", Some(9));
        check("- a\n", Some(0));
        check("kind: Pod\n", Some(0));
        check("\na: [\n", Some(1));
        check("a: [\n---\napiVersion: v1\nkind: Pod\n", None);
    }

    #[test]
    fn templates_are_seen() {
        let at = |text: &str| template(Source::embedded(text));
        assert_eq!(at("a: {{ .Values.x }}\n"), Some(3));
        assert_eq!(at("a:\n- {{ x }}\n"), Some(5));
        assert_eq!(at("a: '{{ x }}'\nb: |\n  {{ x }}\nc: x {{ y }}\n"), None);
        let object = |rest: &str| at(&format!("apiVersion: apps/v1\nkind: Deployment\n{rest}")).is_some();
        assert!(object("metadata: {name: \"{{ .Release.Name }}-web\"}\n"));
        assert!(object("metadata:\n  name: web-{{ .Values.x }}\n"));
        assert!(object("metadata: {name: web, namespace: '{{ .Release.Namespace }}'}\n"));
        assert!(object("spec: {template: {spec: {containers: [{image: '{{ .Values.image }}'}]}}}\n"));
        assert!(!object("spec: {template: {metadata: {annotations: {name: '{{ with secret }}'}}}}\n"));
        assert!(!object("spec: {template: {spec: {containers: [{env: [{name: A, value: '{{ x }}'}]}]}}}\n"));
        assert_eq!(at("apiVersion: argoproj.io/v1alpha1\nspec: [{image: '{{inputs.parameters.image}}'}]\n"), None);
        assert_eq!(braces(Source::embedded("a: 1\n{{- if x }}\nb: 2\n")), Some(5));
    }

    #[test]
    fn policies_are_counted() {
        let policy = "apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\n";
        let other = "apiVersion: example.com/v1\nkind: ShutdownPolicy\n";
        let json = "{\"kind\": \"ShutdownPolicy\", \"apiVersion\": \"istio-drain.dev/v1alpha1\"}\n";
        let text = format!("{policy}---\na: istio-drain.dev/\n---\n{policy}---\n{other}---\n{json}");
        let source = Source::embedded(&text);
        assert_eq!(policies(source, protocol::documents(source).iter()), 3);
    }
}
