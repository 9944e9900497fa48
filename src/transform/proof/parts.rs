//! The proof by the lines of the entries that change, each parsed alone.
//!
//! That is sound: an entry of a block mapping or block sequence starts on its own line, and the meaning of its lines
//! depends only on their indentation, which is kept. The text around it has been parsed before. Every edit must lie in
//! such lines, or in lines that are put behind a last entry.
//!
//! What is put behind a last entry may be swallowed by it, as by a block scalar, so both are parsed together. Of the
//! entry only its end is needed: the reader's state behind it is the open collections, with their columns, and the
//! last scalar. So of each collection on the way there, the last entry stands for all.

use std::num::NonZeroUsize;
use std::slice;

use crate::parallel;
use crate::yaml::{
    EditSet, Keep, NodeId, NodeKind, Patch, Source, Span, Step, Tree, compare_end, compare_entry, parse, places_of,
};

/// An edited unit, and what was planned for it.
#[derive(Clone, Copy)]
pub(in crate::transform) struct Edited<'p> {
    /// The unit as it was read.
    pub old: &'p Tree<'p>,
    /// Where it is in the source.
    pub span: Span,
    /// The edits of its text.
    pub edits: &'p EditSet,
    /// What was planned, one for each root.
    pub patches: &'p [Patch],
    /// How it was read, and is read again.
    pub keep: Keep<'p>,
}

/// How many of the edits are proven by their own lines, where all that is planned is. `None` where something is not:
/// then the whole has to be looked at.
pub(super) fn proven_in_parts(unit: &Edited<'_>) -> Option<usize> {
    let Edited { old, span, edits, patches, keep } = *unit;
    let parts = Parts { old, edits, keep };
    old.roots().iter().zip(patches).map(|(root, patch)| parts.node(*root, span.end(), patch).ok()).sum()
}

/// Why what is planned for a node is not proven by the lines of its entries.
enum Unproven {
    /// It can't be taken apart. Its own lines may do as one.
    Whole,
    /// Some lines can't be read alone, as with an alias to others, or they are not as planned.
    Lines,
}

/// Proves changes by the lines of the entries that they are in, in block mappings and block sequences at any depth.
struct Parts<'p> {
    old: &'p Tree<'p>,
    edits: &'p EditSet,
    keep: Keep<'p>,
}

/// The end of a collection, as it is parsed again.
#[derive(Default)]
struct LastEntries {
    text: String,
    /// The collections of which it has only the last entry.
    cut: Vec<NodeId>,
    /// How many edits are proven, with those of entries before the last ones.
    proven: usize,
}

impl Parts<'_> {
    /// How many edits are proven by the entries of a node whose lines end at `end`.
    fn node(&self, id: NodeId, end: usize, patch: &Patch) -> Result<usize, Unproven> {
        let Patch::Within(steps) = patch else { return Err(Unproven::Whole) };
        let places: Vec<_> = steps.iter().map(|(step, _)| self.place_of(id, step)).collect::<Result<_, _>>()?;
        if places.contains(&None) {
            return self.behind(id, end, steps);
        }
        self.entries_in(id, end, &places.into_iter().flatten().zip(steps).collect::<Vec<_>>())
    }

    /// How many edits are proven by some entries of a collection whose lines end at `end`. Threads share the objects of
    /// a list. Their number changes nothing but the time, so mutants that drop it live.
    fn entries_in(&self, id: NodeId, end: usize, planned: &[(usize, &(Step, Patch))]) -> Result<usize, Unproven> {
        let is_list = matches!(self.old.node(id).kind, NodeKind::Sequence { .. });
        let threads = if is_list { self.keep.threads } else { NonZeroUsize::MIN };
        let keep = if is_list { Keep { threads: NonZeroUsize::MIN, ..self.keep } } else { self.keep };
        let parts = Self { keep, ..*self };
        parallel::map(planned, threads, |(at, planned)| parts.entry_in(id, *at, end, planned)).into_iter().sum()
    }

    /// The number of the entry that a step leads to; `None` if it is new, and comes behind the last one.
    fn place_of(&self, id: NodeId, step: &Step) -> Result<Option<usize>, Unproven> {
        match (self.old.node(id).kind, step) {
            (NodeKind::Mapping { flow: false, entries }, Step::Key(name)) => {
                let mut found =
                    entries.iter().enumerate().filter(|(_, (key, _))| self.old.as_written(*key) == Some(name));
                match (found.next(), found.next()) {
                    (first, None) => Ok(first.map(|(at, _)| at)),
                    _ => Err(Unproven::Whole),
                }
            }
            (NodeKind::Sequence { flow: false, .. }, Step::Item(index)) => Ok(Some(*index)),
            (NodeKind::Sequence { flow: false, .. }, Step::End) => Ok(None),
            _ => Err(Unproven::Whole),
        }
    }

    /// The value of an entry, and where its first line starts, if nothing else is on it.
    fn begin_of(&self, id: NodeId, at: usize) -> Option<(NodeId, usize)> {
        let (value, at, start) = match self.old.node(id).kind {
            NodeKind::Mapping { flow: false, entries } => {
                let (key, value) = entries.get(at)?;
                let key = self.old.node(*key).span.start();
                (*value, key, self.old.line_start(key))
            }
            NodeKind::Sequence { flow: false, items } => {
                let item = *items.get(at)?;
                let start = self.old.item_line(id, item)?;
                (item, start + self.old.column(id), start)
            }
            _ => return None,
        };
        self.old.source.slice(Span::new(start, at)).bytes().all(|byte| byte == b' ').then_some((value, start))
    }

    /// How many edits are proven by entry number `at` of a collection whose lines end at `end`.
    fn entry_in(&self, id: NodeId, at: usize, end: usize, planned: &(Step, Patch)) -> Result<usize, Unproven> {
        let (value, start) = self.begin_of(id, at).ok_or(Unproven::Whole)?;
        let end = if at + 1 < self.len(id) { self.begin_of(id, at + 1).ok_or(Unproven::Whole)?.1 } else { end };
        match (self.node(value, end, &planned.1), &planned.0) {
            (Err(Unproven::Whole), Step::Item(_)) => {
                self.entry(id, at, Span::new(start, end), &[(Step::Item(0), planned.1.clone())])
            }
            (Err(Unproven::Whole), _) => self.entry(id, at, Span::new(start, end), slice::from_ref(planned)),
            (done, _) => done,
        }
    }

    fn len(&self, id: NodeId) -> usize {
        match self.old.node(id).kind {
            NodeKind::Mapping { entries, .. } => entries.len(),
            NodeKind::Sequence { items, .. } => items.len(),
            _ => 0,
        }
    }

    /// How many edits are in the lines of one entry, if they read as planned.
    fn entry(&self, id: NodeId, at: usize, lines: Span, planned: &[(Step, Patch)]) -> Result<usize, Unproven> {
        let text = edited_lines(self.old, self.edits, lines).ok_or(Unproven::Lines)?;
        self.read_again(id, &text, |new| compare_entry((self.old, id), at, planned, new).is_ok())?;
        Ok(self.edits.within(lines).len())
    }

    /// How many edits are proven by the end of a collection, with what is planned behind its last entry.
    fn behind(&self, id: NodeId, end: usize, steps: &[(Step, Patch)]) -> Result<usize, Unproven> {
        let mut read = LastEntries::default();
        // The items of the list in a root have their own filter, which looks at whole items.
        let depth = if self.is_root(id) { 1 } else { usize::MAX };
        let planned = self.end_of(id, end, steps, depth, &mut read)?;
        self.read_again(id, &read.text, |new| compare_end((self.old, id), &read.cut, &planned, new).is_ok())?;
        Ok(read.proven)
    }

    /// Reads the end of a node, and returns what is planned for that. All else is proven by itself. At most `depth`
    /// collections inside of it are taken apart.
    fn end_of(
        &self,
        id: NodeId,
        end: usize,
        steps: &[(Step, Patch)],
        depth: usize,
        read: &mut LastEntries,
    ) -> Result<Patch, Unproven> {
        let last = self.len(id).checked_sub(1).ok_or(Unproven::Whole)?;
        let (value, start) = self.begin_of(id, last).ok_or(Unproven::Whole)?;
        let (mut before_last, mut planned, mut of_last) = (Vec::new(), Vec::new(), None);
        for entry in steps {
            match self.place_of(id, &entry.0)? {
                Some(at) if at < last => before_last.push((at, entry)),
                Some(_) => of_last = Some(&entry.1),
                None => planned.push(entry.clone()),
            }
        }
        read.proven += self.entries_in(id, end, &before_last)?;
        read.cut.push(id);
        let inner = match of_last {
            None => Some(&[][..]),
            Some(Patch::Within(steps)) => Some(steps.as_slice()),
            Some(_) => None,
        };
        let deeper = depth.checked_sub(1).zip(inner).zip(self.head(id, value, start));
        let patch = if let Some(((depth, steps), head)) = deeper {
            read.text.push_str(&head);
            Some(self.end_of(value, end, steps, depth, read)?)
        } else {
            let lines = Span::new(start, end);
            read.text.push_str(&edited_lines(self.old, self.edits, lines).ok_or(Unproven::Lines)?);
            read.proven += self.edits.within(lines).len();
            of_last.cloned()
        };
        if let Some(patch) = patch {
            let step = match self.old.node(id).kind {
                NodeKind::Mapping { entries, .. } => {
                    let key = entries.last().and_then(|(key, _)| self.old.as_written(*key));
                    Step::Key(key.ok_or(Unproven::Whole)?.to_owned().into())
                }
                _ => Step::Item(0),
            };
            planned.insert(0, (step, patch));
        }
        Ok(Patch::Within(planned))
    }

    /// What stands before the last entry of a value that is itself a last entry, if it can be taken apart: the key that
    /// it belongs to, or a dash with nothing behind it.
    fn head(&self, id: NodeId, value: NodeId, start: usize) -> Option<String> {
        let last = self.len(value).checked_sub(1)?;
        self.begin_of(value, last)?;
        if self.old.node(value).props.is_some() {
            return None;
        }
        match self.old.node(id).kind {
            NodeKind::Mapping { .. } => {
                let (_, first) = self.begin_of(value, 0)?;
                Some(self.old.source.slice(Span::new(start, first)).to_owned())
            }
            _ => Some(" ".repeat(self.old.column(id)) + "-\n"),
        }
    }

    /// Whether a text, read alone, has one document that passes the test.
    fn read_again(
        &self,
        id: NodeId,
        text: &str,
        is_as_planned: impl FnOnce((&Tree<'_>, NodeId)) -> bool,
    ) -> Result<(), Unproven> {
        let source = Source::embedded(text);
        let keep = if self.is_root(id) { self.keep } else { Keep::ALL };
        let new = parse(source, source.whole(), keep).map_err(|_| Unproven::Lines)?;
        match *new.roots() {
            [root] if is_as_planned((&new, root)) => Ok(()),
            _ => Err(Unproven::Lines),
        }
    }

    /// Whether a node is a root: only in lists of objects are items left out.
    fn is_root(&self, id: NodeId) -> bool {
        self.old.roots().binary_search(&id).is_ok()
    }
}

/// The lines after the edits; `None` where they don't end as a line, or end the document.
fn edited_lines(old: &Tree<'_>, edits: &EditSet, lines: Span) -> Option<String> {
    let text: String = edits.pieces(old.source, lines).collect();
    let is_whole = text.ends_with('\n') || lines.end() == old.source.text().len();
    let may_end_document = text.starts_with("...") || places_of("\n...", &text).next().is_some();
    (is_whole && !may_end_document).then_some(text)
}
