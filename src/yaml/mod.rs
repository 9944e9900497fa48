//! Lossless YAML: text, spans, styles and edits. It knows nothing about Kubernetes.
//!
//! A [`Source`] is cut into units, a unit is parsed into a [`Tree`] whose nodes are spans of the source, a [`Patch`]
//! says which values are to change, `lower` turns it into an [`EditSet`] on the original offsets, and the result is
//! slices of the source with new text between them. Text that was read is never printed again, so nothing can be lost:
//! comments, quotes, key order, line ends.

mod block;
mod compare;
mod edit;
mod full;
mod lower;
mod parse;
mod patch;
mod place;
mod print;
mod quotes;
mod scalar;
mod scan;
mod source;
mod style;
mod tree;
mod value;

pub use compare::compare;
pub(crate) use compare::{Mismatch, compare_end, compare_entry, is_value};
pub(crate) use edit::OverlapError;
pub use edit::{Edit, EditSet};
pub(crate) use full::SyntaxError;
pub use lower::lower;
pub(crate) use lower::{Refusal, RefusalKind};
pub(crate) use parse::parse_text;
pub use parse::{parse, parse_all, reads_as_fully};
pub(crate) use patch::KeyName;
pub use patch::{Patch, Route, Step};
pub use place::Place;
pub(crate) use place::{KeyIndex, lines_of_text, node_at, reach, route_at};
pub(crate) use print::{document, one_line};
pub(crate) use scalar::Resolved;
pub use scan::units;
pub(crate) use scan::{Outline, Unit};
pub(crate) use source::{EncodingError, EncodingErrorKind, Position, places_of};
pub use source::{Source, Span};
#[cfg(test)]
pub(crate) use tree::VISITS;
pub use tree::{Keep, Node, ScalarStyle};
pub use tree::{NodeId, NodeKind, Tree};
pub use value::Value;
