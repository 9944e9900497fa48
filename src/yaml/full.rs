//! The full parser: the events of granit become a [`Tree`], with exact ends for block nodes, which no parser reports,
//! and a place for each error.

use std::borrow::Cow;
use std::fmt;

use granit_parser::{
    ErrorKind, Event, Parser, ScalarStyle as Style, ScanError, Span as ParserSpan, StructureStyle, options,
};

use super::quotes::Padded;
use super::scalar::{TAG_BINARY, decode_binary};
use super::scan::behind_byte_order_mark;
use super::tree::{Anchor, BYTES_PER_NODE, HeldKind, HeldNode, Keep, Mark, NodeId, Props, ScalarStyle, Tree};
use super::{Position, Source, Span};

/// Text that is not YAML, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The parser's message, in lower case.
    pub message: String,
    /// Its position, in bytes.
    pub offset: usize,
    /// The same as line and column.
    pub position: Position,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.message, self.position)
    }
}

impl std::error::Error for SyntaxError {}

/// Parses the documents in `span`, with the parser that knows all of YAML.
///
/// # Errors
///
/// The first place that is not YAML, or that has an alias without an anchor.
pub(super) fn parse_fully<'s>(source: Source<'s>, span: Span, keep: Keep<'_>) -> Result<Tree<'s>, SyntaxError> {
    let base = span.start() + behind_byte_order_mark(source.slice(span));
    let text = source.slice(Span::new(base, span.end()));
    let builder = || Builder::new(source, base, span, keep);
    let error = match builder().read(text, None, |text| text) {
        Ok(builder) => return Ok(builder.tree),
        Err(error) => error,
    };
    if matches!(error.kind(), ErrorKind::InvalidQuotedScalarIndent | ErrorKind::TabInIndentation)
        && let Some(padded) = Padded::new(text)
        && let Ok(builder) = builder().read(&padded.text, Some(&padded), |text| text.into_owned().into())
        && builder.pads_seen == padded.count()
    {
        return Ok(builder.tree);
    }
    Err(syntax_error(source, base, text, &error))
}

fn syntax_error(source: Source<'_>, base: usize, text: &str, error: &ScanError) -> SyntaxError {
    let limit = |what: &str| format!("{what} (this tool reads at most 255 levels: split what is inside)");
    let message = match error.kind() {
        ErrorKind::RecursionLimitExceeded => limit("too many collections stand inside one another"),
        ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation => {
            "a tab is not valid indentation (use spaces)".to_owned()
        }
        _ => error.info(),
    };
    let offset = base + error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let offset = (base..=offset).rev().find(|at| source.text().is_char_boundary(*at)).unwrap_or(base);
    SyntaxError { message, offset, position: source.position(offset) }
}

/// This many nodes are always allowed, and beyond them one for every four bytes. Memory is then at most about twenty
/// times the input.
const MOST_NODES: usize = 1_000_000;
const LEAST_BYTES_PER_NODE: usize = 4;
const TOO_MANY: &str =
    "more than a million values, most of them almost empty (split the input at its document markers)";

/// A collection whose end has not been seen.
struct Open {
    id: NodeId,
    is_sequence: bool,
    is_flow: bool,
    /// The key that waits for its value.
    key: Option<NodeId>,
    /// How many entries the collections around it have so far.
    outer_entries: usize,
    /// What the tree held before its content.
    before: Mark,
}

struct Builder<'s, 'k> {
    tree: Tree<'s>,
    base: usize,
    /// The text that the parser reads, where it is not the source's own.
    padded: Option<&'k Padded>,
    /// How many pads were seen in quoted scalars.
    pads_seen: usize,
    open: Vec<Open>,
    /// The entries of all open collections, those of the innermost one last. An item is its own key here.
    entries: Vec<(NodeId, NodeId)>,
    /// The node of each anchor, by the parser's numbers, which count from 1.
    anchors: Vec<NodeId>,
    /// Where the last token that was seen ends: block scalar headers are looked for from here.
    token_end: usize,
    /// The node that a following anchor event speaks of.
    last: Option<NodeId>,
    keep: Keep<'k>,
}

impl<'s, 'k> Builder<'s, 'k> {
    fn new(source: Source<'s>, base: usize, span: Span, keep: Keep<'k>) -> Self {
        Self {
            tree: Tree::with_room(source, span, (span.end() - base) / BYTES_PER_NODE),
            base,
            padded: None,
            pads_seen: 0,
            open: Vec::new(),
            entries: Vec::new(),
            anchors: Vec::new(),
            token_end: base,
            last: None,
            keep,
        }
    }

    /// Reads the source's own text, or what stands for it.
    fn read<'e>(
        mut self,
        text: &'e str,
        padded: Option<&'k Padded>,
        keep: impl Fn(Cow<'e, str>) -> Cow<'s, str>,
    ) -> Result<Self, ScanError> {
        self.padded = padded;
        // The parser's simple keys are limited as in the specification; deep nesting ends in an error, not in a full
        // stack.
        for event in Parser::new_from_str_with_options(text, options! { emit_anchor_events: true }) {
            let (event, at) = event?;
            if self.tree.nodes.len() > MOST_NODES.max(text.len() / LEAST_BYTES_PER_NODE) {
                return Err(ScanError::new(at.start, TOO_MANY));
            }
            self.event(event, at, &keep);
        }
        Ok(self)
    }

    /// The place in the source of an offset that the parser reports.
    fn place(&self, offset: usize) -> usize {
        self.base + self.padded.map_or(offset, |padded| padded.original(offset))
    }

    fn event<'e>(&mut self, event: Event<'e>, at: ParserSpan, keep: &impl Fn(Cow<'e, str>) -> Cow<'s, str>) {
        let range = at.byte_range().unwrap_or(0..0);
        let span = Span::new(self.place(range.start), self.place(range.end.max(range.start)));
        let tag = event.tag().map(|tag| format!("{}{}", tag.handle(), tag.suffix()));
        let tag_start = at.tag_start().and_then(|mark| mark.byte_offset()).map(|offset| self.place(offset));
        match event {
            Event::Scalar(text, style, _, _) => {
                let text = keep(text);
                if let (Style::SingleQuoted | Style::DoubleQuoted, Some(padded)) = (style, self.padded) {
                    let offset = |at: usize| at - self.base;
                    self.pads_seen += padded.count_between(offset(span.start()), offset(span.end()));
                }
                let (span, style, text) = match style {
                    Style::Literal | Style::Folded => self.block_scalar(span, style, text, tag_start),
                    Style::SingleQuoted => (span, ScalarStyle::SingleQuoted, text),
                    Style::DoubleQuoted => (span, ScalarStyle::DoubleQuoted, text),
                    // The parser reports a value that is not there as `~`.
                    _ if span.is_empty() => (span, ScalarStyle::Plain, "".into()),
                    _ => (span, ScalarStyle::Plain, text),
                };
                self.token_end = span.end();
                let binary = tag.as_deref().filter(|tag| *tag == TAG_BINARY).and_then(|_| decode_binary(&text));
                let text = binary.map_or(text, Cow::Owned);
                self.add(HeldKind::Scalar { style, text }, span, tag, tag_start);
            }
            Event::MappingStart(style, ..) => {
                self.start(false, style == StructureStyle::Flow, span, tag, tag_start);
            }
            Event::SequenceStart(style, ..) => {
                let flow = style == StructureStyle::Flow;
                let span = if self.open.last().is_some_and(|open| !open.is_sequence) && !flow {
                    // The parser reports where the first item of a sequence at the column of its key starts, not its
                    // dash.
                    let dash = find_indicator(self.tree.source, self.token_end, span.start(), b"-");
                    Span::new(dash, dash)
                } else {
                    span
                };
                self.start(true, flow, span, tag, tag_start);
            }
            Event::MappingEnd | Event::SequenceEnd => self.end(span),
            Event::Alias(anchor) => {
                let target = anchor.checked_sub(1).and_then(|at| self.anchors.get(at)).copied();
                self.token_end = span.end();
                // An alias inside of the node that it stands for would make reading endless: it reads as nothing.
                let target = target.filter(|target| self.open.iter().all(|open| open.id != *target));
                match target {
                    Some(target) => {
                        self.refer(target);
                        self.add(HeldKind::Alias(target), span, None, None)
                    }
                    None => self.add(HeldKind::Pruned, span, None, None),
                };
            }
            Event::Anchor(_, name) => self.anchor(name.into_owned(), span),
            _ => {}
        }
    }

    /// Adds a node below the innermost open collection.
    fn add(&mut self, kind: HeldKind<'s>, span: Span, tag: Option<String>, tag_start: Option<usize>) -> NodeId {
        let id = NodeId(self.tree.nodes.len() as u32);
        let start = tag_start.map_or(span.start, |at| at as u32);
        let props = tag.map(|tag| Box::new(Props { start, anchor: None, tag: Some(tag) }));
        self.tree.nodes.push(HeldNode { kind, span, props });
        self.attach(id);
        self.last = Some(id);
        id
    }

    fn attach(&mut self, id: NodeId) {
        let Some(open) = self.open.last_mut() else { return self.tree.roots.push(id) };
        match open.key.take() {
            _ if open.is_sequence => self.entries.push((id, id)),
            Some(key) => self.entries.push((key, id)),
            None => open.key = Some(id),
        }
    }

    fn start(&mut self, is_sequence: bool, is_flow: bool, span: Span, tag: Option<String>, tag_start: Option<usize>) {
        self.token_end = span.end();
        let id = self.add(HeldKind::Pruned, span, tag, tag_start);
        let (outer_entries, before) = (self.entries.len(), self.tree.mark());
        self.open.push(Open { id, is_sequence, is_flow, key: None, outer_entries, before });
    }

    fn end(&mut self, close: Span) {
        let Some(Open { id, is_sequence, is_flow, outer_entries, before, .. }) = self.open.pop() else { return };
        self.last = None;
        let entries = self.entries.get(outer_entries..).unwrap_or_default();
        let end = if is_flow {
            self.token_end = close.end();
            Some(close.end)
        } else {
            entries.last().map(|(_, value)| self.tree.node(*value).span.end)
        };
        self.tree.fill(id, is_sequence, is_flow, entries);
        self.entries.truncate(outer_entries);
        if let Some(HeldNode { span, .. }) = self.tree.nodes.get_mut(id.0 as usize) {
            span.end = end.unwrap_or(span.start).max(span.start);
        }
        self.prune(id, before);
    }

    /// Forgets the content of an item of a root sequence that nobody wants.
    fn prune(&mut self, id: NodeId, before: Mark) {
        let [root, list] = self.open.as_slice() else { return };
        let is_listed = |(key, value): &(NodeId, NodeId)| *value == list.id && self.tree.is_key(*key, self.keep.list);
        let of_root = self.entries.get(root.outer_entries..list.outer_entries).and_then(<[_]>::last);
        let is_item = !root.is_sequence && of_root.is_some_and(is_listed);
        // An alias behind the item may need what an anchor in it stands for. Anchors come in the order of their nodes.
        let has_anchor = self.anchors.last().is_some_and(|anchor| *anchor >= id);
        if is_item && !has_anchor && !(self.keep.is_wanted)(&self.tree, id, self.tree.text(id)) {
            self.tree.prune(id, before);
        }
    }

    fn anchor(&mut self, name: String, token: Span) {
        let Some(id) = self.last else { return };
        self.anchors.push(id);
        let Some(node) = self.tree.nodes.get_mut(id.0 as usize) else { return };
        let anchor = Anchor { name, referred: false };
        match &mut node.props {
            Some(props) => {
                props.start = props.start.min(token.start);
                props.anchor = Some(anchor);
            }
            None => node.props = Some(Box::new(Props { start: token.start, anchor: Some(anchor), tag: None })),
        }
    }

    /// Notes that an alias refers to the anchor of `target`.
    fn refer(&mut self, target: NodeId) {
        let props = self.tree.nodes.get_mut(target.0 as usize).and_then(|node| node.props.as_mut());
        if let Some(anchor) = props.and_then(|props| props.anchor.as_mut()) {
            anchor.referred = true;
        }
    }

    /// The exact span of a block scalar. The parser reports its content up to the next token.
    fn block_scalar(
        &self,
        span: Span,
        style: Style,
        text: Cow<'s, str>,
        tag_start: Option<usize>,
    ) -> (Span, ScalarStyle, Cow<'s, str>) {
        let source = self.tree.source;
        let header = find_indicator(source, self.token_end.max(tag_start.unwrap_or(0)), span.start(), b"|>");
        let header_end = source.line_end(header);
        let keeps = source
            .text()
            .get(header..header_end)
            .is_some_and(|header| header.split([' ', '\t']).next().is_some_and(|indicators| indicators.contains('+')));
        let content = source.text().get(span.start()..span.end()).unwrap_or_default();
        let end = if text.is_empty() {
            // Nothing but blank lines, which stay behind the header line.
            header + source.text().get(header..header_end).map_or(0, |line| line.trim_end_matches('\r').len())
        } else if text.bytes().all(|b| b == b'\n') {
            // All of its lines are blank, and kept: no content shows where it starts.
            let end = (0..text.len()).fold(header_end, |at, _| source.line_end((at + 1).min(source.text().len())));
            source.text().get(..end).map_or(end, |head| head.trim_end_matches('\r').len())
        } else if keeps {
            // Behind the last line break stand the spaces before the next token, or, at the end of the text, content.
            let (lines, rest) = content.rsplit_once('\n').unwrap_or((content, ""));
            let kept = if rest.trim_start_matches(' ').is_empty() { lines } else { content };
            span.start() + kept.trim_end_matches('\r').len()
        } else {
            let indent = span.start() - source.line_start(span.start());
            span.start() + trim_blank_lines(content, indent).len()
        };
        let start = span.start;
        let style = if style == Style::Literal { ScalarStyle::Literal(start) } else { ScalarStyle::Folded(start) };
        (Span::new(header, end.max(header)), style, text)
    }
}

/// The first of some indicators between the end of a token and the content they introduce; the content itself where
/// there is none. Comments, anchors, tags and document markers in between may hold any character.
fn find_indicator(source: Source<'_>, from: usize, content: usize, indicators: &[u8]) -> usize {
    let bytes = source.bytes();
    let is_space = |at: usize| matches!(bytes.get(at), None | Some(b' ' | b'\t' | b'\n' | b'\r'));
    let token_end = |at: usize| (at..content).find(|at| is_space(*at)).unwrap_or(content);
    let mut at = from;
    while at < content {
        let line_starts = at == 0 || bytes.get(at - 1) == Some(&b'\n');
        match bytes.get(at) {
            Some(b'#') if at == 0 || is_space(at - 1) => at = source.line_end(at),
            Some(b'%') if line_starts => at = source.line_end(at),
            Some(b'-') if line_starts && bytes.get(at..at + 3) == Some(b"---") && is_space(at + 3) => at += 3,
            Some(b'!' | b'&') => at = token_end(at),
            Some(byte) if indicators.contains(byte) => return at,
            _ => at += 1,
        }
    }
    content
}

/// Block scalar content without the lines behind it that hold no more than its indentation, and without the last line
/// break.
fn trim_blank_lines(mut content: &str, indent: usize) -> &str {
    loop {
        let (head, last) = content.rsplit_once('\n').unwrap_or(("", content));
        let blank = last.trim_end_matches('\r');
        if head.is_empty() || blank.len() > indent || blank.bytes().any(|b| b != b' ') {
            return content.trim_end_matches('\r');
        }
        content = head;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Tree<'_>, SyntaxError> {
        let source = Source::embedded(text);
        parse_fully(source, source.whole(), Keep::ALL)
    }

    #[test]
    fn a_text_of_nothing_but_dashes_is_an_error() {
        let error = read(&"-\n".repeat(MOST_NODES + 10)).unwrap_err();
        assert_eq!(error.message, TOO_MANY);
        assert!(read(&"-\n".repeat(10_000)).is_ok());
    }
}
