//! Turns a [`Patch`] into edits of the text. This file walks the tree. The other files in this folder make the edits
//! for each kind of change.

mod in_string;
mod insert;
mod quoted;
mod remove;
mod replace;

use std::borrow::Cow;
use std::fmt;

use super::Span;
use super::edit::{Edit, OverlapError};
use super::full::SyntaxError;
use super::patch::{Patch, Step};
use super::scalar::Resolved;
use super::style::Style;
use super::tree::{NodeId, NodeKind, Tree};
use super::value::Value;

#[cfg(test)]
pub(super) mod tests;

/// A change that can't be made safely, and its position in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why not.
    pub kind: RefusalKind,
    /// Where.
    pub offset: usize,
}

/// The reasons for which an edit is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RefusalKind {
    /// The node is an alias, or an alias refers to it: the same text serves two places.
    Alias,
    /// The mapping has a merge key: which of two values counts depends on the reader.
    Merge,
    /// The key occurs twice: which value counts depends on the reader.
    DuplicateKey,
    /// A tag says that the node has another type than its text shows.
    Tag,
    /// A key of the mapping is not a plain word or string.
    ComplexKey,
    /// The node is not the expected mapping, list or string.
    Shape(&'static str),
    /// The text inside of a string is not YAML.
    Embedded(EmbeddedError),
    /// The object has a character that only some readers treat as a line break.
    LineBreak,
    /// A removal would also remove a comment.
    Comment,
    /// The text inside of a string is of a form in which the change would not be read as planned.
    Unproven,
}

impl fmt::Display for RefusalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alias => {
                f.write_str("this is shared by an anchor and its aliases, so an edit would show in other places too")
            }
            Self::Merge => f.write_str("this mapping has a merge key (`<<`), and readers differ in which value wins"),
            Self::DuplicateKey => f.write_str("this key is there twice, and readers differ in which one they take"),
            Self::Tag => f.write_str("the tag here says that this is not what it looks like"),
            Self::ComplexKey => f.write_str("this mapping has a key that is not a plain string"),
            Self::Shape(expected) => write!(f, "expected {expected} here"),
            Self::Embedded(error) => write!(f, "the text in this string is not YAML: {error}"),
            Self::LineBreak => {
                f.write_str("this character (NEL, LS, PS or a lone CR) is a line break for some readers only")
            }
            Self::Unproven => f.write_str("the text in this string is written so that a change in it would be misread"),
            Self::Comment => f.write_str("a comment stands in what would have to be removed"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            RefusalKind::Embedded(error) => Some(error),
            _ => None,
        }
    }
}

/// Why the text inside of a string can't be edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EmbeddedError {
    /// It is not YAML.
    Syntax(SyntaxError),
    /// It has more than one document.
    Documents,
    /// Two edits want the same bytes of it.
    Overlap(OverlapError),
}

impl fmt::Display for EmbeddedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(error) => error.fmt(f),
            Self::Documents => f.write_str("it has more than one document"),
            Self::Overlap(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for EmbeddedError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Syntax(error) => Some(error),
            Self::Documents => None,
            Self::Overlap(error) => Some(error),
        }
    }
}

/// Makes edits of what `patch` changes in the document with that root.
///
/// # Errors
///
/// The first change that can't be made safely.
pub fn lower(tree: &Tree<'_>, root: NodeId, patch: &Patch) -> Result<Vec<Edit>, Refusal> {
    if patch.vanishes(tree, root) {
        let kind = RefusalKind::Shape("something that is left of the document");
        return Err(Refusal { kind, offset: tree.start_with_props(root) });
    }
    lower_all(tree, root, patch)
}

/// The same, where nothing may be left but comments.
fn lower_all(tree: &Tree<'_>, root: NodeId, patch: &Patch) -> Result<Vec<Edit>, Refusal> {
    let mut lowering = Lowering { tree, path: Vec::new(), edits: Vec::new() };
    if !patch.is_empty() {
        lowering.node(root, patch)?;
    }
    // What is there already is not an edit.
    lowering.edits.retain(|edit| tree.source.slice(edit.span) != edit.text);
    Ok(lowering.edits)
}

/// What a node must be so that such steps lead into it.
fn expected(steps: &[(Step, Patch)]) -> &'static str {
    match steps.first() {
        Some((Step::Key(_) | Step::First(_), _)) => "a mapping",
        Some((Step::Text, _)) => "a string",
        _ => "a list",
    }
}

type Lowered = Result<(), Refusal>;

struct Lowering<'t, 's> {
    tree: &'t Tree<'s>,
    /// From the root to the node that is being changed.
    path: Vec<NodeId>,
    edits: Vec<Edit>,
}

impl Lowering<'_, '_> {
    fn refuse(&self, kind: RefusalKind, id: NodeId) -> Refusal {
        Refusal { kind, offset: self.tree.start_with_props(id) }
    }

    /// The refusal for the first comment in a span.
    fn refuse_comment(&self, span: Span) -> Refusal {
        let text = self.tree.source.slice(span);
        let is_comment = |at: &usize| text.get(..*at).is_some_and(|head| head.ends_with(char::is_whitespace));
        let at = text.match_indices('#').map(|(at, _)| at).find(is_comment).unwrap_or_default();
        Refusal { kind: RefusalKind::Comment, offset: span.start() + at }
    }

    /// Makes sure that the text of a node is its own, and that it is what it looks like.
    fn check(&self, id: NodeId) -> Lowered {
        let expected_tag = match self.tree.node(id).kind {
            NodeKind::Mapping { .. } => "tag:yaml.org,2002:map",
            NodeKind::Sequence { .. } => "tag:yaml.org,2002:seq",
            NodeKind::Scalar { .. } => "tag:yaml.org,2002:str",
            NodeKind::Alias(_) => return Err(self.refuse(RefusalKind::Alias, id)),
            NodeKind::Pruned => return Err(self.refuse(RefusalKind::Shape("a node that was kept"), id)),
        };
        self.check_props(id, expected_tag)
    }

    /// Makes sure that no alias refers to a node, and that it has no other tag than this one.
    fn check_props(&self, id: NodeId, expected_tag: &str) -> Lowered {
        let Some(props) = &self.tree.node(id).props else { return Ok(()) };
        if props.anchor.as_ref().is_some_and(|anchor| anchor.referred) {
            return Err(self.refuse(RefusalKind::Alias, id));
        }
        if props.tag.as_deref().is_some_and(|tag| tag != expected_tag) {
            return Err(self.refuse(RefusalKind::Tag, id));
        }
        Ok(())
    }

    /// Changes something inside of a node.
    fn node(&mut self, id: NodeId, patch: &Patch) -> Lowered {
        let Patch::Within(steps) = patch else {
            return Err(self.refuse(RefusalKind::Shape("a document that is not replaced as a whole"), id));
        };
        self.check(id)?;
        self.path.push(id);
        let tree = self.tree;
        let done = match tree.node(id).kind {
            NodeKind::Mapping { flow, entries } => self.mapping(id, flow, entries, steps),
            NodeKind::Sequence { flow, items } => self.sequence(id, flow, items, steps),
            NodeKind::Scalar { .. } if steps.iter().any(|(step, _)| *step == Step::Text) => self.embedded(id, patch),
            _ => Err(self.refuse(RefusalKind::Shape(expected(steps)), id)),
        };
        self.path.pop();
        done
    }

    fn mapping(&mut self, id: NodeId, flow: bool, entries: &[(NodeId, NodeId)], steps: &[(Step, Patch)]) -> Lowered {
        for (key, _) in entries {
            if self.tree.is_merge_key(*key) {
                return Err(self.refuse(RefusalKind::Merge, *key));
            }
            if self.tree.scalar_text(*key).is_none() {
                return Err(self.refuse(RefusalKind::ComplexKey, *key));
            }
        }
        let (mut first, mut added, mut removed) = (Vec::new(), Vec::new(), Vec::new());
        for (step, patch) in steps.iter().filter(|(_, patch)| !patch.is_empty()) {
            let (Step::Key(name) | Step::First(name)) = step else {
                return Err(self.refuse(RefusalKind::Shape(expected(steps)), id));
            };
            let mut found = entries.iter().enumerate().filter(|(_, (key, _))| self.tree.is_key(*key, name));
            let Some((at, (key, value))) = found.next() else {
                let new = if matches!(step, Step::First(_)) { &mut first } else { &mut added };
                new.extend(patch.fresh().map(|value| (name.as_ref(), value)));
                continue;
            };
            if matches!(step, Step::First(_)) {
                return Err(self.refuse(RefusalKind::Shape("a mapping without this key"), *key));
            }
            if let Some((_, (double, _))) = found.next() {
                return Err(self.refuse(RefusalKind::DuplicateKey, *double));
            }
            match patch {
                Patch::Remove => removed.push(at),
                _ if patch.vanishes(self.tree, *value) => removed.push(at),
                Patch::Put(Value::Text(text)) if self.retext(*value, text) => {}
                Patch::Put(new) => self.replace(*key, *value, flow, new)?,
                Patch::Within(_) if patch.fills(self.tree, *value) && !self.is_shared(*value) => {
                    if let Some(new) = patch.fresh() {
                        self.replace(*key, *value, flow, &new)?;
                    }
                }
                Patch::Within(_) => self.node(*value, patch)?,
            }
        }
        for at in &removed {
            if let Some((_, value)) = entries.get(*at) {
                self.check_removal(*value)?;
            }
        }
        removed.sort_unstable();
        self.put_first(id, flow, entries, &first)?;
        self.edit_mapping(id, flow, entries, &removed, &added)
    }

    fn sequence(&mut self, id: NodeId, flow: bool, items: &[NodeId], steps: &[(Step, Patch)]) -> Lowered {
        let (mut added, mut removed) = (Vec::new(), Vec::new());
        for (step, patch) in steps.iter().filter(|(_, patch)| !patch.is_empty()) {
            let item = match step {
                Step::End => {
                    added.extend(patch.fresh());
                    continue;
                }
                Step::Item(index) => items.get(*index).map(|item| (*index, *item)),
                _ => None,
            };
            match (item, patch) {
                (Some((index, _)), Patch::Remove) => removed.push(index),
                (Some((_, item)), Patch::Within(_)) => self.node(item, patch)?,
                _ => return Err(self.refuse(RefusalKind::Shape(expected(steps)), id)),
            }
        }
        for item in removed.iter().filter_map(|index| items.get(*index)) {
            self.check_removal(*item)?;
        }
        removed.sort_unstable();
        self.edit_sequence(id, flow, items, &removed, &added)
    }

    /// Nothing that an alias refers to may go.
    fn check_removal(&self, id: NodeId) -> Lowered {
        let node = self.tree.node(id);
        if node.props.as_ref().and_then(|props| props.anchor.as_ref()).is_some_and(|anchor| anchor.referred) {
            return Err(self.refuse(RefusalKind::Alias, id));
        }
        match node.kind {
            NodeKind::Mapping { entries, .. } => entries.iter().try_for_each(|(key, value)| {
                self.check_removal(*key)?;
                self.check_removal(*value)
            }),
            NodeKind::Sequence { items, .. } => items.iter().try_for_each(|item| self.check_removal(*item)),
            _ => Ok(()),
        }
    }

    /// Whether an edit of a node would show in other places too.
    fn is_shared(&self, id: NodeId) -> bool {
        matches!(self.check(id), Err(Refusal { kind: RefusalKind::Alias, .. }))
    }

    fn style(&self) -> Style {
        Style::at(self.tree, &self.path)
    }

    /// How deep the node stands that is being changed.
    fn depth(&self) -> u32 {
        self.path.len() as u32
    }

    fn edit(&mut self, start: usize, end: usize, text: impl Into<String>) {
        self.edits.push(Edit { span: Span::new(start, end), text: text.into(), depth: self.depth() });
    }

    fn insert(&mut self, at: usize, depth: u32, text: String) {
        self.edits.push(Edit { span: Span::new(at, at), text, depth });
    }
}

impl Patch {
    /// Whether a node holds nothing yet of what this patch puts inside of it: it is null in any spelling, or an empty
    /// collection or string of the right kind.
    pub(super) fn fills(&self, tree: &Tree<'_>, id: NodeId) -> bool {
        let Self::Within(steps) = self else { return false };
        match (tree.node(id).kind, steps.first()) {
            (NodeKind::Mapping { entries, .. }, Some((Step::Key(_) | Step::First(_), _))) => entries.is_empty(),
            (NodeKind::Sequence { items, .. }, Some((Step::End, _))) => items.is_empty(),
            (NodeKind::Scalar { .. }, Some((Step::Text, _))) => match tree.scalar(id) {
                Some(Resolved::Null) => true,
                Some(Resolved::Str(text)) => text.trim().is_empty(),
                _ => false,
            },
            (NodeKind::Scalar { .. }, Some((Step::Key(_) | Step::First(_) | Step::End, _))) => {
                tree.scalar(id) == Some(Resolved::Null)
            }
            _ => false,
        }
    }

    /// Whether nothing is left of a node: each of its entries or items is removed, and none is added.
    pub(crate) fn vanishes(&self, tree: &Tree<'_>, id: NodeId) -> bool {
        let Self::Within(steps) = self else { return *self == Self::Remove };
        let gone = |patch: &Self, inner: NodeId| patch.vanishes(tree, inner);
        match tree.node(id).kind {
            NodeKind::Mapping { entries, .. } => {
                let is_known = |name: &str| entries.iter().any(|(key, _)| tree.is_key(*key, name));
                let adds = |step: &Step, patch: &Self| {
                    !matches!(step, Step::Key(name) if is_known(name)) && patch.fresh().is_some()
                };
                let goes = |(key, value): &(NodeId, NodeId)| {
                    let of_key = |step: &Step| matches!(step, Step::Key(name) if tree.is_key(*key, name));
                    steps.iter().any(|(step, patch)| of_key(step) && gone(patch, *value))
                };
                !entries.is_empty() && entries.iter().all(goes) && !steps.iter().any(|(step, patch)| adds(step, patch))
            }
            NodeKind::Sequence { items, .. } => {
                !items.is_empty()
                    && !steps.iter().any(|(step, patch)| *step == Step::End && patch.fresh().is_some())
                    && (0..items.len()).all(|index| Self::of_item(steps, index) == Some(&Self::Remove))
            }
            NodeKind::Scalar { .. } => {
                let inner = steps.iter().find(|(step, _)| *step == Step::Text);
                inner.is_some_and(|(_, patch)| in_string::text_vanishes(tree, id, patch))
            }
            _ => false,
        }
    }
}

/// New keys with their values, in the order in which they are written.
type Entries<'p> = [(&'p str, Cow<'p, Value>)];
