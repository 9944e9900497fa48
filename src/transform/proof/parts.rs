//! The proof by the lines of the entries that change, each parsed alone.
//!
//! That is sound: an entry of a block mapping or block sequence starts on its own line, and the meaning of its lines
//! depends only on their indentation, which is kept. The text around it has been parsed before. Every edit must lie in
//! such lines, or in lines that are put behind a last entry, which are parsed with it.

use crate::yaml::{
    EditSet, Keep, NodeId, NodeKind, Patch, Source, Span, Step, Tree, compare, compare_end, parse, parse_all,
};

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
            let Some((_, patch)) = steps.iter().find(is_of_it) else { continue };
            let start = self.own_line(*key)?;
            let end = entries.get(at + 1).map_or(Ok(end), |(next, _)| self.own_line(*next))?;
            if at + 1 == entries.len() && !new_keys.is_empty() {
                of_last = Some(patch);
                continue;
            }
            let proven_alone = || {
                self.alone(Span::new(start, end), |new, root| match &new.node(root).kind {
                    NodeKind::Mapping { flow: false, entries } => match entries.as_slice() {
                        [(new_key, new_value)] => {
                            compare((self.old, *key), &Patch::default(), (new, *new_key)).is_ok()
                                && compare((self.old, *value), patch, (new, *new_value)).is_ok()
                        }
                        _ => false,
                    },
                    _ => false,
                })
            };
            proven += or_alone(self.node(*value, end, patch), proven_alone)?;
        }
        if new_keys.is_empty() {
            return Ok(proven);
        }
        let last = *entries.last().ok_or(Unproven::Whole)?;
        Ok(proven + self.behind(id, last, end, new_keys, of_last)?)
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
        let line = |item: Option<&NodeId>| item.and_then(|item| self.old.item_line(id, *item)).ok_or(Unproven::Whole);
        let mut proven = 0;
        if !leaves_last && steps.iter().any(|(step, _)| !matches!(step, Step::Item(_))) {
            let last = line(items.last())?;
            proven += self.sequence(id, items, end, steps, true)?;
            return Ok(
                proven + self.together(id, Span::new(last, last), Span::new(last, end), &of_last_item(items, steps))?
            );
        }
        for (step, patch) in steps {
            let Step::Item(index) = step else { continue };
            if leaves_last && index + 1 == items.len() {
                continue;
            }
            let item = *items.get(*index).ok_or(Unproven::Whole)?;
            let start = line(Some(&item))?;
            let end = items.get(index + 1).map_or(Ok(end), |next| line(Some(next)))?;
            let proven_alone = || {
                self.alone(Span::new(start, end), |new, root| match &new.node(root).kind {
                    NodeKind::Sequence { flow: false, items } => match items.as_slice() {
                        [new_item] => compare((self.old, item), patch, (new, *new_item)).is_ok(),
                        _ => false,
                    },
                    _ => false,
                })
            };
            proven += or_alone(self.node(item, end, patch), proven_alone)?;
        }
        Ok(proven)
    }

    /// Where the line starts that a key is the first on.
    fn own_line(&self, key: NodeId) -> Result<usize, Unproven> {
        let at = self.old.node(key).span.start();
        let start = self.old.line_start(at);
        let is_first = self.old.source.slice(Span::new(start, at)).bytes().all(|byte| byte == b' ');
        if is_first { Ok(start) } else { Err(Unproven::Whole) }
    }

    /// How many edits are in some lines, if what these read as alone is as planned.
    fn alone(&self, lines: Span, is_planned: impl FnOnce(&Tree<'_>, NodeId) -> bool) -> Result<usize, Unproven> {
        let text = edited_lines(self.old, self.edits, lines).ok_or(Unproven::Lines)?;
        let new = parse_all(Source::embedded(&text)).map_err(|_| Unproven::Lines)?;
        let is_proven = matches!(*new.roots(), [root] if is_planned(&new, root));
        if is_proven { Ok(self.edits.within(lines).len()) } else { Err(Unproven::Lines) }
    }

    /// How many edits are proven by the last entry of a mapping, up to `end`, and by the `planned` keys behind it. A
    /// list there may be as long as the whole, so its key and its last item stand for it. `of_last` is what is planned
    /// for the entry.
    fn behind(
        &self,
        id: NodeId,
        (key, value): (NodeId, NodeId),
        end: usize,
        mut planned: Vec<(Step, Patch)>,
        of_last: Option<&Patch>,
    ) -> Result<usize, Unproven> {
        let old = self.old;
        let start = self.own_line(key)?;
        let name = || old.as_written(key).map(|name| Step::Key(name.to_owned())).ok_or(Unproven::Whole);
        let mut proven = 0;
        let (head, lines) = match &old.node(value).kind {
            NodeKind::Sequence { flow: false, items } => {
                if let Some(patch) = of_last {
                    let Patch::Within(steps) = patch else { return Err(Unproven::Whole) };
                    proven = self.sequence(value, items, end, steps, true)?;
                    planned.push((name()?, Patch::Within(of_last_item(items, steps))));
                }
                let line =
                    |item: Option<&NodeId>| item.and_then(|item| old.item_line(value, *item)).ok_or(Unproven::Whole);
                (Span::new(start, line(items.first())?), Span::new(line(items.last())?, end))
            }
            _ => {
                if let Some(patch) = of_last {
                    planned.push((name()?, patch.clone()));
                }
                (Span::new(start, start), Span::new(start, end))
            }
        };
        Ok(proven + self.together(id, head, lines, &planned)?)
    }

    /// How many edits are in the lines of the last entry of a collection, and behind it, if these read as `planned`
    /// behind the `head`, which is not edited.
    fn together(&self, id: NodeId, head: Span, lines: Span, planned: &[(Step, Patch)]) -> Result<usize, Unproven> {
        let edited = edited_lines(self.old, self.edits, lines).ok_or(Unproven::Lines)?;
        let text = self.old.source.slice(head).to_owned() + &edited;
        let source = Source::embedded(&text);
        // Only in lists of objects are items left out.
        let keep = if self.old.roots().contains(&id) { self.keep } else { Keep::ALL };
        let new = parse(source, source.whole(), keep).map_err(|_| Unproven::Lines)?;
        let [root] = *new.roots() else { return Err(Unproven::Lines) };
        compare_end((self.old, id), planned, (&new, root)).map_err(|_| Unproven::Lines)?;
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

/// What the entries of a node prove, or its lines as one, if it can't be taken apart.
fn or_alone(
    by_entries: Result<usize, Unproven>,
    alone: impl FnOnce() -> Result<usize, Unproven>,
) -> Result<usize, Unproven> {
    match by_entries {
        Err(Unproven::Whole) => alone(),
        done => done,
    }
}

/// The lines after the edits; `None` where they don't end as a line, or end the document.
fn edited_lines(old: &Tree<'_>, edits: &EditSet, lines: Span) -> Option<String> {
    let text: String = edits.pieces(old.source, lines).collect();
    let is_whole = text.ends_with('\n') || lines.end() == old.source.text().len();
    (is_whole && !text.lines().any(|line| line.starts_with("..."))).then_some(text)
}
