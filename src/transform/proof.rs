//! The proof that stands before every output: the edited text is parsed again, and must hold the old values with the planned
//! changes, and nothing else.

use std::fmt;

use crate::yaml::{EditSet, Keep, Mismatch, NodeId, Patch, Source, Span, SyntaxError, Tree, compare, parse};

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
            Self::Documents => f.write_str("the number of documents differs"),
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

/// Proves the edits of the unit in `span`, whose documents change by `patches`, one for each root.
pub(super) fn prove(
    old: &Tree<'_>,
    span: Span,
    edits: &EditSet,
    patches: &[Patch],
    keep: Keep<'_>,
) -> Result<(), ProofError> {
    if edits.is_empty() {
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
