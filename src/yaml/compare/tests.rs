//! Outputs that are not what was planned. Each is rejected, with the place and what differs there; what was planned is
//! accepted.

use super::*;
use crate::yaml::lower::tests::{int, patch, text};
use crate::yaml::parse_all;
use crate::yaml::{Keep, parse};

type Changes<'c> = &'c [(&'c str, Option<Value>)];

fn compared(old: &str, changes: Changes<'_>, new: &str) -> Result<(), Mismatch> {
    let parsed = |text| parse_all(Source::embedded(text)).unwrap_or_else(|error| panic!("{error} in\n{text}"));
    let (old, new) = (parsed(old), parsed(new));
    compare((&old, old.roots()[0]), &patch(changes), (&new, new.roots()[0]))
}

/// `planned` is accepted, and each of the others is rejected with that message.
#[track_caller]
fn check(old: &str, changes: Changes<'_>, planned: &str, rejected: &[(&str, &str)]) {
    assert_eq!(compared(old, changes, planned), Ok(()), "\n{planned}");
    for (new, message) in rejected {
        let mismatch = compared(old, changes, new).expect_err(new);
        assert_eq!(mismatch.to_string(), *message, "\n{new}");
    }
}

fn words(words: &[&str]) -> Option<Value> {
    Some(Value::Words(words.iter().map(|word| (*word).to_owned()).collect()))
}

#[test]
fn a_value_that_nothing_was_planned_for() {
    check(
        "a: 1 # one\nb: {c: 2}\nd: [x, y]\n",
        &[],
        "a: 1\nb:\n  c: 2\nd:\n# c\n- x\n- y\n",
        &[
            ("a: 2\nb: {c: 2}\nd: [x, y]\n", "the text differs from the plan at `a`"),
            ("a: \"1\"\nb: {c: 2}\nd: [x, y]\n", "the text differs from the plan at `a`"),
            ("a: 1\nb: {c: 3}\nd: [x, y]\n", "the text differs from the plan at `b.c`"),
            ("a: 1\nb: {x: 2}\nd: [x, y]\n", "the text differs from the plan at `b`"),
            ("a: 1\nb: [c, 2]\nd: [x, y]\n", "the kind of node differs from the plan at `b`"),
            ("a: 1\nb:\nd: [x, y]\n", "the kind of node differs from the plan at `b`"),
            ("a: 1\nb: {c: 2}\nd: [y, x]\n", "the text differs from the plan at `d[0]`"),
            ("a: 1\nb: {c: 2}\nd: [x, z]\n", "the text differs from the plan at `d[1]`"),
            ("a: 1\nb: {c: 2}\nd: [x]\n", "the number of items differs from the plan at `d`"),
            ("a: 1\nb: {c: 2}\nd: [x, y, z]\n", "the number of items differs from the plan at `d`"),
            ("a: 1\nb: {c: 2}\n", "the number of keys differs from the plan at ``"),
            ("a: 1\nb: {c: 2}\nd: [x, y]\ne: 3\n", "the number of keys differs from the plan at ``"),
            ("b: {c: 2}\na: 1\nd: [x, y]\n", "the text differs from the plan at ``"),
            ("- a\n", "the kind of node differs from the plan at ``"),
        ],
    );
    // Quotes of the other kind are the same to every reader.
    check("a: 'x'\n", &[], "a: \"x\"\n", &[("a: x\n", "the text differs from the plan at `a`")]);
    check("a: x\n", &[], "a: x\n", &[("a: 'x'\n", "the text differs from the plan at `a`")]);
}

#[test]
fn a_key_before_all_others() {
    check(
        "a: 1\nb: 2\n",
        &[("^z", int(3))],
        "z: 3\na: 1\nb: 2\n",
        &[
            ("a: 1\nb: 2\nz: 3\n", "the new value differs from the plan at `z`"),
            ("z: 4\na: 1\nb: 2\n", "the new value differs from the plan at `z`"),
        ],
    );
}

#[test]
fn a_text_that_nothing_was_planned_for() {
    check(
        "a: |\n  x: 1 # one\n  # two\n  y: 2\nb: 1\n",
        &[("b", int(2))],
        "a: |\n  x: 1 # one\n  # two\n  y: 2\nb: 2\n",
        &[
            ("a: |\n  x: 1 # one\n  y: 2\nb: 2\n", "the text differs from the plan at `a`"),
            ("a: |\n  x: 1\n  # two\n  y: 2\nb: 2\n", "the text differs from the plan at `a`"),
            ("a: |-\n  x: 1 # one\n  # two\n  y: 2\nb: 2\n", "the text differs from the plan at `a`"),
            ("a: |\n  x: 1 # one\n  # two\n  y: 2\n  b: 2\n", "the text differs from the plan at `a`"),
            ("a: |\n  x: 1 # one\n  # two\n  y: 2\n", "the number of keys differs from the plan at ``"),
        ],
    );
}

#[test]
fn anchors_aliases_and_tags() {
    check(
        "a: &x 1\nb: &y 1\nc: *x\nd: !!str 1\n",
        &[],
        "a: &x 1\nb: &y 1\nc: *x\nd: !!str 1\n",
        &[
            ("a: &x 1\nb: &y 1\nc: *y\nd: !!str 1\n", "the target of an alias differs from the plan at `c`"),
            ("a: &x 1\nb: &y 1\nc: 1\nd: !!str 1\n", "the kind of node differs from the plan at `c`"),
            ("a: &x 1\nb: &x 1\nc: *x\nd: !!str 1\n", "an anchor or tag differs from the plan at `b`"),
            ("a: 1\nb: &y 1\nc: *y\nd: !!str 1\n", "an anchor or tag differs from the plan at `a`"),
            ("a: &x 1\nb: &y 1\nc: *x\nd: !!int 1\n", "an anchor or tag differs from the plan at `d`"),
            ("a: &x 1\nb: &y 1\nc: *x\nd: 1\n", "an anchor or tag differs from the plan at `d`"),
        ],
    );
    // An anchor of the same name that is put between the two takes the alias over.
    check("a: &x 1\nb: *x\n", &[("c", int(1))], "a: &x 1\nb: *x\nc: 1\n", &[]);
    let over = ("a:\n  c: &x {}\nb: &x 1\nd: *x\n", "the target of an alias differs from the plan at `d`");
    check(
        "a:\n  c: &x {}\nb: &y 1\nd: *x\n",
        &[],
        "a:\n  c: &x {}\nb: &y 1\nd: *x\n",
        &[(over.0, "an anchor or tag differs from the plan at `b`")],
    );
}

#[test]
fn a_planned_value() {
    check(
        "a: 1\nb: x\nc: {d: 2}\n",
        &[("a", int(7)), ("b", text("7")), ("c.d", Some(Value::Bool(true)))],
        "a: 7\nb: \"7\"\nc: {d: true}\n",
        &[
            ("a: 1\nb: \"7\"\nc: {d: true}\n", "the value differs from the plan at `a`"),
            ("a: \"7\"\nb: \"7\"\nc: {d: true}\n", "the value differs from the plan at `a`"),
            ("a: 7.0\nb: \"7\"\nc: {d: true}\n", "the value differs from the plan at `a`"),
            ("a: -7\nb: \"7\"\nc: {d: true}\n", "the value differs from the plan at `a`"),
            ("a: [7]\nb: \"7\"\nc: {d: true}\n", "the value differs from the plan at `a`"),
            ("a: 7\nb: 7\nc: {d: true}\n", "the value differs from the plan at `b`"),
            ("a: 7\nb: '8'\nc: {d: true}\n", "the value differs from the plan at `b`"),
            ("a: 7\nb: \"7\"\nc: {d: false}\n", "the value differs from the plan at `c.d`"),
            ("a: 7\nb: \"7\"\nc: {d: 'true'}\n", "the value differs from the plan at `c.d`"),
            ("a: &x 7\nb: \"7\"\nc: {d: true}\n", "an anchor or tag differs from the plan at `a`"),
        ],
    );
    // To YAML 1.1 both are true.
    check("a: no\n", &[("a", Some(Value::Bool(true)))], "a: yes\n", &[]);
    let number = |text: &str| Some(Value::Number(text.to_owned()));
    let differs = "the value differs from the plan at `a`";
    check("a: 1\n", &[("a", number("-1"))], "a: -1\n", &[("a: 1\n", differs), ("a: '-1'\n", differs)]);
    check("a: 1\n", &[("a", number("0.5"))], "a: 5e-1\n", &[("a: 0.25\n", differs), ("a: '0.5'\n", differs)]);
}

#[test]
fn a_new_key() {
    let new = "the new value differs from the plan at `b`";
    let keys = "the number of keys differs from the plan at ``";
    check(
        "a: 1\n",
        &[("b.c", int(2))],
        "a: 1\nb: {c: 2}\n",
        &[
            ("a: 1\n", new),
            ("a: 1\nx: {c: 2}\n", new),
            ("a: 1\n!!str b: {c: 2}\n", new),
            ("a: 1\n&b b: {c: 2}\n", new),
            ("a: 1\n[b]: {c: 2}\n", new),
            ("a: &b b\n*b : {c: 2}\n", "an anchor or tag differs from the plan at `a`"),
            ("a: 1\nb: {c: 3}\n", new),
            ("a: 1\nb: {x: 2}\n", new),
            ("a: 1\nb: {c: 2, d: 3}\n", new),
            ("a: 1\nb: {}\n", new),
            ("a: 1\nb: [c, 2]\n", new),
            ("a: 1\nb: &x {c: 2}\n", new),
            ("a: 1\nb: {c: &x 2}\n", new),
            ("a: 1\nb: {&x c: 2}\n", new),
            ("a: 1\nb: {c: !!int 2}\n", new),
            ("a: 1\nb: {c: 2}\nd: 3\n", keys),
            ("a: 1\nb: {c: 2}\nb: {c: 2}\n", keys),
            ("b: {c: 2}\na: 1\n", "the text differs from the plan at ``"),
        ],
    );
    // An alias is not a value, whatever it stands for.
    check(
        "a: &x\n  b: &b b\n",
        &[("a.c", text("b"))],
        "a: &x\n  b: &b b\n  c: b\n",
        &[("a: &x\n  b: &b b\n  c: *b\n", "the new value differs from the plan at `a.c`")],
    );
    check("a: &b b\n", &[("b", int(2))], "a: &b b\nb: 2\n", &[("a: &b b\n*b : 2\n", new)]);
    // What is removed where nothing is takes nothing along.
    check("a: 1\n", &[("b.c", None)], "a: 1\n", &[("a: 1\nb: {}\n", keys), ("{}\n", keys)]);
}

#[test]
fn words_and_items() {
    let differs = "the value differs from the plan at `a`";
    check(
        "a: x\n",
        &[("a", words(&["sleep", "5"]))],
        "a: [sleep, '5']\n",
        &[
            ("a: [sleep, 5]\n", differs),
            ("a: ['5', sleep]\n", differs),
            ("a: [sleep]\n", differs),
            ("a: [sleep, '5', '6']\n", differs),
            ("a: [sleep, &x '5']\n", differs),
            ("a: [sleep, !!str 5]\n", differs),
            ("a: [&x sleep, *x]\n", differs),
            ("a: [sleep, [5]]\n", differs),
            ("a: sleep 5\n", differs),
        ],
    );
    let items = || Some(Value::Items(vec![Value::Int(1), Value::map([("b", Value::Int(2))])]));
    check(
        "a: x\n",
        &[("a", items())],
        "a:\n- 1\n- b: 2\n",
        &[
            ("a:\n- 1\n", differs),
            ("a:\n- b: 2\n- 1\n", differs),
            ("a:\n- 1\n- b: 2\n- 3\n", differs),
            ("a: {1: {b: 2}}\n", differs),
        ],
    );
}

#[test]
fn what_was_to_go() {
    let keys = "the number of keys differs from the plan at ``";
    check(
        "a: 1\nb: {c: 2}\nd: 3\n",
        &[("b.c", None)],
        "a: 1\nd: 3\n",
        &[
            ("a: 1\nb: {c: 2}\nd: 3\n", "the text differs from the plan at ``"),
            ("a: 1\n", keys),
            ("a: 1\nd: 3\nb: {}\n", keys),
        ],
    );
    let items = "the number of items differs from the plan at `a`";
    check(
        "a: [x, y, z]\n",
        &[("a.1", None)],
        "a: [x, z]\n",
        &[
            ("a: [x, y, z]\n", "the text differs from the plan at `a[2]`"),
            ("a: [x]\n", items),
            ("a: [x, z, y]\n", items),
        ],
    );
    // Nothing is left of a document: no output is right.
    let all = Patch::Remove;
    let tree = parse_all(Source::embedded("a: 1\n")).unwrap();
    let root = tree.roots()[0];
    assert_eq!(compare((&tree, root), &all, (&tree, root)).unwrap_err().what.to_string(), "a node that was to go");
}

#[test]
fn new_items() {
    let new = "the new item differs from the plan at `a[-]`";
    check(
        "a: [x]\n",
        &[("a.+.b", int(1)), ("a.+.b", int(2))],
        "a: [x, {b: 1}, {b: 2}]\n",
        &[
            ("a: [x]\n", new),
            ("a: [x, {b: 1}]\n", new),
            ("a: [x, {b: 2}, {b: 1}]\n", new),
            ("a: [x, &c {b: 1}, {b: 2}]\n", new),
            ("a: [x, {b: 1}, {b: 2}, y]\n", "the number of items differs from the plan at `a`"),
            ("a: [{b: 1}, x, {b: 2}]\n", "the kind of node differs from the plan at `a[0]`"),
        ],
    );
}

#[test]
fn a_patch_without_a_change_changes_nothing() {
    let tree = parse_all(Source::embedded("a: x\nb: &n [y]\nc: *n\n")).unwrap();
    let within = |step: Step| Patch::Within(vec![(step, Patch::default())]);
    let empty = ["a", "b", "c"].map(|key| (key.into(), within("d".into())));
    assert_eq!(compare((&tree, tree.roots()[0]), &Patch::Within(empty.to_vec()), (&tree, tree.roots()[0])), Ok(()));
}

#[test]
fn a_change_that_can_not_be_made() {
    let kind = |at: &str| format!("the kind of node differs from the plan at `{at}`");
    let rejected = |old: &str, changes: Changes<'_>| compared(old, changes, old).unwrap_err().to_string();
    assert_eq!(rejected("a: x\n", &[("a.b", int(1))]), kind("a"));
    assert_eq!(rejected("a: x\n", &[("a.+", int(1))]), kind("a"));
    assert_eq!(rejected("a: [x]\n", &[("a.b", int(1))]), kind("a"));
    assert_eq!(rejected("a: [x]\n", &[("a.1", int(1))]), kind("a"));
    assert_eq!(rejected("a: {b: x}\n", &[("a.0", int(1))]), kind("a"));
    assert_eq!(rejected("a: {b: x}\n", &[("a.+", int(1))]), kind("a"));
    assert_eq!(rejected("a: &x {b: 1}\nc: *x\n", &[("c.b", int(2))]), kind("c"));
}

#[test]
fn an_empty_place_is_filled() {
    let (value, kind) = ("the value differs from the plan at `a`", "the kind of node differs from the plan at `a`");
    for old in ["a:\n", "a: ~\n", "a: null\n", "a: {}\n"] {
        let rejected = [("a: {b: 2}\n", value), ("a: {b: 1, c: 2}\n", value), ("a: {}\n", value), ("a:\n", value)];
        check(old, &[("a.b", int(1))], "a: {b: 1}\n", &rejected);
        check(
            old,
            &[("a.b", None)],
            old,
            &[("a: {b: 1}\n", if old == "a: {}\n" { "the number of keys differs from the plan at `a`" } else { kind })],
        );
    }
    check("a: []\n", &[("a.+", int(1))], "a: [1]\n", &[("a: []\n", value), ("a: [1, 2]\n", value)]);
    check("a: ''\n", &[("a.>.b", int(1))], "a: |\n  b: 1\n", &[("a: |\n  b: 2\n", value), ("a: {b: 1}\n", value)]);
}

#[test]
fn yaml_inside_of_a_string() {
    let text = "the text in a string differs from the plan at `a > `";
    check(
        "a: |\n  # one\n  x: 1\n  y: [2, 3]\n",
        &[("a.>.x", int(4))],
        "a: |\n  # one\n  x: 4\n  y: [2, 3]\n",
        &[
            ("a: |\n  # one\n  x: 1\n  y: [2, 3]\n", "the value differs from the plan at `a > .x`"),
            ("a: |\n  # one\n  x: 4\n  y: [2]\n", "the number of items differs from the plan at `a > .y`"),
            ("a: |\n  # one\n  x: 4\n", "the number of keys differs from the plan at `a > `"),
            ("a: |\n  # one\n  x: 4\n  y: [2, 3]\n  ---\n  z: 1\n", text),
            ("a: |\n  # one\n", text),
            ("a: |\n  x: [\n", text),
            ("a:\n  x: 4\n  y: [2, 3]\n", "the kind of node differs from the plan at `a`"),
        ],
    );
    // Only comments before: one document afterwards, with the value.
    let rejected = [
        ("a: |\n  # c\n  x: 2\n", text),
        ("a: |\n  # c\n", text),
        ("a: |\n  # c\n  &k x: 1\n", text),
        ("a: |\n  # c\n  &k\n  x: 1\n", text),
    ];
    check("a: |\n  # c\n", &[("a.>.x", int(1))], "a: |\n  # c\n  x: 1\n", &rejected);
    check("a: |\n  # c\n", &[("a.>.x", None)], "a: |\n  # c\n", &[("a: |\n  # c\n  x: 1\n", text)]);
    // Only comments afterwards.
    let rejected = [
        ("a: |\n  # c\n  x: 1\n", text),
        ("a: |\n  # c\n  y: 1\n", text),
        ("a: |\n  # c\n  !!map\n  {}\n", text),
        ("a: |\n  # c\n  ---\n  y: 1\n", text),
    ];
    check("a: |\n  # c\n  x: 1\nb: 1\n", &[("a.>.x", None), ("b", int(2))], "a: |\n  # c\nb: 2\n", &rejected);
    // A string it stays, in every style.
    let whole: Changes<'_> = &[("a.>", int(5))];
    check(
        "a: '4'\n",
        whole,
        "a: '5'\n",
        &[("a: 5\n", text), ("a: '4'\n", "the value differs from the plan at `a > `")],
    );
}

#[test]
fn an_item_that_was_not_kept() {
    let is_wanted = |tree: &Tree<'_>, item: NodeId, _: &str| tree.str_at(item, &["kind"]) == Some("A");
    let keep = Keep { list: "items", is_wanted: &is_wanted, ..Keep::ALL };
    let compared = |old: &str, changes: Changes<'_>, new: &str| {
        let (old, new) = (Source::embedded(old), Source::embedded(new));
        let (old, new) = (parse(old, old.whole(), keep).unwrap(), parse(new, new.whole(), keep).unwrap());
        compare((&old, old.roots()[0]), &patch(changes), (&new, new.roots()[0]))
    };
    let old = "items:\n- kind: A\n  b: 1\n- kind: B\n  c: 1\n- kind: C\n";
    let changes: Changes<'_> = &[("items.0.b", int(2))];
    assert_eq!(compared(old, changes, "items:\n- kind: A\n  b: 2\n- kind: B\n  c: 1\n- kind: C\n"), Ok(()));
    for (new, message) in [
        ("items:\n- kind: A\n  b: 2\n- kind: B\n  c: 2\n- kind: C\n", "the text differs from the plan at `items[1]`"),
        ("items:\n- kind: A\n  b: 2\n- kind: C\n- kind: B\n  c: 1\n", "the text differs from the plan at `items[1]`"),
        ("items:\n- kind: A\n  b: 2\n- kind: B\n  c: 1\n", "the number of items differs from the plan at `items`"),
        ("items:\n- kind: A\n  b: 2\n- kind: A\n- kind: C\n", "the kind of node differs from the plan at `items[1]`"),
    ] {
        assert_eq!(compared(old, changes, new).unwrap_err().to_string(), message, "\n{new}");
    }
    let other: Changes<'_> = &[("items.1.c", int(2))];
    let kind = "the kind of node differs from the plan at `items[1]`";
    assert_eq!(compared(old, other, old).unwrap_err().to_string(), kind);
}
