//! How the text around a node is written, so that a new line looks like its neighbours.

use super::tree::{NodeId, NodeKind, ScalarStyle, Tree};

/// The habits of the text around one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Style {
    /// Columns from a mapping to the mapping that is its value.
    pub step: usize,
    /// Columns from a key to the dashes of the sequence that is its value.
    pub dash_offset: usize,
    /// Columns from a dash to its item.
    pub dash_width: usize,
    /// The quotes around keys, where they have any.
    pub key_quote: Option<char>,
    /// The quotes around strings that need them.
    pub quote: char,
    /// The line end.
    pub line_break: &'static str,
    /// The width of the widest of the blank lines right below.
    pub white_below: usize,
    /// Flow style: white space behind a colon and behind a comma, and inside the brackets.
    pub flow: FlowStyle,
}

/// The habits of flow collections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FlowStyle {
    /// Between a colon and its value: `" "` or nothing.
    pub colon: &'static str,
    /// Between a comma and what follows on the same line.
    pub comma: &'static str,
    /// Just inside of the braces of a mapping.
    pub padding: &'static str,
    /// A new line, with the white space that it starts with, before each entry; `None` on one line.
    pub lines: Option<LineStyle>,
    /// Collections inside of this one go over lines, too.
    pub nested_lines: bool,
}

impl FlowStyle {
    /// How a collection inside of this one goes over lines.
    pub(super) fn nested(&self) -> Option<&LineStyle> {
        self.lines.as_ref().filter(|_| self.nested_lines)
    }
}

/// The indentation of a flow mapping over several lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LineStyle {
    /// What the entries are indented by.
    pub indent: String,
    /// What one level adds to that.
    pub unit: String,
}

impl Default for Style {
    /// What is written where the document shows no style.
    fn default() -> Self {
        let flow = FlowStyle { colon: " ", comma: " ", padding: "", lines: None, nested_lines: false };
        Self {
            step: 2,
            dash_offset: 0,
            dash_width: 2,
            key_quote: None,
            quote: '"',
            line_break: "\n",
            white_below: 0,
            flow,
        }
    }
}

impl Style {
    /// Measures the style at the last node of `path`, which leads there from the root of its document. What is nearest
    /// counts.
    pub(super) fn at(tree: &Tree<'_>, path: &[NodeId]) -> Self {
        let default = Self::default();
        let nearest = || path.iter().rev().copied();
        let mut budget = QUOTE_NODES;
        let here = path.last().map_or(0, |id| tree.node(*id).span.end());
        Self {
            step: step(tree, path).unwrap_or(default.step),
            dash_offset: nearest().find_map(|id| dash_offset(tree, id)).unwrap_or(default.dash_offset),
            dash_width: nearest().find_map(|id| dash_width(tree, id)).unwrap_or(default.dash_width),
            key_quote: nearest().find_map(|id| key_quote(tree, id)).flatten(),
            quote: nearest()
                .take(QUOTE_HEIGHT)
                .find_map(|id| value_quote(tree, id, QUOTE_DEPTH, &mut budget))
                .unwrap_or(default.quote),
            line_break: tree.line_break_before(tree.line_end(here)),
            white_below: 0,
            flow: nearest().find_map(|id| flow_style(tree, id)).unwrap_or(default.flow),
        }
    }
}

/// Whether a node is a block collection with something in it.
fn is_block(tree: &Tree<'_>, id: NodeId) -> bool {
    match tree.node(id).kind {
        NodeKind::Mapping { flow, entries } => !flow && !entries.is_empty(),
        NodeKind::Sequence { flow, items } => !flow && !items.is_empty(),
        _ => false,
    }
}

/// The distance from a block mapping to the block mapping that is one of its values.
fn step(tree: &Tree<'_>, path: &[NodeId]) -> Option<usize> {
    path.iter().rev().copied().find_map(|id| {
        let nested = tree.entries(id).iter().map(|(_, value)| *value).filter(|value| {
            is_block(tree, id) && is_block(tree, *value) && matches!(tree.node(*value).kind, NodeKind::Mapping { .. })
        });
        nested.filter_map(|value| tree.column(value).checked_sub(tree.column(id))).find(|step| (1..=16).contains(step))
    })
}

/// The distance from a key of the block mapping `id` to the dashes below it.
fn dash_offset(tree: &Tree<'_>, id: NodeId) -> Option<usize> {
    if !is_block(tree, id) {
        return None;
    }
    let lists = tree.entries(id).iter().map(|(_, value)| *value);
    lists
        .filter(|value| is_block(tree, *value) && matches!(tree.node(*value).kind, NodeKind::Sequence { .. }))
        .find_map(|value| tree.column(value).checked_sub(tree.column(id)))
}

/// The distance from a dash to its item, in the block sequence `id` or in one of its values.
fn dash_width(tree: &Tree<'_>, id: NodeId) -> Option<usize> {
    let measure = |list: NodeId| {
        let NodeKind::Sequence { flow: false, items } = tree.node(list).kind else { return None };
        let last = items.iter().rev().copied().take(QUOTE_NODES).find(|item| is_block(tree, *item))?;
        let width = tree.column(last).checked_sub(tree.column(list))?;
        (2..=16).contains(&width).then_some(width)
    };
    measure(id).or_else(|| tree.entries(id).iter().find_map(|(_, value)| measure(*value)))
}

/// The quote that all keys of a mapping have, or of the last mapping in a sequence; `Some(None)` where they have none.
fn key_quote(tree: &Tree<'_>, id: NodeId) -> Option<Option<char>> {
    if let NodeKind::Sequence { items, .. } = tree.node(id).kind {
        return items.iter().rev().take(QUOTE_NODES).find_map(|item| key_quote(tree, *item));
    }
    let mut quotes = tree.entries(id).iter().filter_map(|(key, _)| match tree.node(*key).kind {
        NodeKind::Scalar { style: ScalarStyle::DoubleQuoted, .. } => Some(Some('"')),
        NodeKind::Scalar { style: ScalarStyle::SingleQuoted, .. } => Some(Some('\'')),
        NodeKind::Scalar { .. } => Some(None),
        _ => None,
    });
    let first = quotes.next()?;
    Some(first.filter(|_| quotes.all(|quote| quote == first)))
}

/// How far below a node quotes are looked for, and around how many nodes. Quotes that a host put on its own
/// annotations, far above in the same object, say nothing about the habits of its author.
const QUOTE_DEPTH: usize = 4;
const QUOTE_HEIGHT: usize = 4;

/// How many nodes are looked at for quotes: a list without any would be walked for each edit in it.
const QUOTE_NODES: usize = 500;

/// The quote of the last quoted string that is a value in the collection `id`, or somewhat below it.
fn value_quote(tree: &Tree<'_>, id: NodeId, depth: usize, budget: &mut usize) -> Option<char> {
    *budget = budget.checked_sub(1)?;
    match tree.node(id).kind {
        NodeKind::Scalar { style: ScalarStyle::DoubleQuoted, .. } => Some('"'),
        NodeKind::Scalar { style: ScalarStyle::SingleQuoted, .. } => Some('\''),
        _ if depth == 0 => None,
        NodeKind::Mapping { entries, .. } => {
            entries.iter().rev().find_map(|(_, value)| value_quote(tree, *value, depth - 1, budget))
        }
        NodeKind::Sequence { items, .. } => {
            items.iter().rev().find_map(|item| value_quote(tree, *item, depth - 1, budget))
        }
        _ => None,
    }
}

/// The habits of a flow collection, read off the white space around its last entry.
fn flow_style(tree: &Tree<'_>, id: NodeId) -> Option<FlowStyle> {
    let node = tree.node(id);
    let text = tree.source.text();
    let (first, last) = match node.kind {
        NodeKind::Mapping { flow: true, entries } => (entries.first()?.0, entries.last()?.0),
        NodeKind::Sequence { flow: true, items } => (*items.first()?, *items.last()?),
        _ => return None,
    };
    let after_colon = space_after_colon(tree, id);
    let padding = text.get(node.span.start() + 1..tree.start_with_props(first)).unwrap_or_default();
    let before_last = text.get(..tree.start_with_props(last)).unwrap_or_default();
    let space = before_last.get(before_last.trim_end().len()..).unwrap_or_default();
    let lines = space
        .rsplit_once('\n')
        .map(|(_, indent)| LineStyle { indent: indent.to_owned(), unit: unit(tree, id, indent) });
    // The white space before the last entry decides, unless that entry begins its line or is the only one.
    let tells = first != last && lines.is_none();
    let is_tight = if tells { space.is_empty() } else { after_colon == Some(false) };
    let nested_lines = lines.is_some() && nested_over_lines(tree, id);
    Some(FlowStyle {
        colon: if after_colon.unwrap_or(true) { " " } else { "" },
        comma: if is_tight { "" } else { " " },
        padding: if lines.is_none() && padding.starts_with(' ') { " " } else { "" },
        lines,
        nested_lines,
    })
}

/// Whether white space stands behind the colons of a flow mapping, or of the mappings in a flow sequence.
fn space_after_colon(tree: &Tree<'_>, id: NodeId) -> Option<bool> {
    let text = tree.source.text();
    let own = tree.entries(id).iter().find_map(|(key, value)| {
        let between = text.get(tree.node(*key).span.end()..tree.start_with_props(*value))?;
        between.split_once(':').map(|(_, space)| !space.is_empty())
    });
    own.or_else(|| tree.items(id).find_map(|item| space_after_colon(tree, item)))
}

/// Whether the collections in a flow collection go over several lines. The last one decides, or JSON if there is none.
fn nested_over_lines(tree: &Tree<'_>, id: NodeId) -> bool {
    let is_collection =
        |node: &NodeId| matches!(tree.node(*node).kind, NodeKind::Mapping { .. } | NodeKind::Sequence { .. });
    let last = match tree.node(id).kind {
        NodeKind::Mapping { entries, .. } => entries.iter().rev().map(|(_, value)| *value).find(is_collection),
        NodeKind::Sequence { items, .. } => items.iter().rev().copied().find(is_collection),
        _ => None,
    };
    match last {
        Some(node) => tree.source.slice(tree.node(node).span).contains('\n'),
        None => key_quote(tree, id).flatten() == Some('"'),
    }
}

/// What the entries of a flow collection are indented by beyond the line on which its bracket stands.
fn unit(tree: &Tree<'_>, id: NodeId, indent: &str) -> String {
    let line = tree.source.text().get(tree.line_start(tree.node(id).span.start())..).unwrap_or_default();
    let outer = line.len() - line.trim_start_matches([' ', '\t']).len();
    match indent.get(outer..) {
        Some(unit) if !unit.is_empty() => unit.to_owned(),
        _ if indent.contains('\t') => "\t".to_owned(),
        _ => "  ".to_owned(),
    }
}
