//! What goes with an entry that is removed: its lines, or its comma.

use super::{Entries, Lowered, Lowering, RefusalKind};
use crate::yaml::Span;
use crate::yaml::print;
use crate::yaml::style::Style;
use crate::yaml::tree::{NodeId, NodeKind};
use crate::yaml::value::Value;

impl Lowering<'_, '_> {
    pub(super) fn edit_mapping(
        &mut self,
        id: NodeId,
        flow: bool,
        entries: &[(NodeId, NodeId)],
        removed: &[usize],
        added: &Entries,
    ) -> Lowered {
        if removed.is_empty() && added.is_empty() {
            return Ok(());
        }
        let nodes: Vec<_> = entries
            .iter()
            .map(|(key, value)| (self.tree.start_with_props(*key), self.value_end(*key, *value)))
            .collect();
        if flow {
            let style = self.flow_style_at(nodes.last().map_or(0, |(_, end)| *end));
            let added: Vec<_> =
                added.iter().map(|(key, value)| print::flow_entry(key, value, &style, style.flow.nested())).collect();
            return self.edit_flow(id, &style, &nodes, removed, &added);
        }
        self.remove_lines(id, &nodes, removed)?;
        if !added.is_empty() {
            self.append_block_entries(id, added)?;
            self.join_at_end();
        }
        Ok(())
    }

    pub(super) fn edit_sequence(
        &mut self,
        id: NodeId,
        flow: bool,
        items: &[NodeId],
        removed: &[usize],
        added: &[Value],
    ) -> Lowered {
        if removed.is_empty() && added.is_empty() {
            return Ok(());
        }
        let ends = |item: &NodeId| (self.tree.start_with_props(*item), self.tree.node(*item).span.end());
        let nodes: Vec<_> = items.iter().map(ends).collect();
        if flow {
            let style = self.flow_style_at(nodes.last().map_or(0, |(_, end)| *end));
            let added: Vec<_> = added.iter().map(|value| print::flow(value, &style, style.flow.nested())).collect();
            return self.edit_flow(id, &style, &nodes, removed, &added);
        }
        let dash = self.tree.column(id);
        let dashes = items.iter().map(|item| self.tree.item_line(id, *item).unwrap_or_default() + dash);
        let nodes: Vec<_> = dashes.zip(nodes).map(|(start, (_, end))| (start, end)).collect();
        self.remove_lines(id, &nodes, removed)?;
        if !added.is_empty() {
            self.append_block_items(id, added)?;
            self.join_at_end();
        }
        Ok(())
    }

    /// Takes the lines of some entries of a block collection out. Comments on lines of their own stay.
    fn remove_lines(&mut self, id: NodeId, nodes: &[(usize, usize)], removed: &[usize]) -> Lowered {
        let source = self.tree.source;
        let text = source.text();
        for index in removed {
            let Some((start, end)) = nodes.get(*index).copied() else { continue };
            let line = self.tree.line_start(start);
            let own_line = text.get(line..start).is_some_and(|indent| indent.bytes().all(|b| b == b' '));
            if own_line {
                // At the end of a text without a final line break, the break before the line stays.
                let mut kept = String::new();
                if let Some((key, value)) = self.tree.entries(id).get(*index) {
                    self.comments_within(*key, *value, &" ".repeat(start - line), &mut kept);
                }
                self.edit(line, (self.tree.line_end(end) + 1).min(text.len()), kept);
            } else {
                // The first key behind a dash: the next one takes its place. Behind the `?` of an explicit key none
                // can, and one with a `?` of its own can take no place.
                let is_explicit = |from, to| text.get(from..to).is_some_and(|between: &str| between.contains('?'));
                let next = nodes.get(index + 1).map(|(start, _)| *start).filter(|next| {
                    !is_explicit(line, start) && !is_explicit(end, *next) && !removed.contains(&(index + 1))
                });
                let Some(next) = next else {
                    return Err(self.refuse(RefusalKind::Shape("another key on the line of the dash"), id));
                };
                self.remove_span(start, next)?;
            }
        }
        self.end_block_scalars(id, nodes, removed);
        Ok(())
    }

    /// Adds the comments between the keys of a block mapping that goes with its key, each on a line of its own behind
    /// `indent`.
    fn comments_within(&self, key: NodeId, value: NodeId, indent: &str, kept: &mut String) {
        if !matches!(self.tree.node(value).kind, NodeKind::Mapping { flow: false, .. }) {
            return;
        }
        let mut from = self.tree.node(key).span.end();
        for (key, value) in self.tree.entries(value) {
            let to = self.tree.line_start(self.tree.start_with_props(*key));
            let between = self.tree.source.text().get(self.tree.line_end(from) + 1..to).unwrap_or_default();
            let comments = between.split_inclusive('\n').map(|line| line.trim_start_matches(' '));
            for comment in comments.filter(|line| line.starts_with('#')) {
                kept.push_str(indent);
                kept.push_str(comment);
            }
            self.comments_within(*key, *value, indent, kept);
            from = self.value_end(*key, *value);
        }
    }

    /// A block scalar that stood above removed lines must not swallow what is left below them: the first comment there
    /// moves to the column of the keys, blank lines that would count go.
    fn end_block_scalars(&mut self, id: NodeId, nodes: &[(usize, usize)], removed: &[usize]) {
        let column = self.tree.column(id);
        let text = self.tree.source.text();
        let mut above = None;
        for index in removed.iter().copied() {
            let Some((start, end)) = nodes.get(index).copied() else { continue };
            if index == 0 || !removed.contains(&(index - 1)) {
                above = self.tree.open_block_scalar_before(start);
            }
            let Some(scalar) = above else { continue };
            let margin = if scalar.is_blank { column + 1 } else { scalar.margin };
            let mut line = self.tree.line_end(end) + 1;
            while line < text.len() {
                let line_end = self.tree.line_end(line);
                let content = text.get(line..line_end).unwrap_or_default();
                let width = content.len() - content.trim_start_matches(' ').len();
                match content.trim() {
                    "" if scalar.keeps => self.edit(line, (line_end + 1).min(text.len()), ""),
                    "" if width > margin => self.edit(line, line + width, ""),
                    "" => {}
                    comment if comment.starts_with('#') && width >= margin => {
                        self.edit(line + column, line + width, "");
                        above = None;
                        break;
                    }
                    comment if comment.starts_with('#') => {
                        above = None;
                        break;
                    }
                    _ => break,
                }
                line = line_end + 1;
            }
        }
    }

    /// Where the last line of a text without a final line break is taken out and others are put behind it, the first of
    /// those needs no line break before it.
    fn join_at_end(&mut self) {
        let end = self.tree.source.text().len();
        let Some((added, others)) = self.edits.split_last_mut() else { return };
        let is_removed =
            others.iter().any(|edit| edit.text.is_empty() && edit.span.start() < end && edit.span.end() == end);
        let is_first = others.iter().all(|edit| edit.span.start() != end);
        if is_removed && is_first && added.span.start() == end {
            added.text = added.text.trim_start_matches(['\r', '\n']).to_owned();
        }
    }

    /// Takes entries of a flow collection out, each with one comma, and puts new ones in.
    fn edit_flow(
        &mut self,
        id: NodeId,
        style: &Style,
        nodes: &[(usize, usize)],
        removed: &[usize],
        added: &[String],
    ) -> Lowered {
        let Some((_, last)) = nodes.last().copied() else {
            let close = self.tree.node(id).span.end() - 1;
            self.edit(close, close, added.join(&format!(",{}", style.flow.comma)));
            return Ok(());
        };
        let is_removed = |index: &usize| removed.contains(index);
        let kept = nodes.len() - (0..nodes.len()).rev().take_while(is_removed).count();
        for index in removed.iter().filter(|index| **index < kept) {
            if let (Some((start, _)), Some((next, _))) = (nodes.get(*index), nodes.get(index + 1)) {
                self.remove_span(*start, *next)?;
            }
        }
        match (nodes.get(kept), kept.checked_sub(1).and_then(|kept| nodes.get(kept))) {
            (None, _) if added.is_empty() => Ok(()),
            (None, _) => {
                self.append_flow(last, style, added);
                Ok(())
            }
            (Some((start, _)), Some((_, kept))) if added.is_empty() => self.remove_rest(*kept, *start, last),
            // New entries replace those that go at the end.
            (Some((start, _)), _) => {
                let separator = style.flow.lines.as_ref().map_or_else(
                    || format!(",{}", style.flow.comma),
                    |lines| format!(",{}{}", style.line_break, lines.indent),
                );
                self.replace_span(*start, last, added.join(&separator))
            }
        }
    }

    /// Removes the last entries of a flow collection, with the comma behind the one that stays; a comment behind that
    /// one stays.
    fn remove_rest(&mut self, kept: usize, start: usize, last: usize) -> Lowered {
        let between = self.tree.source.text().get(kept..start).unwrap_or_default();
        let parts = between.split_once(',').and_then(|(space, rest)| Some((space, rest.split_once('\n')?)));
        match parts {
            Some((space, (comment, indent)))
                if space.trim().is_empty() && comment.trim_start().starts_with('#') && indent.trim().is_empty() =>
            {
                let comma = kept + space.len();
                self.edit(comma, comma + 1, "");
                self.remove_span(comma + 1 + comment.trim_end().len(), last)
            }
            _ => self.remove_span(kept, last),
        }
    }

    /// Removes bytes that must not hold a comment.
    fn remove_span(&mut self, start: usize, end: usize) -> Lowered {
        self.replace_span(start, end, String::new())
    }

    /// Replaces bytes that must not hold a comment.
    fn replace_span(&mut self, start: usize, end: usize, text: String) -> Lowered {
        let old = self.tree.source.text().get(start..end).unwrap_or_default();
        if old.lines().skip(1).any(|line| line.trim_start().starts_with('#')) || old.contains(" #") {
            return Err(self.refuse_comment(Span::new(start, end)));
        }
        self.edit(start, end, text);
        Ok(())
    }
}
