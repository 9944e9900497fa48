//! Converts nodes to JSON. This is the only conversion from text to values. Scalars have the meaning that kubectl gives
//! them (YAML 1.1). Aliases and merge keys are followed.

use std::fmt;

use serde_json::{Map, Number, Value as Json};

use crate::yaml::{NodeId, NodeKind, Resolved, Tree, Value};

use UnreadableKind::{Endless, NotFinite, NotMergeable, NotText, Tagged, Twice};

/// A part of the text that JSON can't express.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotJson {
    /// The problem.
    pub kind: UnreadableKind,
    /// Its position in the input, in bytes.
    pub offset: usize,
}

/// The parts of YAML that JSON can't express.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnreadableKind {
    /// A duplicate key.
    Twice,
    /// A key that is not text.
    NotText,
    /// An unknown tag.
    Tagged,
    /// Infinity or NaN.
    NotFinite,
    /// A merge key whose value is neither a mapping nor a list of mappings.
    NotMergeable,
    /// Aliases that expand to more values than the limit.
    Endless,
}

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Twice => "this key is written twice (keep one of the two)",
            NotText => "this key is not text (put it in quotes)",
            Tagged => "this has a tag that is not known (take it off)",
            NotFinite => "this is not a number that JSON has (write a finite one)",
            NotMergeable => "only mappings can be merged (write the keys out)",
            Endless => "this stands for too many values (write out what the aliases stand for)",
        })
    }
}

impl std::error::Error for NotJson {}

/// The maximum number of nodes in a typed view. Aliases are followed, so a small text can expand to a large value.
const VIEW_LIMIT: usize = 10_000;

/// Text of this many bytes counts as one value, because one string may be longer than all the rest.
const BYTES_PER_VALUE: usize = 256;

/// The value at a node, with at most `limit` values, and all parts that can't be read. In the value, null replaces
/// those parts. In the mapping at the node, only the `wanted` keys are read.
pub(crate) fn to_json(
    tree: &Tree<'_>,
    node: NodeId,
    limit: usize,
    wanted: &dyn Fn(&str) -> bool,
) -> (Json, Vec<NotJson>) {
    let mut conversion = Conversion { tree, left: Some(limit), flaws: Vec::new() };
    let value = match tree.node(node).kind {
        NodeKind::Mapping { .. } => Json::Object(conversion.mapping(node, wanted)),
        _ => conversion.value(node),
    };
    (value, conversion.flaws)
}

/// A small part of an object as JSON, for typed views. `None` if a part of it can't be read.
pub(crate) fn json(tree: &Tree<'_>, node: NodeId) -> Option<Json> {
    readable(tree, node, VIEW_LIMIT)
}

/// A part of an object as a value to show or to write, in its original order. `None` if the node is missing, if it is
/// not a value of YAML 1.1, or if it has more nodes than `limit`.
pub(crate) fn value(tree: &Tree<'_>, node: NodeId, limit: usize) -> Option<Value> {
    value_within(tree, Some(node), &readable(tree, node, limit)?)
}

fn readable(tree: &Tree<'_>, node: NodeId, limit: usize) -> Option<Json> {
    let (json, flaws) = to_json(tree, node, limit, &|_| true);
    flaws.is_empty().then_some(json)
}

struct Conversion<'t, 's> {
    tree: &'t Tree<'s>,
    /// The number of values that may still be read; `None` after there were too many.
    left: Option<usize>,
    flaws: Vec<NotJson>,
}

impl<'t> Conversion<'t, '_> {
    fn flaw(&mut self, node: NodeId, kind: UnreadableKind) {
        self.flaws.push(NotJson { kind, offset: self.tree.node(node).span.start() });
    }

    fn value(&mut self, node: NodeId) -> Json {
        let Some(left) = self.left else { return Json::Null };
        self.left = left.checked_sub(1);
        let target = self.tree.resolve(node);
        match self.tree.node(target).kind {
            _ if self.left.is_none() => self.flaw(node, Endless),
            NodeKind::Mapping { .. } => return Json::Object(self.mapping(target, &|_| true)),
            NodeKind::Sequence { items, .. } => return items.iter().map(|item| self.value(*item)).collect(),
            NodeKind::Alias(_) | NodeKind::Pruned => self.flaw(node, Endless),
            NodeKind::Scalar { .. } => match self.tree.scalar(target) {
                None | Some(Resolved::Null) => {}
                Some(Resolved::Bool(bool)) => return Json::Bool(bool),
                Some(Resolved::Int(int)) => return Json::Number(int.into()),
                Some(Resolved::Str(text)) => {
                    self.left = self.left.and_then(|left| left.checked_sub(text.len() / BYTES_PER_VALUE));
                    match self.left {
                        Some(_) => return Json::String(text.to_owned()),
                        None => self.flaw(node, Endless),
                    }
                }
                Some(Resolved::Float(float)) => match Number::from_f64(float) {
                    Some(number) => return Json::Number(number),
                    None => self.flaw(target, NotFinite),
                },
                Some(Resolved::Tagged) => self.flaw(target, Tagged),
            },
        }
        Json::Null
    }

    /// The entries of a mapping whose keys are `wanted`. Its own entries win over merged ones.
    fn mapping(&mut self, mapping: NodeId, wanted: &dyn Fn(&str) -> bool) -> Map<String, Json> {
        let tree: &'t Tree<'_> = self.tree;
        let mut map = Map::new();
        let (merges, own): (Vec<_>, Vec<_>) =
            tree.entries(mapping).iter().copied().partition(|(key, _)| tree.is_merge_key(*key));
        for (key, entry) in own {
            match tree.str(key) {
                None => self.flaw(key, NotText),
                Some(name) if !wanted(name) => {}
                Some(name) if map.contains_key(name) => self.flaw(key, Twice),
                Some(name) => {
                    let value = self.value(entry);
                    map.insert(name.to_owned(), value);
                }
            }
        }
        for (key, merged) in merges {
            let several: Vec<_> = tree.items(merged).collect();
            for source in if several.is_empty() { vec![merged] } else { several } {
                match self.value(source) {
                    Json::Object(merged) => {
                        for (name, entry) in merged.into_iter().filter(|(name, _)| wanted(name)) {
                            map.entry(name).or_insert(entry);
                        }
                    }
                    _ => self.flaw(key, NotMergeable),
                }
            }
        }
        map
    }
}

/// The JSON of a node in its original order; merged entries come last.
fn value_within(tree: &Tree<'_>, node: Option<NodeId>, json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => return None,
        Json::Bool(bool) => Value::Bool(*bool),
        Json::Number(number) => number.as_u64().map_or_else(|| Value::Number(number.to_string()), Value::Int),
        Json::String(text) => Value::str(text),
        Json::Array(items) => {
            let nodes = node.into_iter().flat_map(|node| tree.items(node)).map(Some).chain(std::iter::repeat(None));
            Value::Items(nodes.zip(items).filter_map(|(node, item)| value_within(tree, node, item)).collect())
        }
        Json::Object(map) => {
            let written = node.map_or(&[][..], |node| tree.entries(node));
            let own = || written.iter().filter_map(|(key, inner)| Some((tree.str(*key)?, *inner)));
            let merged = map.keys().filter(|name| own().all(|(own, _)| own != *name)).map(|name| (name.as_str(), None));
            let all = own().map(|(name, inner)| (name, Some(inner))).chain(merged);
            let shown =
                |(name, node): (&str, _)| Some((name.to_owned().into(), value_within(tree, node, map.get(name)?)?));
            Value::Map(all.filter_map(shown).collect())
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::yaml::{Source, parse_all};

    #[track_caller]
    fn check(text: &str, expected: Json, flaws: &[(UnreadableKind, usize)]) {
        let tree = parse_all(Source::embedded(text)).unwrap();
        let (read, found) = to_json(&tree, tree.roots()[0], 100, &|key| key != "metadata");
        let found: Vec<_> = found.iter().map(|flaw| (flaw.kind, flaw.offset)).collect();
        assert_eq!((read, found.as_slice()), (expected, flaws), "{text}");
    }

    #[test]
    fn values_are_those_that_kubectl_reads() {
        check("a: yes\nb: 036\nc: 1.5\nd: ~\n", json!({"a": true, "b": 30, "c": 1.5, "d": null}), &[]);
        check("a: &a {b: 1, c: 2}\nd: {<<: *a, b: 3}\n", json!({"a": {"b": 1, "c": 2}, "d": {"b": 3, "c": 2}}), &[]);
        let merged = json!({"a": {"b": 1}, "c": {"b": 1, "d": 3}});
        check("a: &a {b: 1}\nc: {!!merge <<: [*a, {b: 2, d: 3}]}\n", merged, &[]);
        check("{}", json!({}), &[]);
        check("- a\n", json!(["a"]), &[]);
        check("metadata: {1: !x y}\na: {metadata: 1}\n", json!({"a": {"metadata": 1}}), &[]);
    }

    #[test]
    fn what_cannot_be_read_is_all_told_with_its_place() {
        check(
            "a: {b: !x 1, c: 2}\nd: .nan\n",
            json!({"a": {"b": null, "c": 2}, "d": null}),
            &[(Tagged, 10), (NotFinite, 22)],
        );
        check("a: {b: 1, b: 2}\n", json!({"a": {"b": 1}}), &[(Twice, 10)]);
        check("a: 1\na: 2\n1: 3\n", json!({"a": 1}), &[(Twice, 5), (NotText, 10)]);
        check("a: {<<: b}\n", json!({"a": {}}), &[(NotMergeable, 4)]);
        let many = format!("a: [{}]\nb: c\n", "1, ".repeat(120));
        let tree = parse_all(Source::embedded(&many)).unwrap();
        assert_eq!(to_json(&tree, tree.roots()[0], 100, &|_| true).1, [NotJson { kind: Endless, offset: 301 }]);
    }

    #[test]
    fn views_of_what_grows_without_end_are_given_up() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for at in 1..9 {
            let refs = vec![format!("*a{}", at - 1); 10].join(", ");
            text.push_str(&format!("a{at}: &a{at} [{refs}]\n"));
        }
        let tree = parse_all(Source::embedded(&text)).unwrap();
        assert_eq!(json(&tree, tree.roots()[0]), None);
    }

    #[test]
    fn values_are_shown_as_they_are_written() {
        let shown = |text: &str| {
            let tree = parse_all(Source::embedded(text)).unwrap();
            value(&tree, tree.roots()[0], 25)
        };
        let hook = Value::map([
            ("path", Value::str("/x")),
            ("port", Value::Int(80)),
            ("a", Value::Items(vec![Value::Bool(true)])),
        ]);
        assert_eq!(shown("path: /x\nport: 80\nb:\na: [yes]\n"), Some(hook));
        let merged = Value::map([("z", Value::Int(1)), ("a", Value::Map(vec![("b".into(), Value::Int(2))]))]);
        assert_eq!(shown("{z: 1, <<: {a: {b: 2}, z: 3}}"), Some(merged));
        assert_eq!(shown("-1"), Some(Value::Number("-1".into())));
        assert_eq!(shown("30.5"), Some(Value::Number("30.5".into())));
        assert_eq!(shown("036"), Some(Value::Int(30)));
        for none in ["~", ".nan", "!x y", "{a: 1, a: 2}", &format!("[{}]", "1, ".repeat(30))] {
            assert_eq!(shown(none), None, "{none}");
        }
    }
}
