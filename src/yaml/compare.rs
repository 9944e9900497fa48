//! The proof: a document that is parsed again must equal the old one with the patch applied.
//!
//! Values are compared as written, not as a reader resolves them: same text, same quoting, same tags, anchors and
//! targets of aliases, same order of keys. Documents that are equal in this sense are equal for every reader.

use std::collections::HashMap;
use std::fmt;

use super::Source;
use super::parse::parse_text;
use super::patch::{KeyName, Patch, Route, Step};
use super::scalar::Resolved;
use super::tree::{Node, NodeId, NodeKind, ScalarStyle, Tree};
use super::value::Value;

/// The place where the result differs from the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The route to the node that differs.
    pub route: Route,
    /// What differs.
    pub what: Difference,
}

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// An anchor or a tag.
    Props,
    /// A node is there that the patch removes.
    Removed,
    /// The value that the patch puts.
    Value,
    /// The value that the patch puts under a new key.
    NewValue,
    /// The item that the patch appends.
    NewItem,
    /// The text of a node that stays, or whether it is quoted.
    Text,
    /// The YAML text that a string holds.
    Embedded,
    /// The node that an alias leads to.
    Alias,
    /// The number of keys in a mapping.
    Keys,
    /// The number of items in a sequence.
    Items,
    /// Whether a node is a mapping, a sequence, a scalar or an alias.
    Kind,
}

/// Prints to go before "differs".
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Props => "an anchor or tag",
            Self::Removed => "a node that was to go",
            Self::Value => "the value",
            Self::NewValue => "the new value",
            Self::NewItem => "the new item",
            Self::Text => "the text",
            Self::Embedded => "the text in a string",
            Self::Alias => "the target of an alias",
            Self::Keys => "the number of keys",
            Self::Items => "the number of items",
            Self::Kind => "the kind of node",
        })
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} differs from the plan at `{}`", self.what, self.route)
    }
}

impl std::error::Error for Mismatch {}

impl Mismatch {
    /// The same, seen from one step further out. So a route is only made where something differs.
    fn behind(mut self, step: Step) -> Self {
        self.route.0.insert(0, step);
        self
    }
}

/// Compares the node `new` with the node `old` after `patch`.
///
/// # Errors
///
/// The first difference.
pub fn compare(old: (&Tree<'_>, NodeId), patch: &Patch, new: (&Tree<'_>, NodeId)) -> Result<(), Mismatch> {
    Comparison { old: old.0, new: new.0, anchors: HashMap::new(), cut: &[] }.node(old.1, patch, new.1)
}

/// The same for one entry of a block collection, number `at`: `new` has that entry alone. For the patch, an item is
/// number 0.
///
/// # Errors
///
/// The first difference.
pub(crate) fn compare_entry(
    (old, id): (&Tree<'_>, NodeId),
    at: usize,
    steps: &[(Step, Patch)],
    (new, new_id): (&Tree<'_>, NodeId),
) -> Compared {
    let mut comparison = Comparison { old, new, anchors: HashMap::new(), cut: &[] };
    match (old.node(id).kind, new.node(new_id).kind) {
        (NodeKind::Mapping { entries, .. }, NodeKind::Mapping { flow: false, entries: after }) => {
            comparison.mapping(entries.get(at..=at).unwrap_or_default(), steps, after)
        }
        (NodeKind::Sequence { items, .. }, NodeKind::Sequence { flow: false, items: after }) => {
            comparison.sequence(items.get(at..=at).unwrap_or_default(), steps, after)
        }
        _ => fail(Difference::Kind),
    }
}

/// The same for the end of a block collection: of it and of each collection in `cut`, `new` has only the last entry,
/// and what the patch puts behind it. For the patch, a last item is number 0.
///
/// # Errors
///
/// The first difference.
pub(crate) fn compare_end(
    (old, id): (&Tree<'_>, NodeId),
    cut: &[NodeId],
    patch: &Patch,
    (new, new_id): (&Tree<'_>, NodeId),
) -> Compared {
    let is_block = |id| match new.node(id).kind {
        NodeKind::Mapping { flow, .. } | NodeKind::Sequence { flow, .. } => !flow,
        _ => false,
    };
    ensure(is_block(new_id), Difference::Kind)?;
    Comparison { old, new, anchors: HashMap::new(), cut }.node(id, patch, new_id)
}

type Compared = Result<(), Mismatch>;

fn ensure(holds: bool, what: Difference) -> Compared {
    if holds { Ok(()) } else { Err(Mismatch { route: Route::default(), what }) }
}

fn fail(what: Difference) -> Compared {
    ensure(false, what)
}

/// The patch of a node that nothing is planned for.
const NOTHING: &Patch = &Patch::Within(Vec::new());

struct Comparison<'a> {
    old: &'a Tree<'a>,
    new: &'a Tree<'a>,
    /// The new node of each old one that has an anchor.
    anchors: HashMap<NodeId, NodeId>,
    /// The old collections of which only the last entry is compared.
    cut: &'a [NodeId],
}

impl Comparison<'_> {
    fn node(&mut self, old: NodeId, patch: &Patch, new: NodeId) -> Compared {
        let (before, after) = (self.old.node(old), self.new.node(new));
        ensure(names(before) == names(after), Difference::Props)?;
        if before.props.is_some() {
            self.anchors.insert(old, new);
        }
        let steps = match patch {
            Patch::Remove => return fail(Difference::Removed),
            Patch::Within(_) if patch.is_empty() => &[],
            Patch::Within(steps) if !patch.fills(self.old, old) => steps.as_slice(),
            _ => match patch.fresh() {
                Some(value) => return ensure(is_value(self.new, new, &value), Difference::Value),
                None => &[],
            },
        };
        let is_plain = |style| matches!(style, ScalarStyle::Plain);
        match (before.kind, after.kind) {
            (NodeKind::Mapping { entries: before, .. }, NodeKind::Mapping { entries: after, .. }) => {
                self.mapping(self.compared(old, before), steps, after)
            }
            (NodeKind::Sequence { items: before, .. }, NodeKind::Sequence { items: after, .. }) => {
                self.sequence(self.compared(old, before), steps, after)
            }
            (NodeKind::Scalar { text: before, style }, NodeKind::Scalar { text: after, style: new_style }) => {
                match steps {
                    [] => ensure(before == after && is_plain(style) == is_plain(new_style), Difference::Text),
                    [(Step::Text, patch)] => text(before, patch, self.new.str(new)).map_err(|it| it.behind(Step::Text)),
                    _ => fail(Difference::Kind),
                }
            }
            (NodeKind::Alias(before), NodeKind::Alias(after)) if steps.is_empty() => {
                ensure(self.anchors.get(&before) == Some(&after), Difference::Alias)
            }
            (NodeKind::Pruned, NodeKind::Pruned) if steps.is_empty() => {
                ensure(self.old.source.slice(before.span) == self.new.source.slice(after.span), Difference::Text)
            }
            _ => fail(Difference::Kind),
        }
    }

    /// The entries of a collection that are compared.
    fn compared<'e, T>(&self, id: NodeId, entries: &'e [T]) -> &'e [T] {
        let first = if self.cut.contains(&id) { entries.len().saturating_sub(1) } else { 0 };
        entries.get(first..).unwrap_or_default()
    }

    fn mapping(
        &mut self,
        before: &[(NodeId, NodeId)],
        steps: &[(Step, Patch)],
        after: &[(NodeId, NodeId)],
    ) -> Compared {
        let (old, new) = (self.old, self.new);
        let leads_to = |step: &Step, key: NodeId| matches!(step, Step::Key(name) if old.is_key(key, name));
        let mut after = after.iter();
        let added = |name: &str, patch: &Patch, step: &Step, after: &mut std::slice::Iter<'_, (NodeId, NodeId)>| {
            let Some(value) = patch.fresh() else { return Ok(()) };
            let is_there = after.next().is_some_and(|(key, it)| is_string(new, *key, name) && is_new(new, *it, &value));
            ensure(is_there, Difference::NewValue).map_err(|mismatch| mismatch.behind(step.clone()))
        };
        for (step, patch) in steps {
            if let Step::First(name) = step {
                added(name, patch, step, &mut after)?;
            }
        }
        for (key, value) in before {
            let patch = steps.iter().find(|(step, _)| leads_to(step, *key)).map_or(NOTHING, |(_, patch)| patch);
            if patch.vanishes(old, *value) {
                continue;
            }
            let Some((new_key, new_value)) = after.next() else { return fail(Difference::Keys) };
            self.node(*key, NOTHING, *new_key)?;
            let step = || Step::Key(old.scalar_text(*key).unwrap_or_default().to_owned().into());
            self.node(*value, patch, *new_value).map_err(|mismatch| mismatch.behind(step()))?;
        }
        for (step, patch) in steps.iter().filter(|(step, _)| !before.iter().any(|(key, _)| leads_to(step, *key))) {
            match step {
                Step::Key(name) => added(name, patch, step, &mut after)?,
                Step::First(_) => {}
                _ => return fail(Difference::Kind),
            }
        }
        ensure(after.next().is_none(), Difference::Keys)
    }

    fn sequence(&mut self, before: &[NodeId], steps: &[(Step, Patch)], after: &[NodeId]) -> Compared {
        let mut after = after.iter();
        for (index, item) in before.iter().enumerate() {
            let step = Step::Item(index);
            let patch = Patch::of_item(steps, index).unwrap_or(NOTHING);
            if *patch == Patch::Remove {
                continue;
            }
            let Some(new) = after.next() else { return fail(Difference::Items) };
            self.node(*item, patch, *new).map_err(|mismatch| mismatch.behind(step))?;
        }
        for (step, patch) in steps {
            match step {
                Step::Item(index) if *index < before.len() => continue,
                Step::End => {}
                _ => return fail(Difference::Kind),
            }
            let Some(value) = patch.fresh() else { continue };
            let is_there = after.next().is_some_and(|it| is_new(self.new, *it, &value));
            ensure(is_there, Difference::NewItem).map_err(|mismatch| mismatch.behind(Step::End))?;
        }
        ensure(after.next().is_none(), Difference::Items)
    }
}

/// The name of a node's anchor, and its tag.
fn names<'n>(node: Node<'n>) -> Option<(Option<&'n str>, Option<&'n str>)> {
    let props = node.props.as_ref()?;
    Some((props.anchor.as_ref().map(|anchor| anchor.name.as_str()), props.tag.as_deref()))
}

/// The same, for the YAML inside of a string; there is no text where it is not a string any more.
pub(super) fn text(before: &str, patch: &Patch, after: Option<&str>) -> Result<(), Mismatch> {
    let parsed = (parse_text(Source::embedded(before)), after.map(|after| parse_text(Source::embedded(after))));
    let (Ok(old), Some(Ok(new))) = parsed else { return fail(Difference::Embedded) };
    match (old.roots(), new.roots(), patch.fresh()) {
        // Only its comments stay.
        ([old_root], roots, _) if patch.vanishes(&old, *old_root) => {
            ensure(roots.iter().all(|root| new.node(*root).props.is_none() && new.is_void(*root)), Difference::Embedded)
        }
        ([old_root], [new_root], _) => compare((&old, *old_root), patch, (&new, *new_root)),
        // There was nothing but comments.
        ([], [new_root], Some(value)) => ensure(is_new(&new, *new_root, &value), Difference::Embedded),
        ([], [], None) => Ok(()),
        _ => fail(Difference::Embedded),
    }
}

/// Whether a node is exactly this value to a reader of YAML 1.1. Only the node itself may have an anchor or a tag, one
/// that was there before; nothing inside of it does.
pub(crate) fn is_value(tree: &Tree<'_>, id: NodeId, value: &Value) -> bool {
    match (value, tree.node(id).kind) {
        (Value::Words(words), NodeKind::Sequence { items, .. }) => {
            words.len() == items.len() && words.iter().zip(items).all(|(word, item)| is_string(tree, *item, word))
        }
        (Value::Items(values), NodeKind::Sequence { items, .. }) => {
            values.len() == items.len() && values.iter().zip(items).all(|(value, item)| is_new(tree, *item, value))
        }
        (Value::Map(values) | Value::Braces(values), NodeKind::Mapping { entries, .. }) => {
            let is_entry = |((name, value), (key, inner)): (&(KeyName, Value), &(NodeId, NodeId))| {
                is_string(tree, *key, name) && is_new(tree, *inner, value)
            };
            values.len() == entries.len() && values.iter().zip(entries).all(is_entry)
        }
        (_, NodeKind::Scalar { .. }) => match (value, tree.scalar(id)) {
            (Value::Int(number), Some(Resolved::Int(read))) => u64::try_from(read) == Ok(*number),
            (Value::Number(number), Some(Resolved::Int(read))) => read.to_string() == *number,
            (Value::Number(number), Some(Resolved::Float(read))) => number.parse() == Ok(read),
            (Value::Bool(value), Some(Resolved::Bool(read))) => *value == read,
            (Value::Str(text) | Value::Text(text), Some(Resolved::Str(read))) => text == read,
            _ => false,
        },
        _ => false,
    }
}

/// Whether a node is this value, and has no anchor and no tag.
fn is_new(tree: &Tree<'_>, id: NodeId, value: &Value) -> bool {
    tree.node(id).props.is_none() && is_value(tree, id, value)
}

/// Whether a node is this string, and has no anchor and no tag.
fn is_string(tree: &Tree<'_>, id: NodeId, text: &str) -> bool {
    let node = tree.node(id);
    let is_bare = node.props.is_none() && matches!(node.kind, NodeKind::Scalar { .. });
    is_bare && tree.scalar(id) == Some(Resolved::Str(text))
}

#[cfg(test)]
mod tests;
