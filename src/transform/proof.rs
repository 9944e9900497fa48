//! The proof before every output. The edited text is parsed again. It must have the old values with the planned
//! changes, and nothing else.
//!
//! In a long list, only the edited items are parsed again, each alone. That is sound: an item of a block sequence
//! starts on its own line, and the meaning of its lines depends only on their indentation, which is kept. The text
//! around it has been parsed before. Every edit must lie in one of these items, or in lines that are put behind the
//! last one, which are parsed with it.

use std::fmt;

use crate::yaml::{
    EditSet, Keep, Mismatch, NodeId, NodeKind, Patch, Source, Span, Step, SyntaxError, Tree, Value, compare, is_value,
    parse, parse_all,
};

/// The edited text is not what was planned.
#[derive(Clone, Debug)]
pub enum ProofError {
    /// It can no longer be parsed.
    Syntax(SyntaxError),
    /// It has other documents than before.
    Documents,
    /// A value differs.
    Mismatch(Mismatch),
}

impl fmt::Display for ProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the edited text is not what was planned: ")?;
        match self {
            Self::Syntax(error) => error.fmt(f),
            Self::Documents => f.write_str("it holds other documents"),
            Self::Mismatch(mismatch) => mismatch.fmt(f),
        }
    }
}

impl std::error::Error for ProofError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Syntax(error) => Some(error),
            Self::Documents => None,
            Self::Mismatch(mismatch) => Some(mismatch),
        }
    }
}

/// Combines the changes of each document: one patch for each root.
pub(super) fn gather(tree: &Tree<'_>, patches: impl IntoIterator<Item = (NodeId, Patch)>) -> Vec<Patch> {
    let mut gathered = vec![Patch::default(); tree.roots().len()];
    for (root, patch) in patches {
        let document = tree.roots().binary_search(&root).ok();
        if let Some(planned) = document.and_then(|at| gathered.get_mut(at)) {
            planned.absorb(patch);
        }
    }
    gathered
}

/// The patches that change something, each with the offset at which its document's root starts.
pub(super) fn by_offset(tree: &Tree<'_>, patches: Vec<Patch>) -> Vec<(usize, Patch)> {
    let offsets = tree.roots().iter().map(|root| tree.node(*root).span.start());
    offsets.zip(patches).filter(|(_, patch)| !patch.is_empty()).collect()
}

/// Proves that the edited unit in `span` has its old values with the patch of each root applied.
pub(super) fn prove(
    old: &Tree<'_>,
    span: Span,
    edits: &EditSet,
    patches: &[Patch],
    keep: Keep<'_>,
) -> Result<(), ProofError> {
    // Both are only shortcuts: without them, as in a mutant, the proof gives the same result.
    let is_idle = edits.is_empty() && patches.iter().all(Patch::is_empty);
    if is_idle || proven_in_parts(old, span, edits, patches) == Some(edits.as_slice().len()) {
        return Ok(());
    }
    let text: String = edits.pieces(old.source, span).collect();
    let source = Source::embedded(&text);
    let new = parse(source, source.whole(), keep).map_err(ProofError::Syntax)?;
    if old.roots().len() != new.roots().len() {
        return Err(ProofError::Documents);
    }
    for ((old_root, new_root), patch) in old.roots().iter().zip(new.roots()).zip(patches) {
        compare((old, *old_root), patch, (&new, *new_root)).map_err(ProofError::Mismatch)?;
    }
    Ok(())
}

/// Proves that a new text holds one document with this value.
pub(super) fn prove_new(text: &str, value: &Value) -> Result<(), ProofError> {
    let tree = parse_all(Source::embedded(text)).map_err(ProofError::Syntax)?;
    let is_proven = matches!(*tree.roots(), [root] if is_value(&tree, root, value));
    if is_proven { Ok(()) } else { Err(ProofError::Documents) }
}

/// How many of the edits are proven by their own lines, where all that is planned is: changes of items of lists in root
/// mappings, and new keys of these mappings. `None` where something is not, or can't be parsed alone, as with an alias
/// to another item: then the whole has to be looked at.
fn proven_in_parts(old: &Tree<'_>, span: Span, edits: &EditSet, patches: &[Patch]) -> Option<usize> {
    let mut proven = 0;
    for (root, patch) in old.roots().iter().zip(patches) {
        let Patch::Within(steps) = patch else { return None };
        let entries = old.entries(*root);
        let line_of = |(key, _): &(NodeId, NodeId)| old.source.line_start(old.node(*key).span.start());
        let position = |step: &Step| {
            entries.iter().position(|(key, _)| matches!(step, Step::Key(k) if old.as_written(*key) == Some(k)))
        };
        let new_keys: Vec<_> = steps.iter().filter(|(step, _)| position(step).is_none()).cloned().collect();
        let mut of_last = None;
        for (step, patch) in steps {
            let Some(at) = position(step) else { continue };
            let end = entries.get(at + 1).map_or(span.end(), line_of);
            let is_last = at + 1 == entries.len();
            of_last = of_last.or(is_last.then_some(patch));
            let is_shared = is_last && !new_keys.is_empty();
            proven += proven_items(old, entries.get(at)?.1, end, edits, patch, is_shared)?;
        }
        if !new_keys.is_empty() {
            proven += proven_behind(old, *entries.last()?, span.end(), edits, new_keys, of_last)?;
        }
    }
    Some(proven)
}

/// How many edits are proven by the items that they lie in. What stands around an item is kept: its dash, and its last
/// line end. `leaves_last`: the lines of the last item are proven with what is put behind them.
fn proven_items(
    old: &Tree<'_>,
    list: NodeId,
    end: usize,
    edits: &EditSet,
    patch: &Patch,
    leaves_last: bool,
) -> Option<usize> {
    let NodeKind::Sequence { flow: false, items } = &old.node(list).kind else { return None };
    let Patch::Within(steps) = patch else { return None };
    steps.iter().try_fold(0, |proven, (step, patch)| {
        let Step::Item(index) = step else { return None };
        if leaves_last && index + 1 == items.len() {
            return Some(proven);
        }
        let item = *items.get(*index)?;
        let end = items.get(index + 1).map_or(Some(end), |next| old.item_line(list, *next))?;
        let lines = Span::new(old.item_line(list, item)?, end);
        let text = edited_lines(old, edits, lines)?;
        let new = parse_all(Source::embedded(&text)).ok()?;
        let [root] = *new.roots() else { return None };
        let NodeKind::Sequence { flow: false, items } = &new.node(root).kind else { return None };
        let [new_item] = items.as_slice() else { return None };
        compare((old, item), patch, (&new, *new_item)).ok()?;
        let inside = edits.within(lines);
        let keeps_dash = inside.first().is_none_or(|edit| edit.span.start >= old.node(item).span.start);
        keeps_dash.then_some(proven + inside.len())
    })
}

/// How many edits are proven by the last entry of a mapping, up to `end`, and by the `planned` keys behind it. A list
/// there is as long as the whole, so its key and its last item stand for it. `of_last` is what is planned for the
/// entry.
fn proven_behind(
    old: &Tree<'_>,
    (key, value): (NodeId, NodeId),
    end: usize,
    edits: &EditSet,
    mut planned: Vec<(Step, Patch)>,
    of_last: Option<&Patch>,
) -> Option<usize> {
    let start = old.source.line_start(old.node(key).span.start());
    let (head, lines) = match &old.node(value).kind {
        NodeKind::Sequence { flow: false, items } => {
            let is_last = |(step, _): &&(Step, Patch)| *step == Step::Item(items.len() - 1);
            if let Some(Patch::Within(steps)) = of_last
                && let Some((_, patch)) = steps.iter().find(is_last)
            {
                let item = Patch::Within(vec![(Step::Item(0), patch.clone())]);
                planned.push((Step::Key(old.as_written(key)?.to_owned()), item));
            }
            let [first, last] = [items.first()?, items.last()?].map(|item| old.item_line(value, *item));
            (Span::new(start, first?), Span::new(last?, end))
        }
        NodeKind::Sequence { .. } => return None,
        _ => (Span::new(start, start), Span::new(start, end)),
    };
    let head = old.source.slice(head);
    let texts =
        [old.source.slice(lines).to_owned(), edited_lines(old, edits, lines)?].map(|tail| head.to_owned() + &tail);
    let [old, new] = texts.each_ref().map(|text| parse_all(Source::embedded(text)));
    let (old, new) = (old.ok()?, new.ok()?);
    let ([old_root], [new_root]) = (old.roots(), new.roots()) else { return None };
    compare((&old, *old_root), &Patch::Within(planned), (&new, *new_root)).ok()?;
    Some(edits.within(lines).len())
}

/// The lines after the edits; `None` where they don't end as a line, or end the document.
fn edited_lines(old: &Tree<'_>, edits: &EditSet, lines: Span) -> Option<String> {
    let text: String = edits.pieces(old.source, lines).collect();
    let is_whole = text.ends_with('\n') || lines.end() == old.source.text().len();
    (is_whole && !text.lines().any(|line| line.starts_with("..."))).then_some(text)
}

#[cfg(test)]
mod tests;
