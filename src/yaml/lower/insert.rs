//! Where new entries go, and the white space around them.

use std::borrow::Cow;

use super::{Entries, Lowered, Lowering, RefusalKind};
use crate::yaml::print;
use crate::yaml::style::Style;
use crate::yaml::tree::NodeId;
use crate::yaml::value::Value;

impl Lowering<'_, '_> {
    /// Appends entries to a block mapping.
    pub(super) fn append_block_entries(&mut self, id: NodeId, added: &Entries<'_>) -> Lowered {
        let indent = self.tree.column(id);
        self.lines_after(id, indent, self.depth(), |style| print::entries(print::by_ref(added), indent, style));
        Ok(())
    }

    /// Puts entries before the first one of a mapping that has some, and before the comments that stand above that one.
    pub(super) fn put_first(
        &mut self,
        id: NodeId,
        flow: bool,
        entries: &[(NodeId, NodeId)],
        added: &Entries<'_>,
    ) -> Lowered {
        let Some((key, _)) = entries.first().filter(|_| !added.is_empty()) else { return Ok(()) };
        let start = self.tree.start_with_props(*key);
        if flow {
            let style = self.flow_style_at(start);
            let comma = match &style.flow.lines {
                Some(lines) => format!(",{}{}", style.line_break, lines.indent),
                None => format!(",{}", style.flow.comma),
            };
            let entry = |(key, value)| print::flow_entry(key, value, &style, style.flow.nested());
            let text: String = print::by_ref(added).map(|added| entry(added) + &comma).collect();
            self.edit(start, start, text);
            return Ok(());
        }
        let indent = self.tree.column(id);
        let line = self.tree.line_start(start);
        let before = self.tree.source.text().get(line..start).unwrap_or_default();
        let has_own_line = matches!(before.trim(), "" | "?");
        if before.contains('?') && !has_own_line {
            return Err(self.refuse(RefusalKind::Shape("a first key without `?`"), id));
        }
        let at = if has_own_line { self.above_comments(line, indent) } else { start };
        let style = self.style_at(at);
        let text = print::entries(print::by_ref(added), indent, &style);
        let text = if has_own_line { text } else { format!("{}{}", text.trim_start_matches(' '), " ".repeat(indent)) };
        self.edit(at, at, text);
        Ok(())
    }

    /// Where the comments start that end above a line. What is put there could swallow those that are indented by more
    /// than `indent`.
    fn above_comments(&self, line: usize, indent: usize) -> usize {
        let text = self.tree.source.text();
        let mut at = line;
        while let Some(above) = at.checked_sub(1).map(|end| self.tree.line_start(end)) {
            let content = text.get(above..at).unwrap_or_default();
            let width = content.len() - content.trim_start_matches(' ').len();
            match content.trim() {
                "" => {}
                comment if comment.starts_with('#') && width <= indent => {}
                comment if comment.starts_with('#') => return line,
                _ => break,
            }
            at = above;
        }
        at
    }

    /// Appends items to a block sequence.
    pub(super) fn append_block_items(&mut self, id: NodeId, added: &[Cow<'_, Value>]) -> Lowered {
        let indent = self.tree.column(id);
        self.lines_after(id, indent, self.depth(), |style| {
            print::items(added.iter().map(AsRef::as_ref), indent, style)
        });
        Ok(())
    }

    /// Appends entries or items, already in flow style, behind the last one of a flow collection, which ends at `end`.
    pub(super) fn append_flow(&mut self, end: usize, style: &Style, added: &[String]) {
        // Readers of YAML 1.1 don't take a colon with a comma right behind it for the end of a key.
        let gap = if self.tree.source.text().get(..end).is_some_and(|before| before.ends_with(':')) { " " } else { "" };
        let Some(lines) = &style.flow.lines else {
            let text: String = added.iter().map(|entry| format!(",{}{entry}", style.flow.comma)).collect();
            return self.edit(end, end, format!("{gap}{text}"));
        };
        let line = format!("{}{}", style.line_break, lines.indent);
        let entries = added.join(&format!(",{line}"));
        let source = self.tree.source;
        let line_end = self.tree.line_end(end);
        let rest = source.text().get(end..line_end).unwrap_or_default();
        let content_end = end + rest.trim_end_matches('\r').len();
        let behind = rest.trim();
        let comment = behind.strip_prefix(',').unwrap_or(behind).trim_start();
        // A comment stays on the line of what it speaks of, and a comma behind the last entry stays behind the last
        // entry.
        match (behind.starts_with(','), comment.is_empty() || comment.starts_with('#')) {
            (true, true) => self.edit(content_end, content_end, format!("{line}{entries},")),
            (false, true) if !comment.is_empty() => {
                self.edit(end, end, format!("{gap},"));
                self.edit(content_end, content_end, format!("{line}{entries}"));
            }
            _ => self.edit(end, end, format!("{gap},{line}{entries}")),
        }
    }

    /// Puts whole lines behind the content of a node, with its line comment and with the comments below it that are
    /// indented by more than `indent`: those are about the lines above them.
    pub(super) fn lines_after(&mut self, id: NodeId, indent: usize, depth: u32, lines: impl FnOnce(&Style) -> String) {
        let source = self.tree.source;
        let at = self.after_content(self.tree.node(id).span.end(), indent);
        let style = self.style_at(at);
        let mut text = lines(&style);
        if at == source.text().len() && !source.text().ends_with('\n') {
            // The last line has no end of its own, and the new last line gets none either.
            let kept = text.strip_suffix(style.line_break).unwrap_or(&text);
            text = format!("{}{kept}", style.line_break);
        }
        self.insert(at, depth, text);
    }

    /// The start of the line behind the content that ends at `end`, and behind comments that are indented by more than
    /// `indent`.
    pub(super) fn after_content(&self, end: usize, indent: usize) -> usize {
        let source = self.tree.source;
        let next_line = |offset: usize| (self.tree.line_end(offset) + 1).min(source.text().len());
        let mut at = next_line(end);
        let mut behind = at;
        while behind < source.text().len() {
            let line = source.text().get(behind..self.tree.line_end(behind)).unwrap_or_default();
            let content = line.trim_start_matches([' ', '\t']);
            if content.starts_with('#') && line.len() - content.len() > indent {
                at = next_line(behind);
            } else if !content.trim().is_empty() {
                break;
            }
            behind = next_line(behind);
        }
        at
    }

    /// The style of new lines at `at`.
    pub(super) fn style_at(&self, at: usize) -> Style {
        let source = self.tree.source;
        let below = source.text().get(at..).unwrap_or_default();
        let blanks = below.lines().take_while(|line| line.trim().is_empty());
        let white_below = blanks.map(str::len).max().unwrap_or_default();
        Style { line_break: self.tree.line_break_before(at), white_below, ..self.style() }
    }
}
