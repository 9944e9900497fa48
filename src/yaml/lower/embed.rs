//! YAML inside of a string: edited in its own text, in place where the string's style lets one character stand for
//! another.

use super::{EmbeddedError, Lowered, Lowering, Refusal, RefusalKind, lower_all};
use crate::yaml::compare::{self, compare};
use crate::yaml::edit::{Edit, EditSet};
use crate::yaml::parse::{parse_all, parse_text};
use crate::yaml::patch::{Patch, Step};
use crate::yaml::scan::is_marker;
use crate::yaml::tree::{NodeId, NodeKind, ScalarStyle, Tree};
use crate::yaml::value::Value;
use crate::yaml::{Source, Span, print};

impl Lowering<'_, '_> {
    /// Changes the YAML text that the scalar `id` holds. The scalar is the last node of the path.
    pub(super) fn embedded(&mut self, id: NodeId, patch: &Patch) -> Lowered {
        let NodeKind::Scalar { style, text: before } = &self.tree.node(id).kind else { return Ok(()) };
        let unfolded = self.unfolded(id);
        let text = unfolded.as_deref().unwrap_or(before);
        let inner = Source::embedded(text);
        let edits = edit_text(inner, patch).map_err(|kind| self.refuse(kind, id))?;
        if edits.is_empty() {
            return Ok(());
        }
        let is_block = matches!(style, ScalarStyle::Literal(_) | ScalarStyle::Folded(_));
        let edits = if is_block { edits } else { without_last_break(text, edits) };
        let is_literal = unfolded.is_some() || !matches!(style, ScalarStyle::Folded(_));
        let in_place = is_literal.then(|| self.splice(id, style, text, &edits)).flatten();
        let start = self.tree.node(id).span.start();
        let unfold =
            unfolded.iter().map(|_| Edit { span: Span::new(start, start + 1), text: "|".to_owned(), depth: 0 });
        let in_place = in_place.map(|spliced| spliced.into_iter().chain(unfold).collect::<Vec<_>>());
        let planned = Patch::within_text(patch);
        let is_planned = |text: Option<&str>| compare::text(before, planned, text).is_ok();
        if let Some(spliced) = in_place.filter(|spliced| is_planned(self.read_again(id, spliced).as_deref())) {
            self.edits.extend(spliced);
            return Ok(());
        }
        let text = edits.apply(inner);
        if !is_planned(Some(&text)) {
            return Err(self.refuse(RefusalKind::Unproven, id));
        }
        if matches!(style, ScalarStyle::SingleQuoted) && !self.tree.source.slice(self.tree.node(id).span).contains('\n')
        {
            // One line between quotes stays one.
            let (span, text) = (self.tree.node(id).span, format!("\"{}\"", print::escaped(&text)));
            self.edits.push(Edit { span, text, depth: self.depth() });
            return Ok(());
        }
        self.rewrite(id, &text)
    }

    /// Gives a string another text by edits of the lines that differ. Whether that can be done where it stands.
    pub(super) fn retext(&mut self, id: NodeId, new: &str) -> bool {
        let NodeKind::Scalar { style, text: before } = &self.tree.node(id).kind else { return false };
        if self.check(id).is_err() || matches!(style, ScalarStyle::Folded(_)) {
            return false;
        }
        let edit = difference(before, new);
        // The end of a text cuts off the line break of the scalar that it ends with, which is not read so on its own.
        let keeps_end = edit.span.end() < before.len();
        let content = |text: &str| if keeps_end { text.trim_end_matches('\n').to_owned() } else { text.to_owned() };
        let Ok(edits) = EditSet::new(vec![edit]) else { return false };
        self.path.push(id);
        let spliced = self.splice(id, style, before, &edits);
        let is_new = |read: String| content(&read) == content(new);
        let spliced = spliced.filter(|spliced| self.read_again(id, spliced).is_some_and(is_new));
        self.path.pop();
        let is_done = spliced.is_some();
        self.edits.extend(spliced.into_iter().flatten());
        is_done
    }

    /// Edits of the text of a scalar as edits of what stands there.
    fn splice(&self, id: NodeId, style: &ScalarStyle, text: &str, edits: &EditSet) -> Option<Vec<Edit>> {
        match style {
            ScalarStyle::Literal(content) | ScalarStyle::Folded(content) => {
                self.splice_literal(id, *content, text, edits)
            }
            ScalarStyle::DoubleQuoted => self.splice_quoted(id, text, edits, decode_double_quoted, print::escaped),
            ScalarStyle::SingleQuoted
                if edits.as_slice().iter().all(|edit| print::quoted(&edit.text, '\'').starts_with('\'')) =>
            {
                self.splice_quoted(id, text, edits, decode_single_quoted, |text| text.replace('\'', "''"))
            }
            _ => None,
        }
    }

    /// What the scalar says after edits of its text: it is read with nothing but a key before it and comments behind
    /// it.
    fn read_again(&self, id: NodeId, edits: &[Edit]) -> Option<String> {
        let span = self.tree.node(id).span;
        let parent = self.path.iter().rev().nth(1).copied();
        let is_quoted = self.tree.source.slice(span).starts_with(['"', '\'']);
        let indent = parent.filter(|_| !is_quoted).map_or(0, |parent| self.tree.column(parent));
        let end = if is_quoted { span.end() } else { self.after_content(span.end(), indent) };
        let edits = EditSet::new(edits.to_vec()).ok()?;
        let span = Span::new(span.start(), end);
        if edits.within(span).len() != edits.as_slice().len() {
            return None;
        }
        let text: String = edits.pieces(self.tree.source, span).collect();
        let text = format!("{}k: {text}", " ".repeat(indent));
        let tree = parse_all(Source::embedded(&text)).ok()?;
        let root = tree.roots().first()?;
        tree.str(tree.get(*root, "k")?).map(str::to_owned)
    }

    /// The lines of a folded block, where they mean the same without folding.
    fn unfolded(&self, id: NodeId) -> Option<String> {
        let NodeKind::Scalar { style: ScalarStyle::Folded(content), text } = &self.tree.node(id).kind else {
            return None;
        };
        let source = self.tree.source;
        let first = self.tree.line_start(*content as usize);
        let indent = *content as usize - first;
        let lines = source.text().get(first..self.tree.node(id).span.end())?.lines();
        let mut lines: String = lines.map(|line| format!("{}\n", line.get(indent..).unwrap_or_default())).collect();
        if !text.ends_with('\n') {
            lines.pop();
        }
        let (folded, literal) = (parse_text(Source::embedded(text)).ok()?, parse_text(Source::embedded(&lines)).ok()?);
        let is_same = match (folded.roots(), literal.roots()) {
            ([old], [new]) => compare((&folded, *old), &Patch::default(), (&literal, *new)).is_ok(),
            _ => false,
        };
        is_same.then_some(lines)
    }

    /// Writes the whole text again, where it is written so that single characters can't be put in.
    fn rewrite(&mut self, id: NodeId, text: &str) -> Lowered {
        // Blank lines around it mean nothing to YAML, and no block shows them well.
        let content = text.trim_start_matches('\n').trim_end_matches('\n');
        let text = if text.ends_with('\n') { format!("{content}\n") } else { content.to_owned() };
        self.path.pop();
        let parent = self.path.last().copied().unwrap_or(id);
        let entry = self.tree.entries(parent).iter().find(|(_, value)| *value == id).copied();
        let in_flow = matches!(self.tree.node(parent).kind, NodeKind::Mapping { flow: true, .. });
        let done = match entry {
            Some((key, value)) => self.replace(key, value, in_flow, &Value::Text(text)),
            None => Err(self.refuse(RefusalKind::Shape("a mapping around this string"), id)),
        };
        self.path.push(id);
        done
    }

    /// Edits of the decoded text as edits of a literal block, line by line.
    fn splice_literal(&self, id: NodeId, content: u32, text: &str, edits: &EditSet) -> Option<Vec<Edit>> {
        let source = self.tree.source;
        let span = self.tree.node(id).span;
        let indent = content as usize - self.tree.line_start(content as usize);
        let header = source.text().get(span.start()..self.tree.line_end(span.start()))?;
        let has_indicator = header.split([' ', '\t', '#']).next()?.contains(|c: char| c.is_ascii_digit());
        if !has_indicator && !starts_at_margin(&edits.apply(Source::embedded(text))) {
            return None;
        }
        let line_break = self.tree.line_break_before(self.tree.line_end(span.start()) + 1);
        let margin = " ".repeat(indent);
        // Lines of the text and lines of the block stand for each other, one by one, from the line behind the header
        // on.
        let line_of = |offset: usize| {
            text.get(..offset).map(|head| (head.matches('\n').count(), head.rfind('\n').map_or(0, |at| at + 1)))
        };
        let physical =
            |line: usize| (0..=line).fold(span.start(), |at, _| (self.tree.line_end(at) + 1).min(source.text().len()));
        let is_cut = !text.is_empty() && !text.ends_with('\n');
        let place = |offset: usize| {
            let (line, line_start) = line_of(offset)?;
            Some(physical(line) + indent + (offset - line_start))
        };
        edits
            .as_slice()
            .iter()
            .map(|edit| {
                let (start, end) = (edit.span.start(), edit.span.end());
                let at_line_start = |offset: usize| line_of(offset).is_some_and(|(_, line_start)| line_start == offset);
                // A text without a last line break may end in whole lines, too.
                let to_cut_end = is_cut && end == text.len() && start < end && edit.text.is_empty();
                let whole_lines = at_line_start(start)
                    && (at_line_start(end) || to_cut_end)
                    && (edit.text.is_empty() || edit.text.ends_with('\n'));
                let depth = self.depth();
                if !whole_lines {
                    // Behind a text without a last line break, the last line of what is put in has none either.
                    let inserted = edit.text.strip_suffix('\n').filter(|_| is_cut && end == text.len());
                    let text = inserted.unwrap_or(&edit.text).replace('\n', &format!("{line_break}{margin}"));
                    return Some(Edit { span: Span::new(place(start)?, place(end)?), text, depth });
                }
                let (start, end) = (physical(line_of(start)?.0), physical(line_of(end)?.0 + usize::from(to_cut_end)));
                let mut text: String = edit.text.lines().map(|line| format!("{margin}{line}{line_break}")).collect();
                if start == source.text().len() && !source.text().ends_with('\n') {
                    text = format!("{line_break}{}", text.strip_suffix(line_break).unwrap_or(&text));
                }
                Some(Edit { span: Span::new(start, end), text, depth })
            })
            .collect()
    }

    /// Edits of the decoded text as edits between quotes on one line.
    fn splice_quoted(
        &self,
        id: NodeId,
        text: &str,
        edits: &EditSet,
        decode: impl Fn(&str) -> Option<Vec<(usize, char)>>,
        encode: impl Fn(&str) -> String,
    ) -> Option<Vec<Edit>> {
        let span = self.tree.node(id).span;
        let raw = self.tree.source.slice(span);
        let inside = raw.get(1..raw.len().checked_sub(1)?)?;
        if inside.contains('\n') {
            return None;
        }
        let decoded = decode(inside)?;
        if decoded.iter().map(|(_, c)| *c).ne(text.chars()) {
            return None;
        }
        // The place in the source of each character of the text, and of its end.
        let mut places = Vec::with_capacity(decoded.len() + 1);
        let mut offset = 0;
        for (at, c) in &decoded {
            places.push((offset, span.start() + 1 + at));
            offset += c.len_utf8();
        }
        places.push((offset, span.end() - 1));
        let place = |offset: usize| {
            places.binary_search_by_key(&offset, |(at, _)| *at).ok().and_then(|at| places.get(at)).map(|(_, at)| *at)
        };
        edits
            .as_slice()
            .iter()
            .map(|edit| {
                let span = Span::new(place(edit.span.start())?, place(edit.span.end())?);
                Some(Edit { span, text: encode(&edit.text), depth: self.depth() })
            })
            .collect()
    }
}

/// Where the last lines of a text without a last line break go, the one before them goes too.
fn without_last_break(text: &str, edits: EditSet) -> EditSet {
    let is_last = |edit: &Edit| edit.text.is_empty() && edit.span.start() > 0 && edit.span.end() == text.len();
    let before = |edit: &Edit| text.get(..edit.span.start()).is_some_and(|text| text.ends_with('\n'));
    let mut all = edits.as_slice().to_vec();
    match all.last_mut() {
        Some(last) if !text.ends_with('\n') && is_last(last) && before(last) => {
            last.span = Span::new(last.span.start() - 1, last.span.end());
            EditSet::new(all).unwrap_or(edits)
        }
        _ => edits,
    }
}

/// The lines of a text that differ from those of another one, as one edit.
fn difference(before: &str, after: &str) -> Edit {
    let same = before.split_inclusive('\n').zip(after.split_inclusive('\n')).take_while(|(a, b)| a == b);
    let start: usize = same.map(|(line, _)| line.len()).sum();
    let (old, new) = (before.get(start..).unwrap_or_default(), after.get(start..).unwrap_or_default());
    let ends = old.split_inclusive('\n').rev().zip(new.split_inclusive('\n').rev()).take_while(|(a, b)| a == b);
    let end: usize = ends.map(|(line, _)| line.len()).sum();
    let text = new.get(..new.len() - end).unwrap_or_default().to_owned();
    Edit { span: Span::new(start, before.len() - end), text, depth: 0 }
}

/// Whether a literal block finds its indentation by the first line of a text: that one may not start with a space, and
/// no blank line above it may be wider.
fn starts_at_margin(text: &str) -> bool {
    let mut lines = text.lines().skip_while(|line| line.is_empty());
    lines.next().is_some_and(|line| !line.starts_with(' '))
}

impl Patch {
    /// What is planned for the text of a string.
    fn within_text(patch: &Self) -> &Self {
        const NOTHING: &Patch = &Patch::Within(Vec::new());
        let Self::Within(steps) = patch else { return NOTHING };
        steps.iter().find(|(step, _)| *step == Step::Text).map_or(NOTHING, |(_, patch)| patch)
    }
}

/// The edits that make `patch` true in a text of its own.
fn edit_text(text: Source<'_>, patch: &Patch) -> Result<EditSet, RefusalKind> {
    let patch = Patch::within_text(patch);
    let tree = parse_text(text).map_err(|error| RefusalKind::Embedded(EmbeddedError::Syntax(error)))?;
    let mut edits = match tree.roots() {
        [] => append_to_text(text, patch),
        [root] if patch.fills(&tree, *root) && tree.node(*root).span.is_empty() => append_to_text(text, patch),
        [root] if patch.fills(&tree, *root) => replace_void(&tree, *root, patch),
        [root] => lower_all(&tree, *root, patch).map_err(|Refusal { kind, .. }| kind)?,
        _ => return Err(RefusalKind::Embedded(EmbeddedError::Documents)),
    };
    edits.extend(strip_cut_scalar(&tree, &edits));
    let edits = EditSet::new(edits).map_err(|error| RefusalKind::Embedded(EmbeddedError::Overlap(error)))?;
    Ok(with_comment_at_margin(text, edits))
}

/// Where lines are put behind a block scalar that the end of the text cuts off, its value must not get the line break
/// that it then has.
fn strip_cut_scalar(tree: &Tree<'_>, edits: &[Edit]) -> Option<Edit> {
    let end = tree.source.text().len();
    edits.iter().find(|edit| edit.span.start() == end && edit.text.starts_with('\n'))?;
    let span = tree.node(tree.cut_scalar()?).span;
    let header = tree.source.slice(span).split([' ', '\t', '\r', '\n']).next()?;
    let at = span.start() + header.find('+').unwrap_or(header.len());
    let stripped = Span::new(at, at + usize::from(header.contains('+')));
    (!header.contains('-')).then(|| Edit { span: stripped, text: "-".to_owned(), depth: 0 })
}

/// Where the first lines of a text go and a comment that was indented below them becomes the first, it moves to the
/// margin: the indentation of a block scalar is that of its first line.
fn with_comment_at_margin(text: Source<'_>, edits: EditSet) -> EditSet {
    let removed = edits.as_slice().first().filter(|edit| edit.span.start() == 0 && edit.text.is_empty());
    let Some(end) = removed.map(|edit| edit.span.end()) else { return edits };
    let rest = text.text().get(end..).unwrap_or_default();
    let comment = rest.trim_start_matches([' ', '\n']);
    let margin = end + rest.len() - comment.len();
    if !comment.starts_with('#') || text.line_start(margin) == margin {
        return edits;
    }
    let mut moved = edits.as_slice().to_vec();
    moved.iter_mut().take(1).for_each(|edit| edit.span = Span::new(0, margin));
    EditSet::new(moved).unwrap_or(edits)
}

/// Puts entries behind a text that has nothing but comments and markers in it: before the `...` that ends its document.
fn append_to_text(text: Source<'_>, patch: &Patch) -> Vec<Edit> {
    let mut end = 0;
    for line in text.text().split_inclusive('\n') {
        if is_marker(line.trim_end(), "...") {
            break;
        }
        end += line.len();
    }
    let head = text.text().get(..end).unwrap_or_default();
    let line_break = if head.is_empty() || head.ends_with('\n') { "" } else { "\n" };
    let fresh = patch.fresh().map(|value| format!("{line_break}{}", print::document(&value)));
    fresh.map(|text| Edit { span: Span::new(end, end), text, depth: 0 }).into_iter().collect()
}

/// Puts entries in the place of `null` or `{}`.
fn replace_void(tree: &Tree<'_>, root: NodeId, patch: &Patch) -> Vec<Edit> {
    let Some(value) = patch.fresh() else { return Vec::new() };
    let node = tree.node(root);
    let text = match node.kind {
        NodeKind::Scalar { .. } => print::document(&value).trim_end_matches('\n').to_owned(),
        _ => print::json(&value),
    };
    vec![Edit { span: node.span, text, depth: 0 }]
}

/// Whether `patch` leaves nothing of the text of a string, not even a comment.
pub(super) fn text_vanishes(tree: &Tree<'_>, id: NodeId, patch: &Patch) -> bool {
    let Some(text) = tree.str(id) else { return false };
    let source = Source::embedded(text);
    let Ok(inner) = parse_text(source) else { return false };
    let [root] = *inner.roots() else { return false };
    if !patch.vanishes(&inner, root) {
        return false;
    }
    let edits = lower_all(&inner, root, patch).ok().and_then(|edits| EditSet::new(edits).ok());
    edits.is_none_or(|edits| {
        let text = edits.apply(source);
        let content = text.lines().map(str::trim).filter(|line| !matches!(*line, "---" | "..."));
        matches!(content.collect::<String>().replace([' ', '\t'], "").as_str(), "" | "{}")
    })
}

/// The characters between double quotes, each with the offset at which it is written; `None` for an escape that YAML
/// doesn't have.
fn decode_double_quoted(inside: &str) -> Option<Vec<(usize, char)>> {
    let mut chars = inside.char_indices();
    let mut decoded = Vec::with_capacity(inside.len());
    while let Some((at, c)) = chars.next() {
        if c != '\\' {
            decoded.push((at, c));
            continue;
        }
        let (_, escape) = chars.next()?;
        let mut hex = |digits: usize| {
            let text: String = chars.by_ref().take(digits).map(|(_, c)| c).collect();
            (text.len() == digits).then(|| u32::from_str_radix(&text, 16).ok()).flatten().and_then(char::from_u32)
        };
        let c = match escape {
            '0' => '\0',
            'a' => '\u{7}',
            'b' => '\u{8}',
            't' | '\t' => '\t',
            'n' => '\n',
            'v' => '\u{b}',
            'f' => '\u{c}',
            'r' => '\r',
            'e' => '\u{1b}',
            ' ' | '"' | '/' | '\\' => escape,
            'N' => '\u{85}',
            '_' => '\u{a0}',
            'L' => '\u{2028}',
            'P' => '\u{2029}',
            'x' => hex(2)?,
            // A pair of surrogates ends the attempt here: the string is then written again as a whole.
            'u' => hex(4)?,
            'U' => hex(8)?,
            _ => return None,
        };
        decoded.push((at, c));
    }
    Some(decoded)
}

/// The characters between single quotes, each with the offset at which it is written.
fn decode_single_quoted(inside: &str) -> Option<Vec<(usize, char)>> {
    let mut chars = inside.char_indices();
    let mut decoded = Vec::with_capacity(inside.len());
    while let Some((at, c)) = chars.next() {
        if c == '\'' {
            chars.next().filter(|(_, c)| *c == '\'')?;
        }
        decoded.push((at, c));
    }
    Some(decoded)
}
