//! The lines of a unit, and the columns of its nodes.

use memchr::{memchr, memchr_iter, memrchr};

use super::{NodeId, Tree};

/// Within this many bytes, the start or the end of a line is found without a list of all lines.
const LONG_LINE: usize = 256;

impl Tree<'_> {
    /// The line feeds of what was parsed, and how many of them stand before `offset`.
    fn line_feeds_before(&self, offset: usize) -> (&[u32], usize) {
        let line_feeds = self.line_feeds.get_or_init(|| {
            let text = self.source.slice(self.span).as_bytes();
            memchr_iter(b'\n', text).map(|at| self.span.start + at as u32).collect()
        });
        (line_feeds, line_feeds.partition_point(|at| (*at as usize) < offset))
    }

    /// The last line feed before `offset`, if it is near.
    fn near_line_feed(&self, offset: usize) -> Option<usize> {
        let near = offset.saturating_sub(LONG_LINE).max(self.span.start());
        self.source.bytes().get(near..offset).and_then(|text| memrchr(b'\n', text)).map(|at| near + at)
    }

    /// Whether `offset` is so near to the start that no line feed stands further away than a near one.
    fn is_near_start(&self, offset: usize) -> bool {
        offset <= self.span.start() + LONG_LINE
    }

    /// Where the line that holds `offset` starts. As fast on one endless line as anywhere.
    pub(crate) fn line_start(&self, offset: usize) -> usize {
        if let Some(at) = self.near_line_feed(offset) {
            return at + 1;
        }
        if self.is_near_start(offset) {
            return self.span.start();
        }
        let (line_feeds, before) = self.line_feeds_before(offset);
        let last = before.checked_sub(1).and_then(|last| line_feeds.get(last));
        last.map_or(self.span.start(), |at| *at as usize + 1)
    }

    /// Where the line that holds `offset` ends: the offset of its line feed, or the end of the text.
    pub(crate) fn line_end(&self, offset: usize) -> usize {
        if offset >= self.span.end() {
            return self.source.line_end(offset);
        }
        let near = self.span.end().min(offset + LONG_LINE);
        if let Some(at) = self.source.bytes().get(offset..near).and_then(|near| memchr(b'\n', near)) {
            return offset + at;
        }
        let (line_feeds, before) = self.line_feeds_before(offset);
        line_feeds.get(before).map_or(self.span.end(), |at| *at as usize)
    }

    /// What stands behind a node's start on its line: at most the last `most` bytes of it.
    pub(crate) fn line_tail(&self, id: NodeId, most: usize) -> &str {
        let start = self.node(id).span.start();
        let end = self.line_end(start);
        let text = self.source.text();
        let from = (start.max(end.saturating_sub(most))..=end).find(|at| text.is_char_boundary(*at)).unwrap_or(end);
        text.get(from..end).unwrap_or_default()
    }

    /// The line end that the line before `offset` has; where there is none, that of the first line; else a line feed.
    pub(crate) fn line_break_before(&self, offset: usize) -> &'static str {
        let line_feed = self.near_line_feed(offset).or_else(|| {
            let (line_feeds, before) = self.line_feeds_before(offset);
            let line_feed = before.checked_sub(1).map_or(line_feeds.first(), |last| line_feeds.get(last));
            line_feed.map(|at| *at as usize).or(self.span.start().checked_sub(1))
        });
        let before = line_feed.and_then(|at| at.checked_sub(1));
        match before.and_then(|at| self.source.bytes().get(at)) {
            Some(b'\r') => "\r\n",
            _ => "\n",
        }
    }

    /// Where the line starts that has the dash of an item of a block sequence: the item's own line, or one above it.
    pub(crate) fn item_line(&self, sequence: NodeId, item: NodeId) -> Option<usize> {
        let dash = self.column(sequence);
        let mut line = self.line_start(self.start_with_props(item));
        let first = self.line_start(self.node(sequence).span.start());
        while line > first && self.source.bytes().get(line + dash) != Some(&b'-') {
            line = self.line_start(line - 1);
        }
        (self.source.bytes().get(line + dash) == Some(&b'-')).then_some(line)
    }

    /// The column of a node, in characters of one byte: only white space, dashes and the like stand before block nodes.
    pub(crate) fn column(&self, id: NodeId) -> usize {
        let start = self.held(id).span.start();
        let line_start = self.line_start(start);
        let has_mark = self.source.text().get(line_start..).is_some_and(|line| line.starts_with('\u{FEFF}'));
        let bom = if has_mark { '\u{FEFF}'.len_utf8() } else { 0 };
        start.saturating_sub(line_start + bom)
    }
}

#[cfg(test)]
mod tests {
    use crate::yaml::{Keep, Source, Span, parse, parse_all};

    #[test]
    fn line_breaks_follow_the_line_before() {
        let line_break = |text: &str, at: usize| parse_all(Source::embedded(text)).unwrap().line_break_before(at);
        assert_eq!([0, 3, 5].map(|at| line_break("a\r\nb\nc", at)), ["\r\n", "\r\n", "\n"]);
        assert_eq!(line_break("a", 1), "\n");
    }

    #[test]
    fn lines_of_a_part_are_those_of_the_whole() {
        let source = Source::embedded("a: b\r\n---\r\nc:\n  d\n---\ne: f");
        for span in [source.whole(), Span::new(6, 18), Span::new(18, 26)] {
            let tree = parse(source, span, Keep::ALL).unwrap();
            for at in span.start()..span.end() {
                assert_eq!(tree.line_start(at), source.line_start(at), "{span:?} {at}");
                assert_eq!(tree.line_end(at), source.line_end(at), "{span:?} {at}");
            }
        }
        let last = parse(Source::embedded("a: b\r\n--- {c: d}"), Span::new(6, 16), Keep::ALL).unwrap();
        assert_eq!(last.line_break_before(16), "\r\n");
    }
}
