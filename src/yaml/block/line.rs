//! Bytes and lines, and which characters may stand where.

use memchr::memchr;

use super::Cow;

/// The text up to the end of a document. Behind it stands a line feed for whoever looks there.
#[derive(Clone, Copy)]
pub(super) struct DocumentText<'s> {
    text: &'s str,
}

/// The part of a plain scalar that stands on one line.
#[derive(Clone, Copy)]
pub(super) struct PlainLine {
    /// Behind its last character that is not a space.
    pub end: usize,
    pub stop: Stop,
    /// Where the line ends that it stands on.
    pub line_end: usize,
}

/// What ends a plain scalar on a line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The end of the line: it may go on in the next one.
    Line,
    /// A comment: it can't go on.
    Comment,
    /// A colon before a space or the end of the line: it is a key.
    Colon,
}

/// A control character, a tab and a line feed among them.
const CONTROL: u8 = 1;
/// `:` and `#`, which may end a plain scalar.
const MAY_END: u8 = 2;
/// A plain scalar can't start with it, or with a dash only if no space follows.
const NOT_FIRST: u8 = 4;
/// A part of a character beyond ASCII.
const BEYOND_ASCII: u8 = 8;
/// A plain scalar in brackets may consist of these.
pub(super) const WORD: u8 = 16;
/// See [`may_go_over_lines`].
pub(super) const TELLS: u8 = 32;
/// It may end what is between brackets, or hide what ends it.
pub(super) const CLOSES: u8 = 64;

/// Whether a byte may begin what goes over lines, or a key that is not written like others, or is rare: beyond ASCII,
/// or a control but for the line feed.
#[inline]
pub(super) const fn may_go_over_lines(byte: u8) -> bool {
    (byte == b'"')
        | (byte == b'\'')
        | (byte == b'[')
        | (byte == b'{')
        | (byte == b'|')
        | (byte == b'>')
        | (byte == b'&')
        | (byte == b'?')
        | (byte == 0x7F)
        | (byte.cast_signed() < 0x20) & (byte != b'\n')
}

#[expect(clippy::indexing_slicing, reason = "the table has an entry for every byte, and is made at compile time")]
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut class = 0;
        if byte < 0x20 || byte == 0x7F {
            class |= CONTROL;
        }
        if matches!(byte as u8, b':' | b'#') {
            class |= MAY_END;
        }
        let is_word = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'_' | b'-' | b'.' | b'/' | b'+');
        if is_word {
            class |= WORD;
        }
        let may_be_first = is_word && byte != b'-' as usize || byte >= 0x80;
        if !may_be_first && !matches!(byte as u8, b'$' | b'(' | b')' | b';' | b'\\' | b'^' | b'~') {
            class |= NOT_FIRST;
        }
        if byte >= 0x80 {
            class |= BEYOND_ASCII;
        }
        if may_go_over_lines(byte as u8) {
            class |= TELLS;
        }
        if matches!(byte as u8, b']' | b'}' | b'\\' | b'#') {
            class |= CLOSES;
        }
        classes[byte] = class;
        byte += 1;
    }
    classes
};

#[expect(clippy::indexing_slicing, reason = "the table has an entry for every byte")]
pub(super) const fn class(byte: u8) -> u8 {
    CLASSES[byte as usize]
}

impl<'s> DocumentText<'s> {
    pub(super) const fn new(text: &'s str) -> Self {
        Self { text }
    }

    pub(super) const fn end(self) -> usize {
        self.text.len()
    }

    pub(super) const fn bytes(self) -> &'s [u8] {
        self.text.as_bytes()
    }

    /// The byte at `at`.
    #[inline]
    pub(super) fn byte(self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(b'\n')
    }

    pub(super) fn slice(self, start: usize, end: usize) -> Option<&'s str> {
        self.text.get(start..end)
    }

    /// The first byte from `at` on that is not a space.
    #[inline]
    pub(super) fn behind_spaces(self, mut at: usize) -> usize {
        while self.byte(at) == b' ' {
            at += 1;
        }
        at
    }

    /// Whether a line starts as a document marker does.
    pub(super) fn is_marker(self, start: usize) -> bool {
        matches!(self.text.as_bytes().get(start..start + 3), Some(b"---" | b"..."))
    }

    /// Whether the dash of an item stands at `at`.
    #[inline]
    pub(super) fn is_dash(self, at: usize) -> bool {
        self.byte(at) == b'-' && matches!(self.byte(at + 1), b' ' | b'\n')
    }

    /// Whether the colon of a key stands at `at`.
    pub(super) fn is_colon(self, at: usize) -> bool {
        self.byte(at) == b':' && matches!(self.byte(at + 1), b' ' | b'\n')
    }

    /// Whether a plain scalar may start at `at`.
    pub(super) fn may_be_plain(self, at: usize) -> bool {
        let byte = self.byte(at);
        class(byte) & NOT_FIRST == 0 || byte == b'-' && !self.is_dash(at)
    }

    /// The next line, from the line feed or the comment at `at`.
    pub(super) fn next(self, at: usize) -> Option<usize> {
        if self.byte(at) == b'\n' { Some(at + 1) } else { Some(self.printable_end(at, false)? + 1) }
    }

    /// The next line, where nothing but spaces and a comment stand from `at` on, which is behind a token.
    pub(super) fn next_behind(self, at: usize) -> Option<usize> {
        let behind = self.behind_spaces(at);
        match self.byte(behind) {
            b'\n' => Some(behind + 1),
            b'#' if behind > at => self.next(behind),
            _ => None,
        }
    }

    /// The end of the line that `at` is in. Nothing may stand before it that readers take differently; of the controls,
    /// only tabs, in the text of a block scalar.
    pub(super) fn printable_end(self, at: usize, takes_tabs: bool) -> Option<usize> {
        let rest = self.text.as_bytes().get(at..)?;
        let line = rest.get(..memchr(b'\n', rest).unwrap_or(rest.len()))?;
        let end = at + line.len();
        // Nearly every line has but these.
        if !line.iter().fold(false, |seen, byte| seen | (*byte < 0x20) | (*byte > 0x7E)) {
            return Some(end);
        }
        let seen = line.iter().fold(0, |seen, byte| seen | if takes_tabs && *byte == b'\t' { 0 } else { class(*byte) });
        (seen & CONTROL == 0 && self.reads_alike(seen, at, end)).then_some(end)
    }

    /// Reads a plain scalar as far as it stands on the line.
    #[inline]
    pub(super) fn plain(self, start: usize) -> Option<PlainLine> {
        let (mut at, mut seen) = (start, 0);
        let stop = loop {
            let rest = self.bytes().get(at..)?;
            let length = rest.iter().position(|byte| {
                let class = class(*byte);
                seen |= class;
                class & (CONTROL | MAY_END) != 0
            });
            at += length.unwrap_or(rest.len());
            match self.byte(at) {
                b'\n' => break Stop::Line,
                b':' if matches!(self.byte(at + 1), b' ' | b'\n') => break Stop::Colon,
                b'#' if self.byte(at.wrapping_sub(1)) == b' ' => break Stop::Comment,
                b':' | b'#' => at += 1,
                _ => return None,
            }
        };
        let end = start + self.slice(start, at)?.trim_end_matches(' ').len();
        let line_end = match stop {
            Stop::Line => at,
            Stop::Comment => self.printable_end(at, false)?,
            // A space between key and colon is rare.
            Stop::Colon if end < at => return None,
            Stop::Colon => at,
        };
        self.reads_alike(seen, start, end).then_some(PlainLine { end, stop, line_end })
    }

    /// The end of a plain scalar in brackets; `None` where it may have more than the commonest characters.
    pub(super) fn word_end(self, start: usize) -> Option<usize> {
        let mut end = start;
        while class(self.byte(end)) & WORD != 0 {
            end += 1;
        }
        let is_word = self.byte(start) != b'-' || class(self.byte(start + 1)) & WORD != 0;
        (end > start && is_word && self.byte(start) != b'.').then_some(end)
    }

    /// The class of the byte at `at`, to be added to those that were seen; `None` for controls.
    #[inline]
    pub(super) fn text_class(self, at: usize) -> Option<u8> {
        let class = class(self.byte(at));
        (class & CONTROL == 0).then_some(class)
    }

    /// Whether every reader takes the characters of a text alike, which has bytes of the classes in `seen`.
    #[inline]
    pub(super) fn reads_alike(self, seen: u8, start: usize, end: usize) -> bool {
        seen & BEYOND_ASCII == 0 || self.slice(start, end).is_some_and(|text| !text.chars().any(is_odd))
    }
}

/// A character that YAML 1.1 takes for a line break, or does not allow, or that has a meaning at the start of a text.
fn is_odd(c: char) -> bool {
    matches!(c, '\u{7F}'..='\u{9F}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}

/// The text of a scalar, which is as written until something of it is read otherwise.
pub(super) struct ReadText<'s> {
    lines: DocumentText<'s>,
    read: Option<String>,
    /// From here on, it is as written.
    from: usize,
}

impl<'s> ReadText<'s> {
    pub(super) const fn new(lines: DocumentText<'s>, from: usize) -> Self {
        Self { lines, read: None, from }
    }

    /// What is written up to `at`, without the spaces at its end.
    pub(super) fn written_end(&self, at: usize) -> Option<usize> {
        Some(self.from + self.lines.slice(self.from, at)?.trim_end_matches(' ').len())
    }

    /// What is written up to `end` is followed by `instead`. It goes on, as written, at `from`.
    pub(super) fn replace(&mut self, end: usize, instead: impl Iterator<Item = char>, from: usize) -> Option<()> {
        let written = self.lines.slice(self.from, end)?;
        let read = self.read.get_or_insert_default();
        read.push_str(written);
        read.extend(instead);
        self.from = from;
        Some(())
    }

    /// The whole, if it ends at `end`.
    pub(super) fn up_to(self, end: usize) -> Option<Cow<'s, str>> {
        let written = self.lines.slice(self.from, end)?;
        Some(match self.read {
            None => Cow::Borrowed(written),
            Some(read) => Cow::Owned(read + written),
        })
    }
}
