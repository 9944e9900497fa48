//! Parsing: the reader of usual YAML takes what it knows, and the full parser all else.

use memchr::memchr_iter;

use super::full::{SyntaxError, parse_fully};
use super::scan::is_marker;
use super::tree::{HeldKind, Keep, Tree};
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
/// the text has none, a document does not end before it has begun, and the name of an anchor ends before any character
/// but ASCII letters, digits, `-` and `_` (`yaml_parser_scan_anchor` in its `scannerc.go`).
///
/// # Errors
///
/// The first place that is not YAML.
pub(crate) fn parse_text(source: Source<'_>) -> Result<Tree<'_>, SyntaxError> {
    let mut tree = parse_all(source)?;
    let error = |(offset, message)| SyntaxError { message, offset, position: source.position(offset) };
    let of_nothing = || Some((end_of_nothing(&tree)?, "a document ends here (`...`) that did not begin".to_owned()));
    if let Some(found) = of_nothing().or_else(|| odd_anchor(&tree)) {
        return Err(error(found));
    }
    let cut = tree.cut_scalar();
    if let Some(HeldKind::Scalar { text, .. }) =
        cut.and_then(|id| tree.nodes.get_mut(id.0 as usize)).map(|node| &mut node.kind)
    {
        *text = text.strip_suffix('\n').unwrap_or(text).to_owned().into();
    }
    Ok(tree)
}

/// The first anchor that go-yaml reads otherwise, and what is wrong with it.
fn odd_anchor(tree: &Tree<'_>) -> Option<(usize, String)> {
    let is_odd = |c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_';
    tree.nodes.iter().find_map(|node| {
        let props = node.props.as_ref()?;
        let name = &props.anchor.as_ref().filter(|anchor| anchor.name.contains(is_odd))?.name;
        Some((props.start as usize, format!("the anchor `{name}` is not made of letters, digits, `-` and `_` only")))
    })
}

/// The first `...` of a text without a document.
fn end_of_nothing(tree: &Tree<'_>) -> Option<usize> {
    let starts = [0].into_iter().chain(memchr_iter(b'\n', tree.source.bytes()).map(|at| at + 1));
    starts.filter(|_| tree.roots.is_empty()).find(|at| is_marker(tree.source.line_at(*at), "..."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_go_yaml_reads_them() {
        let check = |text: &str, expected: Result<(), &str>| {
            let read = parse_text(Source::embedded(text)).map(|_| ()).map_err(|error| error.to_string());
            assert_eq!(read, expected.map_err(str::to_owned), "{text:?}");
        };
        check("a: &b-1_B c\n", Ok(()));
        check("  &ON:  ", Err("the anchor `ON:` is not made of letters, digits, `-` and `_` only at 1:3"));
        check("# a\n...\n", Err("a document ends here (`...`) that did not begin at 2:1"));
    }
}
