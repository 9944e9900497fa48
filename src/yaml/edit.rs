//! Edits as data: bytes of the source to remove, and text to insert there. Offsets are those of the original text.

use std::fmt;

use super::{Source, Span};

/// Replaces the bytes of `span` by `text`; an insertion where the span is empty, a removal where the text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes to remove, in the original text.
    pub span: Span,
    /// What comes.
    pub text: String,
    /// How deep in the document the node stands that the text belongs to: of two insertions at one place the deeper one
    /// comes first, as the end of an inner block comes before the end of the outer one.
    pub depth: u32,
}

/// Edits of one source, ready to be applied.
///
/// Invariant: sorted by offset and disjoint. Insertions at the same offset are ordered by depth, the deepest first; an
/// insertion where a replacement starts comes before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditSet {
    edits: Vec<Edit>,
}

/// Two edits overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverlapError {
    /// The edit that comes first in the text.
    pub first: Span,
    /// The edit that starts inside of it.
    pub second: Span,
}

impl fmt::Display for OverlapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, second } = self;
        write!(f, "edits overlap: bytes {}..{} and {}..{}", first.start, first.end, second.start, second.end)
    }
}

impl std::error::Error for OverlapError {}

impl EditSet {
    /// Sorts the edits and makes sure that none overlap.
    ///
    /// # Errors
    ///
    /// The first two edits that overlap.
    pub fn new(mut edits: Vec<Edit>) -> Result<Self, OverlapError> {
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end, std::cmp::Reverse(edit.depth)));
        for pair in edits.windows(2) {
            if let [first, second] = pair
                && first.span.end > second.span.start
            {
                return Err(OverlapError { first: first.span, second: second.span });
            }
        }
        Ok(Self { edits })
    }

    /// The edits, in the order of the text.
    pub fn as_slice(&self) -> &[Edit] {
        &self.edits
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Combines the edits of several parts of a source.
    ///
    /// # Errors
    ///
    /// The first two edits that overlap.
    pub(crate) fn merge(sets: impl IntoIterator<Item = Self>) -> Result<Self, OverlapError> {
        Self::new(sets.into_iter().flat_map(|set| set.edits).collect())
    }

    /// The edits that lie in `span`. An insertion where it starts belongs to what stands before it, and so one where it
    /// ends is among them.
    pub(crate) fn within(&self, span: Span) -> &[Edit] {
        let is_before = |edit: &Edit| edit.span.start < span.start || edit.span.end == span.start && span.start > 0;
        let edits = self.edits.get(self.edits.partition_point(is_before)..).unwrap_or_default();
        let end = edits.partition_point(|edit| edit.span.end <= span.end);
        edits.get(..end).unwrap_or_default()
    }

    /// The text of `span` after the edits that lie in it, as slices of the source and of the edits.
    pub(crate) fn pieces<'a>(&'a self, source: Source<'a>, span: Span) -> impl Iterator<Item = &'a str> {
        let inside = self.within(span).iter();
        let ends = inside.clone().map(|edit| edit.span.start()).chain([span.end()]);
        let starts = [span.start()].into_iter().chain(inside.clone().map(|edit| edit.span.end()));
        let kept = starts.zip(ends).map(move |(start, end)| source.slice(Span::new(start, end)));
        let put = inside.map(|edit| edit.text.as_str()).chain([""]);
        kept.zip(put).flat_map(|(kept, put)| [kept, put]).filter(|piece| !piece.is_empty())
    }

    /// The whole text after the edits.
    pub fn apply(&self, source: Source<'_>) -> String {
        self.pieces(source, Span::new(0, source.text().len())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: usize, end: usize, text: &str, depth: u32) -> Edit {
        Edit { span: Span::new(start, end), text: text.into(), depth }
    }

    fn apply(source: &str, edits: Vec<Edit>) -> String {
        EditSet::new(edits).unwrap().apply(Source::embedded(source))
    }

    #[test]
    fn applies_on_original_offsets() {
        assert_eq!(apply("abcdef", vec![edit(4, 5, "X", 0), edit(0, 1, "", 0), edit(3, 3, "+", 0)]), "bc+dXf");
        assert_eq!(apply("abc", vec![]), "abc");
        assert_eq!(apply("", vec![edit(0, 0, "x", 0)]), "x");
        assert_eq!(apply("abc", vec![edit(3, 3, "x", 0)]), "abcx");
    }

    #[test]
    fn the_deeper_insertion_comes_first() {
        assert_eq!(apply("ab", vec![edit(1, 1, "outer", 1), edit(1, 1, "inner", 2)]), "ainnerouterb");
        assert_eq!(apply("ab", vec![edit(1, 2, "B", 1), edit(1, 1, "+", 0)]), "a+B");
    }

    #[test]
    fn an_insertion_between_two_spans_belongs_to_the_first() {
        let edits = EditSet::new(vec![edit(2, 2, "+", 0)]).unwrap();
        let piece = |start, end| edits.pieces(Source::embedded("abcd"), Span::new(start, end)).collect::<String>();
        assert_eq!((piece(0, 2), piece(2, 4)), ("ab+".into(), "cd".into()));
    }

    #[test]
    fn overlaps_are_errors() {
        let error = EditSet::new(vec![edit(2, 4, "", 0), edit(1, 3, "", 0)]).unwrap_err();
        assert_eq!(error, OverlapError { first: Span::new(1, 3), second: Span::new(2, 4) });
        assert!(EditSet::new(vec![edit(1, 3, "", 0), edit(2, 2, "x", 0)]).is_err());
        assert!(EditSet::new(vec![edit(1, 3, "", 0), edit(3, 3, "x", 0)]).is_ok());
    }
}
