//! A parsed unit: nodes with spans into the source. Read-only; edits refer to it and never change it.

use std::borrow::Cow;
use std::sync::OnceLock;

use memchr::{memchr, memchr_iter, memrchr};

use super::scalar::{self, Resolved};
use super::{Source, Span};

/// Names a node of one [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

/// A node and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node<'s> {
    /// What it is.
    pub kind: NodeKind<'s>,
    /// Its text, without anchor and tag. A block collection starts at its first key or dash and ends with the content
    /// of its last entry; a block scalar starts at its header and ends before the line break of its last line of
    /// content; a value that is not written out is empty.
    pub span: Span,
    /// Its anchor and tag, where it has any.
    pub props: Option<Box<Props>>,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeKind<'s> {
    /// A scalar, decoded.
    Scalar {
        /// How it is written.
        style: ScalarStyle,
        /// Its text, decoded.
        text: Cow<'s, str>,
    },
    /// A mapping: key and value, in order, with whatever doubles it has.
    Mapping {
        /// Written in `{}`.
        flow: bool,
        /// The keys and values.
        entries: Vec<(NodeId, NodeId)>,
    },
    /// A sequence.
    Sequence {
        /// Written in `[]`.
        flow: bool,
        /// The items.
        items: Vec<NodeId>,
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
    /// Whether an item of it is wanted, by its apiVersion and kind alone: it may be asked of an item of which nothing
    /// else was read.
    pub is_wanted: &'k (dyn Fn(&Tree<'_>, NodeId) -> bool + Sync),
}

impl Keep<'_> {
    /// Keeps everything.
    pub const ALL: Self = Self { list: "", is_wanted: &|_, _| true };
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
    pub(super) nodes: Vec<Node<'s>>,
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

/// In so many bytes, the start or the end of a line is looked for without a list of all lines.
const LONG_LINE: usize = 256;

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

    /// The node itself, aliases not followed.
    pub fn node(&self, id: NodeId) -> &Node<'s> {
        #[cfg(test)]
        VISITS.with(|visits| visits.set(visits.get() + 1));
        // Ids are made by the parser for this tree only.
        #[expect(clippy::indexing_slicing, reason = "an id is an index into the tree it was made for")]
        &self.nodes[id.0 as usize]
    }

    /// The node that an alias stands for, or the node itself.
    pub fn resolve(&self, id: NodeId) -> NodeId {
        match self.node(id).kind {
            NodeKind::Alias(target) => target,
            _ => id,
        }
    }

    /// The value of `key` as a reader sees it: aliases and merge keys followed, the last one where it is there twice.
    pub(crate) fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.get_within(id, key, &mut { MERGE_LIMIT })
    }

    /// The same, with so many mappings left to look at.
    fn get_within(&self, id: NodeId, key: &str, budget: &mut usize) -> Option<NodeId> {
        *budget = budget.checked_sub(1)?;
        let NodeKind::Mapping { entries, .. } = &self.node(self.resolve(id)).kind else { return None };
        let own = entries.iter().rev().find(|(k, _)| self.is_key(*k, key) && !self.is_merge_key(*k));
        if let Some((_, value)) = own {
            return Some(self.resolve(*value));
        }
        entries.iter().filter(|(k, _)| self.is_merge_key(*k)).find_map(|(_, merged)| {
            match &self.node(self.resolve(*merged)).kind {
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
        let items = match &self.node(self.resolve(id)).kind {
            NodeKind::Sequence { items, .. } => items.as_slice(),
            _ => &[],
        };
        items.iter().map(|item| self.resolve(*item))
    }

    /// The entries of a mapping as written: merge keys not followed; empty for anything else.
    pub fn entries(&self, id: NodeId) -> &[(NodeId, NodeId)] {
        match &self.node(self.resolve(id)).kind {
            NodeKind::Mapping { entries, .. } => entries,
            _ => &[],
        }
    }

    /// How often a key is written in a mapping.
    pub(crate) fn count_key(&self, id: NodeId, key: &str) -> usize {
        self.entries(id).iter().filter(|(k, _)| self.is_key(*k, key)).count()
    }

    /// What a scalar means to kubectl (YAML 1.1); `None` for collections.
    pub(crate) fn scalar(&self, id: NodeId) -> Option<Resolved<'_>> {
        let node = self.node(self.resolve(id));
        let NodeKind::Scalar { style, text } = &node.kind else { return None };
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
        match &self.node(id).kind {
            NodeKind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether the key node `id` reads `key`, quoted or not.
    pub(super) fn is_key(&self, id: NodeId, key: &str) -> bool {
        self.scalar_text(id) == Some(key)
    }

    /// Whether a key is `<<`, plain or tagged as a merge.
    pub(crate) fn is_merge_key(&self, id: NodeId) -> bool {
        let node = self.node(id);
        match node.props.as_ref().and_then(|props| props.tag.as_deref()) {
            Some(tag) => tag == scalar::TAG_MERGE,
            None => matches!(&node.kind, NodeKind::Scalar { style: ScalarStyle::Plain, text } if text == "<<"),
        }
    }

    /// Whether two trees are the same.
    pub(super) fn has_same_nodes(&self, other: &Tree<'_>) -> bool {
        self.roots == other.roots && self.nodes == other.nodes
    }

    /// Forgets the content of the last node that has any.
    pub(super) fn forget(&mut self, id: NodeId) {
        self.nodes.truncate(id.0 as usize + 1);
        if let Some(node) = self.nodes.last_mut() {
            node.kind = NodeKind::Pruned;
        }
    }

    /// The line feeds of what was parsed, and how many of them stand before `offset`.
    fn line_feeds_before(&self, offset: usize) -> (&[u32], usize) {
        let line_feeds = self.line_feeds.get_or_init(|| {
            let text = self.source.slice(self.span).as_bytes();
            memchr_iter(b'\n', text).map(|at| self.span.start + at as u32).collect()
        });
        (line_feeds, line_feeds.partition_point(|at| (*at as usize) < offset))
    }

    /// The last line feed before `offset`, if it is near.
    fn near_line_feed(&self, offset: usize) -> Option<usize> {
        let near = offset.saturating_sub(LONG_LINE).max(self.span.start());
        self.source.bytes().get(near..offset).and_then(|text| memrchr(b'\n', text)).map(|at| near + at)
    }

    /// Whether `offset` is so near to the start that no line feed stands further away than a near one.
    fn is_near_start(&self, offset: usize) -> bool {
        offset <= self.span.start() + LONG_LINE
    }

    /// Where the line that holds `offset` starts. As fast on one endless line as anywhere.
    pub(crate) fn line_start(&self, offset: usize) -> usize {
        if let Some(at) = self.near_line_feed(offset) {
            return at + 1;
        }
        if self.is_near_start(offset) {
            return self.span.start();
        }
        let (line_feeds, before) = self.line_feeds_before(offset);
        let last = before.checked_sub(1).and_then(|last| line_feeds.get(last));
        last.map_or(self.span.start(), |at| *at as usize + 1)
    }

    /// Where the line that holds `offset` ends: the offset of its line feed, or the end of the text.
    pub(crate) fn line_end(&self, offset: usize) -> usize {
        if offset >= self.span.end() {
            return self.source.line_end(offset);
        }
        let near = self.span.end().min(offset + LONG_LINE);
        if let Some(at) = self.source.bytes().get(offset..near).and_then(|near| memchr(b'\n', near)) {
            return offset + at;
        }
        let (line_feeds, before) = self.line_feeds_before(offset);
        line_feeds.get(before).map_or(self.span.end(), |at| *at as usize)
    }

    /// What stands behind a node's start on its line: at most the last `most` bytes of it.
    pub(crate) fn line_tail(&self, id: NodeId, most: usize) -> &str {
        let start = self.node(id).span.start();
        let end = self.line_end(start);
        let text = self.source.text();
        let from = (start.max(end.saturating_sub(most))..=end).find(|at| text.is_char_boundary(*at)).unwrap_or(end);
        text.get(from..end).unwrap_or_default()
    }

    /// The line end that the line before `offset` has; where there is none, that of the first line; else a line feed.
    pub(super) fn line_break_before(&self, offset: usize) -> &'static str {
        let line_feed = self.near_line_feed(offset).or_else(|| {
            let (line_feeds, before) = self.line_feeds_before(offset);
            let line_feed = before.checked_sub(1).map_or(line_feeds.first(), |last| line_feeds.get(last));
            line_feed.map(|at| *at as usize).or(self.span.start().checked_sub(1))
        });
        let before = line_feed.and_then(|at| at.checked_sub(1));
        match before.and_then(|at| self.source.bytes().get(at)) {
            Some(b'\r') => "\r\n",
            _ => "\n",
        }
    }

    /// Where the line starts that has the dash of an item of a block sequence: the item's own line, or one above it.
    pub(crate) fn item_line(&self, sequence: NodeId, item: NodeId) -> Option<usize> {
        let dash = self.column(sequence);
        let mut line = self.line_start(self.start_with_props(item));
        let first = self.line_start(self.node(sequence).span.start());
        while line > first && self.source.bytes().get(line + dash) != Some(&b'-') {
            line = self.line_start(line - 1);
        }
        (self.source.bytes().get(line + dash) == Some(&b'-')).then_some(line)
    }

    /// The column of a node, in characters of one byte: only white space, dashes and the like stand before block nodes.
    pub(crate) fn column(&self, id: NodeId) -> usize {
        let start = self.node(id).span.start();
        let line_start = self.line_start(start);
        let has_mark = self.source.text().get(line_start..).is_some_and(|line| line.starts_with('\u{FEFF}'));
        let bom = if has_mark { '\u{FEFF}'.len_utf8() } else { 0 };
        start.saturating_sub(line_start + bom)
    }

    /// Whether a node is null or an empty collection.
    pub(super) fn is_void(&self, id: NodeId) -> bool {
        match &self.node(id).kind {
            NodeKind::Mapping { entries, .. } => entries.is_empty(),
            NodeKind::Sequence { items, .. } => items.is_empty(),
            _ => self.scalar(id) == Some(Resolved::Null),
        }
    }

    /// The block scalar whose last line is the last one of the text, and has no line break.
    pub(super) fn cut_scalar(&self) -> Option<NodeId> {
        let last = self.nodes.last()?;
        let is_block =
            matches!(last.kind, NodeKind::Scalar { style: ScalarStyle::Literal(_) | ScalarStyle::Folded(_), .. });
        let rest = self.source.text().get(last.span.end()..)?;
        (is_block && !rest.contains('\n')).then(|| NodeId(self.nodes.len() as u32 - 1))
    }

    /// The block scalar that ends before the node that starts at `start`, with nothing but blank lines between them:
    /// what would stand there without that node might be taken for lines of the scalar.
    pub(super) fn open_block_scalar_before(&self, start: usize) -> Option<OpenScalar> {
        let before = self.nodes.partition_point(|node| node.span.start() < start);
        let node = self.nodes.get(before.checked_sub(1)?)?;
        let NodeKind::Scalar { style: ScalarStyle::Literal(content) | ScalarStyle::Folded(content), text } = &node.kind
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
        let start = node.props.as_ref().map_or(node.span.start, |props| props.start.min(node.span.start));
        start as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Keep, parse, parse_all};

    #[test]
    fn line_breaks_follow_the_line_before() {
        let line_break = |text: &str, at: usize| parse_all(Source::embedded(text)).unwrap().line_break_before(at);
        assert_eq!([0, 3, 5].map(|at| line_break("a\r\nb\nc", at)), ["\r\n", "\r\n", "\n"]);
        assert_eq!(line_break("a", 1), "\n");
    }

    #[test]
    fn lines_of_a_part_are_those_of_the_whole() {
        let source = Source::embedded("a: b\r\n---\r\nc:\n  d\n---\ne: f");
        for span in [source.whole(), Span::new(6, 18), Span::new(18, 26)] {
            let tree = parse(source, span, Keep::ALL).unwrap();
            for at in span.start()..span.end() {
                assert_eq!(tree.line_start(at), source.line_start(at), "{span:?} {at}");
                assert_eq!(tree.line_end(at), source.line_end(at), "{span:?} {at}");
            }
        }
        let last = parse(Source::embedded("a: b\r\n--- {c: d}"), Span::new(6, 16), Keep::ALL).unwrap();
        assert_eq!(last.line_break_before(16), "\r\n");
    }
}
