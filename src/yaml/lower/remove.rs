//! What goes with an entry that is removed: its lines, or its comma.

use std::borrow::Cow;

use super::{Entries, Lowered, Lowering, RefusalKind};
use crate::yaml::Span;
use crate::yaml::print;
use crate::yaml::style::Style;
use crate::yaml::tree::{NodeId, NodeKind, ScalarStyle};
use crate::yaml::value::Value;

impl Lowering<'_, '_> {
    pub(super) fn edit_mapping(
        &mut self,
        id: NodeId,
        flow: bool,
        entries: &[(NodeId, NodeId)],
        removed: &[usize],
        added: &Entries<'_>,
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
        added: &[Cow<'_, Value>],
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
                let kept = self.comments_within(id, start, self.tree.line_end(end));
                let line_end = (self.tree.line_end(end) + 1).min(text.len());
                let line_break = self.tree.line_break_before(self.tree.line_end(line));
                let indent = " ".repeat(start - line);
                let lines: Vec<_> = kept.iter().map(|comment| format!("{indent}{comment}{line_break}")).collect();
                let lines = lines.concat();
                let is_cut = line_end == text.len() && !text.ends_with('\n');
                self.edit(line, line_end, if is_cut { lines.trim_end() } else { &lines });
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

    /// The comments between two places in a collection.
    fn comments_within(&self, id: NodeId, start: usize, end: usize) -> Vec<&str> {
        let mut content = Vec::new();
        self.content_within(id, &mut content);
        content.retain(|span| span.start() >= start && span.end() <= end);
        let ends = content.iter().map(|span| span.start()).chain([end]);
        let starts = [start].into_iter().chain(content.iter().map(|span| span.end()));
        let between = starts.zip(ends).filter_map(|(from, to)| self.tree.source.text().get(from..to));
        between.flat_map(|between| between.lines().filter_map(comment_of)).collect()
    }

    /// The spans of a node's scalars and aliases, in which no comments are. The header of a block scalar may have one.
    fn content_within(&self, id: NodeId, content: &mut Vec<Span>) {
        let node = self.tree.node(id);
        match node.kind {
            NodeKind::Mapping { entries, .. } => {
                entries.iter().flat_map(|(key, value)| [*key, *value]).for_each(|id| self.content_within(id, content));
            }
            NodeKind::Sequence { items, .. } => items.iter().for_each(|item| self.content_within(*item, content)),
            NodeKind::Scalar { style: ScalarStyle::Literal(_) | ScalarStyle::Folded(_), .. } => {
                let header_end = self.tree.line_end(node.span.start());
                content.push(Span::new(header_end, node.span.end().max(header_end)));
            }
            _ => content.push(node.span),
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
                self.remove_flow(id, *start, *next);
            }
        }
        match (nodes.get(kept), kept.checked_sub(1).and_then(|kept| nodes.get(kept))) {
            (None, _) if added.is_empty() => Ok(()),
            (None, _) => {
                self.append_flow(last, style, added);
                Ok(())
            }
            (Some((start, _)), Some((_, kept))) if added.is_empty() => {
                self.remove_rest(id, *kept, *start, last);
                Ok(())
            }
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
    fn remove_rest(&mut self, id: NodeId, kept: usize, start: usize, last: usize) {
        let between = self.tree.source.text().get(kept..start).unwrap_or_default();
        let parts = between.split_once(',').and_then(|(space, rest)| Some((space, rest.split_once('\n')?)));
        match parts {
            Some((space, (comment, indent)))
                if space.trim().is_empty() && comment.trim_start().starts_with('#') && indent.trim().is_empty() =>
            {
                let comma = kept + space.len();
                self.edit(comma, comma + 1, "");
                self.remove_flow(id, comma + 1 + comment.trim_end().len(), last);
            }
            _ => self.remove_flow(id, kept, last),
        }
    }

    /// Removes bytes of a flow collection. Comments in them stay, each with a line of its own.
    fn remove_flow(&mut self, id: NodeId, start: usize, end: usize) {
        let comments = self.comments_within(id, start, end);
        let line_break = self.tree.line_break_before(self.tree.line_end(start));
        let margin = format!("{line_break}{}", " ".repeat(start - self.tree.line_start(start)));
        let mut text: String = comments.iter().map(|comment| format!("{margin}{comment}")).collect();
        let is_last = self.tree.source.text().get(end..).is_some_and(|rest| rest.starts_with(['\r', '\n']));
        if !(text.is_empty() || is_last) {
            text.push_str(&margin);
        }
        let head = self.tree.source.text().get(self.tree.line_start(start)..start).unwrap_or_default();
        let text = if head.trim().is_empty() { text.strip_prefix(&margin).unwrap_or(&text) } else { &text };
        self.edit(start, end, text);
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

/// The comment at the end of a line that holds no scalar.
fn comment_of(line: &str) -> Option<&str> {
    let starts = line.match_indices('#').map(|(at, _)| at);
    let is_comment = |at: &usize| line.get(..*at).is_some_and(|head| head.is_empty() || head.ends_with([' ', '\t']));
    starts.filter(is_comment).find_map(|at| line.get(at..)).map(str::trim_end)
}
