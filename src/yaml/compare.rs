//! The proof: a document that was parsed again must be the old one with the patch applied, and nothing else.
//!
//! Values are compared as written, not as some reader resolves them: same text, quoted or not, same tags,
//! anchors and targets of aliases, same order of keys. What is equal in this sense is equal to every reader.

use std::collections::HashMap;
use std::fmt;

use super::patch::{Patch, Route, Step, Value};
use super::scalar::Resolved;
use super::tree::{NodeId, NodeKind, ScalarStyle, Tree};
use super::{Source, parse_all};

/// Where the result is not what was planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The way to the node that differs.
    pub route: Route,
    /// What differs.
    pub what: &'static str,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} differs from the plan at `{}`", self.what, self.route)
    }
}

impl std::error::Error for Mismatch {}

/// Holds the node `new` against the node `old` with `patch` applied.
///
/// # Errors
///
/// The first difference.
pub fn compare(old: (&Tree<'_>, NodeId), patch: &Patch, new: (&Tree<'_>, NodeId)) -> Result<(), Mismatch> {
    let mut comparison = Comparison { old: old.0, new: new.0, anchors: HashMap::new() };
    comparison.node(old.1, Some(patch), new.1)
}

type Compared = Result<(), Mismatch>;

fn fail(what: &'static str) -> Compared {
    Err(Mismatch { route: Route::default(), what })
}

struct Comparison<'a> {
    old: &'a Tree<'a>,
    new: &'a Tree<'a>,
    /// The new node of each old one that has an anchor.
    anchors: HashMap<NodeId, NodeId>,
}

impl Comparison<'_> {
    /// Goes on behind a step. The route is made on the way back, and only where something differs.
    fn step(&mut self, step: impl FnOnce() -> Step, compare: impl FnOnce(&mut Self) -> Compared) -> Compared {
        compare(self).map_err(|mut mismatch| {
            mismatch.route.0.insert(0, step());
            mismatch
        })
    }

    fn node(&mut self, old: NodeId, patch: Option<&Patch>, new: NodeId) -> Compared {
        self.props(old, new)?;
        let patch = patch.filter(|patch| !patch.is_empty());
        let steps = match patch {
            Some(Patch::Put(value)) => {
                return if is_value(self.new, new, value) { Ok(()) } else { fail("the value") };
            }
            Some(Patch::Remove) => return fail("a node that was to go"),
            Some(patch) if patch.fills(self.old, old) => {
                return match patch.fresh() {
                    Some(value) if is_value(self.new, new, &value) => Ok(()),
                    Some(_) => fail("the new value"),
                    None => self.node(old, None, new),
                };
            }
            Some(Patch::Within(steps)) => steps.as_slice(),
            None => &[],
        };
        let (before, after) = (self.old.node(old), self.new.node(new));
        match (&before.kind, &after.kind) {
            (NodeKind::Mapping { entries: before, .. }, NodeKind::Mapping { entries: after, .. }) => {
                self.mapping(before, steps, after)
            }
            (NodeKind::Sequence { items: before, .. }, NodeKind::Sequence { items: after, .. }) => {
                self.sequence(before, steps, after)
            }
            (
                NodeKind::Scalar { text: before, style: old_style },
                NodeKind::Scalar { text: after, style: new_style },
            ) => {
                let is_plain = |style: &ScalarStyle| *style == ScalarStyle::Plain;
                match steps.iter().find(|(step, _)| *step == Step::Text) {
                    Some((_, patch)) => self.step(|| Step::Text, |_| Self::text(before, patch, after)),
                    None if before == after && is_plain(old_style) == is_plain(new_style) => Ok(()),
                    None => fail("the text"),
                }
            }
            (NodeKind::Alias(before), NodeKind::Alias(after)) if self.anchors.get(before) == Some(after) => Ok(()),
            (NodeKind::Pruned, NodeKind::Pruned) => Ok(()),
            _ => fail("the kind of node"),
        }
    }

    fn props(&mut self, old: NodeId, new: NodeId) -> Compared {
        let props = |tree: &Tree<'_>, id: NodeId| {
            let props = tree.node(id).props.as_ref();
            (
                props.and_then(|props| props.anchor.as_ref().map(|a| a.name.clone())),
                props.and_then(|props| props.tag.clone()),
            )
        };
        let (before, after) = (props(self.old, old), props(self.new, new));
        if before.0.is_some() {
            self.anchors.insert(old, new);
        }
        if before == after { Ok(()) } else { fail("an anchor or tag") }
    }

    fn mapping(
        &mut self,
        before: &[(NodeId, NodeId)],
        steps: &[(Step, Patch)],
        after: &[(NodeId, NodeId)],
    ) -> Compared {
        let mut after = after.iter();
        for (key, value) in before {
            let old = self.old;
            let key_step = || Step::Key(old.scalar_text(*key).unwrap_or_default().to_owned());
            let patch = steps
                .iter()
                .find(|(step, _)| matches!(step, Step::Key(k) if self.old.is_key(*key, k)))
                .map(|(_, patch)| patch);
            if patch.is_some_and(|patch| patch.vanishes(self.old, *value)) {
                continue;
            }
            let Some((new_key, new_value)) = after.next() else { return fail("the number of keys") };
            self.node(*key, None, *new_key)?;
            self.step(key_step, |this| this.node(*value, patch, *new_value))?;
        }
        for (step, patch) in steps {
            let Step::Key(name) = step else { return fail("the kind of node") };
            if before.iter().any(|(key, _)| self.old.is_key(*key, name)) {
                continue;
            }
            let Some(value) = patch.fresh() else { continue };
            match after.next() {
                Some((key, new)) if self.is_new_key(*key, name) && is_value(self.new, *new, &value) => {}
                _ => return self.step(|| step.clone(), |_| fail("the new value")),
            }
        }
        if after.next().is_none() { Ok(()) } else { fail("the number of keys") }
    }

    fn is_new_key(&self, key: NodeId, name: &str) -> bool {
        self.new.node(key).props.is_none() && self.new.scalar(key) == Some(Resolved::Str(name))
    }

    fn sequence(&mut self, before: &[NodeId], steps: &[(Step, Patch)], after: &[NodeId]) -> Compared {
        let mut after = after.iter();
        for (index, item) in before.iter().enumerate() {
            let patch = steps.iter().find(|(step, _)| *step == Step::Item(index)).map(|(_, patch)| patch);
            if patch == Some(&Patch::Remove) {
                continue;
            }
            let Some(new) = after.next() else { return fail("the number of items") };
            self.step(|| Step::Item(index), |this| this.node(*item, patch, *new))?;
        }
        for value in steps.iter().filter(|(step, _)| *step == Step::End).filter_map(|(_, patch)| patch.fresh()) {
            match after.next() {
                Some(new) if is_value(self.new, *new, &value) => {}
                _ => return self.step(|| Step::End, |_| fail("the new item")),
            }
        }
        if after.next().is_none() { Ok(()) } else { fail("the number of items") }
    }

    /// The same, for the YAML inside of a string.
    fn text(before: &str, patch: &Patch, after: &str) -> Compared {
        let parsed = (parse_all(Source::embedded(before)), parse_all(Source::embedded(after)));
        let (Ok(old), Ok(new)) = parsed else { return fail("the text in a string") };
        let void = |tree: &Tree<'_>| tree.roots().iter().all(|root| patch.fills(tree, *root));
        match (old.roots(), new.roots()) {
            ([old_root], [new_root]) if !void(&old) => compare((&old, *old_root), patch, (&new, *new_root)),
            (_, [new_root]) if void(&old) => match patch.fresh() {
                Some(value) if is_value(&new, *new_root, &value) => Ok(()),
                _ => fail("the text in a string"),
            },
            _ => fail("the text in a string"),
        }
    }
}

/// Whether a node is exactly this value to a reader of YAML 1.1, with no anchor or tag of its own beside those that were there.
pub fn is_value(tree: &Tree<'_>, id: NodeId, value: &Value) -> bool {
    match (value, &tree.node(id).kind) {
        (Value::Int(number), NodeKind::Scalar { .. }) => {
            matches!(tree.scalar(id), Some(Resolved::Int(read)) if u64::try_from(read) == Ok(*number))
        }
        (Value::Number(number), NodeKind::Scalar { .. }) => match tree.scalar(id) {
            Some(Resolved::Int(read)) => read.to_string() == *number,
            Some(Resolved::Float(read)) => number.parse() == Ok(read),
            _ => false,
        },
        (Value::Bool(bool), NodeKind::Scalar { .. }) => tree.scalar(id) == Some(Resolved::Bool(*bool)),
        (Value::Str(text) | Value::Text(text), NodeKind::Scalar { .. }) => tree.scalar(id) == Some(Resolved::Str(text)),
        (Value::Words(words), NodeKind::Sequence { items, .. }) => {
            words.len() == items.len()
                && words.iter().zip(items).all(|(word, item)| tree.scalar(*item) == Some(Resolved::Str(word)))
        }
        (Value::Items(values), NodeKind::Sequence { items, .. }) => {
            values.len() == items.len() && values.iter().zip(items).all(|(value, item)| is_value(tree, *item, value))
        }
        (Value::Map(values), NodeKind::Mapping { entries, .. }) => {
            values.len() == entries.len()
                && values.iter().zip(entries).all(|((name, value), (key, inner))| {
                    tree.scalar(*key) == Some(Resolved::Str(name)) && is_value(tree, *inner, value)
                })
        }
        _ => false,
    }
}
