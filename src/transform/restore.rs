//! What is left empty in an object of the mesh, so that what `remove` leaves is what was there before.
//!
//! What was written into `{}` or into an empty text stands in its braces or quotes, so these show where it was, and
//! stay. What was written where nothing or null was is in lines of its own, and goes with its keys.

use std::borrow::Cow;

use crate::facts::PROXY_CONFIG;
use crate::yaml::{NodeId, NodeKind, Patch, ScalarStyle, Source, Step, Tree, Value, document, one_line, parse_text};

/// A patch with the same result, in the style of what is there. Where nothing would be left, the braces stay, and so do
/// the style and the place of a text. What goes into an empty text in quotes is written between the quotes. `in_block`:
/// no braces stand around the node.
pub(super) fn in_own_style(tree: &Tree<'_>, node: Option<NodeId>, in_block: bool, patch: Patch) -> Patch {
    let Some(id) = node else { return patch };
    let is_gone = |patch: &Patch| matches!(patch, Patch::Within(_)) && patch.vanishes(tree, id);
    match &tree.node(id).kind {
        NodeKind::Mapping { flow: true, .. } if in_block && is_gone(&patch) => Patch::Put(Value::Map(Vec::new())),
        NodeKind::Mapping { flow: true, entries } if in_block && entries.is_empty() => match patch
            .fresh()
            .map(Cow::into_owned)
        {
            Some(Value::Map(new)) if matches!(patch, Patch::Within(_)) && !new.iter().any(|(_, new)| has_text(new)) => {
                Patch::Put(Value::Braces(new))
            }
            _ => patch,
        },
        NodeKind::Mapping { flow: false, .. } | NodeKind::Sequence { flow: false, .. } => {
            let Patch::Within(steps) = patch else { return patch };
            let steps = steps.into_iter().map(|(step, inner)| {
                let child = match &step {
                    Step::Key(name) => tree.get(id, name),
                    Step::Item(index) => tree.items(id).nth(*index),
                    Step::First(_) | Step::End | Step::Text => None,
                };
                // The settings of one pod go with their annotation.
                let is_annotation = step == PROXY_CONFIG.into();
                let inner = if is_annotation { inner } else { in_own_style(tree, child, true, inner) };
                (step, inner)
            });
            Patch::Within(steps.collect())
        }
        NodeKind::Scalar { style, text } => in_text(tree, id, (*style, text), patch),
        _ => patch,
    }
}

fn in_text(tree: &Tree<'_>, id: NodeId, (style, text): (ScalarStyle, &str), patch: Patch) -> Patch {
    let Patch::Within(mut steps) = patch else { return patch };
    let [(Step::Text, inner)] = steps.as_mut_slice() else { return Patch::Within(steps) };
    let is_quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
    if text.trim().is_empty() {
        let Some(new) = inner.fresh() else { return Patch::Within(steps) };
        let is_stripped = tree.source.slice(tree.node(id).span).starts_with("|-");
        return match (is_quoted, is_stripped) {
            (true, _) => Patch::Put(Value::Str(one_line(&new))),
            (false, true) => Patch::Put(Value::Text(document(&new).trim_end().to_owned())),
            (false, false) => Patch::Within(steps),
        };
    }
    let Ok(read) = parse_text(Source::embedded(text)) else { return Patch::Within(steps) };
    let root = read.roots().first().copied();
    let is_flow = root.is_some_and(|root| matches!(read.node(root).kind, NodeKind::Mapping { flow: true, .. }));
    // Between quotes, braces also stand where nothing was.
    if !is_flow && !is_quoted {
        *inner = in_own_style(&read, root, true, std::mem::take(inner));
    }
    let patch = Patch::Within(steps);
    if !patch.vanishes(tree, id) {
        return patch;
    }
    let braces = root.filter(|_| is_flow).map(|root| read.node(root).span);
    let left = braces.and_then(|span| Some([text.get(..span.start())?, "{}", text.get(span.end()..)?].concat()));
    // A text of one document may start with its marker.
    let marker = text.split_inclusive('\n').next().filter(|line| line.trim_end() == "---");
    Patch::Put(Value::Text(left.or(marker.map(str::to_owned)).unwrap_or_default()))
}

/// Whether a value holds a text of several lines, which braces would make hard to read.
fn has_text(value: &Value) -> bool {
    match value {
        Value::Text(_) => true,
        Value::Map(entries) => entries.iter().any(|(_, value)| has_text(value)),
        _ => false,
    }
}
