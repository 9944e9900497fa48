//! Items that nobody wants, in a list that may be most of an input: they are passed over by their outline.
//!
//! Why that is sound: all keys of an item stand in one column. Each line there must be a bare word with a colon, or a
//! dash. No line of that column, or further left, can be part of a scalar or of brackets that begin further right: what
//! may go over lines is read as such, and must stay behind the column. So the end of the item is where it seems to be,
//! and no key can hide; text that only looks like a key adds a kind, and takes none away. What is inside of values need
//! not be valid YAML: nothing of an item that nobody wants is ever used or edited. A quote or a bracket goes over no
//! lines if it is the first character of the value of a bare key, and the same line ends with what closes it. Words by
//! which an item would be wanted are looked for once its end is known.

use memchr::{memchr, memchr_iter, memrchr};

use super::line::{CLOSES, DocumentText, Stop, TELLS, WORD, class, may_go_over_lines};
use super::{BlockReader, Cow, HeldKind, NodeId, ScalarStyle, Span};

/// The keys that tell whether an item is wanted.
const TELLING: [&str; 2] = ["apiVersion", "kind"];

/// Lines that were passed over.
struct Passed {
    /// Where their content ends; `None` where that is a value that is not written out.
    end: Option<usize>,
    /// The start of the line behind them.
    next: usize,
}

impl<'s> BlockReader<'s, '_> {
    /// Passes over the item whose content starts at `at`, on the line that starts at `start`, and returns the start of
    /// the line behind it. `None` where it is not an item of that list, is wanted, or has to be read to find out.
    pub(super) fn pass_over(&mut self, at: usize, start: usize) -> Option<usize> {
        let [root, list] = self.open.as_slice() else { return None };
        let is_item = !root.is_sequence && !root.is_flow && list.is_sequence && list.waits;
        if !is_item || self.keep.list.is_empty() || !self.tree.is_key(root.key, self.keep.list) {
            return None;
        }
        let (dash, before, entries) = (list.column, self.tree.mark(), self.entries.len());
        let found = self.outlined(at, start, dash);
        self.tree.back_to(before);
        self.entries.truncate(entries);
        self.open.truncate(2);
        self.open.last_mut()?.waits = true;
        let Passed { end, next } = found?;
        let id = self.push(HeldKind::Pruned, Span::new(at, end?))?;
        self.attach(id)?;
        Some(next)
    }

    /// All of an item that nobody wants. Leaves nodes behind.
    fn outlined(&mut self, at: usize, start: usize, dash: usize) -> Option<Passed> {
        let column = at - start;
        let item = self.push(HeldKind::Pruned, Span::new(at, at))?;
        let (mut telling, mut is_told) = (Vec::new(), false);
        let (mut line, mut first) = (start, at);
        loop {
            match first - line {
                // It goes on with the value that tells.
                nested if nested > column && is_told => return None,
                nested if nested > column => {}
                nested if nested < column => return None,
                _ if self.lines.is_dash(first) => is_told = false,
                _ => {
                    let key = self.bare_word(first)?;
                    let colon = first + key.len();
                    is_told = TELLING.contains(&key);
                    if is_told {
                        let at = self.lines.behind_spaces(colon + 1);
                        let value = self.bare_word(at)?;
                        // It may go on with other words.
                        self.lines.next_behind(at + value.len())?;
                        telling.push((self.leaf(key, first)?, self.leaf(value, first)?));
                        self.tree.fill(item, false, false, &telling);
                        if telling.len() == TELLING.len() && (self.keep.is_wanted)(&self.tree, item, "") {
                            return None;
                        }
                    }
                    if !self.lines.is_colon(colon) {
                        return None;
                    }
                }
            }
            let (mut from, mut passed) = (first, self.lines_over(line, first, column)?);
            let behind = if is_told { passed.next } else { self.behind_bare(passed.next, column) };
            if behind > passed.next {
                // Of the bare lines, the last one may be the end of the item.
                let last = behind_line_feed(self.lines.slice(0, behind - 1)?);
                (from, passed) = (last, self.lines_over(last, self.lines.behind_spaces(last), column)?);
            }
            let (next, begin, has_comment) = self.content_behind(passed.next, dash)?;
            (line, first) = (next, begin);
            if line >= self.lines.end() || first - line <= dash {
                // A comment behind a block scalar may be a part of it.
                let end = passed.end.filter(|end| !has_comment && self.ends_in_any_reading(from, *end));
                // What names no kind may be wanted, too, and what has certain words.
                let text = self.lines.slice(at, end?)?;
                return (!(self.keep.is_wanted)(&self.tree, item, text)).then_some(Passed { end, next: line });
            }
        }
    }

    /// Whether the last value of an item ends here, even if it is the rest of a plain scalar that began above: that
    /// would end at a comment, and before white space.
    fn ends_in_any_reading(&self, from: usize, end: usize) -> bool {
        let text = self.lines.slice(from, end).unwrap_or_default();
        let last = behind_line_feed(text);
        last == 0
            || text.get(last..).is_some_and(|line| !line.contains('#') && line.trim_end() == line && !line.is_empty())
    }

    /// The start of the first line from `line` on that is more than a nested line with nothing that may go over lines.
    fn behind_bare(&self, line: usize, column: usize) -> usize {
        let told = match column {
            2 => self.lines.telling::<3>(line),
            4 => self.lines.telling::<5>(line),
            _ => return line,
        };
        self.lines.slice(line, told).map_or(line, |passed| line + behind_line_feed(passed))
    }

    /// The first line with content from `line` on, and where that starts; whether a comment that is further right than
    /// the dash stands before it.
    fn content_behind(&self, mut line: usize, dash: usize) -> Option<(usize, usize, bool)> {
        let mut has_comment = false;
        loop {
            let first = self.lines.behind_spaces(line);
            match self.lines.byte(first) {
                b'\n' if line < self.lines.end() => line = first + 1,
                b'#' => {
                    has_comment |= first - line > dash;
                    line = self.lines.next(first)?;
                }
                _ => return Some((line, first, has_comment)),
            }
        }
    }

    fn leaf(&mut self, text: &'s str, at: usize) -> Option<NodeId> {
        self.push(HeldKind::Scalar { style: ScalarStyle::Plain, text: Cow::Borrowed(text) }, Span::new(at, at))
    }

    /// A bare word, with a space, a colon or the end of the line behind it.
    fn bare_word(&self, at: usize) -> Option<&'s str> {
        let end = self.lines.word_end(at)?;
        if !matches!(self.lines.byte(end), b' ' | b'\n' | b':') {
            return None;
        }
        self.lines.slice(at, end)
    }

    /// Passes over the line with content at `first`, and over the lines of a value that begins on it.
    fn lines_over(&mut self, line: usize, first: usize, column: usize) -> Option<Passed> {
        // Behind this column is all that goes on over lines.
        let (mut at, mut margin) = (first, column);
        loop {
            match self.lines.byte(at) {
                b'\n' | b'#' => return Some(Passed { end: None, next: self.lines.next(at)? }),
                b'-' if self.lines.is_dash(at) => {
                    margin = column.max(at - line);
                    at = self.lines.behind_spaces(at + 1);
                }
                b'"' | b'\'' => {
                    let found = self.quoted(at, Some(margin))?;
                    if !(found.is_one_line && self.lines.is_colon(found.end)) {
                        return Some(Passed { end: Some(found.end), next: self.lines.next_behind(found.end)? });
                    }
                    margin = column.max(at - line);
                    at = self.lines.behind_spaces(found.end + 1);
                }
                b'[' | b'{' => {
                    let (before, first) = (self.tree.mark(), self.tree.nodes.len());
                    let next = self.flow_value(at, Some(margin))?;
                    let end = self.tree.nodes.get(first)?.span.end();
                    self.tree.back_to(before);
                    self.open.last_mut()?.waits = true;
                    return Some(Passed { end: Some(end), next });
                }
                b'|' | b'>' if at > first => {
                    return self.lines.block_passed(at, margin).or_else(|| {
                        let found = self.lines.block_lines(at, margin, |_, _| {})?;
                        Some(Passed { end: Some(found.end), next: found.next })
                    });
                }
                _ if self.lines.may_be_plain(at) => {
                    let text = self.lines.plain(at)?;
                    if text.stop != Stop::Colon {
                        return Some(Passed { end: Some(text.end), next: text.line_end + 1 });
                    }
                    margin = column.max(at - line);
                    at = self.lines.behind_spaces(text.end + 1);
                }
                _ => return None,
            }
        }
    }
}

/// What stands behind the last line feed of a text.
fn behind_line_feed(text: &str) -> usize {
    memrchr(b'\n', text.as_bytes()).map_or(0, |at| at + 1)
}

/// More spaces than those before a block scalar that is passed over.
const DEEPEST: &[u8] = &[b' '; 64];

/// How many bytes are looked at together.
const BLOCK: usize = 32;
/// And how many behind them, which the spaces at the start of a line may be.
const BEHIND: usize = 8;

impl DocumentText<'_> {
    /// Passes over a block scalar. `None` where it has to be read line by line, to find its end or its faults. Its
    /// lines may be further left than the first one: no reader takes that, unless they are comments behind it.
    fn block_passed(self, header: usize, margin: usize) -> Option<Passed> {
        let first = self.next_behind(header + 1 + usize::from(self.byte(header + 1) == b'-'))?;
        let content = self.behind_spaces(first);
        if content - first <= margin || matches!(self.byte(content), b'\n' | b'\t') {
            return None;
        }
        let deeper = DEEPEST.get(..=margin)?;
        let goes_on = |line: usize| {
            self.bytes().get(line..).is_some_and(|rest| rest.starts_with(deeper))
                || self.byte(self.behind_spaces(line)) == b'\n'
        };
        let line_feeds = memchr_iter(b'\n', self.bytes().get(content..)?);
        let next = line_feeds.map(|at| content + at + 1).find(|line| !goes_on(*line))?;
        let text = self.slice(first, next)?.trim_end_matches('\n');
        // Spaces at the end may be a line of their own.
        let is_rare = |seen, byte: &u8| seen | (*byte > 0x7E) | (*byte < 0x20) & (*byte != b'\n');
        let is_usual = !text.ends_with(' ') && !text.as_bytes().iter().fold(false, is_rare);
        is_usual.then_some(Passed { end: Some(first + text.len()), next })
    }

    /// The first place from the start of a line on that has to be looked at: the start of a line with fewer than
    /// `SPACES` spaces before its content, or a character that may begin what goes over lines, or is rare. Whole blocks
    /// without one are passed over, by a loop that compilers turn into vector instructions.
    fn telling<const SPACES: usize>(self, line: usize) -> usize {
        let is_nested = |at: usize| (1..=SPACES).all(|next| self.byte(at + next) == b' ');
        let mut at = line - 1;
        loop {
            while let Some(block) = self.bytes().get(at..).and_then(|rest| rest.first_chunk())
                && !tells_something::<SPACES>(block)
            {
                at += BLOCK;
            }
            let end = self.end().min(at + BLOCK);
            while at < end {
                at = match self.byte(at) {
                    b'\n' if is_nested(at) => at + 1,
                    b'\n' => return at + 1,
                    byte if class(byte) & TELLS != 0 => match self.closed(at) {
                        Some(line_end) => line_end,
                        None => return at,
                    },
                    _ => at + 1,
                };
            }
            if at >= self.end() {
                return at;
            }
        }
    }

    /// The end of the line with the quote or bracket at `at`, where that begins the value of a bare key or an item, and
    /// the value ends on the line.
    fn closed(self, at: usize) -> Option<usize> {
        let before = self.slice(0, at)?.as_bytes();
        let key = before.strip_suffix(b": ").map_or(before.strip_suffix(b"- "), |key| {
            let word = key.iter().rev().take_while(|byte| class(**byte) & WORD != 0).count();
            key.get(..key.len() - word).filter(|_| word > 0)
        })?;
        let indent = key.iter().rev().take_while(|byte| matches!(byte, b' ' | b'-')).count();
        if key.get(..key.len() - indent)?.last() != Some(&b'\n') {
            return None;
        }
        let closing = match self.byte(at) {
            quote @ (b'"' | b'\'') => quote,
            b'[' => b']',
            b'{' => b'}',
            _ => return None,
        };
        let rest = self.bytes().get(at + 1..)?;
        let line = rest.get(..memchr(b'\n', rest)?)?;
        let inside = line.strip_suffix(&[closing])?;
        (!inside.iter().any(|byte| class(*byte) & (TELLS | CLOSES) != 0)).then_some(at + 1 + line.len())
    }
}

#[inline(never)]
#[expect(clippy::indexing_slicing, reason = "all places are within the array, whose size is a constant")]
fn tells_something<const SPACES: usize>(block: &[u8; BLOCK + BEHIND]) -> bool {
    const { assert!(SPACES <= BEHIND) };
    let mut tells = false;
    for at in 0..BLOCK {
        let mut is_nested = true;
        for next in 0..SPACES {
            is_nested &= block[at + 1 + next] == b' ';
        }
        tells |= may_go_over_lines(block[at]) | (block[at] == b'\n') & !is_nested;
    }
    tells
}
