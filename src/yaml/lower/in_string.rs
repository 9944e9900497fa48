//! YAML inside of a string: edited in its own text, in place where the string's style lets one character stand for
//! another.

use super::quoted::decoded;
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
        let NodeKind::Scalar { style, text: before } = self.tree.node(id).kind else { return Ok(()) };
        let unfolded = self.unfolded(id);
        let text = unfolded.as_deref().unwrap_or(before);
        let inner = Source::embedded(text);
        let flowing = (style == ScalarStyle::SingleQuoted).then(|| in_flow(text, patch)).flatten();
        let edits = edit_text(inner, flowing.as_ref().unwrap_or(patch)).map_err(|kind| self.refuse(kind, id))?;
        if edits.is_empty() {
            return Ok(());
        }
        let is_block = matches!(style, ScalarStyle::Literal(_) | ScalarStyle::Folded(_));
        let edits = joined(edits);
        let edits = if is_block { edits } else { without_last_break(text, edits) };
        let planned = Patch::within_text(patch);
        let is_planned = |text: Option<&str>| compare::text(before, planned, text).is_ok();
        let in_place = |edits: &EditSet| {
            let spliced = self.splice(id, style, text, edits)?;
            is_planned(self.read_again(id, &spliced).as_deref()).then_some(spliced)
        };
        let spliced = match (&unfolded, style) {
            (Some(lines), _) => {
                let other = with_blank_line(lines, &edits);
                let adds = edits.as_slice().iter().any(|edit| !edit.text.is_empty());
                let tries = if adds { [Some(&edits), other.as_ref()] } else { [other.as_ref(), Some(&edits)] };
                tries.into_iter().flatten().find_map(in_place)
            }
            (None, ScalarStyle::Folded(_)) => None,
            (None, _) => in_place(&edits),
        };
        if let Some(spliced) = spliced {
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
        let NodeKind::Scalar { style, text: before } = self.tree.node(id).kind else { return false };
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
    fn splice(&self, id: NodeId, style: ScalarStyle, text: &str, edits: &EditSet) -> Option<Vec<Edit>> {
        match style {
            ScalarStyle::Literal(content) | ScalarStyle::Folded(content) => {
                self.splice_literal(id, content, text, edits)
            }
            ScalarStyle::DoubleQuoted => self.splice_quoted(id, text, edits, '"', print::escaped),
            ScalarStyle::SingleQuoted => {
                let inside = self.tree.source.slice(self.tree.node(id).span);
                let own = inside.rsplit_once('\n').map(|(_, last)| last.len() - last.trim_start_matches(' ').len());
                let parent = self.path.iter().rev().nth(1).map_or(0, |parent| self.tree.column(*parent));
                let line_break = self.tree.line_break_before(self.tree.line_end(self.tree.node(id).span.end()) + 1);
                // One line break is a space between quotes, two are one.
                let folded = format!("{line_break}{line_break}{}", " ".repeat(own.unwrap_or(parent + 2)));
                let is_printable = |edit: &Edit| {
                    edit.text.lines().all(|line| line.is_empty() || print::quoted(line, '\'').starts_with('\''))
                };
                let encode = |text: &str| text.replace('\'', "''").replace('\n', &folded);
                let is_fit = edits.as_slice().iter().all(is_printable);
                is_fit.then(|| self.splice_quoted(id, text, edits, '\'', encode)).flatten()
            }
            ScalarStyle::Plain => None,
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
        let NodeKind::Scalar { style: ScalarStyle::Folded(content), text } = self.tree.node(id).kind else {
            return None;
        };
        let source = self.tree.source;
        let first = self.tree.line_start(content as usize);
        let indent = content as usize - first;
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
                    let text = with_margin(inserted.unwrap_or(&edit.text), &margin, line_break);
                    return Some(Edit { span: Span::new(place(start)?, place(end)?), text, depth });
                }
                let (mut start, end) =
                    (physical(line_of(start)?.0), physical(line_of(end)?.0 + usize::from(to_cut_end)));
                let margin_of = |line: &str| if line.is_empty() { "" } else { margin.as_str() };
                let lines = edit.text.lines().map(|line| format!("{}{line}{line_break}", margin_of(line)));
                let mut text: String = lines.collect();
                // A text without a last line break keeps none when its last lines go.
                if text.is_empty() && end == source.text().len() && !source.text().ends_with('\n') {
                    start -= line_break.len();
                }
                if start == source.text().len() && !source.text().ends_with('\n') {
                    text = format!("{line_break}{}", text.strip_suffix(line_break).unwrap_or(&text));
                }
                Some(Edit { span: Span::new(start, end), text, depth })
            })
            .collect()
    }

    /// Edits of the decoded text as edits between quotes.
    fn splice_quoted(
        &self,
        id: NodeId,
        text: &str,
        edits: &EditSet,
        quote: char,
        encode: impl Fn(&str) -> String,
    ) -> Option<Vec<Edit>> {
        let span = self.tree.node(id).span;
        let raw = self.tree.source.slice(span);
        let inside = raw.get(1..raw.len().checked_sub(1)?)?;
        let decoded = decoded(inside, quote)?;
        if decoded.iter().map(|(_, c)| *c).ne(text.chars()) {
            return None;
        }
        // What is put behind a character stands right behind it, so that nothing else goes when it is taken out again.
        let mut places = vec![(0, span.start() + 1)];
        let mut offset = 0;
        for (end, c) in &decoded {
            offset += c.len_utf8();
            places.extend((*end > 0).then(|| (offset, span.start() + 1 + end)));
        }
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

/// The same patch, where all that is new in the text of a string stands on one line: between single quotes no line
/// can start with a space.
fn in_flow(text: &str, patch: &Patch) -> Option<Patch> {
    let tree = parse_text(Source::embedded(text)).ok()?;
    let patch = flowing(&tree, tree.roots().first().copied(), Patch::within_text(patch));
    Some(Patch::Within(vec![(Step::Text, patch)]))
}

fn flowing(tree: &Tree<'_>, node: Option<NodeId>, patch: &Patch) -> Patch {
    // What is in braces already gets more in its own style.
    let is_flow = node.is_some_and(|node| matches!(tree.node(node).kind, NodeKind::Mapping { flow: true, .. }));
    let Patch::Within(steps) = patch else { return patch.clone() };
    if is_flow {
        return patch.clone();
    }
    let steps = steps.iter().map(|(step, patch)| {
        let child = match step {
            Step::Key(name) => node.and_then(|node| tree.get(node, name)).filter(|child| !tree.is_void(*child)),
            _ => None,
        };
        let inner = match (child, patch.fresh()) {
            // What JSON says is printed as it stands.
            (None, Some(value)) if matches!(*value, Value::Map(_) | Value::Items(_)) => {
                Patch::Put(Value::Number(print::json(&value)))
            }
            (Some(_), _) => flowing(tree, child, patch),
            _ => patch.clone(),
        };
        (step.clone(), inner)
    });
    Patch::Within(steps.collect())
}

/// Lines of a text behind the start of a first one. Blank ones get no margin, but for the last, which goes on.
fn with_margin(text: &str, margin: &str, line_break: &str) -> String {
    let mut lines = text.split('\n').peekable();
    let mut all = lines.next().unwrap_or_default().to_owned();
    while let Some(line) = lines.next() {
        let is_blank = line.is_empty() && lines.peek().is_some();
        all.extend([line_break, if is_blank { "" } else { margin }, line]);
    }
    all
}

/// The same edits for a folded block, where the last one puts lines behind it, or takes its last lines away: the lines
/// of two entries need a blank one between them.
fn with_blank_line(lines: &str, edits: &EditSet) -> Option<EditSet> {
    let mut all = edits.as_slice().to_vec();
    let last = all.last_mut().filter(|last| last.span.end() == lines.len())?;
    if last.span.is_empty() {
        let first = last.text.len() - last.text.trim_start_matches('\n').len();
        last.text.insert(first, '\n');
    } else {
        let before = lines.get(..last.span.start())?;
        let is_blank = before.ends_with("\n\n");
        last.span = Span::new(last.span.start() - usize::from(is_blank), last.span.end());
    }
    EditSet::new(all).ok()
}

/// The same edits, where lines behind each other go at once.
fn joined(edits: EditSet) -> EditSet {
    let mut all: Vec<Edit> = Vec::new();
    for edit in edits.as_slice() {
        match all.last_mut().filter(|last| last.span.end() == edit.span.start() && last.text.is_empty()) {
            Some(last) if edit.text.is_empty() => last.span = Span::new(last.span.start(), edit.span.end()),
            _ => all.push(edit.clone()),
        }
    }
    EditSet::new(all).unwrap_or(edits)
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
