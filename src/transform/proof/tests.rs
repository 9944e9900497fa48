//! Edits that do something else than what was planned. No proof lets one of them pass, alone or within a whole run.

use std::path::Path;

use super::*;
use crate::policy::PolicyFields;
use crate::transform::unit::{Tamper, tampered};
use crate::transform::{Settings, TransformError, transform};
use crate::yaml::{Edit, EditSet, Keep, Route, Span, Step, lower};

const LIST: &str = "\
kind: List
items:
- kind: A
  a: 1
  b: [x] # kept
- kind: B
  a: 2
- kind: C
  a: &n 3
  c: 4
last:
  name: *n
";

fn route(path: &str) -> Route {
    let steps = path.split('.').map(|step| step.parse().map_or_else(|_| Step::Key(step.to_owned().into()), Step::Item));
    Route(steps.collect())
}

/// A text with changes of values in its first document, and the edits that make them.
struct Case {
    text: &'static str,
    patch: Patch,
    edits: Vec<Edit>,
}

impl Case {
    fn new(text: &'static str, changes: &[(&str, Value)]) -> Self {
        Self::of(text, changes.iter().map(|(path, value)| (route(path), value.clone())))
    }

    fn of(text: &'static str, changes: impl IntoIterator<Item = (Route, Value)>) -> Self {
        let mut patch = Patch::default();
        changes.into_iter().for_each(|(route, value)| patch.put(&route, value));
        let tree = parse_all(Source::embedded(text)).unwrap();
        let edits = lower(&tree, tree.roots()[0], &patch).unwrap();
        Self { text, patch, edits }
    }

    /// The proof of these edits, and how many of them need no look at the whole.
    fn prove(&self, edits: &[Edit]) -> (Result<(), ProofError>, Option<usize>) {
        let tree = parse_all(Source::embedded(self.text)).unwrap();
        let (edits, span) = (EditSet::new(edits.to_vec()).unwrap(), tree.source.whole());
        let patches = gather(&tree, [(tree.roots()[0], self.patch.clone())]);
        let unit = Edited { old: &tree, span, edits: &edits, patches: &patches, keep: Keep::ALL };
        (prove(&unit), proven_in_parts(&unit))
    }

    /// The edits with one more, which puts `new` in the place of `old`.
    fn and(&self, old: &str, new: &str) -> Vec<Edit> {
        let at = self.text.find(old).expect(old);
        [self.edits.clone(), vec![edit(at, at + old.len(), new)]].concat()
    }

    /// The edits with their text changed.
    fn but(&self, old: &str, new: &str) -> Vec<Edit> {
        let is_there = self.edits.iter().any(|edit| edit.text.contains(old));
        assert!(is_there, "{old} is in none of {:?}", self.edits);
        let change = |it: &Edit| Edit { text: it.text.replace(old, new), ..it.clone() };
        self.edits.iter().map(change).collect()
    }

    /// The planned edits are proven, so many of them by their own lines.
    #[track_caller]
    fn proves(&self, by_lines: Option<usize>) {
        let (proof, parts) = self.prove(&self.edits);
        assert!(proof.is_ok() && parts == by_lines, "{} {proof:?} {parts:?}", self.text);
    }

    #[track_caller]
    fn rejects(&self, edits: &[Edit], message: &str) {
        let (proof, parts) = self.prove(edits);
        assert_ne!(parts, Some(edits.len()), "{edits:?}");
        let error = proof.expect_err("a proof of what was not planned");
        assert_eq!(std::error::Error::source(&error).is_some(), !matches!(error, ProofError::Documents));
        let error = error.to_string();
        assert!(error.starts_with("the edited text is not what was planned: "), "{error}");
        assert!(error.contains(message), "{error}");
    }
}

fn edit(start: usize, end: usize, text: &str) -> Edit {
    Edit { span: Span::new(start, end), text: text.to_owned(), depth: 0 }
}

#[test]
fn items_are_proven_by_their_own_lines() {
    let case = Case::new(LIST, &[("items.0.a", Value::Int(7)), ("items.1.new", Value::Int(8))]);
    case.proves(Some(2));
    case.rejects(&[], "the value differs from the plan at `items[0].a`");
    case.rejects(&case.edits[..1], "the new value differs from the plan at `items[1].new`");
    case.rejects(&case.but("7", "9"), "the value differs from the plan at `items[0].a`");
    case.rejects(&case.but("new", "old"), "the new value differs from the plan at `items[1].new`");
    // What no change is planned for, in an item with a change, in one without, and around the list.
    case.rejects(&case.and("[x]", "[y]"), "the text differs from the plan at `items[0].b[0]`");
    case.rejects(&case.and("  c: 4\n", ""), "the number of keys differs from the plan at `items[2]`");
    case.rejects(&case.and("c: 4", "c: 5"), "the text differs from the plan at `items[2].c`");
    case.rejects(&case.and("kind: List", "kind: Lists"), "the text differs from the plan at `kind`");
    case.rejects(&case.and("last", "lost"), "the text differs from the plan at ``");
    case.rejects(&case.and("*n", "3"), "the kind of node differs from the plan at `last.name`");
    // More documents, and another shape around what is right by itself.
    case.rejects(&case.and("last:", "---\nlast:"), "unknown anchor");
    case.rejects(&case.and("last:\n", "...\n"), "");
    let (first, second) = (case.but("new: 8\n", "new: 8\n...\n"), case.but("new: 8\n", "new: 8\n---\n"));
    case.rejects(&first, "");
    case.rejects(&second, "");
    case.rejects(&case.but("new: 8\n", "new: 8"), "");
    case.rejects(&case.and("- kind: B", "-\n  kind: B\n- kind: B"), "differs from the plan at `items[");
    case.rejects(&case.and("- kind: B", " - kind: B"), "");
    case.rejects(&case.and("- kind: A", "  - kind: A"), "");
    // A text that is right, by edits that must be looked at as a whole.
    let whole = case.and("- kind: C", "- \"kind\": C");
    let (proof, parts) = case.prove(&whole);
    assert!(proof.is_err() && parts == Some(2), "{proof:?} {parts:?}");
}

#[test]
fn an_item_that_can_not_be_read_alone() {
    let text = "items:\n- a: &n 1\n- b: *n\n  c: 2\n- d: 3";
    let case = Case::new(text, &[("items.1.c", Value::Int(7)), ("items.2.d", Value::Int(8))]);
    case.proves(Some(2));
    case.rejects(&case.but("7", "9"), "the value differs from the plan at `items[1].c`");
    case.rejects(&case.but("8", "9"), "the value differs from the plan at `items[2].d`");
    case.rejects(&case.and("*n", "1"), "the kind of node differs from the plan at `items[1].b`");
    // The last line needs no end.
    let last = Case::new(text, &[("items.2.d", Value::Int(8))]);
    assert_eq!(last.prove(&last.edits).1, Some(1));
    let inside = Case::new("items:\n- a: &n 1\n- b: {c: *n, d: 2}\n", &[("items.1.b.d", Value::Int(7))]);
    inside.proves(None);
    inside.rejects(&inside.and("*n", "1"), "the kind of node differs from the plan at `items[1].b.c`");
}

#[test]
fn new_keys_are_proven_behind_the_last_one() {
    let text = "items:\n- a: 1\nconfig:\n  a: |+\n    x\n# end\n";
    let results = Value::Items(vec![Value::map([("message", Value::str("no"))])]);
    let case = Case::new(text, &[("results", results), ("items.0.a", Value::Int(2))]);
    case.proves(Some(2));
    case.rejects(&case.but("\"no\"", "\"yes\""), "the new value differs from the plan at `results`");
    case.rejects(&case.but("results:", "  results:"), "");
    case.rejects(&case.but("results:", "result:"), "the new value differs from the plan at `results`");
    case.rejects(&case.but("results:", "more: 1\nresults:"), "differs from the plan at");
    case.rejects(&case.but("results:", "---\nresults:"), "it holds other documents");
    case.rejects(&case.but("results:", "...\nresults:"), "");
    case.rejects(&case.but("2", "3"), "the value differs from the plan at `items[0].a`");
    case.rejects(&case.and("    x\n", "    y\n"), "the text differs from the plan at `config.a`");
}

/// A list at the end is as long as the whole: its last item stands for it.
#[test]
fn new_keys_are_proven_behind_the_last_item_of_a_list() {
    let text = "kind: L\nitems: # all\n- a: 1\n- b: 2\n- c: 3\n  d: 4\n";
    let results = || ("results", Value::Items(vec![Value::map([("message", Value::str("no"))])]));
    let alone = Case::new(text, &[results()]);
    alone.proves(Some(1));
    alone.rejects(&alone.but("\"no\"", "\"yes\""), "the new value differs from the plan at `results`");
    alone.rejects(&alone.and("d: 4", "d: 5"), "the text differs from the plan at `items[2].d`");
    let case = Case::new(text, &[results(), ("items.0.a", Value::Int(7)), ("items.2.c", Value::Int(8))]);
    case.proves(Some(3));
    case.rejects(&case.but("7", "9"), "the value differs from the plan at `items[0].a`");
    case.rejects(&case.but("8", "9"), "the value differs from the plan at `items[2].c`");
    case.rejects(&case.but("results:", "  results:"), "");
    case.rejects(&case.but("results:", "- results:"), "");
    case.rejects(&case.but("results:", "more: 1\nresults:"), "differs from the plan at");
    case.rejects(&case.but("results:", "---\nresults:"), "it holds other documents");
    case.rejects(&case.but("results:", "...\nresults:"), "");
    case.rejects(&case.but("results:", "items: []\nresults:"), "");
    case.rejects(&case.and("kind: L", "kind: M"), "the text differs from the plan at `kind`");
    case.rejects(&case.and("items: # all", "other: # all"), "the text differs from the plan at ``");
    case.rejects(&case.and("- b: 2", "- b: 3"), "the text differs from the plan at `items[1].b`");
    case.rejects(&case.and("- b: 2\n", ""), "");
    case.rejects(&case.and("- c:", "- e: 1\n- c:"), "");
    // An alias to another item can't be read alone.
    for (text, expected) in [("items:\n- a: &n 1\n- b: *n\n", None), ("items: [1]\n", Some(1))] {
        let case = Case::new(text, &[results()]);
        case.proves(expected);
        case.rejects(&case.but("\"no\"", "\"yes\""), "the new value differs from the plan at `results`");
    }
}

/// Items that nobody wants have no nodes. Where one is the last, it stays as it is.
#[test]
fn new_keys_are_proven_behind_an_item_that_nobody_wants() {
    let text = "items:\n- kind: A\n  a: 1\n- kind: B\n  b: 2\n";
    let is_wanted = |tree: &Tree<'_>, item, _: &str| tree.str_at(item, &["kind"]) == Some("A");
    let keep = Keep { list: "items", is_wanted: &is_wanted, ..Keep::ALL };
    let case = Case::new(text, &[("results", Value::Items(Vec::new())), ("items.0.a", Value::Int(7))]);
    let source = Source::embedded(text);
    let tree = parse(source, source.whole(), keep).unwrap();
    let patches = gather(&tree, [(tree.roots()[0], case.patch.clone())]);
    let prove = |edits: Vec<Edit>| {
        let edits = EditSet::new(edits).unwrap();
        let unit = Edited { old: &tree, span: source.whole(), edits: &edits, patches: &patches, keep };
        (proven_in_parts(&unit) == Some(edits.as_slice().len()), prove(&unit).is_ok())
    };
    assert_eq!(prove(case.edits.clone()), (true, true));
    assert_eq!(prove(case.and("b: 2", "b: 3")), (false, false));
    assert_eq!(prove(case.and("- kind: B\n  b: 2\n", "")), (false, false));
    assert_eq!(prove(case.but("results", "result")), (false, false));
}

/// A list with an alias to another entry can't be read alone, but its last item can, with the new item.
#[test]
fn a_new_item_is_proven_with_the_last_one() {
    let new = (route("list").then([Step::End]), Value::Int(7));
    Case::of("x: &n 1\nlist:\n- *n\n- 1\n", [new]).proves(Some(1));
}

/// The smallest entries that changes are in prove them, at any depth.
#[test]
fn entries_are_proven_by_their_own_lines() {
    let text = "\
kind: A
spec: # of it
  meta:
    labels: {a: b}

  # before
  pod:
    list:
    - name: x
      more:
        c: 1
    -
      name: y
    size: 3
  last: |
    text
status: {}
";
    let put = |path: &str| {
        let case = Case::new(text, &[(path, Value::Int(7))]);
        case.proves(Some(case.edits.len()));
    };
    let paths = [
        "kind",
        "spec.new",
        "spec.meta.labels.a",
        "spec.meta.new",
        "spec.pod.list.0.name",
        "spec.pod.list.0.more.c",
        "spec.pod.list.0.more.new",
        "spec.pod.list.1.name",
        "spec.pod.list.1.new",
        "spec.pod.size",
        "spec.pod.new",
        "new",
    ];
    paths.into_iter().for_each(put);
    let all = ["spec.meta.new", "spec.pod.list.0.more.c", "spec.pod.size", "new"].map(|path| (path, Value::Int(7)));
    let case = Case::new(text, &all);
    case.proves(Some(case.edits.len()));
    for (old, new) in [
        ("kind: A\n", ""),
        ("spec: # of it\n", "spec:\n  x: 1\n"),
        ("{a: b}", "{a: c}"),
        ("# before", "before: 1"),
        ("  # before", "---"),
        ("  # before", "..."),
        ("    list:\n", "    list: &a\n"),
        ("    - name: x\n", "    - name: z\n"),
        ("    - name: x\n", "      - name: x\n"),
        ("    - name: x\n", "    - name: x\n      name: x\n"),
        ("      more:\n", "      more: !t\n"),
        ("    -\n", "    -\n    -\n"),
        ("    -\n", ""),
        ("    text\n", "    text 2\n"),
        ("    text\n", ""),
        ("{}", "[]"),
    ] {
        case.rejects(&case.and(old, new), "");
    }
    for at in 0..case.edits.len() {
        let mut edits = case.edits.clone();
        edits.remove(at);
        case.rejects(&edits, "");
    }
}

/// A new item stands where the last one ends, and so does a new key of that.
#[test]
fn new_items_are_proven_with_the_last_one() {
    let text = "a:\n  list:\n  - b: 1\n  - c: 2\n\n  size: 3\n";
    let new_item = Value::map([("d", Value::Int(9))]);
    let new_keys = [("a.list.0.new", 7), ("a.list.1.new", 8)].map(|(path, value)| (route(path), Value::Int(value)));
    let case = Case::of(text, [(route("a.list").then([Step::End]), new_item)].into_iter().chain(new_keys));
    case.proves(Some(3));
    case.rejects(&case.but("9", "8"), "the new item differs from the plan at `a.list[-]`");
    case.rejects(&case.but("new: 8", "new: 9"), "the new value differs from the plan at `a.list[1].new`");
    case.rejects(&case.but("new: 7", "new: 9"), "the new value differs from the plan at `a.list[0].new`");
    case.rejects(&case.but("d: 9", "d: 9\n  - d: 9"), "");
    case.rejects(&case.and("c: 2", "c: 3"), "the text differs from the plan at `a.list[1].c`");
    case.rejects(&case.and("- b", "- e"), "the text differs from the plan at `a.list[0]`");
    case.rejects(&case.edits[1..], "");
    case.rejects(&case.edits[..2], "");
}

/// The end of a pod template: a new key of the last container, a new container, and a new key of the pod, all at one
/// place. The last container's last entry is read again with them, whatever it is, and nothing before it.
#[test]
fn only_the_last_entry_is_read_with_what_comes_behind_it() {
    let new_item = Value::map([("name", Value::str("p")), ("d", Value::Int(9))]);
    for end in [
        "1",
        "|+\n        x\n",
        ">\n        x",
        "x\n        y",
        "",
        "\"x\"",
        "[x,\n         y]",
        "\n      - x",
        "&a x",
        "# c",
    ] {
        let text = format!("a:\n  other: *n\n  list:\n  - &x {{}}\n  - name: {{c: *x}}\n    ports: {end}\n# end\n");
        let text: &'static str = text.replace("*n", "n").leak();
        let new_keys = [("a.list.1.new", 7), ("a.size", 8)].map(|(path, value)| (route(path), Value::Int(value)));
        let new_item = (route("a.list").then([Step::End]), new_item.clone());
        let case = Case::of(text, [new_item].into_iter().chain(new_keys));
        case.proves(Some(3));
        for line in ["new: 7", "- name: p", "size: 8"] {
            for before in [" ", "  ", "- ", "more: 1\n"] {
                case.rejects(&case.but(line, &format!("{before}{line}")), "");
            }
            case.rejects(&case.but(&format!("  {line}"), line), "");
        }
        case.rejects(&case.but("7", "6"), "the new value differs from the plan at `a.list[1].new`");
        case.rejects(&case.but("9", "6"), "the new item differs from the plan at `a.list[-]`");
        case.rejects(&case.but("size: 8", "size: 6"), "the new value differs from the plan at `a.size`");
        for (old, new) in
            [("ports:", "port:"), ("r: n", "r: m"), ("{c:", "{d:"), ("list:", "lists:"), ("- name", "-\n  - name")]
        {
            case.rejects(&case.and(old, new), "");
        }
        for at in 0..3 {
            let mut edits = case.edits.clone();
            edits.remove(at);
            case.rejects(&edits, "");
            // Deeper and shallower lines change places.
            let mut edits = case.edits.clone();
            edits[at].depth = if at == 0 { 0 } else { 100 };
            let (proof, parts) = case.prove(&edits);
            assert!(proof.is_err() == (parts != Some(3)), "{text} {at} {proof:?}");
        }
    }
}

#[test]
fn documents_are_proven_as_a_whole() {
    let text = "a: {b: 1}\nc: [1]\n---\nd: 2\n";
    let case = Case::new(text, &[("a.b", Value::Int(7))]);
    case.proves(Some(1));
    case.rejects(&case.but("7", "8"), "the value differs from the plan at `a.b`");
    case.rejects(&case.and("d: 2", "d: 3"), "the text differs from the plan at `d`");
    case.rejects(&case.and("---\n", ""), "it holds other documents");
    case.rejects(&case.and("d: 2\n", "d: 2\n---\ne: 3\n"), "it holds other documents");
    case.rejects(&case.and("d: 2", "d: ["), "");
    // The lines of the last entry of a document go on behind its end.
    let last = Case::new("a: 1\nc: 2\n---\nd: 2\n", &[("c", Value::Int(7))]);
    last.proves(None);
    let flow = Case::new("{list: [{a: 1}, {b: 2}], end: 1}\n", &[("list.0.a", Value::Int(7))]);
    flow.proves(None);
    flow.rejects(&flow.and("b: 2", "b: 3"), "the text differs from the plan at `list[1].b`");
}

#[test]
fn nothing_planned_and_nothing_done_is_right() {
    let idle = Case::new(LIST, &[]);
    assert!(idle.prove(&[]).0.is_ok());
    idle.rejects(&idle.and("c: 4", "c: 5"), "the text differs from the plan at `items[2].c`");
}

#[test]
fn a_new_text_has_one_document_with_the_value() {
    let value = Value::map([("a", Value::Int(1))]);
    assert!(prove_new("a: 1\n", &value).is_ok());
    for text in ["a: 2\n", "a: 1\n---\na: 1\n", "", "a: [\n"] {
        assert!(prove_new(text, &value).is_err(), "{text:?}");
    }
}

#[test]
fn changes_are_gathered_by_document() {
    let tree = parse_all(Source::embedded("a: 1\n---\nb: 2\n---\nc: 3\n")).unwrap();
    let patch = |path: &str, value| {
        let mut patch = Patch::default();
        patch.put(&route(path), Value::Int(value));
        patch
    };
    let (first, last) = (tree.roots()[0], tree.roots()[2]);
    let all = gather(&tree, [(last, patch("c", 4)), (first, patch("a", 5)), (last, patch("d", 6))]);
    let mut both = patch("c", 4);
    both.absorb(patch("d", 6));
    assert_eq!(all, [patch("a", 5), Patch::default(), both.clone()]);
    assert_eq!(by_offset(&tree, all), [(0, patch("a", 5)), (18, both)]);
}

fn settings() -> Settings {
    Settings { keeps_patches: true, ..Settings::of(PolicyFields::default()) }
}

/// The inputs of fixtures that are edited.
fn fixtures() -> Vec<String> {
    let area = |area: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(area);
    let folders = ["text", "recipe"].into_iter().flat_map(|name| std::fs::read_dir(area(name)).unwrap());
    let inputs = folders.filter_map(|folder| std::fs::read_to_string(folder.unwrap().path().join("input.yaml")).ok());
    let is_edited =
        |text: &String| matches!(transform(Source::embedded(text), &settings()), Ok(done) if !done.edits.is_empty());
    inputs.filter(is_edited).collect()
}

/// With any line of a fixture lost beside what is planned, or any edit lost, doubled or changed, the proof fails.
#[test]
fn no_line_and_no_edit_of_a_fixture_may_be_lost() {
    let mut tried = 0;
    for text in fixtures() {
        let source = Source::embedded(&text);
        let done = transform(source, &settings()).unwrap();
        // Byte order marks may stand between documents, and then only these can be read, not the whole.
        let Ok(tree) = parse_all(source) else { continue };
        let by_root = |root: &NodeId| done.patches.iter().find(|(at, _)| *at == tree.node(*root).span.start());
        let patches: Vec<_> = tree
            .roots()
            .iter()
            .map(|root| by_root(root).map_or_else(Patch::default, |(_, patch)| patch.clone()))
            .collect();
        let edits = done.edits.as_slice();
        let mut check = |edits: Vec<Edit>, what: &str| {
            tried += 1;
            let Ok(edits) = EditSet::new(edits) else { return };
            let unit = Edited { old: &tree, span: source.whole(), edits: &edits, patches: &patches, keep: Keep::ALL };
            assert!(prove(&unit).is_err(), "{what}:\n{}", edits.apply(source));
            let parts = proven_in_parts(&unit);
            assert!(parts != Some(edits.as_slice().len()), "{what}, in parts:\n{}", edits.apply(source));
        };
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let (start, end) = (at, at + line.len());
            at = end;
            let is_touched = edits.iter().any(|edit| edit.span.start() < end && edit.span.end() > start);
            let carries_value =
                line.contains(": ") && !line.trim_start().starts_with(['#', '%', '.']) && !line.starts_with("---");
            if carries_value && !is_touched {
                check([edits, &[edit(start, end, "")]].concat(), "without a line");
            }
        }
        for at in 0..edits.len() {
            let with = |change: &dyn Fn(&mut Vec<Edit>)| {
                let mut edits = edits.to_vec();
                change(&mut edits);
                edits
            };
            // The others change the style of a text, which is not a value.
            if edits[at].text.contains(':') {
                check(with(&|edits| drop(edits.remove(at))), "without an edit");
            }
            check(with(&|edits| edits[at].text = edits[at].text.repeat(2) + "7"), "with a doubled edit");
            check(with(&|edits| edits[at].text.push_str("\n---\na: 1\n")), "with a document more");
        }
    }
    assert!(tried > 1_000, "only {tried} were tried");
}

/// The same for a whole run: what `lower` makes is spoilt, and there is no output.
#[test]
fn a_run_with_spoilt_edits_gives_nothing() {
    let list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n";
    let stream =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/text/plain/input.yaml")).unwrap();
    let item: String =
        stream.lines().enumerate().map(|(at, line)| format!("{}{line}\n", if at == 0 { "- " } else { "  " })).collect();
    let list = format!("{list}{item}");
    let spoil: [Tamper; 3] = [
        |edit| Edit {
            text: edit.text.replace("terminationGracePeriodSeconds: 30", "terminationGracePeriodSeconds: 31"),
            ..edit
        },
        |edit| Edit { text: edit.text.replace("istio-proxy", "istio-proxies"), ..edit },
        |edit| Edit { text: edit.text + "---\nkind: ConfigMap\n", ..edit },
    ];
    for text in [&stream, &list] {
        let run = || transform(Source::embedded(text), &settings());
        assert!(run().is_ok_and(|done| !done.edits.is_empty()), "{text}");
        for (number, spoil) in spoil.into_iter().enumerate() {
            let error = tampered(spoil, run).expect_err("an output that was not planned");
            assert!(matches!(error, TransformError::Proof(_)), "{number}: {error}");
        }
    }
}
