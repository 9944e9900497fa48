//! Parsing: the reader of usual YAML takes what it knows, and the full parser all else.

use memchr::memchr_iter;

use super::full::{SyntaxError, parse_fully};
use super::scan::is_marker;
use super::tree::{Keep, NodeKind, Tree};
use super::{Source, Span, block};

/// Parses the documents in `span`.
///
/// Of a list in the root mapping only those items are kept as nodes that `keep` names, so that a long list of manifests
/// costs no more memory than what is used of it.
///
/// # Errors
///
/// The first place that is not YAML, or that has an alias without an anchor.
pub fn parse<'s>(source: Source<'s>, span: Span, keep: Keep<'_>) -> Result<Tree<'s>, SyntaxError> {
    block::read(source, span, keep).map_or_else(|| parse_fully(source, span, keep), Ok)
}

/// Whether both parsers make the same tree of a text; `None` where the reader of usual YAML gives up.
pub fn reads_as_fully(text: &str, keep: Keep<'_>) -> Option<bool> {
    let source = Source::embedded(text);
    let tree = block::read(source, source.whole(), keep)?;
    Some(parse_fully(source, source.whole(), keep).is_ok_and(|full| full.has_same_nodes(&tree)))
}

/// Parses the whole of a source and keeps everything.
///
/// # Errors
///
/// The first place that is not YAML.
pub fn parse_all(source: Source<'_>) -> Result<Tree<'_>, SyntaxError> {
    parse(source, source.whole(), Keep::ALL)
}

/// Parses the text of a string, as go-yaml reads it in Istio: the last line of a block scalar has no line break where
/// the text has none, and a document does not end before it has begun.
///
/// # Errors
///
/// The first place that is not YAML.
pub(crate) fn parse_text(source: Source<'_>) -> Result<Tree<'_>, SyntaxError> {
    let mut tree = parse_all(source)?;
    if let Some(offset) = end_of_nothing(&tree) {
        let message = "a document ends here (`...`) that did not begin".to_owned();
        return Err(SyntaxError { message, offset, position: source.position(offset) });
    }
    let cut = tree.cut_scalar();
    if let Some(NodeKind::Scalar { text, .. }) =
        cut.and_then(|id| tree.nodes.get_mut(id.0 as usize)).map(|node| &mut node.kind)
    {
        *text = text.strip_suffix('\n').unwrap_or(text).to_owned().into();
    }
    Ok(tree)
}

/// The first `...` of a text without a document.
fn end_of_nothing(tree: &Tree<'_>) -> Option<usize> {
    let starts = [0].into_iter().chain(memchr_iter(b'\n', tree.source.bytes()).map(|at| at + 1));
    starts.filter(|_| tree.roots.is_empty()).find(|at| is_marker(tree.source.line_at(*at), "..."))
}
