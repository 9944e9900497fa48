//! The text of one input: valid UTF-8 without NUL, with positions and line ends.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroUsize;

use memchr::{memchr, memchr_iter, memchr3, memchr3_iter, memmem, memrchr};

use crate::parallel;

/// A range of bytes in a [`Source`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// The bytes from `start` up to `end`.
    pub(crate) fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end && end <= Source::LIMIT);
        Self { start: start as u32, end: end as u32 }
    }

    /// The first byte, as an index.
    pub const fn start(self) -> usize {
        self.start as usize
    }

    /// The byte after the last one, as an index.
    pub const fn end(self) -> usize {
        self.end as usize
    }

    /// Whether nothing is in it, as with a value that is not written out.
    pub(crate) const fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// A place in a text as people and editors count it: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Why bytes are not text that can be read as YAML, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodingError {
    /// What is wrong with the bytes.
    pub kind: EncodingErrorKind,
    /// Where it was seen. Columns count bytes here, since what follows is not text.
    pub position: Position,
}

/// Why bytes are not YAML text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EncodingErrorKind {
    /// UTF-16 or UTF-32, by its byte order mark or its zero bytes.
    Utf16,
    /// Not UTF-8.
    NotUtf8,
    /// A NUL character, which YAML does not allow anywhere.
    Nul,
    /// More bytes than positions can hold (4 GiB).
    TooLarge,
}

impl fmt::Display for EncodingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            EncodingErrorKind::Utf16 => "the input is UTF-16 or UTF-32 (convert it to UTF-8)",
            EncodingErrorKind::NotUtf8 => "the input is not valid UTF-8 (convert it to UTF-8)",
            EncodingErrorKind::Nul => "the input has a NUL character (YAML allows none; is it a binary file?)",
            EncodingErrorKind::TooLarge => "the input is larger than 4 GiB (split it at its document markers)",
        })
    }
}

impl std::error::Error for EncodingError {}

/// A thread that has less to do than others takes another part.
const PARTS_PER_THREAD: usize = 8;

/// Bytes that are still near the processor when they are looked at again.
const NEAR: usize = 16_384;

/// One input text. Spans, edits and positions all refer to it; it never changes.
#[derive(Clone, Copy, Debug)]
pub struct Source<'s> {
    text: &'s str,
    /// There is certainly no character in it that some readers take for a line break and others for text.
    is_even: bool,
    /// There may be two opening braces side by side in it.
    has_braces: bool,
    /// How many threads may share what is done for all of it.
    threads: NonZeroUsize,
}

impl<'s> Source<'s> {
    /// The number of bytes that spans can address.
    const LIMIT: usize = u32::MAX as usize;

    /// Takes the bytes of a file or stream as text.
    ///
    /// # Errors
    ///
    /// UTF-16, invalid UTF-8, a NUL character, or more than 4 GiB.
    pub fn new(bytes: &'s [u8]) -> Result<Self, EncodingError> {
        Self::shared(bytes, NonZeroUsize::MIN)
    }

    /// The same, with threads that may share what is done for all of the text.
    ///
    /// # Errors
    ///
    /// Those of [`Source::new`].
    pub(crate) fn shared(bytes: &'s [u8], threads: NonZeroUsize) -> Result<Self, EncodingError> {
        let threads = parallel::worth(threads, bytes.len());
        let fail = |kind, offset| Err(EncodingError { kind, position: byte_position(bytes, offset) });
        if bytes.len() > Self::LIMIT {
            return fail(EncodingErrorKind::TooLarge, 0);
        }
        if matches!(bytes, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, 0, 0xFE, 0xFF, ..]) {
            return fail(EncodingErrorKind::Utf16, 0);
        }
        // A manifest starts with ASCII.
        if matches!(bytes, [0, b, ..] | [b, 0, ..] if b.is_ascii_graphic() || b.is_ascii_whitespace()) {
            return fail(EncodingErrorKind::Utf16, 0);
        }
        let look = || {
            let (mut is_even, mut has_braces) = (true, false);
            for start in (0..bytes.len()).step_by(NEAR) {
                // With the first byte of the next one.
                let part = bytes.get(start..).unwrap_or_default();
                let part = part.get(..=NEAR).unwrap_or(part);
                is_even &= part.is_ascii();
                for at in memchr3_iter(0, b'\r', b'{', part) {
                    match part.get(at..) {
                        Some([b'{', b'{', ..]) => has_braces = true,
                        Some([b'{', ..]) => {}
                        _ => is_even = false,
                    }
                }
            }
            (is_even, has_braces)
        };
        let ((is_even, has_braces), text) = parallel::both(threads, look, || std::str::from_utf8(bytes));
        let text = match text {
            Ok(text) => text,
            Err(error) => return fail(EncodingErrorKind::NotUtf8, error.valid_up_to()),
        };
        let nul = if is_even { None } else { memchr(0, bytes) };
        match nul {
            Some(offset) => fail(EncodingErrorKind::Nul, offset),
            None => Ok(Self { text, is_even, has_braces, threads }),
        }
    }

    /// Takes text that was decoded out of another source.
    pub fn embedded(text: &'s str) -> Self {
        Self { text, is_even: false, has_braces: true, threads: NonZeroUsize::MIN }
    }

    /// The whole text.
    pub const fn text(self) -> &'s str {
        self.text
    }

    /// Whether there may be two opening braces side by side in it, as in templates.
    pub(crate) const fn has_braces(self) -> bool {
        self.has_braces
    }

    /// The same text, if this many threads may share it, however short it is.
    #[cfg(test)]
    pub(crate) fn among(self, threads: usize) -> Self {
        Self { threads: NonZeroUsize::new(threads).unwrap(), ..self }
    }

    /// How many threads may share what is done for all of it.
    pub(crate) const fn threads(self) -> NonZeroUsize {
        self.threads
    }

    /// The text in parts of about the same size, some for each thread. Each starts where a line starts.
    pub(crate) fn parts(self) -> Vec<Span> {
        let count = if self.threads.get() == 1 { 1 } else { self.threads.get() * PARTS_PER_THREAD };
        let mut starts = vec![0];
        for near in (1..count).map(|part| self.text.len() / count * part) {
            // The end of a long line is looked for once.
            if starts.last().is_some_and(|last| near >= *last) {
                starts.push(self.line_end(near) + 1);
            }
        }
        starts.retain(|start| *start < self.text.len().max(1));
        let ends = starts.iter().skip(1).copied().chain([self.text.len()]);
        starts.iter().zip(ends).map(|(start, end)| Span::new(*start, end)).collect()
    }

    /// All of it.
    pub(crate) fn whole(self) -> Span {
        Span::new(0, self.text.len())
    }

    /// The text in `span`; empty where the span is not one of this source.
    pub fn slice(self, span: Span) -> &'s str {
        self.text.get(span.start()..span.end()).unwrap_or_default()
    }

    /// The bytes, for scans.
    pub(crate) const fn bytes(self) -> &'s [u8] {
        self.text.as_bytes()
    }

    /// The line and column of a byte offset. Takes time in proportion to the offset: it is for findings.
    pub fn position(self, offset: usize) -> Position {
        self.positions([offset]).pop().unwrap_or(Position { line: 1, column: 1 })
    }

    /// The line and column of each of many offsets, in about the time that the last of them takes alone.
    pub(crate) fn positions(self, offsets: impl IntoIterator<Item = usize>) -> Vec<Position> {
        let mut offsets: Vec<_> = offsets.into_iter().enumerate().map(|(number, offset)| (offset, number)).collect();
        offsets.sort_unstable();
        let shares: Vec<_> = offsets.chunks(offsets.len().div_ceil(self.threads.get()).max(1)).collect();
        let starts = shares.iter().skip(1).filter_map(|share| Some(self.line_start(share.first()?.0)));
        let starts: Vec<_> = std::iter::once(0).chain(starts).collect();
        let ends = starts.iter().skip(1).copied().chain(starts.last().copied());
        let shares: Vec<_> = shares.into_iter().zip(starts.iter().copied().zip(ends)).collect();
        let found = parallel::map(&shares, self.threads, |(offsets, (start, end))| {
            self.positions_from(*start, offsets.iter().map(|(offset, _)| *offset).chain([*end]))
        });
        let mut before = 0;
        let mut all = vec![Position { line: 1, column: 1 }; offsets.len()];
        for ((share, _), mut positions) in shares.into_iter().zip(found) {
            let end = positions.pop();
            for ((_, number), at) in share.iter().zip(positions) {
                if let Some(place) = all.get_mut(*number) {
                    *place = Position { line: at.line + before, ..at };
                }
            }
            before += end.map_or(0, |end| end.line - 1);
        }
        all
    }

    /// The positions of offsets in order, with lines counted from the one that starts at `start`. The last one may be
    /// before those.
    fn positions_from(self, start: usize, offsets: impl Iterator<Item = usize>) -> Vec<Position> {
        // Line, column and offset of the last one. What stands before it is not looked at again, on long lines neither.
        let (mut line, mut column, mut counted) = (1, 1, start);
        let position = |offset: usize| {
            let between = self.text.get(counted..offset).unwrap_or_default();
            let last = between.rsplit_once('\n').map_or(between, |(_, last)| last);
            if last.len() < between.len() {
                line += memchr_iter(b'\n', between.as_bytes()).count();
                column = 1;
            }
            column += if column == 1 { last.trim_start_matches('\u{FEFF}') } else { last }.chars().count();
            counted = offset.max(counted);
            Position { line, column }
        };
        offsets.map(position).collect()
    }

    /// The last place up to `offset` at which the text can be cut.
    pub(crate) fn boundary(self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        (0..=offset).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0)
    }

    /// Whether the values in this part of the source may contain `text`, which is ASCII. They may if it stands there as
    /// it is, or if there is an escape that could be one of its characters, such as `\x24` for `$`.
    pub(crate) fn may_read(self, span: Span, text: &str) -> bool {
        let bytes = self.slice(span).as_bytes();
        let hides = |at: usize| matches!(bytes.get(at + 1), Some(b'x' | b'u' | b'U' | b'\r' | b'\n'));
        memmem::find(bytes, text.as_bytes()).is_some() || memchr_iter(b'\\', bytes).any(hides)
    }

    /// The text of the line that holds `offset`, without its end.
    pub(crate) fn line_at(self, offset: usize) -> &'s str {
        let start = self.line_start(offset);
        let end = self.line_end(offset);
        self.text.get(start..end).unwrap_or_default().trim_end_matches('\r').trim_start_matches('\u{FEFF}')
    }

    /// Where the line that holds `offset` starts.
    pub(crate) fn line_start(self, offset: usize) -> usize {
        let head = self.bytes().get(..offset).unwrap_or(self.bytes());
        let start = memrchr(b'\n', head).map_or(0, |newline| newline + 1);
        looked_at(head.len() - start);
        start
    }

    /// Where the line that holds `offset` ends: the offset of its line feed, or the end of the text.
    pub(crate) fn line_end(self, offset: usize) -> usize {
        let tail = self.bytes().get(offset..).unwrap_or_default();
        let length = memchr(b'\n', tail).unwrap_or(tail.len());
        looked_at(length);
        offset + length
    }

    /// The first character in `span` that some readers of YAML take for a line break and others for text: NEL, LS
    /// and PS (breaks in YAML 1.1 and so for kubectl, text in 1.2), and a carriage return without line feed
    /// (no break where kubectl cuts documents). `None` in all but the oddest files.
    pub(crate) fn odd_line_break(self, span: Span) -> Option<usize> {
        if self.is_even {
            return None;
        }
        let bytes = self.slice(span).as_bytes();
        // The bytes that they start with: one look finds out that there are none, as in nearly every file.
        let first = memchr3(b'\r', 0xC2, 0xE2, bytes)?;
        let rest = bytes.get(first..).unwrap_or_default();
        let find = |c: &str| memmem::find(rest, c.as_bytes()).map(|at| first + at);
        let odd = ["\u{85}", "\u{2028}", "\u{2029}"].iter().filter_map(|c| find(c)).min();
        let lone = memchr_iter(b'\r', bytes).find(|at| bytes.get(at + 1) != Some(&b'\n'));
        odd.into_iter().chain(lone).min().map(|at| span.start() + at)
    }

    /// The text of `span` with every odd line break made a plain one, as a reader of YAML 1.1 may see it.
    pub(crate) fn with_odd_breaks_plain(self, span: Span) -> Cow<'s, str> {
        let text = self.slice(span);
        if self.odd_line_break(span).is_none() {
            return Cow::Borrowed(text);
        }
        Cow::Owned(text.replace("\r\n", "\n").replace(['\u{85}', '\u{2028}', '\u{2029}', '\r'], "\n"))
    }
}

/// Where `word` stands in a text, looked for at the speed of memory.
pub(crate) fn places_of(word: &'static str, text: &str) -> impl Iterator<Item = usize> {
    memmem::find_iter(text.as_bytes(), word)
}

/// Line and column (in bytes) of an offset into bytes that may not be text.
fn byte_position(bytes: &[u8], offset: usize) -> Position {
    let head = bytes.get(..offset).unwrap_or(bytes);
    let line_start = memrchr(b'\n', head).map_or(0, |newline| newline + 1);
    Position { line: memchr_iter(b'\n', head).count() + 1, column: offset - line_start + 1 }
}

/// Counts bytes that were looked at, for the tests of growth.
#[cfg(test)]
fn looked_at(bytes: usize) {
    super::tree::VISITS.with(|visits| visits.set(visits.get() + bytes as u64));
}

#[cfg(not(test))]
const fn looked_at(_bytes: usize) {}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(bytes: &[u8]) -> Option<(EncodingErrorKind, String)> {
        Source::new(bytes).err().map(|error| (error.kind, error.position.to_string()))
    }

    #[test]
    fn refuses_what_is_no_utf8_text() {
        assert_eq!(kind(b"a: b\n"), None);
        assert_eq!(kind("\u{FEFF}a: \u{e9}\n".as_bytes()), None);
        assert_eq!(kind(b"\xFF\xFEa\0"), Some((EncodingErrorKind::Utf16, "1:1".into())));
        assert_eq!(kind(b"a\0:\0"), Some((EncodingErrorKind::Utf16, "1:1".into())));
        assert_eq!(kind(b"\0a\0:"), Some((EncodingErrorKind::Utf16, "1:1".into())));
        assert_eq!(kind(b"\0\x01"), Some((EncodingErrorKind::Nul, "1:1".into())));
        assert_eq!(kind(b"a: b\nc: \xE9\n"), Some((EncodingErrorKind::NotUtf8, "2:4".into())));
        assert_eq!(kind(b"a: b\nc: d\0\n"), Some((EncodingErrorKind::Nul, "2:5".into())));
    }

    #[test]
    fn positions_count_characters() {
        let source = Source::embedded("\u{FEFF}a: b\n\u{e9}\u{e9}: c\r\nd");
        let at = |needle: char| source.position(source.text().find(needle).unwrap()).to_string();
        assert_eq!(at('a'), "1:1");
        assert_eq!(at('c'), "2:5");
        assert_eq!(at('d'), "3:1");
        let all = source.positions(source.text().char_indices().map(|(at, _)| at));
        assert!(source.text().char_indices().zip(all).all(|((at, _), position)| source.position(at) == position));
        for threads in [2, 3, 50] {
            let offsets = || source.text().char_indices().map(|(at, _)| at);
            assert_eq!(source.among(threads).positions(offsets()), source.positions(offsets()));
            assert_eq!(source.among(threads).positions(offsets().rev()), source.positions(offsets().rev()));
        }
        assert_eq!(source.among(3).positions([]), []);
        assert_eq!(source.line_at(source.text().find('c').unwrap()), "\u{e9}\u{e9}: c");
    }

    #[test]
    fn finds_odd_line_breaks() {
        let odd = |text: &str| Source::embedded(text).odd_line_break(Span::new(0, text.len()));
        assert_eq!(odd("a\r\nb\n"), None);
        assert_eq!(odd("a\rb"), Some(1));
        assert_eq!(odd("a\r"), Some(1));
        assert_eq!(odd("x \u{2028}"), Some(2));
        assert_eq!(odd("\u{e9}\u{85}\r"), Some(2));
    }
}
