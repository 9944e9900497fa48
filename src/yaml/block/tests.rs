use super::*;
use crate::yaml::reads_as_fully;

fn takes(text: &str) -> bool {
    let taken = reads_as_fully(text, Keep::ALL);
    assert_ne!(taken, Some(false), "the full parser makes something else of {text:?}");
    taken == Some(true)
}

#[test]
fn takes_what_people_write() {
    for text in [
        "a: b\n",
        "a: b",
        "---\n# c\na: b # c\n\n  # c\nb:\n- c\n",
        "a:\n  b:\n    c: d\n  e: f\ng:\n",
        "a:\n- b: c\n  d: e\n-   f: g\n    h: i\n- - j\n  - k\n-\n  l: m\n-\n- n\n",
        "a:\n  - b\n  -   \n  - c\n",
        "a: b\n  c\n\n   d e\nf: g\n",
        "- a\n  b\n- c:d #e\n- f#g\n",
        "a:\n  b c\nd:\n  \"e\"\n",
        "'a''b': \"c \\\"d\\\\ \\n\"\n",
        "a: \"b\n  c\n\n  d \\\n  e\"\nf: 'g\n  h  '\n",
        "a: |\n  b\n   c\n\n  d\n\n\ne: >-\n  f\n  g\n\n  h\n\n   i\n  j\n",
        "a: | # c\n  # b\n  \tc\nd: |-\n  e\n  # f\n\n# g\n",
        "a: {}\nb: []\nc: {d: e, \"f\": [g, 'h', -1, [{}]]} # i\nj: [k, l,]\n",
        "a: [b, # c\n\n  d]\ne: {\"f\":1,\n  \"g\":\n   2}\n",
        "{\"a\": [\n{\"b\": 1.5e+3},\n\"c\"\n], \"d\": {}}\n",
        "annotation.example.com/name: é 漢字 😀\nè: é\n$a: --flag=(b)\nc: /d\n",
        "  a: b\n  c: d\n",
        "a: -b\nc: ---d\ne: ...\n",
    ] {
        assert!(takes(text), "{text:?}");
    }
}

#[test]
fn gives_up_all_else() {
    for text in [
        "",
        "# c\n",
        "a\n",
        "'a'\n",
        "a: &b c\n",
        "a: *b\n",
        "&a b: c\n",
        "a: !!str b\n",
        "<<: {a: b}\n",
        "? a\n: b\n",
        "%YAML 1.2\n---\na: b\n",
        "--- a\n",
        "--- {a: b}\n",
        "a: b\n---\nc: d\n",
        "a: b\n...\n",
        "a:\tb\n",
        "a: b\tc\n",
        "a: b\r\n",
        "\u{FEFF}a: b\n",
        "a: b\u{85}c\n",
        "a: 'b\u{2028}c'\n",
        "# \u{7F}\na: b\n",
        "# \0\na: b\n",
        "a: b # \0\n",
        "a: |\n  \0\n",
        "a: [b, # \0\n  c]\n",
        "a: # \t\n  b: c\n",
        "a: |2\n  b\n",
        "a: |+\n  b\n",
        "a: |\n\n  b\n",
        "a: |\n  b",
        "a: |\nb: c\n",
        "a:\n  |\n  b\n",
        "a: |\n    b\n  c\n",
        "a: |\n  b\n     \n",
        "a: [b\n]\n",
        "a: [b c]\n",
        "a: [b: c]\n",
        "a: {b}\n",
        "a: {b: }\n",
        "a: {b:c}\n",
        "a: [*b]\n",
        "a: [b]: c\n",
        "a: 'b\nc'\n",
        "a: \"b\\x20\"\n",
        "a: \"b\\/\"\n",
        "'a\n b': c\n",
        "a: b: c\n",
        "a: b\n  c: d\n",
        "a: b\n c: d\n",
        "a:\n  b: c\n d: e\n",
        "a: - b\n",
        "a: 'b' c\n",
        "a: 'b'# c\n",
        "a: b # c\n  d\n",
        "- a\nb: c\n",
        "a: b\n- c\n",
        "a: b\n  # c\n  d\n",
        "- # c\n- d\n",
        "a : b\n",
        "\"a\" : b\n",
        "a: @b\n",
        "a: `b`\n",
        "a: b\n  \tc\n",
    ] {
        assert!(!takes(text), "{text:?}");
    }
    let key = "k".repeat(LONGEST_KEY);
    assert!(takes(&format!("{key}: a\n")));
    assert!(!takes(&format!("{key}k: a\n")));
    let nested = |depth: usize| (0..depth).map(|at| format!("{:at$}a:\n", "")).collect::<String>();
    assert!(takes(&nested(MOST_OPEN)));
    assert!(!takes(&nested(MOST_OPEN + 1)));
    assert!(takes(&"[".repeat(50).chars().chain("]".repeat(50).chars()).collect::<String>()));
}

#[test]
fn items_that_nobody_wants_are_forgotten() {
    let is_wanted =
        |tree: &Tree<'_>, id: NodeId, text: &str| tree.str_at(id, &["kind"]) != Some("Secret") || text.contains("keep");
    let keep = |threads| Keep { list: "items", is_wanted: &is_wanted, threads: NonZeroUsize::new(threads).unwrap() };
    for text in [
        "items:\n- kind: Secret\n  data:\n    a: b\n- kind: Pod\n- text\n- kind: Secret\nother:\n- kind: Secret\n",
        "a:\n  items:\n  - kind: Secret\nitems:\n  - {kind: Secret, data: [a]}\n  - - kind: Secret\n",
        "{\"items\": [{\"kind\": \"Secret\", \"data\": {\"a\": 1}}, {\"kind\": \"Pod\"}], \"b\": {}}\n",
        "items:\n- kind: Secret more\n- kind: Secret\n   more\n- kind: Secret\n  a: b\n",
        "items:\n- kind: Secret\n  a:\n    b: c\n- kind: Secret\n  a:\n    b: what?\n",
        "items:\n- kind: Secret\n  a:\n    -b\n     - |\n      - c\n       # d\n- kind: Secret\n",
        "items:\n- kind: Secret\n  a:\n    -b\n     - |+\n      - c\n\n- kind: Secret\n",
        "items:\n- kind: Secret\n  a:\n    -b\n     - \"c\n      # d\"\n- kind: Secret\n",
        "items:\n- kind: Secret\n  a:\n    b: \"c\"\n    d: [d, e]\n    f: [g # ]\n      ]\n- kind: Secret\n",
        "items:\n- kind: Secret\n  a:\n    b: keep\n- kind: Secret\n  a:\n    b: c\n",
        "items:\n  a: {kind: Secret}\n  b:\n    kind: Secret\n",
    ] {
        assert_eq!([1, 3].map(|threads| reads_as_fully(text, keep(threads))), [Some(true); 2], "{text:?}");
        let whole = read(Source::embedded(text), Span::new(0, text.len()), Keep::ALL).unwrap();
        let kept = read(Source::embedded(text), Span::new(0, text.len()), keep(1)).unwrap();
        assert!(kept.nodes.len() < whole.nodes.len(), "{text:?}");
    }
    // Quotes in a plain key hide none that begin a value.
    let hidden = "items:\n- kind: Secret\n  a:\n    b'c: \"d'e\n      - f\"\n    g: h\n- kind: Pod\n";
    assert_eq!([1, 3].map(|threads| reads_as_fully(hidden, keep(threads))), [Some(true); 2]);
}

#[test]
fn too_many_values_are_for_the_full_parser() {
    let nothing = "-\n".repeat(3 * LEAST_NODES);
    assert_eq!(reads_as_fully(&nothing, Keep::ALL), None);
}

#[test]
fn several_threads_read_a_list_alike() {
    let is_wanted = |tree: &Tree<'_>, id: NodeId, _: &str| tree.str_at(id, &["kind"]) != Some("Secret");
    let item = |at: usize| match at % 4 {
        0 => format!("- kind: Pod\n  name: n{at}\n  list: [a, {{b: c}}]\n"),
        1 => format!("-\n  kind: Pod\n  text: |\n    - n{at}\n\n# c\n"),
        2 => format!("- kind: Secret\n  data:\n    a: n{at}\n"),
        _ => format!("- - n{at}\n  - kind:\n- \n"),
    };
    let items = |count: usize| (0..count).map(item).collect::<String>();
    let indented = items(40).replace('\n', "\n  ");
    for (text, taken) in [
        (format!("a: b\nitems:\n{}", items(50)), Some(true)),
        (format!("items:\n{}results:\n{}end: [1]\n", items(13), items(60)), Some(true)),
        (format!("a:\n- b\nitems:\n  {indented}\nb:\n  {indented}\n"), Some(true)),
        (format!("items:\n{}  more: &a b\n", items(50)), None),
        (format!("items:\n{}- a: b\n   c: d\n{}", items(50), items(20)), None),
        (format!("items:\n{}...\n", items(50)), None),
        (format!("items:\n{}-end: 1\n", items(50)), Some(true)),
        (format!("- items:\n    {}", items(40).replace('\n', "\n    ")), Some(true)),
        (format!("items:\n{}items:\n{}", items(20), items(20)), Some(true)),
    ] {
        for threads in [1, 2, 5] {
            let keep = Keep { list: "items", is_wanted: &is_wanted, threads: NonZeroUsize::new(threads).unwrap() };
            assert_eq!(reads_as_fully(&text, keep), taken, "{threads} threads: {text}");
        }
    }
}
