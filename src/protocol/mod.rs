//! The formats of the hosts: a ResourceList or a plain stream, the origin of an object, and `results`.

mod config;
mod items;
mod kustomize;
mod origin;
mod results;

use std::fmt;

use crate::object::{is_list_kind, kinds};
use crate::yaml::{Keep, NodeId, Outline, Resolved, Source, Span, SyntaxError, Tree, Unit, parse, units};

pub(crate) use config::{Host, config_place, config_value, function_config};
pub(crate) use items::{bare_list, complete_items, is_local};
pub(crate) use kustomize::{PatchSign, has_directive, inline_patches, json_patch, listed_patches};
pub(crate) use origin::Origin;
pub(crate) use results::{ListPlace, ResultEntry, append_results, field_path};

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

/// Whether a unit has the word in it, so that it may be a ResourceList that people would take for one.
pub(crate) fn may_be_list(source: Source<'_>, unit: &Unit<'_>) -> bool {
    // An escaped spelling is not worth parsing each text that has an escape.
    may_be_resource_list(source, unit) && source.slice(unit.span).contains(RESOURCE_LIST)
}

fn may_be_resource_list(source: Source<'_>, unit: &Unit<'_>) -> bool {
    match &unit.outline {
        Outline::Proven(kinds) => kinds.contains(&RESOURCE_LIST),
        // An escape, also an escaped line break, or base64 could spell the word differently.
        Outline::Open => [RESOURCE_LIST, "\\", "binary"].iter().any(|text| source.slice(unit.span).contains(text)),
    }
}

const RESOURCE_LIST: &str = "ResourceList";

/// The functions specification names the first; older clients send the others (kubernetes-sigs/kustomize,
/// `kyaml/kio/byteio_reader.go`).
const LIST_VERSIONS: [&str; 3] =
    ["config.kubernetes.io/v1", "config.kubernetes.io/v1beta1", "config.kubernetes.io/v1alpha1"];

fn is_resource_list(tree: &Tree<'_>, root: NodeId) -> bool {
    is_named_list(tree, root) && tree.str_at(root, &["apiVersion"]).is_some_and(|it| LIST_VERSIONS.contains(&it))
}

fn is_named_list(tree: &Tree<'_>, root: NodeId) -> bool {
    kinds(tree, root).any(|kind| kind == RESOURCE_LIST)
}

/// Why a ResourceList in a stream can't be answered: a client expects its results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListFlaw {
    /// Its apiVersion is unknown, or missing.
    Version(Option<String>),
    /// Other documents stand beside it.
    Beside,
}

impl fmt::Display for ListFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(Some(version)) => write!(f, "a ResourceList of the apiVersion `{version}` is not known")?,
            Self::Version(None) => f.write_str("a ResourceList without an apiVersion is not known")?,
            Self::Beside => return f.write_str("a ResourceList must be the only document of its input"),
        }
        write!(f, " (expected `{}`)", LIST_VERSIONS.join("`, `"))
    }
}

/// The first ResourceList in a stream, with its offset. What can't be parsed has none.
pub(crate) fn flawed_list(source: Source<'_>, units: &[Unit<'_>]) -> Option<(usize, ListFlaw)> {
    let suspects = units.iter().filter(|unit| may_be_list(source, unit));
    let mut flaws = suspects.filter_map(|unit| {
        let tree = parse(source, unit.span, Keep { list: "items", is_wanted: &|_, _, _| false, ..Keep::ALL }).ok()?;
        let root = tree.roots().iter().copied().find(|root| is_named_list(&tree, *root))?;
        let flaw = match tree.str_at(root, &["apiVersion"]) {
            Some(version) if LIST_VERSIONS.contains(&version) => ListFlaw::Beside,
            version => ListFlaw::Version(version.map(str::to_owned)),
        };
        Some((tree.node(root).span.start(), flaw))
    });
    flaws.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_nobody_can_answer_has_a_flaw() {
        let flaw = |text: &str| {
            let source = Source::embedded(text);
            flawed_list(source, &documents(source)).map(|(at, flaw)| (at, flaw.to_string()))
        };
        let known =
            "(expected `config.kubernetes.io/v1`, `config.kubernetes.io/v1beta1`, `config.kubernetes.io/v1alpha1`)";
        let unknown = |version| format!("a ResourceList of the apiVersion `{version}` is not known {known}");
        for version in ["config.kubernetes.io/v2", "config.kubernetes.io/", "example.com/v1", "v1"] {
            let text = format!("apiVersion: {version}\nkind: ResourceList\nitems: []\n");
            assert_eq!(flaw(&text), Some((0, unknown(version))));
            assert_eq!(flaw(&format!("kind: Pod\n---\n{text}")), Some((14, unknown(version))));
            let json = format!("{{\"kind\": \"ResourceList\", \"apiVersion\": \"{version}\"}}");
            assert_eq!(flaw(&json), Some((0, unknown(version))));
        }
        let without = Some((0, format!("a ResourceList without an apiVersion is not known {known}")));
        assert_eq!(
            [flaw("kind: ResourceList\n"), flaw("kind: ResourceList\napiVersion: 1\n")],
            [&without, &without].map(Clone::clone)
        );
        let beside = "a ResourceList must be the only document of its input";
        let list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n";
        assert_eq!(flaw(&format!("{list}---\nkind: Pod\n")), Some((0, beside.to_owned())));
        assert_eq!(flaw(&format!("{list}---\n{list}")), Some((0, beside.to_owned())));
        // The word is not the kind of the root.
        for text in ["kind: Pod\nspec: {kind: ResourceList}\n", "kind: List\nitems:\n- kind: ResourceList\n", "a: [\n"]
        {
            assert_eq!(flaw(text), None, "{text}");
        }
    }

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
