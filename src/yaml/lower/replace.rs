//! A value in the place of another one.

use std::borrow::Cow;

use super::{Lowered, Lowering, RefusalKind};
use crate::yaml::Span;
use crate::yaml::print::{self, Printed};
use crate::yaml::scalar::Resolved;
use crate::yaml::style::Style;
use crate::yaml::tree::{NodeId, NodeKind, ScalarStyle};
use crate::yaml::value::Value;

impl Lowering<'_, '_> {
    /// Gives a key, whose mapping is the last node of the path, another value.
    pub(super) fn replace(&mut self, key: NodeId, value: NodeId, in_flow: bool, new: &Value) -> Lowered {
        self.check_replaceable(value, new)?;
        if in_flow {
            return self.replace_in_flow(key, value, new);
        }
        let mapping = self.path.last().copied().unwrap_or(key);
        let indent = self.tree.column(mapping);
        let source = self.tree.source;
        let end = self.value_end(key, value);
        let node = self.tree.node(value);
        let style = self.style_at(self.tree.line_end(end) + 1);
        match (node.kind, new) {
            (NodeKind::Sequence { flow: false, items }, Value::Words(words)) if !items.is_empty() => {
                let is_short = |item: &NodeId| !source.slice(self.tree.node(*item).span).contains('\n');
                if items.iter().all(is_short) {
                    return self.replace_items(value, items, words, &style);
                }
                let dash = self.tree.column(value);
                let items: Vec<_> = words.iter().map(Value::str).collect();
                let lines = print::items(&items, dash, &style);
                let lines = lines.trim_start_matches(' ');
                self.edit(node.span.start(), node.span.end(), lines.strip_suffix(style.line_break).unwrap_or(lines));
                Ok(())
            }
            (NodeKind::Mapping { flow: false, entries }, _) if !entries.is_empty() => {
                Err(self.refuse(RefusalKind::Shape("a scalar or a list"), value))
            }
            (NodeKind::Sequence { flow: false, items }, _) if !items.is_empty() => {
                Err(self.refuse(RefusalKind::Shape("a list on one line"), value))
            }
            // A block that says nothing stays one where no comment below it would become its text.
            (NodeKind::Scalar { style: ScalarStyle::Literal(_), .. }, Value::Text(text))
                if text.is_empty() && self.after_content(end, indent) == self.after_content(end, usize::MAX) =>
            {
                let head = if source.slice(node.span).starts_with("|-") { "|-" } else { "|" };
                self.replace_block_scalar(value, &Printed { head: head.to_owned(), body: String::new() });
                Ok(())
            }
            (NodeKind::Scalar { style: ScalarStyle::Literal(_) | ScalarStyle::Folded(_), .. }, _) => {
                self.replace_block_scalar(value, &self.block_at(new, end, indent, &style));
                Ok(())
            }
            (NodeKind::Scalar { style: old, .. }, Value::Str(text)) if !node.span.is_empty() => {
                let text = match old {
                    ScalarStyle::SingleQuoted => print::quoted(text, '\''),
                    ScalarStyle::DoubleQuoted => print::quoted(text, '"'),
                    _ => print::string(text, &style),
                };
                self.edit(node.span.start(), node.span.end(), text);
                Ok(())
            }
            _ => self.replace_inline(key, value, indent, new),
        }
    }

    /// Makes a block sequence of strings say something else, item by item, so that the comments in it stay.
    fn replace_items(&mut self, sequence: NodeId, items: &[NodeId], words: &[String], style: &Style) -> Lowered {
        for (item, word) in items.iter().zip(words) {
            let node = self.tree.node(*item);
            let quote = match node.kind {
                NodeKind::Scalar { style: ScalarStyle::SingleQuoted, .. } => Some('\''),
                NodeKind::Scalar { style: ScalarStyle::DoubleQuoted, .. } => Some('"'),
                NodeKind::Scalar { style: ScalarStyle::Plain, .. } if !node.span.is_empty() => None,
                _ => return Err(self.refuse(RefusalKind::Shape("a string on one line"), *item)),
            };
            // An anchor or a tag that nothing needs goes with the old word.
            if self.tree.scalar(*item) != Some(Resolved::Str(word)) || node.props.is_some() {
                let text = quote.map_or_else(|| print::string(word, style), |quote| print::quoted(word, quote));
                self.edit(self.tree.start_with_props(*item), node.span.end(), text);
            }
        }
        let removed: Vec<_> = (words.len()..items.len()).collect();
        let added: Vec<_> = words.iter().skip(items.len()).map(|word| Cow::Owned(Value::str(word))).collect();
        self.path.push(sequence);
        let done = self.edit_sequence(sequence, false, items, &removed, &added);
        self.path.pop();
        done
    }

    /// Puts a value in the place of one that starts on the line of its key, or that is not written out.
    fn replace_inline(&mut self, key: NodeId, value: NodeId, indent: usize, new: &Value) -> Lowered {
        let source = self.tree.source;
        let end = self.value_end(key, value);
        let node = self.tree.node(value);
        let before = source.text().get(self.tree.node(key).span.end()..end).unwrap_or_default();
        if node.span.is_empty() && node.props.is_some() && before.contains('\n') {
            return Err(self.refuse(RefusalKind::Shape("a value beside its anchor or tag"), value));
        }
        if !matches!(node.kind, NodeKind::Scalar { .. }) && source.slice(node.span).contains('#') {
            return self.fill_brackets(value, new);
        }
        let style = self.style_at(self.tree.line_end(end) + 1);
        let Printed { head, body } = self.block_at(new, end, indent, &style);
        match (node.span.is_empty(), head.is_empty()) {
            (true, true) => {}
            // At the end of a text without a final line break the lines of the value stand at the same place: the head
            // comes first.
            (true, false) => self.insert(end, self.depth() + 2, format!(" {head}")),
            (false, true) if self.has_line_of_its_own(node.span) => {
                self.edit(self.tree.line_start(node.span.start()), self.tree.line_end(node.span.end()) + 1, "");
            }
            (false, true) => {
                // The white space before the old value goes with it, so that none is left at the end of the line.
                let before = source.text().get(..node.span.start()).unwrap_or_default();
                self.edit(before.trim_end_matches([' ', '\t']).len(), node.span.end(), "");
            }
            (false, false) => self.edit(node.span.start(), node.span.end(), head),
        }
        if !body.is_empty() {
            let inner = indent + if matches!(new, Value::Items(_)) { style.dash_offset } else { style.step };
            self.lines_after(value, inner, self.depth() + 1, |_| body);
        }
        Ok(())
    }

    /// Whether nothing else stands on the line of a value, which is not the last one of the text.
    fn has_line_of_its_own(&self, span: Span) -> bool {
        let source = self.tree.source;
        let (start, end) = (self.tree.line_start(span.start()), self.tree.line_end(span.end()));
        let line = source.text().get(start..end).unwrap_or_default();
        line.trim() == source.slice(span) && end < source.text().len()
    }

    /// A value for a key at `indent`, of which the old value ends at `end`. A literal block would swallow a comment
    /// below it that is indented like its lines.
    fn block_at(&self, new: &Value, end: usize, indent: usize, style: &Style) -> Printed {
        let is_above_comment = self.after_content(end, indent) != self.after_content(end, usize::MAX);
        match new {
            Value::Text(text) if is_above_comment => Printed { head: print::double_quoted(text), body: String::new() },
            _ => print::block(new, indent, style),
        }
    }

    /// Keeps the comment on the header line.
    fn replace_block_scalar(&mut self, value: NodeId, new: &Printed) {
        let source = self.tree.source;
        let span = self.tree.node(value).span;
        let header = source.text().get(span.start()..self.tree.line_end(span.start())).unwrap_or_default();
        let indicators = header.split([' ', '\t', '\r']).next().map_or(0, str::len);
        self.edit(span.start(), span.start() + indicators, new.head.clone());
        let body_start = self.tree.line_end(span.start()) + 1;
        // The old text keeps its last line break.
        let body = new.body.strip_suffix('\n').map_or("", |body| body.strip_suffix('\r').unwrap_or(body));
        if body_start <= span.end() {
            // Where no line follows, the line break of the header goes, too.
            let line_break = self.tree.line_break_before(body_start).len();
            self.edit(if body.is_empty() { body_start - line_break } else { body_start }, span.end(), body);
        } else if !body.is_empty() {
            // Right below the header: a comment that stood between would become a line of the text.
            self.lines_after(value, usize::MAX, self.depth() + 1, |style| format!("{body}{}", style.line_break));
        }
    }

    fn replace_in_flow(&mut self, key: NodeId, value: NodeId, new: &Value) -> Lowered {
        let source = self.tree.source;
        let mapping = self.path.last().copied().unwrap_or(key);
        let style = self.flow_style_at(self.tree.node(mapping).span.start());
        let text = print::flow(new, &style, style.flow.nested());
        let node = self.tree.node(value);
        if node.span.is_empty() {
            let end = self.value_end(key, value);
            let has_colon =
                source.text().get(self.tree.node(key).span.end()..end).is_some_and(|between| between.contains(':'));
            self.edit(end, end, format!("{}{text}", if has_colon { " " } else { ": " }));
        } else if !matches!(node.kind, NodeKind::Scalar { .. }) && source.slice(node.span).contains('#') {
            return self.fill_brackets(value, new);
        } else {
            self.edit(node.span.start(), node.span.end(), text);
        }
        Ok(())
    }

    /// Puts entries or items into brackets that hold nothing but a comment.
    fn fill_brackets(&mut self, value: NodeId, new: &Value) -> Lowered {
        let node = self.tree.node(value);
        let is_empty = match node.kind {
            NodeKind::Mapping { entries, .. } => entries.is_empty(),
            NodeKind::Sequence { items, .. } => items.is_empty(),
            _ => false,
        };
        let style = self.flow_style_at(node.span.end());
        let text = print::flow(new, &style, None);
        let inside = text.strip_prefix(['{', '[']).and_then(|text| text.strip_suffix(['}', ']']));
        match inside.filter(|_| is_empty) {
            Some(inside) => {
                let close = node.span.end() - 1;
                self.edit(close, close, inside);
                Ok(())
            }
            None => Err(self.refuse_comment(node.span)),
        }
    }

    /// A value may be replaced where its text is its own; a tag on it stays, so it must be true of the new value, too.
    fn check_replaceable(&self, value: NodeId, new: &Value) -> Lowered {
        match (self.tree.node(value).kind, new) {
            (NodeKind::Scalar { .. }, Value::Int(_)) => self.check_props(value, "tag:yaml.org,2002:int"),
            _ => self.check(value).and_then(|()| self.check_removal(value)),
        }
    }

    /// Where a value ends; where it is not written out, behind the colon or, without one, behind the key.
    pub(super) fn value_end(&self, key: NodeId, value: NodeId) -> usize {
        let node = self.tree.node(value);
        let key_end = self.tree.node(key).span.end();
        if !node.span.is_empty() || node.props.is_some() {
            return node.span.end().max(key_end);
        }
        let between = self.tree.source.text().get(key_end..).unwrap_or_default();
        // The colon of an explicit key stands on a line of its own, below comments.
        let mut rest = between.trim_start();
        while rest.starts_with('#') {
            rest = rest.split_once('\n').map_or("", |(_, below)| below.trim_start());
        }
        rest.strip_prefix(':').map_or(key_end, |rest| key_end + between.len() - rest.len())
    }

    /// The style of the flow collection `id`, whose last entry ends at `end`: new lines end like the one that holds it.
    pub(super) fn flow_style_at(&self, end: usize) -> Style {
        self.style_at(self.tree.line_end(end) + 1)
    }
}
