//! A parsed unit: nodes with spans into the source. Read-only; edits refer to it and never change it.

mod lines;

use std::borrow::Cow;
use std::num::NonZeroUsize;
use std::sync::OnceLock;

use super::scalar::{self, Resolved};
use super::{Source, Span};

/// Names a node of one [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    /// The number of a node before which `count` others were put.
    pub(super) const fn shifted(self, count: u32) -> Self {
        Self(self.0 + count)
    }
}

/// A node and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Node<'t> {
    /// What it is.
    pub kind: NodeKind<'t>,
    /// Its text, without anchor and tag. A block collection starts at its first key or dash and ends with the content
    /// of its last entry; a block scalar starts at its header and ends before the line break of its last line of
    /// content; a value that is not written out is empty.
    pub span: Span,
    /// Its anchor and tag, where it has any.
    pub props: Option<&'t Props>,
}

/// A node as the tree holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HeldNode<'s> {
    pub kind: HeldKind<'s>,
    pub span: Span,
    pub props: Option<Box<Props>>,
}

/// The shapes of nodes as the tree holds them: what collections hold stands in lists of the tree. A list in each of
/// them would cost more than all else in reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HeldKind<'s> {
    Scalar { style: ScalarStyle, text: Cow<'s, str> },
    Mapping { flow: bool, entries: ListPart },
    Sequence { flow: bool, items: ListPart },
    Alias(NodeId),
    Pruned,
}

/// How much a tree holds at some time of reading.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    nodes: usize,
    entries: usize,
    items: usize,
}

/// A part of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ListPart {
    start: u32,
    len: u32,
}

impl ListPart {
    fn of<T>(self, list: &[T]) -> &[T] {
        let start = self.start as usize;
        list.get(start..start + self.len as usize).unwrap_or_default()
    }
}

/// The anchor and the tag of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Props {
    /// Where the first of the two starts.
    pub start: u32,
    /// The name of the anchor, and whether an alias refers to it.
    pub anchor: Option<Anchor>,
    /// The tag, resolved: `tag:yaml.org,2002:str` for `!!str`.
    pub tag: Option<String>,
}

/// An anchor on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Its name, without `&`.
    pub name: String,
    /// Some alias refers to it.
    pub referred: bool,
}

/// The shapes of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind<'t> {
    /// A scalar, decoded.
    Scalar {
        /// How it is written.
        style: ScalarStyle,
        /// Its text, decoded.
        text: &'t str,
    },
    /// A mapping: key and value, in order, with whatever doubles it has.
    Mapping {
        /// Written in `{}`.
        flow: bool,
        /// The keys and values.
        entries: &'t [(NodeId, NodeId)],
    },
    /// A sequence.
    Sequence {
        /// Written in `[]`.
        flow: bool,
        /// The items.
        items: &'t [NodeId],
    },
    /// An alias, and the node it stands for.
    Alias(NodeId),
    /// A node whose content was not kept, since the reader had no use for it.
    Pruned,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without quotes; what it means depends on its text.
    Plain,
    /// `'single'`
    SingleQuoted,
    /// `"double"`
    DoubleQuoted,
    /// `|`; its content starts at that offset.
    Literal(u32),
    /// `>`; its content starts at that offset.
    Folded(u32),
}

/// How many bytes of a manifest make a node, about: measured over rendered charts.
pub(super) const BYTES_PER_NODE: usize = 14;

/// Which items of a list in the root mapping are worth keeping.
#[derive(Clone, Copy)]
pub struct Keep<'k> {
    /// The key of the list.
    pub list: &'k str,
    /// Whether an item of it is wanted, by its apiVersion and kind, and by words in its text: it may be asked of an
    /// item of which nothing else was read. What is wanted with some of its text is wanted with more of it, too.
    pub is_wanted: &'k (dyn Fn(&Tree<'_>, NodeId, &str) -> bool + Sync),
    /// How many threads read its items.
    pub threads: NonZeroUsize,
}

impl Keep<'_> {
    /// Keeps everything.
    pub const ALL: Self = Self { list: "", is_wanted: &|_, _, _| true, threads: NonZeroUsize::MIN };
}

/// The nodes of one unit of a stream.
#[derive(Clone, Debug)]
pub struct Tree<'s> {
    /// The text that all spans refer to.
    pub source: Source<'s>,
    /// The part of it that was parsed.
    pub(super) span: Span,
    /// The line feeds in that part, once somebody asks for a line.
    pub(super) line_feeds: OnceLock<Vec<u32>>,
    pub(super) nodes: Vec<HeldNode<'s>>,
    /// The entries of all mappings, and the items of all sequences, those of a collection behind those of the ones in
    /// it.
    pub(super) entries: Vec<(NodeId, NodeId)>,
    pub(super) items: Vec<NodeId>,
    pub(super) roots: Vec<NodeId>,
}

/// A block scalar that goes on until something that is indented less.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenScalar {
    /// How far its lines are indented.
    pub margin: usize,
    /// It has no line that shows that.
    pub is_blank: bool,
    /// Blank lines behind it are part of it.
    pub keeps: bool,
}

#[cfg(test)]
thread_local! {
    /// How many nodes were looked at on this thread, and bytes on the way to the ends of lines: what tests of growth
    /// compare.
    pub(crate) static VISITS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// How many mappings a look-up may follow merge keys into: a small text can merge itself many times over.
const MERGE_LIMIT: usize = 1_000;

impl<'s> Tree<'s> {
    /// The root of each document.
    pub fn roots(&self) -> &[NodeId] {
        &self.roots
    }

    /// All nodes, in the order in which the parser met their starts.
    pub(crate) fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    /// How many nodes it has.
    pub(crate) fn size(&self) -> usize {
        self.nodes.len()
    }

    /// The node itself, aliases not followed.
    #[inline]
    pub fn node(&self, id: NodeId) -> Node<'_> {
        let HeldNode { kind, span, props } = self.held(id);
        let kind = match kind {
            HeldKind::Scalar { style, text } => NodeKind::Scalar { style: *style, text },
            HeldKind::Mapping { flow, entries } => {
                NodeKind::Mapping { flow: *flow, entries: entries.of(&self.entries) }
            }
            HeldKind::Sequence { flow, items } => NodeKind::Sequence { flow: *flow, items: items.of(&self.items) },
            HeldKind::Alias(target) => NodeKind::Alias(*target),
            HeldKind::Pruned => NodeKind::Pruned,
        };
        Node { kind, span: *span, props: props.as_deref() }
    }

    fn held(&self, id: NodeId) -> &HeldNode<'s> {
        #[cfg(test)]
        VISITS.with(|visits| visits.set(visits.get() + 1));
        // Ids are made by the parser for this tree only.
        #[expect(clippy::indexing_slicing, reason = "an id is an index into the tree it was made for")]
        &self.nodes[id.0 as usize]
    }

    /// The text of a node, as it stands in the source.
    pub(super) fn text(&self, id: NodeId) -> &'s str {
        self.source.slice(self.held(id).span)
    }

    /// An empty tree of the part `span` of a source, with room for this many nodes.
    pub(super) fn with_room(source: Source<'s>, span: Span, nodes: usize) -> Self {
        Self {
            source,
            span,
            line_feeds: OnceLock::new(),
            nodes: Vec::with_capacity(nodes),
            entries: Vec::with_capacity(nodes / 2),
            items: Vec::new(),
            roots: Vec::new(),
        }
    }

    /// Makes the node `id` a collection of these entries: of the values alone, if it is a sequence.
    pub(super) fn fill(&mut self, id: NodeId, is_sequence: bool, flow: bool, entries: &[(NodeId, NodeId)]) {
        let len = entries.len() as u32;
        let kind = if is_sequence {
            let items = ListPart { start: self.items.len() as u32, len };
            self.items.extend(entries.iter().map(|(_, item)| *item));
            HeldKind::Sequence { flow, items }
        } else {
            let own = ListPart { start: self.entries.len() as u32, len };
            self.entries.extend_from_slice(entries);
            HeldKind::Mapping { flow, entries: own }
        };
        if let Some(node) = self.nodes.get_mut(id.0 as usize) {
            node.kind = kind;
        }
    }

    /// The node that an alias stands for, or the node itself.
    pub fn resolve(&self, id: NodeId) -> NodeId {
        match self.held(id).kind {
            HeldKind::Alias(target) => target,
            _ => id,
        }
    }

    /// The value of `key` as a reader sees it: aliases and merge keys followed, the last one where it is there twice.
    pub(crate) fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.get_within(id, key, &mut { MERGE_LIMIT })
    }

    /// The same, with this many mappings left to look at.
    fn get_within(&self, id: NodeId, key: &str, budget: &mut usize) -> Option<NodeId> {
        *budget = budget.checked_sub(1)?;
        let entries = self.entries(id);
        let own = entries.iter().rev().find(|(k, _)| self.is_key(*k, key) && !self.is_merge_key(*k));
        if let Some((_, value)) = own {
            return Some(self.resolve(*value));
        }
        entries.iter().filter(|(k, _)| self.is_merge_key(*k)).find_map(|(_, merged)| {
            match self.node(self.resolve(*merged)).kind {
                NodeKind::Sequence { items, .. } => items.iter().find_map(|item| self.get_within(*item, key, budget)),
                _ => self.get_within(*merged, key, budget),
            }
        })
    }

    /// The value at the end of a path of keys, as a reader sees it.
    pub(crate) fn get_path(&self, id: NodeId, keys: &[&str]) -> Option<NodeId> {
        keys.iter().try_fold(self.resolve(id), |at, key| self.get(at, key))
    }

    /// The items of a sequence, aliases followed; empty for anything else.
    pub fn items(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let items = match self.held(self.resolve(id)).kind {
            HeldKind::Sequence { items, .. } => items.of(&self.items),
            _ => &[],
        };
        items.iter().map(|item| self.resolve(*item))
    }

    /// The entries of a mapping as written: merge keys not followed; empty for anything else.
    pub fn entries(&self, id: NodeId) -> &[(NodeId, NodeId)] {
        match self.held(self.resolve(id)).kind {
            HeldKind::Mapping { entries, .. } => entries.of(&self.entries),
            _ => &[],
        }
    }

    /// How often a key is written in a mapping.
    pub(crate) fn count_key(&self, id: NodeId, key: &str) -> usize {
        self.entries(id).iter().filter(|(k, _)| self.is_key(*k, key)).count()
    }

    /// What a scalar means to kubectl (YAML 1.1); `None` for collections.
    pub(crate) fn scalar(&self, id: NodeId) -> Option<Resolved<'_>> {
        let node = self.held(self.resolve(id));
        let HeldKind::Scalar { style, text } = &node.kind else { return None };
        let tag = node.props.as_ref().and_then(|props| props.tag.as_deref());
        Some(scalar::resolve(text, *style == ScalarStyle::Plain, tag))
    }

    /// The text of a scalar that is a string to kubectl.
    pub(crate) fn str(&self, id: NodeId) -> Option<&str> {
        match self.scalar(id)? {
            Resolved::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The string at the end of a path of keys.
    pub(crate) fn str_at(&self, id: NodeId, keys: &[&str]) -> Option<&str> {
        self.str(self.get_path(id, keys)?)
    }

    /// The text of a scalar, whatever it means; aliases followed.
    pub fn as_written(&self, id: NodeId) -> Option<&str> {
        self.scalar_text(self.resolve(id))
    }

    /// The text of a scalar as written, whatever it means.
    pub(super) fn scalar_text(&self, id: NodeId) -> Option<&str> {
        match &self.held(id).kind {
            HeldKind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether the key node `id` reads `key`, quoted or not.
    pub(super) fn is_key(&self, id: NodeId, key: &str) -> bool {
        self.scalar_text(id) == Some(key)
    }

    /// Whether a key is `<<`, plain or tagged as a merge.
    pub(crate) fn is_merge_key(&self, id: NodeId) -> bool {
        let node = self.held(id);
        match node.props.as_ref().and_then(|props| props.tag.as_deref()) {
            Some(tag) => tag == scalar::TAG_MERGE,
            None => matches!(&node.kind, HeldKind::Scalar { style: ScalarStyle::Plain, text } if text == "<<"),
        }
    }

    /// Whether two trees are the same.
    pub(super) fn has_same_nodes(&self, other: &Tree<'_>) -> bool {
        self.roots == other.roots
            && self.nodes == other.nodes
            && self.entries == other.entries
            && self.items == other.items
    }

    /// How much it holds.
    pub(super) fn mark(&self) -> Mark {
        Mark { nodes: self.nodes.len(), entries: self.entries.len(), items: self.items.len() }
    }

    /// Forgets what came since then.
    pub(super) fn back_to(&mut self, mark: Mark) {
        self.nodes.truncate(mark.nodes);
        self.entries.truncate(mark.entries);
        self.items.truncate(mark.items);
    }

    /// Takes over the nodes of a tree of the same source, but for its first `head` ones. Their numbers grow by what is
    /// returned.
    pub(super) fn absorb(&mut self, mut part: Tree<'s>, head: usize) -> u32 {
        let shift = (self.nodes.len() - head) as u32;
        let (entries_before, items_before) = (self.entries.len() as u32, self.items.len() as u32);
        self.nodes.extend(part.nodes.drain(head..).map(|mut node| {
            match &mut node.kind {
                HeldKind::Mapping { entries, .. } => entries.start += entries_before,
                HeldKind::Sequence { items, .. } => items.start += items_before,
                HeldKind::Alias(id) => *id = id.shifted(shift),
                HeldKind::Scalar { .. } | HeldKind::Pruned => {}
            }
            node
        }));
        self.entries.extend(part.entries.iter().map(|(key, value)| (key.shifted(shift), value.shifted(shift))));
        self.items.extend(part.items.iter().map(|item| item.shifted(shift)));
        shift
    }

    /// Forgets the content of a node, which came since `mark`.
    pub(super) fn prune(&mut self, id: NodeId, mark: Mark) {
        self.back_to(mark);
        if let Some(node) = self.nodes.get_mut(id.0 as usize) {
            node.kind = HeldKind::Pruned;
        }
    }

    /// Whether a node is null or an empty collection.
    pub(super) fn is_void(&self, id: NodeId) -> bool {
        match self.node(id).kind {
            NodeKind::Mapping { entries, .. } => entries.is_empty(),
            NodeKind::Sequence { items, .. } => items.is_empty(),
            _ => self.scalar(id) == Some(Resolved::Null),
        }
    }

    /// The block scalar whose last line is the last one of the text, and has no line break.
    pub(super) fn cut_scalar(&self) -> Option<NodeId> {
        let last = self.nodes.last()?;
        let is_block =
            matches!(last.kind, HeldKind::Scalar { style: ScalarStyle::Literal(_) | ScalarStyle::Folded(_), .. });
        let rest = self.source.text().get(last.span.end()..)?;
        (is_block && !rest.contains('\n')).then(|| NodeId(self.nodes.len() as u32 - 1))
    }

    /// The block scalar that ends before the node that starts at `start`, with nothing but blank lines between them:
    /// what would stand there without that node might be taken for lines of the scalar.
    pub(super) fn open_block_scalar_before(&self, start: usize) -> Option<OpenScalar> {
        let before = self.nodes.partition_point(|node| node.span.start() < start);
        let node = self.nodes.get(before.checked_sub(1)?)?;
        let HeldKind::Scalar { style: ScalarStyle::Literal(content) | ScalarStyle::Folded(content), text } = &node.kind
        else {
            return None;
        };
        let between = self.source.text().get(node.span.end()..self.line_start(start))?;
        let header = self.source.slice(node.span).split([' ', '\t', '\r', '\n']).next()?;
        let content = *content as usize;
        between.trim().is_empty().then(|| OpenScalar {
            margin: content - self.line_start(content),
            is_blank: text.trim_matches('\n').is_empty(),
            keeps: header.contains('+'),
        })
    }

    /// Where a node's own text starts, its anchor and tag included.
    pub(super) fn start_with_props(&self, id: NodeId) -> usize {
        let node = self.node(id);
        let start = node.props.map_or(node.span.start, |props| props.start.min(node.span.start));
        start as usize
    }
}
