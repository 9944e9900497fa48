//! Which lines of a policy state what.

use crate::policy;
use crate::yaml::{NodeId, NodeKind, Resolved, Source, Tree, parse_all};

use super::page::PageError;

/// The mappings that hold fields or entries of their own.
const GROUPS: [&str; 4] = ["target", "mesh", "revisions", "namespaces"];
/// Those whose entries are distinguished by the policy's dotted names, too.
const DOTTED: [&str; 2] = ["target", "mesh"];

/// What one field, or one group of them, is stated by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StatedField {
    /// The way to it below `spec`, dots between the steps.
    pub(crate) path: String,
    /// Its first line, counted from 0, and the one behind its last.
    pub(crate) lines: std::ops::Range<usize>,
    /// How far its line is indented.
    pub(crate) indent: usize,
    pub(crate) form: LineForm,
}

/// How something is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineForm {
    /// It is a value.
    Value,
    /// It is a group whose entries stand on lines of their own, or that has none yet.
    Group,
    /// It is a group on one line, or a value in one.
    Flow,
}

/// What a policy states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outline {
    pub(crate) stated: Vec<StatedField>,
    /// The line behind the last one of `spec`.
    pub(crate) end: usize,
    /// How far the fields are indented.
    pub(crate) indent: usize,
}

impl Outline {
    /// The outline of a ShutdownPolicy.
    ///
    /// # Errors
    ///
    /// The text is something else, or its `spec` can't be written to line by line.
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
