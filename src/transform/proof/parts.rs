//! The proof by the lines of the entries that change, each parsed alone.
//!
//! That is sound: an entry of a block mapping or block sequence starts on its own line, and the meaning of its lines
//! depends only on their indentation, which is kept. The text around it has been parsed before. Every edit must lie in
//! such lines, or in lines that are put behind a last entry, which are parsed with it.

use std::slice;

use crate::yaml::{EditSet, Keep, NodeId, NodeKind, Patch, Source, Span, Step, Tree, compare_entry, parse};

/// How many of the edits are proven by their own lines, where all that is planned is. `None` where something is not:
/// then the whole has to be looked at.
pub(super) fn proven_in_parts(
    old: &Tree<'_>,
    span: Span,
    edits: &EditSet,
    patches: &[Patch],
    keep: Keep<'_>,
) -> Option<usize> {
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

impl Parts<'_> {
    /// How many edits are proven by the entries of a node whose lines end at `end`.
    fn node(&self, id: NodeId, end: usize, patch: &Patch) -> Result<usize, Unproven> {
        let Patch::Within(steps) = patch else { return Err(Unproven::Whole) };
        match &self.old.node(id).kind {
            NodeKind::Mapping { flow: false, entries } => self.mapping(id, entries, end, steps),
            NodeKind::Sequence { flow: false, items } => self.sequence(id, items, end, steps, false),
            _ => Err(Unproven::Whole),
        }
    }

    fn mapping(
        &self,
        id: NodeId,
        entries: &[(NodeId, NodeId)],
        end: usize,
        steps: &[(Step, Patch)],
    ) -> Result<usize, Unproven> {
        let (mut proven, mut of_last, mut new_keys) = (0, None, Vec::new());
        for (step, patch) in steps {
            let Step::Key(name) = step else { return Err(Unproven::Whole) };
            match self.old.count_key(id, name) {
                0 => new_keys.push((step.clone(), patch.clone())),
                1 => {}
                _ => return Err(Unproven::Whole),
            }
        }
        for (at, (key, value)) in entries.iter().enumerate() {
            let is_of_it =
                |(step, _): &&(Step, Patch)| matches!(step, Step::Key(name) if self.old.as_written(*key) == Some(name));
            let Some(planned) = steps.iter().find(is_of_it) else { continue };
            if at + 1 == entries.len() && !new_keys.is_empty() {
                of_last = Some(planned);
                continue;
            }
            let start = self.own_line(*key)?;
            let end = entries.get(at + 1).map_or(Ok(end), |(next, _)| self.own_line(*next))?;
            proven += match self.node(*value, end, &planned.1) {
                Err(Unproven::Whole) => self.entry(id, at, None, Span::new(start, end), slice::from_ref(planned)),
                done => done,
            }?;
        }
        if new_keys.is_empty() {
            return Ok(proven);
        }
        Ok(proven + self.behind(id, entries, end, new_keys, of_last)?)
    }

    /// The lines of a sequence's items that change, but for what `leaves_last`: the last one, and what comes behind it.
    fn sequence(
        &self,
        id: NodeId,
        items: &[NodeId],
        end: usize,
        steps: &[(Step, Patch)],
        leaves_last: bool,
    ) -> Result<usize, Unproven> {
        let mut proven = 0;
        if !leaves_last && steps.iter().any(|(step, _)| !matches!(step, Step::Item(_))) {
            let last = items.len().checked_sub(1).ok_or(Unproven::Whole)?;
            proven += self.sequence(id, items, end, steps, true)?;
            let lines = Span::new(self.line_of(id, items, last)?, end);
            return Ok(proven + self.entry(id, last, None, lines, &of_last_item(items, steps))?);
        }
        for (step, patch) in steps {
            let Step::Item(index) = step else { continue };
            if leaves_last && index + 1 == items.len() {
                continue;
            }
            let start = self.line_of(id, items, *index)?;
            let end = if index + 1 < items.len() { self.line_of(id, items, index + 1)? } else { end };
            let item = *items.get(*index).ok_or(Unproven::Whole)?;
            proven += match self.node(item, end, patch) {
                Err(Unproven::Whole) => {
                    self.entry(id, *index, None, Span::new(start, end), &[(Step::Item(0), patch.clone())])
                }
                done => done,
            }?;
        }
        Ok(proven)
    }

    /// Where the line starts that the dash of an item is on.
    fn line_of(&self, sequence: NodeId, items: &[NodeId], index: usize) -> Result<usize, Unproven> {
        let line = items.get(index).and_then(|item| self.old.item_line(sequence, *item));
        line.ok_or(Unproven::Whole)
    }

    /// Where the line starts that a key is the first on.
    fn own_line(&self, key: NodeId) -> Result<usize, Unproven> {
        let at = self.old.node(key).span.start();
        let start = self.old.line_start(at);
        let is_first = self.old.source.slice(Span::new(start, at)).bytes().all(|byte| byte == b' ');
        if is_first { Ok(start) } else { Err(Unproven::Whole) }
    }

    /// How many edits are proven by the last entry of a mapping, up to `end`, and by the `planned` keys behind it. A
    /// list there may be as long as the whole, so its key and its last item stand for it. `of_last` is what is planned
    /// for the entry.
    fn behind(
        &self,
        id: NodeId,
        entries: &[(NodeId, NodeId)],
        end: usize,
        mut planned: Vec<(Step, Patch)>,
        of_last: Option<&(Step, Patch)>,
    ) -> Result<usize, Unproven> {
        let (last, (key, value)) = entries.iter().enumerate().next_back().ok_or(Unproven::Whole)?;
        let start = self.own_line(*key)?;
        let NodeKind::Sequence { flow: false, items } = &self.old.node(*value).kind else {
            planned.extend(of_last.cloned());
            return self.entry(id, last, None, Span::new(start, end), &planned);
        };
        let mut proven = 0;
        if let Some((step, patch)) = of_last {
            let Patch::Within(steps) = patch else { return Err(Unproven::Whole) };
            proven = self.sequence(*value, items, end, steps, true)?;
            planned.push((step.clone(), Patch::Within(of_last_item(items, steps))));
        }
        let last_item = items.len().checked_sub(1).ok_or(Unproven::Whole)?;
        let head = Span::new(start, self.line_of(*value, items, 0)?);
        let lines = Span::new(self.line_of(*value, items, last_item)?, end);
        Ok(proven + self.entry(id, last, Some(head), lines, &planned)?)
    }

    /// How many edits are in the lines of an entry, number `at` of a collection, and behind it, if they read as
    /// planned.
    /// If the entry is a list of which only the last item is read, `head` is its key.
    fn entry(
        &self,
        id: NodeId,
        at: usize,
        head: Option<Span>,
        lines: Span,
        planned: &[(Step, Patch)],
    ) -> Result<usize, Unproven> {
        let edited = edited_lines(self.old, self.edits, lines).ok_or(Unproven::Lines)?;
        let text = head.map_or("", |head| self.old.source.slice(head)).to_owned() + &edited;
        let source = Source::embedded(&text);
        // Only in lists of objects are items left out.
        let keep = if self.old.roots().binary_search(&id).is_ok() { self.keep } else { Keep::ALL };
        let new = parse(source, source.whole(), keep).map_err(|_| Unproven::Lines)?;
        let [root] = *new.roots() else { return Err(Unproven::Lines) };
        compare_entry((self.old, id), (at, head.is_some()), planned, (&new, root)).map_err(|_| Unproven::Lines)?;
        Ok(self.edits.within(lines).len())
    }
}

/// What is planned for a sequence's last item, and behind it, if that were its only item.
fn of_last_item(items: &[NodeId], steps: &[(Step, Patch)]) -> Vec<(Step, Patch)> {
    let of_last = steps.iter().filter_map(|(step, patch)| match step {
        Step::Item(index) if index + 1 < items.len() => None,
        Step::Item(index) => Some((Step::Item(index + 1 - items.len()), patch.clone())),
        _ => Some((step.clone(), patch.clone())),
    });
    of_last.collect()
}

/// The lines after the edits; `None` where they don't end as a line, or end the document.
fn edited_lines(old: &Tree<'_>, edits: &EditSet, lines: Span) -> Option<String> {
    let text: String = edits.pieces(old.source, lines).collect();
    let is_whole = text.ends_with('\n') || lines.end() == old.source.text().len();
    (is_whole && !text.lines().any(|line| line.starts_with("..."))).then_some(text)
}
