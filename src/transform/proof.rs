//! The proof that stands before every output: the edited text is parsed again, and must hold the old values with the planned
//! changes, and nothing else.
//!
//! Of a long list only the items that were edited are parsed again, each by itself. That is sound since an item of a block
//! sequence starts on a line of its own, and what its lines mean depends on nothing but their indentation, which is
//! kept; what stands around it is the text that was parsed before.

use std::fmt;

use crate::yaml::{
    Edit, EditSet, Keep, Mismatch, NodeId, NodeKind, Patch, Source, Span, Step, SyntaxError, Tree, Value, compare,
    is_value, parse, parse_all,
};

/// The edited text is not what was planned.
#[derive(Clone, Debug)]
pub enum ProofError {
    /// It can't be parsed any more.
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

/// Puts the changes of each document of a unit together: one patch for each root.
pub(super) fn gather(tree: &Tree<'_>, patches: impl IntoIterator<Item = (NodeId, Patch)>) -> Vec<Patch> {
    let mut gathered = vec![Patch::default(); tree.roots().len()];
    for (root, patch) in patches {
        let document = tree.roots().iter().position(|known| *known == root);
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

/// One set of edits and what it stands for.
pub(super) struct Claim<'c> {
    /// The document that it is about.
    pub root: NodeId,
    /// The values that change.
    pub patch: &'c Patch,
    /// The edits that make them change.
    pub edits: &'c [Edit],
}

/// Proves all claims about the unit in `span`: `edits` are those of all of them, `patches` has one for each root.
pub(super) fn prove(
    old: &Tree<'_>,
    span: Span,
    claims: &[Claim<'_>],
    edits: &EditSet,
    patches: &[Patch],
    keep: Keep<'_>,
) -> Result<(), ProofError> {
    if edits.is_empty() || claims.iter().all(|claim| claim.is_proven_alone(old, span).unwrap_or(false)) {
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

impl Claim<'_> {
    /// Whether the claim is about one item of a list in the root mapping, or about new keys of that mapping, and the lines that were
    /// edited, parsed by themselves, hold what was planned. Where they don't, or can't be parsed alone, as with an alias to another item,
    /// the whole has to be looked at; `None` where it has to be anyway.
    fn is_proven_alone(&self, old: &Tree<'_>, span: Span) -> Option<bool> {
        let Patch::Within(steps) = self.patch else { return None };
        let [(Step::Key(name), patch)] = steps.as_slice() else { return Some(steps.is_empty()) };
        let entries = old.entries(self.root);
        let Some(at) = entries.iter().position(|(key, _)| old.as_written(*key) == Some(name)) else {
            let [Edit { text, .. }] = self.edits else { return None };
            let new = parse_all(Source::embedded(text)).ok()?;
            let [root] = *new.roots() else { return None };
            return Some(is_value(&new, root, &self.patch.fresh()?));
        };
        let (_, list) = entries.get(at)?;
        let NodeKind::Sequence { flow: false, items } = &old.node(*list).kind else { return None };
        let Patch::Within(steps) = patch else { return None };
        let [(Step::Item(index), patch)] = steps.as_slice() else { return None };
        let item = *items.get(*index)?;
        let line_of = |(key, _): &(NodeId, NodeId)| old.source.line_start(old.node(*key).span.start());
        let end = match (items.get(index + 1), entries.get(at + 1)) {
            (Some(next), _) => old.item_line(*list, *next)?,
            (None, next) => next.map_or(span.end(), line_of),
        };
        let lines = Span { start: old.item_line(*list, item)? as u32, end: end as u32 };
        let edits = EditSet::new(self.edits.to_vec()).ok()?;
        let text: String = edits.pieces(old.source, lines).collect();
        let new = parse_all(Source::embedded(&text)).ok()?;
        let [root] = *new.roots() else { return None };
        let NodeKind::Sequence { flow: false, items } = &new.node(root).kind else { return None };
        let [new_item] = items.as_slice() else { return None };
        Some(compare((old, item), patch, (&new, *new_item)).is_ok())
    }
}
