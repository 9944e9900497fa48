//! A reader for the YAML that people write. It makes the same [`Tree`] as the full parser, at a tenth of the cost.
//!
//! It reads block mappings and block sequences with plain and quoted scalars, literal and folded block scalars, flow
//! collections and comments: nearly every manifest. It takes nothing else: no anchor, alias, tag, directive, tab,
//! carriage return, second document or odd character. Where it meets one of those, or anything that it does not
//! recognise, it gives up, and the full parser reads the document from the start. So it may know less YAML than there
//! is, but never other YAML.
//!
//! Why it is sound. All that stands at the start of a line is decided by the column of its first character and by the
//! stack of open collections, as in the productions of YAML 1.2.2, chapter 8:
//!
//! - A dash or a key continues the open collection of its kind at its column, and ends those that are further right.
//!   Otherwise it starts one, which only a collection further left may wait for; a sequence may also stand at the
//!   column of its key. What begins in any other way is given up.
//! - A scalar ends on its line, or goes on in lines that are further right than the collection that it is in. In these
//!   lines, `: ` and ` #` are given up or end it, so no key and no comment can be taken for text.
//! - `---` and `...` count only at column 0. No scalar can reach that, because every line of one stands right of some
//!   column.
//! - Characters that the versions of YAML and their readers take differently (NEL, LS, PS, byte order marks, controls)
//!   are given up wherever they stand.
//!
//! Properties, mutants, the YAML test suite, real manifests and a fuzz target hold it against the full parser: what it
//! reads, the full parser reads, to an equal tree.

mod flow;
mod line;
mod scalars;
mod share;
mod skip;

use std::borrow::Cow;
use std::num::NonZeroUsize;

use super::tree::{BYTES_PER_NODE, HeldKind, HeldNode, Keep, Mark, NodeId, ScalarStyle, Tree};
use super::{Source, Span};

use line::{DocumentText, Stop};
use scalars::FoundScalar;

/// Reads the document in `span`; `None` where it has anything but what people usually write.
pub(super) fn read<'s>(source: Source<'s>, span: Span, keep: Keep<'_>) -> Option<Tree<'s>> {
    let nodes = ((span.end() - span.start()) / BYTES_PER_NODE).min(MOST_RESERVED);
    let mut reader = BlockReader {
        lines: DocumentText::new(source.text().get(..span.end())?),
        tree: Tree::with_room(source, span, nodes),
        open: Vec::with_capacity(MOST_OPEN),
        entries: Vec::new(),
        unwritten: None,
        has_begun: false,
        keep,
    };
    let mut at = span.start();
    if keep.threads > NonZeroUsize::MIN {
        at = reader.share(at)?;
    }
    while at < span.end() {
        at = reader.line(at)?;
    }
    while !reader.open.is_empty() {
        reader.end(None)?;
    }
    (!reader.tree.roots.is_empty()).then_some(reader.tree)
}

/// Deeper documents are for the full parser, which has a limit of its own.
const MOST_OPEN: usize = 100;

/// More values in fewer bytes take more memory than they should, and are for the full parser, too.
const LEAST_BYTES_PER_NODE: usize = 4;
const LEAST_NODES: usize = 1_000;

/// Room for more nodes than these is only taken when they come: most of a long list may not be wanted.
const MOST_RESERVED: usize = 16_384;

/// YAML allows 1,024 characters between the start of a key and its colon. Longer ones are for the full parser.
const LONGEST_KEY: usize = 1_000;

/// A collection whose end has not been seen.
struct Begun {
    id: NodeId,
    is_sequence: bool,
    is_flow: bool,
    /// The column of its keys or dashes. That of a flow collection is not used.
    column: usize,
    /// A key or a dash of it was seen, and not yet the value.
    waits: bool,
    /// The last key of a mapping.
    key: NodeId,
    /// How many entries the collections around it have so far.
    outer_entries: usize,
    /// What the tree held before its content.
    before: Mark,
}

struct BlockReader<'s, 'k> {
    lines: DocumentText<'s>,
    tree: Tree<'s>,
    open: Vec<Begun>,
    /// The entries of all open collections, those of the innermost one last. An item is its own key here.
    entries: Vec<(NodeId, NodeId)>,
    /// Where the value that is waited for stands, if it is not written out and that is known.
    unwritten: Option<usize>,
    /// A marker or content was seen.
    has_begun: bool,
    keep: Keep<'k>,
}

impl<'s> BlockReader<'s, '_> {
    /// Reads what begins on a line, and returns the start of the next line to read.
    fn line(&mut self, start: usize) -> Option<usize> {
        let first = self.lines.behind_spaces(start);
        match self.lines.byte(first) {
            b'\n' | b'#' => return self.lines.next(first),
            b'-' | b'.' if first == start && self.lines.is_marker(start) => {
                let is_first = !self.has_begun && self.lines.byte(start) == b'-';
                self.has_begun = true;
                return if is_first { self.lines.next_behind(start + 3) } else { None };
            }
            _ => self.has_begun = true,
        }
        let at = self.dashes(first, start)?;
        let column = at - start;
        if at > first
            && let Some(next) = self.pass_over(at, start)
        {
            return Some(next);
        }
        match self.lines.byte(at) {
            b'\n' | b'#' => self.lines.next(at),
            b'"' | b'\'' => {
                let found = self.quoted(at, self.margin(column))?;
                if found.is_one_line && self.lines.is_colon(found.end) {
                    return self.key(found, start);
                }
                self.margin(column)?;
                self.scalar_value(found)
            }
            b'[' | b'{' if self.open.is_empty() => self.flow_value(at, None),
            b'|' | b'>' if at == first => None,
            _ if self.lines.may_be_plain(at) => {
                let line = self.lines.plain(at)?;
                if line.stop == Stop::Colon {
                    let text = Cow::Borrowed(self.lines.slice(at, line.end)?);
                    let key =
                        FoundScalar { style: ScalarStyle::Plain, text, start: at, end: line.end, is_one_line: true };
                    return self.key(key, start);
                }
                self.plain_value(at, line, self.margin(column)?)
            }
            _ => self.value(at, column),
        }
    }

    /// Reads the dashes that a line begins with, and returns what stands behind the last one.
    fn dashes(&mut self, mut at: usize, start: usize) -> Option<usize> {
        while self.lines.is_dash(at) {
            let column = at - start;
            while let Some(open) = self.open.last()
                && (open.column > column || open.column == column && !open.is_sequence && !open.waits)
            {
                self.end(None)?;
            }
            match self.open.last() {
                Some(open) if open.is_sequence && open.column == column => self.fill()?,
                Some(open) if !open.waits => return None,
                _ => self.begin(true, false, column, at)?,
            }
            let behind = self.lines.behind_spaces(at + 1);
            self.unwritten = (self.lines.byte(behind) == b'\n').then_some(behind);
            self.open.last_mut()?.waits = true;
            at = behind;
        }
        Some(at)
    }

    /// Takes the key that was found on a line, with the value behind it.
    fn key(&mut self, key: FoundScalar<'s>, start: usize) -> Option<usize> {
        let (column, colon) = (key.start - start, key.end);
        if colon - key.start > LONGEST_KEY {
            return None;
        }
        while let Some(open) = self.open.last()
            && (open.column > column || open.column == column && open.is_sequence)
        {
            self.end(None)?;
        }
        match self.open.last() {
            Some(open) if open.column == column => self.fill()?,
            Some(open) if !open.waits => return None,
            _ => self.begin(false, false, column, key.start)?,
        }
        let key = self.scalar(key)?;
        let open = self.open.last_mut()?;
        (open.waits, open.key) = (true, key);
        self.unwritten = Some(colon);
        let at = self.lines.behind_spaces(colon + 1);
        match self.lines.byte(at) {
            b'\n' | b'#' => self.lines.next(at),
            _ => self.value(at, at - start),
        }
    }

    /// Takes the value that starts at `at`, and returns the start of the line behind it.
    fn value(&mut self, at: usize, column: usize) -> Option<usize> {
        let margin = self.margin(column)?;
        match self.lines.byte(at) {
            b'"' | b'\'' => {
                let found = self.quoted(at, Some(margin))?;
                self.scalar_value(found)
            }
            b'[' | b'{' => self.flow_value(at, Some(margin)),
            b'|' | b'>' => self.block_scalar(at, margin),
            _ if self.lines.may_be_plain(at) => {
                let line = self.lines.plain(at)?;
                if line.stop == Stop::Colon { None } else { self.plain_value(at, line, margin) }
            }
            _ => None,
        }
    }

    /// The column that all lines of a value at `column` must stay behind: that of the collection that waits for it.
    fn margin(&self, column: usize) -> Option<usize> {
        let open = self.open.last()?;
        (open.waits && open.column < column).then_some(open.column)
    }

    /// Takes a scalar that nothing but a comment may follow on its line.
    fn scalar_value(&mut self, found: FoundScalar<'s>) -> Option<usize> {
        let end = found.end;
        let id = self.scalar(found)?;
        self.attach(id)?;
        self.lines.next_behind(end)
    }

    fn scalar(&mut self, found: FoundScalar<'s>) -> Option<NodeId> {
        self.push(HeldKind::Scalar { style: found.style, text: found.text }, Span::new(found.start, found.end))
    }

    fn push(&mut self, kind: HeldKind<'s>, span: Span) -> Option<NodeId> {
        let id = NodeId(self.tree.nodes.len() as u32);
        self.tree.nodes.push(HeldNode { kind, span, props: None });
        let most = LEAST_NODES + (span.start() - self.tree.span.start()) / LEAST_BYTES_PER_NODE;
        (self.tree.nodes.len() <= most).then_some(id)
    }

    /// Makes a node the value that is waited for.
    fn attach(&mut self, id: NodeId) -> Option<()> {
        match self.open.last_mut() {
            Some(open) => {
                self.entries.push((if open.is_sequence { id } else { open.key }, id));
                std::mem::take(&mut open.waits).then_some(())
            }
            None => {
                self.tree.roots.push(id);
                (self.tree.roots.len() == 1).then_some(())
            }
        }
    }

    /// If the last key or dash has no value, it gets that which is not written out.
    fn fill(&mut self) -> Option<()> {
        if self.open.last()?.waits {
            let at = self.unwritten?;
            let id = self.push(HeldKind::Scalar { style: ScalarStyle::Plain, text: "".into() }, Span::new(at, at))?;
            self.attach(id)?;
        }
        Some(())
    }

    /// Begins a collection.
    fn begin(&mut self, is_sequence: bool, is_flow: bool, column: usize, at: usize) -> Option<()> {
        let id = self.push(HeldKind::Pruned, Span::new(at, at))?;
        self.attach(id)?;
        let (outer_entries, before) = (self.entries.len(), self.tree.mark());
        self.open.push(Begun { id, is_sequence, is_flow, column, waits: false, key: id, outer_entries, before });
        (self.open.len() <= MOST_OPEN).then_some(())
    }

    /// Ends the innermost collection: a flow collection at its bracket, a block collection with its last value.
    fn end(&mut self, bracket: Option<usize>) -> Option<()> {
        self.fill()?;
        let Begun { id, is_sequence, is_flow, outer_entries, before, .. } = self.open.pop()?;
        let entries = self.entries.get(outer_entries..)?;
        let last = || entries.last().map(|(_, value)| self.tree.node(*value).span.end());
        let end = bracket.or_else(last)?;
        self.tree.fill(id, is_sequence, is_flow, entries);
        self.entries.truncate(outer_entries);
        let node = self.tree.nodes.get_mut(id.0 as usize)?;
        node.span = Span::new(node.span.start(), end.max(node.span.start()));
        self.prune(id, before);
        Some(())
    }

    /// Forgets the content of an item of a root sequence that nobody wants.
    fn prune(&mut self, id: NodeId, before: Mark) {
        let [root, _] = self.open.as_slice() else { return };
        let is_item = !root.is_sequence && self.tree.is_key(root.key, self.keep.list);
        if is_item && !(self.keep.is_wanted)(&self.tree, id, self.tree.text(id)) {
            self.tree.prune(id, before);
        }
    }
}

#[cfg(test)]
mod tests;
