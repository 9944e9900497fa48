//! The reader of usual YAML against two other ones: what it reads, the full parser reads to an equal tree, and libyaml,
//! which kubectl's reader was made from, to equal values.

use std::num::NonZeroUsize;

use arbitrary::{Result, Unstructured};
use istio_drain::inside::yaml::{Keep, NodeId, NodeKind, Source, Span, Tree, parse, parse_all, reads_as_fully};
use serde_yaml::{Deserializer, Value};

use serde::Deserialize as _;

use super::generate::Draw as _;
use super::spans;

/// Whether the reader takes a text.
///
/// # Panics
///
/// Where another reader does not, or reads something else.
pub(crate) fn check(text: &str) -> bool {
    let Some(is_same) = reads_as_fully(text, Keep::ALL) else { return false };
    assert!(is_same, "the full parser makes something else of\n{text:?}");
    let tree = parse_all(Source::embedded(text)).expect("it was read");
    // libyaml gives such texts to serde_yaml, which refuses to make a value of them.
    if tree.roots().iter().any(|root| has_equal_keys(&tree, *root)) || has_long_number(text) {
        return true;
    }
    let values: Vec<_> = Deserializer::from_str(text).map(Value::deserialize).collect();
    match (tree.roots(), values.as_slice()) {
        ([root], [Ok(value)]) => {
            assert!(
                spans::agree(&tree, *root, value, &mut { 20_000 }),
                "{value:?}\nis what libyaml reads in\n{text:?}"
            );
        }
        (roots, values) => panic!("{} documents here, {values:?} for libyaml in\n{text:?}", roots.len()),
    }
    true
}

/// The same for a text as the items of a list, of which only those of other kinds than `a` are wanted, and those with
/// `'q': ` at the end of a line. What is in the others need not be YAML. Whether some of them were passed over.
///
/// # Panics
///
/// Where another reader sees other items, or something else in those that are wanted.
pub(crate) fn check_items(text: &str) -> bool {
    let is_wanted = |tree: &Tree<'_>, item: NodeId, text: &str| {
        let is_kind = |(key, value): &&(NodeId, NodeId)| {
            tree.as_written(*key) == Some("kind") && tree.as_written(*value) != Some("a")
        };
        text.contains("'q': \n") || tree.entries(item).iter().any(|entry| is_kind(&entry))
    };
    let keep = |threads| Keep { list: "items", is_wanted: &is_wanted, threads };
    let whole = parse_all(Source::embedded(text));
    let threads = NonZeroUsize::new(1 + text.len() % 4).unwrap_or(NonZeroUsize::MIN);
    let alone = reads_as_fully(text, keep(NonZeroUsize::MIN));
    match reads_as_fully(text, keep(threads)) {
        together if together != alone => panic!("{threads} threads read otherwise: {together:?}, {alone:?}\n{text:?}"),
        None => return false,
        Some(is_same) => assert!(is_same || whole.is_err(), "the full parser makes something else of\n{text:?}"),
    }
    let source = Source::embedded(text);
    let span = Span { start: 0, end: text.len() as u32 };
    let tree = parse(source, span, keep(threads)).expect("it was read");
    let items = |tree: &Tree<'_>| -> Vec<_> {
        let lists = tree.entries(tree.roots()[0]).iter().filter(|(key, _)| tree.as_written(*key) == Some("items"));
        lists.flat_map(|(_, list)| tree.items(*list)).collect()
    };
    let is_pruned = |item: &NodeId| matches!(tree.node(*item).kind, NodeKind::Pruned);
    let has_pruned = items(&tree).iter().any(is_pruned);
    // On what is not YAML, serde_yaml may panic.
    let values = std::panic::catch_unwind(|| -> Vec<_> {
        Deserializer::from_str(text).map(Value::deserialize).take(2).collect()
    });
    let values = values.unwrap_or_default();
    let [Ok(value)] = values.as_slice() else { return has_pruned };
    if has_equal_keys(&tree, tree.roots()[0]) || has_long_number(text) {
        return has_pruned;
    }
    let read = value.get("items").and_then(Value::as_sequence).map_or(&[][..], Vec::as_slice);
    let seen = items(&tree);
    assert_eq!(seen.len(), read.len(), "{value:?}\nis what libyaml reads in\n{text:?}");
    for (item, read) in seen.iter().zip(read) {
        let is_alike = if is_pruned(item) {
            read.get("kind").is_none_or(|kind| kind.as_str() == Some("a"))
        } else {
            spans::agree(&tree, *item, read, &mut { 20_000 })
        };
        assert!(is_alike, "{read:?}\nis what libyaml reads in\n{text:?}");
    }
    has_pruned
}

/// A text as the items of a list: its lines are those of one item of the kind `a`, before one of another kind.
pub(crate) fn as_items(text: &str, head: &str) -> String {
    let lines: String = text.split_inclusive('\n').map(|line| format!("  {line}")).collect();
    let end = if lines.ends_with('\n') { "" } else { "\n" };
    format!("items:\n- {head}{lines}{end}- kind: b\n  c: d\nend: 1\n")
}

/// A manifest as such an item.
pub(crate) fn as_item(manifest: &str) -> String {
    let line = |line: &str| if line.starts_with("kind:") { "kind: a\n".to_owned() } else { format!("{line}\n") };
    let content = manifest.trim_start_matches("---\n");
    let lines: String = content.lines().skip_while(|line| line.is_empty() || line.starts_with('#')).map(line).collect();
    as_items(&lines, "").replacen("-   ", "- ", 1)
}

/// Whether something in a text may be a number that no type of serde's holds.
fn has_long_number(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.any(|word| word.len() > 18 && word.starts_with(|c: char| c.is_ascii_digit()))
}

fn has_equal_keys(tree: &Tree<'_>, id: NodeId) -> bool {
    match tree.node(id).kind {
        NodeKind::Mapping { entries, .. } => {
            let keys: Vec<_> = entries.iter().map(|(key, _)| tree.as_written(*key)).collect();
            (1..keys.len()).any(|at| keys[..at].contains(&keys[at]))
                || entries.iter().any(|(_, value)| has_equal_keys(tree, *value))
        }
        NodeKind::Sequence { items, .. } => items.iter().any(|item| has_equal_keys(tree, *item)),
        _ => false,
    }
}

/// What lines of usual YAML consist of.
const WORDS: [&str; 36] = [
    "a", "b", "c d", "key", "1", "- ", "- ", "-", ": ", ":", " #", "# c", "'x'", "\"y\"", "'", "\"", "|\n", "|-\n",
    ">\n", ">-\n", "[]", "{}", "[a, b]", "{a: b}", "[", "]", "{", "}", ", ", " ", "  ", "é", "--", "\n", "\n  ",
    "\n\n",
];

/// What is rare in it, and what only looks like it.
const ODD: [&str; 41] = [
    "#",
    "''",
    "\\",
    "\\n",
    "\\\"",
    "\\\n",
    "|",
    ">",
    "|+",
    "|2",
    ",",
    "&a ",
    "*a",
    "!t ",
    "? ",
    "%",
    "@",
    "`",
    "<<",
    "=",
    "~",
    "---",
    "...",
    "--- ",
    "\t",
    "\u{85}",
    "\u{2028}",
    "\u{FEFF}",
    "\u{7F}",
    "\"k\": ",
    "'k': ",
    "-x",
    "\r",
    "\r\n",
    "a:b",
    "a#b",
    ":",
    "{\"a\":1}",
    "\u{FFFE}",
    "\u{A0}",
    "\0",
];

fn word(u: &mut Unstructured<'_>) -> Result<&'static str> {
    if u.one_in(12)? { u.pick(&ODD) } else { u.pick(&WORDS) }
}

/// Lines that look like YAML, at columns that nearly fit.
pub(crate) fn soup(u: &mut Unstructured<'_>) -> Result<String> {
    let mut text = String::new();
    let mut column = 0;
    for _ in 0..1 + u.below(9)? {
        match u.below(8)? {
            0 => column = u.below(7)?,
            1 => column += 2,
            2 => column = column.saturating_sub(2),
            3 => column += 1,
            4 if u.one_in(3)? => text.push('\n'),
            _ => {}
        }
        text.extend(std::iter::repeat_n(' ', column));
        // Most lines begin as lines do.
        text.push_str(u.pick(&["k: ", "a: ", "- ", "k:", "-", "- k: ", "- - ", "", "text", "'q': ", "# c"])?);
        for _ in 0..u.below(3)? {
            text.push_str(word(u)?);
        }
        if !u.one_in(40)? {
            text.push('\n');
        }
    }
    Ok(text)
}

/// A text with a few changes.
pub(crate) fn changed(u: &mut Unstructured<'_>, text: &str) -> Result<String> {
    let mut text: Vec<char> = text.chars().collect();
    for _ in 0..1 + u.below(3)? {
        let at = u.below(text.len())?;
        match u.below(4)? {
            0 => text.splice(at..(at + 1 + u.below(3)?).min(text.len()), []).for_each(drop),
            1 => text.splice(at..at, [' ']).for_each(drop),
            2 => text.splice(at..at, ['\n']).for_each(drop),
            _ => text.splice(at..at, word(u)?.chars()).for_each(drop),
        }
    }
    Ok(text.into_iter().collect())
}
