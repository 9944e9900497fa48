//! Quoted scalars whose next lines start at the column of their key, or left of it.
//!
//! YAML 1.2 forbids them (section 7.4, `s-flow-line-prefix(n)`), and so does the parser here; libyaml and go-yaml, and
//! so kubectl, read them. The parser gets a text in which those lines are indented further. Leading white space on such
//! a line means nothing, so the value is the same. Whether only such lines were indented is checked against what the
//! parser then reports.

use super::scan::is_marker;

/// A text with white space put in at the start of some lines.
pub(super) struct Padded {
    /// The text.
    pub text: String,
    pads: Vec<Pad>,
}

/// White space that was put in.
struct Pad {
    /// Where, in the original text.
    at: usize,
    /// Where it ends, in the padded text.
    end: usize,
}

impl Padded {
    /// Indents what looks like a further line of a quoted scalar. `None` where no line does, and where the
    /// text would come to more than about twice its length.
    pub(super) fn new(text: &str) -> Option<Self> {
        let mut reader = QuoteReader { text, at: 0, line_start: 0, flow: 0, block: None, lines: Vec::new() };
        reader.read()?;
        let lines = reader.lines;
        let total: usize = lines.iter().map(|(_, width)| width).sum();
        if lines.is_empty() || total > text.len() + 4096 {
            return None;
        }
        let mut padded =
            Self { text: String::with_capacity(text.len() + total), pads: Vec::with_capacity(lines.len()) };
        let mut copied = 0;
        for (at, width) in lines {
            padded.text.push_str(text.get(copied..at)?);
            padded.text.extend(std::iter::repeat_n(' ', width));
            padded.pads.push(Pad { at, end: padded.text.len() });
            copied = at;
        }
        padded.text.push_str(text.get(copied..)?);
        Some(padded)
    }

    /// The offset in the original text of an offset in the padded one.
    pub(super) fn original(&self, offset: usize) -> usize {
        let before = self.pads.partition_point(|pad| pad.end <= offset);
        let last = before.checked_sub(1).and_then(|last| self.pads.get(last));
        let original = last.map_or(offset, |pad| pad.at + (offset - pad.end));
        // An offset within a pad is that of the line it was put before.
        self.pads.get(before).map_or(original, |next| original.min(next.at))
    }

    /// How many pads stand between two offsets of the original text.
    pub(super) fn count_between(&self, start: usize, end: usize) -> usize {
        let before = |offset| self.pads.partition_point(|pad| pad.at <= offset);
        before(end).saturating_sub(before(start))
    }

    /// How many pads there are.
    pub(super) fn count(&self) -> usize {
        self.pads.len()
    }
}

/// Finds quoted scalars by the shape of lines, without knowing what they are part of.
struct QuoteReader<'s> {
    text: &'s str,
    at: usize,
    line_start: usize,
    /// How many flow collections are open.
    flow: usize,
    /// The column of the innermost key or dash so far; content of a block scalar is indented further.
    block: Option<usize>,
    /// The starts of lines that are to be indented, and by how much.
    lines: Vec<(usize, usize)>,
}

impl QuoteReader<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn is_space(&self, at: usize) -> bool {
        matches!(self.byte(at), None | Some(b' ' | b'\t' | b'\r' | b'\n'))
    }

    /// Reads all of it; `None` where a document marker stands in quotes.
    fn read(&mut self) -> Option<()> {
        // Where the last key or value on the line starts.
        let mut token = 0;
        while let Some(byte) = self.byte(self.at) {
            let spaced = self.is_space(self.at + 1);
            match byte {
                b'\n' => self.next_line(),
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'#' if self.at == 0 || self.is_space(self.at - 1) => self.skip_line(),
                b'-' | b'?' if spaced && self.flow == 0 => {
                    self.block = Some(self.at - self.line_start);
                    self.at += 1;
                }
                b':' if spaced || self.flow > 0 => {
                    let key = if token < self.line_start { self.at } else { token };
                    if self.flow == 0 {
                        self.block = Some(key - self.line_start);
                    }
                    self.at += 1;
                }
                b'&' | b'!' => {
                    while !self.is_space(self.at) {
                        self.at += 1;
                    }
                }
                b'\'' | b'"' => {
                    token = self.at;
                    self.quoted(byte)?;
                }
                b'|' | b'>' if self.flow == 0 => self.skip_block_scalar(),
                b'{' | b'[' | b'}' | b']' | b',' => {
                    self.flow = match byte {
                        b'{' | b'[' => self.flow + 1,
                        b',' => self.flow,
                        _ => self.flow.saturating_sub(1),
                    };
                    self.at += 1;
                }
                _ => {
                    token = self.at;
                    self.skip_plain();
                }
            }
        }
        Some(())
    }

    fn next_line(&mut self) {
        self.at += 1;
        self.line_start = self.at;
    }

    fn skip_line(&mut self) {
        while self.byte(self.at).is_some_and(|byte| byte != b'\n') {
            self.at += 1;
        }
    }

    /// Skips the part of a plain scalar that is on this line.
    fn skip_plain(&mut self) {
        self.at += 1;
        while let Some(byte) = self.byte(self.at) {
            let ends = match byte {
                b'\n' => true,
                b':' => self.is_space(self.at + 1) || self.flow > 0,
                b'#' => self.is_space(self.at - 1),
                b',' | b'[' | b']' | b'{' | b'}' => self.flow > 0,
                _ => false,
            };
            if ends {
                return;
            }
            self.at += 1;
        }
    }

    /// Skips a block scalar: its header, and all lines that are blank or indented further than what holds it.
    fn skip_block_scalar(&mut self) {
        let is_inside = |column: usize| self.block.is_none_or(|block| column > block);
        let mut end = self.at;
        loop {
            end += self.text.get(end..).and_then(|rest| rest.find('\n')).map_or(self.text.len() - end, |at| at + 1);
            let rest = self.text.get(end..).unwrap_or_default();
            let content = rest.trim_start_matches(' ');
            let is_blank = content.starts_with(['\n', '\r']);
            if rest.is_empty() || !is_blank && !is_inside(rest.len() - content.len()) {
                break;
            }
        }
        (self.at, self.line_start) = (end, end);
    }

    /// Reads a quoted scalar to behind its closing quote.
    fn quoted(&mut self, quote: u8) -> Option<()> {
        let column = self.at - self.line_start;
        self.at += 1;
        while let Some(byte) = self.byte(self.at) {
            match byte {
                b'\\' if quote == b'"' && self.byte(self.at + 1) != Some(b'\n') => self.at += 2,
                b'\'' if quote == byte && self.byte(self.at + 1) == Some(b'\'') => self.at += 2,
                _ if byte == quote => {
                    self.at += 1;
                    return Some(());
                }
                b'\n' => {
                    self.next_line();
                    let rest = self.text.get(self.at..)?;
                    let line = rest.split('\n').next().unwrap_or_default();
                    if is_marker(line, "---") || is_marker(line, "...") {
                        return None;
                    }
                    let indent = line.len() - line.trim_start_matches(' ').len();
                    if indent <= column && self.flow == 0 && !line.trim().is_empty() {
                        self.lines.push((self.at, column + 1 - indent));
                    }
                }
                _ => self.at += 1,
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use crate::yaml::tree::HeldKind;
    use crate::yaml::{ScalarStyle, Source, Tree, parse_all};

    /// The quoted scalars of a text, each with what it is and what the text has at its span.
    fn quoted(text: &str) -> Option<Vec<(String, String)>> {
        let tree: Tree<'_> = parse_all(Source::embedded(text)).ok()?;
        let is_quoted = |style| matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
        let found = tree.nodes.iter().filter_map(|node| match &node.kind {
            HeldKind::Scalar { style, text } if is_quoted(*style) => {
                Some((text.to_string(), tree.source.slice(node.span).to_owned()))
            }
            _ => None,
        });
        Some(found.collect())
    }

    #[test]
    fn lines_at_or_left_of_their_key_are_read() {
        for (text, value, raw) in [
            ("a: 'b\nc'\n", "b c", "'b\nc'"),
            ("- a: \"b\n  c\"\n- 'd'\n", "b c", "\"b\n  c\""),
            ("a:\n  b:\n    c: 'd\n\n\n  e\n   f'\ng: h\n", "d\n\ne f", "'d\n\n\n  e\n   f'"),
            ("a:\n  b: \"c \\\n d\\\" e\r\n f\"\n", "c d\" e f", "\"c \\\n d\\\" e\r\n f\""),
            ("a: # it's\n  b: it's\n  c: |\n    'x\n  d: 'it''s\n # no\n x'\n", "it's # no x", "'it''s\n # no\n x'"),
            ("- - a\n  - &x !!str 'b\n  c'\n", "b c", "'b\n  c'"),
            ("a: 'b\n\tc'\n", "b c", "'b\n\tc'"),
            ("x: {a: 'b', c: [\"d\"]}\ny:\n  z: 'e\n  f'\n", "e f", "'e\n  f'"),
        ] {
            let found = quoted(text).unwrap_or_else(|| panic!("{text}"));
            assert!(found.contains(&(value.to_owned(), raw.to_owned())), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_libyaml_rejects_is_rejected() {
        for text in ["a: 'b\nc\n", "a: 'b\n--- c'\n", "a:\n  b: 'c\n... d'\n", "a: 'b\nc': d\n", "a: 'b\nc'\n  d\n"] {
            assert_eq!(quoted(text), None, "{text}");
        }
    }

    #[test]
    fn errors_and_places_are_those_of_the_text_itself() {
        let text = "a: 'b\nc'\nd: ]\n";
        assert_eq!(parse_all(Source::embedded(text)).unwrap_err().position.line, 2);
        let text = "k:\n  a: 'b\n  c'\n  d: |\n    e\n  f:\n  - g\n";
        let tree = parse_all(Source::embedded(text)).unwrap();
        let all: Vec<_> = tree.nodes.iter().map(|node| tree.source.slice(node.span)).collect();
        assert!(all.contains(&"|\n    e") && all.contains(&"- g") && all.contains(&"f"), "{all:?}");
    }
}
