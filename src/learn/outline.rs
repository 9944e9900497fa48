//! Which lines of a policy state which field.

use std::fmt;

use crate::policy::{self, API_VERSION};
use crate::yaml::{NodeId, NodeKind, Resolved, Source, Tree, parse_all};

/// Why a text can't be brought up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PageError {
    /// It is not YAML. The message and its place.
    Syntax(String, usize),
    /// It is not one ShutdownPolicy.
    NoPolicy,
    /// It has no `spec`.
    NoSpec,
    /// Its `spec` is not in block style.
    NoLines,
    /// The result would differ from the plan.
    Unproven,
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(message, _) => write!(f, "it is not YAML: {message}"),
            Self::NoPolicy => write!(
                f,
                "it is not one ShutdownPolicy of {API_VERSION} (if it is a dump, name the policy behind --write or \
                 --check)"
            ),
            Self::NoSpec => f.write_str("it has no `spec` (write `spec:` at its end)"),
            Self::NoLines => f.write_str("its `spec` is written in braces (write each field on a line of its own)"),
            Self::Unproven => f.write_str("its own values would not stay as they are"),
        }
    }
}

impl std::error::Error for PageError {}

/// The mappings that contain fields or entries.
const GROUPS: [&str; 4] = ["target", "mesh", "revisions", "namespaces"];
/// The groups whose fields may also have dotted names.
const DOTTED: [&str; 2] = ["target", "mesh"];

/// The lines that state one field, or one group of fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StatedField {
    /// Its path below `spec`, with dots between the steps.
    pub(crate) path: String,
    /// Its lines, counted from 0.
    pub(crate) lines: std::ops::Range<usize>,
    /// The indentation of its line, in columns.
    pub(crate) indent: usize,
    pub(crate) form: LineForm,
}

/// The form of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineForm {
    /// It is a value.
    Value,
    /// It is a group whose entries have their own lines, or an empty group.
    Group,
    /// It is a group on one line, or a value in such a group.
    Flow,
}

/// What a policy states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PageOutline {
    pub(crate) stated: Vec<StatedField>,
    /// The line after the last line of `spec`.
    pub(crate) end: usize,
    /// The indentation of the fields, in columns.
    pub(crate) indent: usize,
}

impl PageOutline {
    /// The outline of a ShutdownPolicy.
    ///
    /// # Errors
    ///
    /// The text is not a ShutdownPolicy, or its `spec` can't be edited line by line.
    pub(super) fn of(text: &str) -> Result<Self, PageError> {
        let source = Source::embedded(text);
        let tree = parse_all(source).map_err(|error| PageError::Syntax(error.message, error.offset))?;
        let roots: Vec<_> =
            tree.roots().iter().copied().filter(|root| tree.scalar(*root) != Some(Resolved::Null)).collect();
        let [root] = roots.as_slice() else { return Err(PageError::NoPolicy) };
        if tree.str_at(*root, &["kind"]) != Some(policy::KIND) {
            return Err(PageError::NoPolicy);
        }
        let reader = PageReader { tree: &tree, starts: line_starts(text) };
        let spec = tree.entries(*root).iter().find(|(key, _)| tree.str(*key) == Some("spec"));
        let (key, spec) = *spec.ok_or(PageError::NoSpec)?;
        if !reader.is_block(*root) || !(reader.is_block(spec) || reader.is_null(spec)) {
            return Err(PageError::NoLines);
        }
        let mut outline = Self { end: reader.line(tree.node(key).span.start()) + 1, indent: 2, stated: Vec::new() };
        reader.collect(spec, "", false, &mut outline.stated);
        if let Some(first) = outline.stated.first() {
            outline.indent = first.indent;
        }
        outline.end =
            outline.stated.iter().map(|stated| stated.lines.end).chain([outline.end]).max().unwrap_or_default();
        Ok(outline)
    }
}

struct PageReader<'t, 's> {
    tree: &'t Tree<'s>,
    starts: Vec<usize>,
}

impl PageReader<'_, '_> {
    fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    fn is_null(&self, node: NodeId) -> bool {
        self.tree.scalar(node) == Some(Resolved::Null)
    }

    fn is_block(&self, node: NodeId) -> bool {
        matches!(self.tree.node(node).kind, NodeKind::Mapping { flow: false, .. })
    }

    fn collect(&self, mapping: NodeId, above: &str, is_flow: bool, stated: &mut Vec<StatedField>) {
        for (key, value) in self.tree.entries(mapping) {
            let Some(name) = self.tree.as_written(*key) else { continue };
            let path = if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") };
            let start = self.tree.node(*key).span.start();
            let first = self.line(start);
            let last = self.line(self.tree.node(*value).span.end().saturating_sub(1).max(start));
            let is_group = GROUPS.contains(&path.as_str())
                || above == "revisions"
                || above.starts_with("revisions.") && DOTTED.contains(&name);
            let is_lines = self.is_block(*value) || self.is_null(*value);
            let is_mapping = matches!(self.tree.node(*value).kind, NodeKind::Mapping { .. });
            let form = match (is_group, is_flow) {
                (true, false) if is_lines && self.tree.node(*value).props.is_none() => LineForm::Group,
                (true, _) if is_mapping && !self.tree.entries(*value).is_empty() => LineForm::Flow,
                (_, true) => LineForm::Flow,
                _ => LineForm::Value,
            };
            let indent = start - self.starts.get(first).copied().unwrap_or_default();
            stated.push(StatedField { path: path.clone(), lines: first..last + 1, indent, form });
            if is_group && form != LineForm::Value {
                self.collect(*value, &path, form == LineForm::Flow, stated);
            }
        }
    }
}

/// Where each line starts.
fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}
