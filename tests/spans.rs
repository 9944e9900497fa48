//! What must hold for the tree of any text that can be parsed: spans lie in the text and in each other, and what stands
//! in them reads the same on its own.

use istio_drain::inside::yaml::{Node, NodeId, NodeKind, ScalarStyle, Source, Span, Tree, parse_all};
use serde_yaml::Value;

use super::universal;

/// Parses `text` and checks its tree; does nothing where it can't be parsed.
///
/// # Panics
///
/// Where something does not hold, with the text.
pub(crate) fn check(text: &str) {
    let tree = match parse_all(Source::embedded(text)) {
        Ok(tree) => tree,
        Err(error) => {
            assert!(text.is_char_boundary(error.offset), "{error} at no character in\n{text:?}");
            return;
        }
    };
    // The parser counts columns and lines otherwise behind a lone CR, and readers differ in what it is: nothing is
    // edited there.
    if has_lone_return(text) {
        return;
    }
    let mut end = 0;
    for root in tree.roots() {
        let span = tree.node(*root).span;
        assert!(span.start() >= end, "documents overlap in\n{text:?}");
        end = span.end();
        node(&tree, *root);
    }
    assert!(end <= text.len(), "a document ends behind the text\n{text:?}");
    // A last line without an end is another text to serde_yaml.
    let is_whole = text.is_empty() || text.ends_with('\n');
    if let Some(documents) = universal::documents(text).filter(|_| is_whole && is_the_same_to_all(text)) {
        // Readers differ in what a document with a tag and nothing else is, and whether the text of a document that is
        // a block scalar may stand at column 0. No manifest is either.
        let is_odd = |root: &NodeId| tag(&tree, *root).is_some() || is_block_scalar(&tree, *root);
        if tree.roots().iter().any(is_odd) {
            return;
        }
        let roots: Vec<_> = tree.roots().iter().filter(|root| !is_null(&tree, **root)).collect();
        assert_eq!(roots.len(), documents.len(), "the number of documents in\n{text:?}");
        let mut budget = 20_000;
        for (root, value) in roots.into_iter().zip(&documents) {
            assert!(agree(&tree, *root, value, &mut budget), "{value:?}\nis not what the tree says of\n{text:?}");
        }
    }
}

/// Whether YAML 1.1 and 1.2 agree on the text: on what `?` and a colon behind quotes mean in brackets, what may be in
/// the name of an anchor, and what a line break is.
fn is_the_same_to_all(text: &str) -> bool {
    let is_blank = |c: char| c.is_whitespace();
    let is_odd_question = text.split('?').skip(1).any(|rest| !rest.starts_with(is_blank));
    let name =
        |rest: &str| rest.split(|c: char| is_blank(c) || ",[]{}".contains(c)).next().unwrap_or_default().to_owned();
    let is_odd_name = |name: String| !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let has_odd_name = text.split(['&', '*']).skip(1).any(|rest| is_odd_name(name(rest)));
    let is_odd_break = |c: char| matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}');
    !(is_odd_question || has_odd_name || text.contains(is_odd_break))
}

fn has_lone_return(text: &str) -> bool {
    text.split('\r').skip(1).any(|rest| !rest.starts_with('\n'))
}

fn node(tree: &Tree<'_>, id: NodeId) {
    let text = tree.source.text();
    let (node, span) = (tree.node(id), tree.node(id).span);
    assert!(text.get(span.start()..span.end()).is_some(), "{span:?} of no characters in\n{text:?}");
    if let Some(props) = &node.props {
        assert!(props.start <= span.start, "an anchor or tag behind its node in\n{text:?}");
    }
    let mut children = Vec::new();
    match node.kind {
        NodeKind::Mapping { entries, .. } => entries.iter().for_each(|(key, value)| children.extend([*key, *value])),
        NodeKind::Sequence { items, .. } => children.extend(items),
        NodeKind::Scalar { style, text } if !is_reinterpreted(tree, id) => scalar(tree, id, style, text),
        NodeKind::Scalar { .. } => {}
        NodeKind::Alias(_) => assert!(
            tree.source.slice(span).starts_with('*'),
            "an alias without its star \
            in\n{text:?}"
        ),
        NodeKind::Pruned => {}
    }
    // A dash stands in front of the first item.
    let mut end = span.start() + usize::from(matches!(node.kind, NodeKind::Sequence { flow: false, .. }));
    for child in children {
        let inner = tree.node(child).span;
        assert!(inner.start() >= end && inner.end() <= span.end(), "{inner:?} is not in {span:?} of\n{text:?}");
        end = inner.end();
        self::node(tree, child);
    }
    let brackets = match node.kind {
        NodeKind::Mapping { flow: true, .. } => Some(['{', '}']),
        NodeKind::Sequence { flow: true, .. } => Some(['[', ']']),
        NodeKind::Sequence { flow: false, .. } => {
            assert!(tree.source.slice(span).starts_with('-'), "no dash at {span:?} of\n{text:?}");
            None
        }
        _ => None,
    };
    if let Some([open, close]) = brackets {
        let slice = tree.source.slice(span);
        // A pair on its own in a list has no brackets, and starts where its key does.
        let first = tree.entries(id).first().map(|(key, _)| tree.node(*key));
        let starts = |node: Node<'_>| node.props.map_or(node.span.start, |props| props.start.min(node.span.start));
        let is_pair = slice.starts_with('?')
            || first.is_some_and(|key| {
                starts(key) <= span.start || key.span == Span { start: span.start, end: span.start }
            });
        assert!(is_pair || slice.starts_with(open) && slice.ends_with(close), "{span:?} has no brackets in\n{text:?}");
    }
}

/// A scalar's span, read on its own, is the scalar again.
fn scalar(tree: &Tree<'_>, id: NodeId, style: ScalarStyle, expected: &str) {
    let (text, span) = (tree.source.text(), tree.node(id).span);
    let slice = tree.source.slice(span);
    let alone = match style {
        // Indentation and document ends matter here, so the text around it has to be there, too.
        ScalarStyle::Literal(_) | ScalarStyle::Folded(_) => {
            assert!(slice.starts_with(['|', '>']), "no header at {span:?} of\n{text:?}");
            return;
        }
        ScalarStyle::Plain if slice.is_empty() => return assert_eq!(expected, "", "in\n{text:?}"),
        // On its own it would be a key, the sign of a key or an item, or a marker.
        ScalarStyle::Plain if slice.ends_with(':') || matches!(slice, "?" | "-") => return,
        ScalarStyle::Plain if slice.starts_with("---") || slice.starts_with("...") => return,
        ScalarStyle::Plain => format!("[{}]", slice),
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => slice.to_owned(),
    };
    // Plain text in block style may hold what has a meaning in brackets.
    let alone = if style == ScalarStyle::Plain && slice.contains([',', '[', ']', '{', '}', '?', ':', '#']) {
        slice.to_owned()
    } else {
        alone
    };
    let Ok(read) = parse_all(Source::embedded(&alone)) else { return };
    let root = read.roots().first().copied();
    let item = root.and_then(|root| read.items(root).next()).or(root);
    assert_eq!(item.and_then(|item| read.as_written(item)), Some(expected), "{span:?} of\n{text:?}");
}

fn is_null(tree: &Tree<'_>, id: NodeId) -> bool {
    let node = tree.node(id);
    matches!(node.kind, NodeKind::Scalar { style: ScalarStyle::Plain, text } if matches!(text, "" | "~" | "null" | "Null" | "NULL"))
}

fn is_block_scalar(tree: &Tree<'_>, id: NodeId) -> bool {
    let style = match tree.node(id).kind {
        NodeKind::Scalar { style, .. } => style,
        _ => return false,
    };
    matches!(style, ScalarStyle::Literal(_) | ScalarStyle::Folded(_))
}

fn tag<'t>(tree: &'t Tree<'_>, id: NodeId) -> Option<&'t str> {
    tree.node(id).props.as_ref()?.tag.as_deref()
}

/// Whether a scalar has a tag that some readers give it another value for, as `!!binary`.
fn is_reinterpreted(tree: &Tree<'_>, id: NodeId) -> bool {
    let is_scalar = matches!(tree.node(id).kind, NodeKind::Scalar { .. });
    is_scalar && tag(tree, id).is_some_and(|tag| tag != "tag:yaml.org,2002:str")
}

/// Whether the tree has the structure, and the strings, that serde_yaml reads.
pub(crate) fn agree(tree: &Tree<'_>, id: NodeId, value: &Value, budget: &mut usize) -> bool {
    if *budget == 0 {
        return true;
    }
    *budget -= 1;
    let id = tree.resolve(id);
    if is_reinterpreted(tree, id) {
        return true;
    }
    match (tree.node(id).kind, value) {
        (_, Value::Tagged(tagged)) => agree(tree, id, &tagged.value, budget),
        (NodeKind::Mapping { entries, .. }, Value::Mapping(mapping)) => {
            entries.len() == mapping.len()
                && entries.iter().zip(mapping).all(|((key, inner), (expected_key, expected))| {
                    agree(tree, *key, expected_key, budget) && agree(tree, *inner, expected, budget)
                })
        }
        (NodeKind::Sequence { items, .. }, Value::Sequence(expected)) => {
            items.len() == expected.len()
                && items.iter().zip(expected).all(|(item, expected)| agree(tree, *item, expected, budget))
        }
        (NodeKind::Scalar { text, .. }, Value::String(expected)) => text == expected,
        (NodeKind::Scalar { .. }, Value::Null | Value::Bool(_) | Value::Number(_)) => true,
        _ => false,
    }
}

/// Quoted scalars that go on at any column, in any surroundings: what libyaml reads is read, and read alike.
#[test]
fn quoted_scalars_go_on_at_any_column() {
    let mut read = 0;
    for (open, close) in [
        ("a:\n  b: ", "\n  c: d\n"),
        ("a:\n- b: # it's\n    ", "\n  c: |\n    'd\n- 'e'\n"),
        ("- - a: \"b\"\n    c: &x ", "\n  - *x\n"),
        ("a: {b: 'c', d: ", "}\ne: it's\n"),
        ("? ", "\n: b\n"),
        ("a: >-\n  it's\nb:\n  c: ", " # it's\nd: e\n"),
        ("a: b 'c\nd: ", "\n"),
    ] {
        for (quote, inner) in
            [('\'', ["b", "it''s", "# c", "", "d: \"e", "- f"]), ('"', ["b\\", "\\\"", "'c", "", "? d", "{e"])]
        {
            for indents in 0..4_usize.pow(3) {
                let (first, second, third) = (indents % 4 * 2, indents / 4 % 4, indents / 16);
                for at in 0..3 {
                    let line = |by: usize| inner[(at + by) % inner.len()];
                    let lines = [(first, line(1)), (second, line(2)), (third, line(3))];
                    let lines: String = lines.map(|(indent, line)| format!("\n{}{line}", " ".repeat(indent))).concat();
                    let text = format!("{open}{quote}x{}{lines}{quote}{close}", line(0));
                    let expected = universal::documents(&text);
                    read += usize::from(expected.is_some());
                    assert!(expected.is_none() || parse_all(Source::embedded(&text)).is_ok(), "not read:\n{text}");
                    if indents % 7 == 0 {
                        check(&text);
                    }
                }
            }
        }
    }
    assert!(read > 1_000, "{read}");
}
