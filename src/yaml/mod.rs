//! Lossless YAML: text, spans, styles and edits. Knows nothing of Kubernetes.
//!
//! A [`Source`] is cut into units, a unit is parsed into a [`Tree`] whose nodes are spans of the source, a [`Patch`] says
//! which values are to change, `lower` turns it into an [`EditSet`] on the original offsets, and the result is
//! slices of the source with new text between them. Nothing that was read is ever printed again, so
//! nothing can be lost: comments, quotes, key order, line ends.

mod compare;
mod edit;
mod lower;
mod parse;
mod patch;
mod print;
mod quotes;
mod scalar;
mod scan;
mod source;
mod style;
mod tree;
mod value;

pub use compare::{Mismatch, compare, is_value};
pub use edit::{Edit, EditSet, OverlapError};
pub use lower::{Refusal, RefusalKind, lower};
pub use parse::{Keep, SyntaxError, parse, parse_all};
pub use patch::{Patch, Route, Step};
pub use print::document;
pub use scalar::Resolved;
pub use scan::{Outline, Unit, units};
pub use source::{EncodingError, EncodingErrorKind, Position, Source, Span};
pub use tree::{Anchor, Node, NodeId, NodeKind, Props, ScalarStyle, Tree};
pub use value::Value;
