//! The formats of the hosts: a ResourceList or a plain stream, the origin of an object, and `results`.

mod config;
mod items;
mod kustomize;
mod origin;
mod results;

use crate::object::{is_list_kind, kinds};
use crate::yaml::{Keep, NodeId, Outline, Resolved, Source, Span, SyntaxError, Tree, Unit, parse, units};

pub(crate) use config::{Host, config_place, config_value, function_config};
pub(crate) use items::{bare_list, complete_items, is_local};
pub(crate) use kustomize::{PatchSign, has_directive, inline_patches, json_patch, listed_patches};
pub(crate) use origin::Origin;
pub(crate) use results::{ResultEntry, append_results, field_path};

/// The key by which documents are distinguished without parsing them.
const KIND: &str = "kind";

/// An input, distinguished by its content.
#[derive(Debug)]
pub(crate) enum Input<'s> {
    /// One ResourceList, parsed; its root, and the part of the source that it was parsed from.
    ResourceList(Tree<'s>, NodeId, Span),
    /// Documents. One of them may have been parsed to find out what the input is; it has its span.
    Stream(Vec<Unit<'s>>, Option<(Span, Tree<'s>)>),
}

/// Finds out what the input is. Only the items of a ResourceList that `keep` names are kept.
///
/// # Errors
///
/// The input is one document whose kind only a parser can tell, and it is not YAML.
pub(crate) fn read<'s>(source: Source<'s>, keep: Keep<'_>) -> Result<Input<'s>, SyntaxError> {
    let units = documents(source);
    let mut read = None;
    let mut documents = units.iter().filter(|unit| !is_blank(source.slice(unit.span)));
    if let (Some(unit), None) = (documents.next(), documents.next())
        && may_be_resource_list(source, unit)
    {
        let tree = parse(source, unit.span, keep)?;
        if let Some(root) = only_document(&tree)
            && is_resource_list(&tree, root)
        {
            return Ok(Input::ResourceList(tree, root, unit.span));
        }
        read = Some((unit.span, tree));
    }
    Ok(Input::Stream(units, read))
}

/// The root of the only document that is not empty.
pub(crate) fn only_document(tree: &Tree<'_>) -> Option<NodeId> {
    let mut roots = tree.roots().iter().filter(|root| tree.scalar(**root) != Some(Resolved::Null));
    roots.next().copied().filter(|_| roots.next().is_none())
}

/// The documents of any input, not yet parsed.
pub(crate) fn documents(source: Source<'_>) -> Vec<Unit<'_>> {
    units(source, KIND)
}

/// Whether a text has only comments and document markers.
pub(crate) fn is_blank(text: &str) -> bool {
    text.trim_start_matches('\u{FEFF}').lines().all(|line| {
        let line = line.trim();
        line.is_empty() || line.starts_with('#') || line == "---" || line.starts_with("--- #")
    })
}

/// Whether a unit may hold an object of a kind that `wanted` names, or a list of them.
pub(crate) fn may_hold(unit: &Unit<'_>, wanted: impl Fn(&str) -> bool) -> bool {
    match &unit.outline {
        Outline::Proven(kinds) => kinds.iter().any(|kind| is_list_kind(kind) || wanted(kind)),
        Outline::Open => true,
    }
}

fn may_be_resource_list(source: Source<'_>, unit: &Unit<'_>) -> bool {
    match &unit.outline {
        Outline::Proven(kinds) => kinds.contains(&RESOURCE_LIST),
        // An escape, also an escaped line break, or base64 could spell the word differently.
        Outline::Open => [RESOURCE_LIST, "\\", "binary"].iter().any(|text| source.slice(unit.span).contains(text)),
    }
}

const RESOURCE_LIST: &str = "ResourceList";

/// The functions specification names `config.kubernetes.io/v1`; older clients send v1beta1 and v1alpha1.
fn is_resource_list(tree: &Tree<'_>, root: NodeId) -> bool {
    let version = tree.str_at(root, &["apiVersion"]).unwrap_or_default();
    kinds(tree, root).any(|kind| kind == RESOURCE_LIST) && version.starts_with("config.kubernetes.io/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_list(text: &str) -> bool {
        matches!(read(Source::embedded(text), Keep::ALL), Ok(Input::ResourceList(..)))
    }

    #[test]
    fn tells_a_resource_list_by_its_content() {
        assert!(is_list("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n"));
        assert!(is_list("---\n# c\nkind: ResourceList\napiVersion: config.kubernetes.io/v1alpha1\n"));
        assert!(is_list("# c\n---\nkind: \"ResourceList\"\napiVersion: config.kubernetes.io/v1beta1\n---\n"));
        assert!(is_list("{\"kind\": \"ResourceList\", \"apiVersion\": \"config.kubernetes.io/v1\"}"));
        assert!(is_list("kind: \"Resource\\u004cist\"\napiVersion: config.kubernetes.io/v1\n"));
        assert!(is_list("kind: \"Resource\\\n  List\"\napiVersion: config.kubernetes.io/v1\n"));
        assert!(is_list("%YAML 1.1\n---\nkind: ResourceList\napiVersion: config.kubernetes.io/v1\n---\n# c\n"));
        assert!(!is_list("apiVersion: v1\nkind: List\nitems: []\n"));
        assert!(!is_list("apiVersion: v1\nkind: ResourceList\n"));
        assert!(!is_list("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n---\nkind: Pod\n"));
        assert!(!is_list(""));
    }
}
