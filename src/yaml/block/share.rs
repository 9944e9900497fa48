//! A long list of objects is cut at the dashes of its items, and several threads read the parts.
//!
//! Why that is sound: at the dash of an item, the reader knows of all that came before only that the root mapping and
//! the list are open. So each part is read from that state, as if the list went on to it. It is used only if all before
//! it was read up to its first byte and the list did go on. Otherwise, what follows is read as usual.

use memchr::memmem;

use crate::parallel;

use super::{Begun, BlockReader, HeldKind, HeldNode, LEAST_BYTES_PER_NODE, LEAST_NODES, NodeId, Span, Tree};

/// A thread that has less to do than others takes another part.
const PARTS_PER_THREAD: usize = 4;

/// The nodes that each part begins with: the root, the key of the list, and the list.
const HEAD: usize = 3;

/// Items of the list, read alone.
struct ReadItems<'s> {
    tree: Tree<'s>,
    /// The items, each as its own key.
    entries: Vec<(NodeId, NodeId)>,
    /// The start of the line behind them.
    end: usize,
}

impl<'s> BlockReader<'s, '_> {
    /// Reads up to the end of the list that `keep` names, or as much as several threads can read of it. Returns the
    /// start of the line behind that.
    pub(super) fn share(&mut self, mut at: usize) -> Option<usize> {
        while at < self.lines.end() && !self.is_in_list() {
            at = self.line(at)?;
        }
        let starts = self.starts_of_parts(at);
        let Some(first) = starts.first() else { return Some(at) };
        while at < *first {
            at = self.line(at)?;
        }
        if at != *first || !self.is_in_list() {
            return Some(at);
        }
        self.back_to_list()?;
        let ends = starts.iter().skip(1).copied().chain([self.lines.end()]);
        let parts: Vec<_> = starts.iter().zip(ends).map(|(start, end)| Span::new(*start, end)).collect();
        let read = parallel::map(&parts, self.keep.threads, |part| self.read_items(*part));
        self.tree.nodes.reserve(read.iter().flatten().map(|items| items.tree.nodes.len()).sum());
        for (part, items) in parts.iter().zip(read) {
            if part.start() != at {
                break;
            }
            let items = items?;
            let shift = self.tree.absorb(items.tree, HEAD);
            self.entries.extend(items.entries.iter().map(|(key, value)| (key.shifted(shift), value.shifted(shift))));
            at = items.end;
        }
        let most = LEAST_NODES + (at - self.tree.span.start()) / LEAST_BYTES_PER_NODE;
        (self.tree.nodes.len() <= most).then_some(at)
    }

    /// Whether the root mapping is at column 0 and the list in it that `keep` names has begun, in block style.
    fn is_in_list(&self) -> bool {
        let [root, list, ..] = self.open.as_slice() else { return false };
        !self.keep.list.is_empty()
            && !root.is_sequence
            && root.column == 0
            && list.is_sequence
            && self.tree.is_key(root.key, self.keep.list)
    }

    /// Ends all that is open in the list.
    fn back_to_list(&mut self) -> Option<()> {
        while self.open.len() > 2 {
            self.end(None)?;
        }
        self.fill()
    }

    /// The starts of lines with the dash of an item, about as far from each other; the first is the next one.
    fn starts_of_parts(&self, at: usize) -> Vec<usize> {
        let Some(list) = self.open.get(1).filter(|_| self.is_in_list()) else { return Vec::new() };
        let dash = format!("\n{}- ", " ".repeat(list.column));
        let finder = memmem::Finder::new(&dash);
        let count = self.keep.threads.get() * PARTS_PER_THREAD;
        let length = self.lines.end().saturating_sub(at);
        let near = (0..count).map(|part| at - 1 + length / count * part);
        let starts = near.filter_map(|near| Some(near + finder.find(self.lines.bytes().get(near..)?)? + 1));
        let mut starts: Vec<_> = starts.collect();
        starts.dedup();
        starts
    }

    /// Reads the items in a part of the list, which begins with a dash, up to the end of the part or of the list.
    fn read_items(&self, part: Span) -> Option<ReadItems<'s>> {
        let [root, list, ..] = self.open.as_slice() else { return None };
        let mut tree = Tree::with_room(self.tree.source, part, 0);
        let of_root = |kind| HeldNode { kind, span: part, props: None };
        let key = self.tree.nodes.get(root.key.0 as usize)?.clone();
        tree.nodes.extend([of_root(HeldKind::Pruned), key, of_root(HeldKind::Pruned)]);
        let before = tree.mark();
        let begun = |id, open: &Begun| Begun { id: NodeId(id), key: NodeId(1), outer_entries: 0, before, ..*open };
        let open = vec![begun(0, root), begun(2, list)];
        let mut reader = BlockReader { lines: self.lines, tree, open, entries: Vec::new(), ..*self };
        let mut at = part.start();
        // The root's keys stand at column 0, and the next one ends the list.
        let is_in_list = |at| matches!(self.lines.byte(at), b' ' | b'#' | b'\n') || self.lines.is_dash(at);
        while at < part.end() && is_in_list(at) {
            at = reader.line(at)?;
        }
        reader.back_to_list()?;
        Some(ReadItems { tree: reader.tree, entries: reader.entries, end: at })
    }
}
