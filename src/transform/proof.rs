//! The proof before every output. The edited text is parsed again. It must have the old values with the planned
//! changes, and nothing else.
//!
//! Where that is possible, only the entries that the edits are in are parsed again (`parts`).

mod parts;

use std::fmt;

use crate::yaml::{Mismatch, NodeId, Patch, Source, SyntaxError, Tree, Value, compare, is_value, parse, parse_all};

pub(super) use parts::Edited;
use parts::proven_in_parts;

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

/// Proves that an edited unit has its old values with the patch of each root applied.
pub(super) fn prove(unit: &Edited<'_>) -> Result<(), ProofError> {
    // Both are only shortcuts: without them, as in a mutant, the proof gives the same result.
    let is_idle = unit.edits.is_empty() && unit.patches.iter().all(Patch::is_empty);
    if is_idle {
        return Ok(());
    }
    let is_proven = proven_in_parts(unit) == Some(unit.edits.as_slice().len());
    // Debug builds, and so all tests, compare both.
    if is_proven && !cfg!(debug_assertions) {
        return Ok(());
    }
    let whole = prove_whole(unit);
    debug_assert!(whole.is_ok() || !is_proven, "the parts are proven, and the whole is not: {whole:?}");
    whole
}

/// The same for the unit as a whole.
fn prove_whole(unit: &Edited<'_>) -> Result<(), ProofError> {
    let Edited { old, span, edits, patches, keep } = *unit;
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

#[cfg(test)]
mod tests;
