//! Scalars: quoted ones, plain ones over several lines, literal and folded ones.

use super::line::{DocumentText, PlainLine, ReadText, Stop};
use super::{BlockReader, Cow, HeldKind, ScalarStyle, Span};

/// A scalar that was read, and is not yet a node.
pub(super) struct FoundScalar<'s> {
    pub style: ScalarStyle,
    pub text: Cow<'s, str>,
    pub start: usize,
    pub end: usize,
    /// Only such a scalar can be a key.
    pub is_one_line: bool,
}

impl<'s> BlockReader<'s, '_> {
    /// Reads a quoted scalar. Its further lines are behind the column `margin`; without one, it must end on its line.
    pub(super) fn quoted(&self, start: usize, margin: Option<usize>) -> Option<FoundScalar<'s>> {
        let (lines, quote) = (self.lines, self.lines.byte(start));
        let (mut at, mut seen, mut is_one_line) = (start + 1, 0, true);
        let mut text = ReadText::new(lines, at);
        loop {
            match lines.byte(at) {
                byte if byte == quote && (quote == b'"' || lines.byte(at + 1) != quote) => break,
                b'\'' if quote == b'\'' => {
                    text.replace(at, "'".chars(), at + 2)?;
                    at += 2;
                }
                b'\\' if quote == b'"' && lines.byte(at + 1) == b'\n' => {
                    let (blank, next) = lines.folded(at + 1, margin?)?;
                    if blank > 0 {
                        return None;
                    }
                    text.replace(at, "".chars(), next)?;
                    (at, is_one_line) = (next, false);
                }
                b'\\' if quote == b'"' => {
                    text.replace(at, escaped(lines.byte(at + 1))?.chars(), at + 2)?;
                    at += 2;
                }
                b'\n' => {
                    let (blank, next) = lines.folded(at, margin?)?;
                    let end = text.written_end(at)?;
                    text.replace(end, line_break(blank), next)?;
                    (at, is_one_line) = (next, false);
                }
                _ => {
                    seen |= lines.text_class(at)?;
                    at += 1;
                }
            }
        }
        let style = if quote == b'"' { ScalarStyle::DoubleQuoted } else { ScalarStyle::SingleQuoted };
        let text = text.up_to(at)?;
        lines.reads_alike(seen, start, at).then_some(FoundScalar { style, text, start, end: at + 1, is_one_line })
    }

    /// Takes a plain scalar, whose first line was read, with the lines that go on with it.
    pub(super) fn plain_value(&mut self, start: usize, mut line: PlainLine, margin: usize) -> Option<usize> {
        let lines = self.lines;
        let mut text = ReadText::new(lines, start);
        while line.stop == Stop::Line
            && let Some((blank, next)) = lines.folded(line.line_end, margin)
            && lines.byte(next) != b'#'
        {
            let following = lines.plain(next).filter(|line| line.stop != Stop::Colon)?;
            text.replace(line.end, line_break(blank), next)?;
            line = following;
        }
        let found = FoundScalar {
            style: ScalarStyle::Plain,
            text: text.up_to(line.end)?,
            start,
            end: line.end,
            is_one_line: false,
        };
        let id = self.scalar(found)?;
        self.attach(id)?;
        Some(line.line_end + 1)
    }

    /// Takes a literal or folded scalar.
    pub(super) fn block_scalar(&mut self, header: usize, margin: usize) -> Option<usize> {
        let is_folded = self.lines.byte(header) == b'>';
        let (mut text, mut is_even) = (String::new(), false);
        let found = self.lines.block_lines(header, margin, |mut breaks, line| {
            let was_even = std::mem::replace(&mut is_even, !line.starts_with([' ', '\t']));
            if is_folded && was_even && is_even {
                if breaks == 1 {
                    text.push(' ');
                }
                breaks -= 1;
            }
            text.extend(std::iter::repeat_n('\n', breaks));
            text.push_str(line);
        })?;
        if !found.strips {
            text.push('\n');
        }
        let content = found.content as u32;
        let style = if is_folded { ScalarStyle::Folded(content) } else { ScalarStyle::Literal(content) };
        let id = self.push(HeldKind::Scalar { style, text: Cow::Owned(text) }, Span::new(header, found.end))?;
        self.attach(id)?;
        Some(found.next)
    }
}

/// Where a literal or folded scalar stands.
pub(super) struct BlockLines {
    /// Where its first line begins, behind the indentation.
    content: usize,
    /// The last line break is not a part of it.
    strips: bool,
    pub end: usize,
    /// The start of the line behind it.
    pub next: usize,
}

impl DocumentText<'_> {
    /// Reads the lines of a literal or folded scalar. They are indented as the first one is, which must show that.
    /// `take` gets each, with the number of line breaks before it.
    pub(super) fn block_lines(
        self,
        header: usize,
        margin: usize,
        mut take: impl FnMut(usize, &str),
    ) -> Option<BlockLines> {
        let strips = self.byte(header + 1) == b'-';
        let first = self.next_behind(header + 1 + usize::from(strips))?;
        let content = self.behind_spaces(first);
        let indent = content - first;
        if indent <= margin || matches!(self.byte(content), b'\n' | b'\t') {
            return None;
        }
        let (mut end, mut line, mut breaks) = (content, first, 0);
        while line < self.end() {
            let start = self.behind_spaces(line).min(line + indent);
            if self.byte(start) == b'\n' {
                (breaks, line) = (breaks + 1, start + 1);
                continue;
            }
            // Readers differ in what text between the two columns is.
            match start - line {
                column if column == indent => {}
                column if column > margin => return None,
                _ => break,
            }
            let line_end = self.printable_end(start, true).filter(|end| *end < self.end())?;
            let written = self.slice(start, line_end)?;
            // Lines of nothing but spaces are content here, if they are long enough: rare.
            if written.trim_start_matches(' ').is_empty() {
                return None;
            }
            take(breaks, written);
            (end, line, breaks) = (line_end, line_end + 1, 1);
        }
        Some(BlockLines { content, strips, end, next: line })
    }

    /// The next line with content, behind the line that ends at `end`, if it is further right than `margin`: how many
    /// blank lines stand before it, and its first character.
    fn folded(self, end: usize, margin: usize) -> Option<(usize, usize)> {
        let (mut blank, mut line) = (0, end + 1);
        while line < self.end() {
            let at = self.behind_spaces(line);
            if self.byte(at) != b'\n' {
                return (at - line > margin).then_some((blank, at));
            }
            (blank, line) = (blank + 1, at + 1);
        }
        None
    }
}

/// What a line break reads as where lines are folded, with this many blank lines after it.
fn line_break(blank: usize) -> impl Iterator<Item = char> {
    let space = (blank == 0).then_some(' ');
    space.into_iter().chain(std::iter::repeat_n('\n', blank))
}

/// What an escape in double quotes reads as: of those that all readers know, the common ones.
const fn escaped(byte: u8) -> Option<&'static str> {
    Some(match byte {
        b'"' => "\"",
        b'\\' => "\\",
        b'n' => "\n",
        b't' => "\t",
        b'r' => "\r",
        b' ' => " ",
        _ => return None,
    })
}
