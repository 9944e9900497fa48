//! Collections in brackets, JSON among them.

use super::line::DocumentText;
use super::scalars::FoundScalar;
use super::{BlockReader, Cow, LONGEST_KEY, ScalarStyle};

impl<'s> BlockReader<'s, '_> {
    /// Takes a flow collection that nothing but a comment may follow on its line. All of its lines are further right
    /// than the column `margin`, which the root does not have.
    pub(super) fn flow_value(&mut self, at: usize, margin: Option<usize>) -> Option<usize> {
        let end = self.flow(at, margin)?;
        self.lines.next_behind(end)
    }

    /// Takes a flow collection, and returns what stands behind it.
    fn flow(&mut self, start: usize, margin: Option<usize>) -> Option<usize> {
        let lines = self.lines;
        let (is_sequence, close) = if lines.byte(start) == b'[' { (true, b']') } else { (false, b'}') };
        self.begin(is_sequence, true, 0, start)?;
        let mut at = lines.behind_gap(start + 1, margin)?;
        while lines.byte(at) != close {
            if !is_sequence {
                let key = self.flow_scalar(at)?;
                // Behind quotes, no space is needed.
                let is_colon =
                    lines.is_colon(key.end) || key.style != ScalarStyle::Plain && lines.byte(key.end) == b':';
                if !is_colon || key.end - key.start > LONGEST_KEY {
                    return None;
                }
                at = lines.behind_gap(key.end + 1, margin)?;
                let key = self.scalar(key)?;
                self.open.last_mut()?.key = key;
            }
            self.open.last_mut()?.waits = true;
            let end = match lines.byte(at) {
                b'[' | b'{' => self.flow(at, margin)?,
                _ => {
                    let found = self.flow_scalar(at)?;
                    let end = found.end;
                    let id = self.scalar(found)?;
                    self.attach(id)?;
                    end
                }
            };
            at = lines.behind_gap(end, margin)?;
            match lines.byte(at) {
                b',' => at = lines.behind_gap(at + 1, margin)?,
                byte if byte == close => {}
                _ => return None,
            }
        }
        self.end(Some(at + 1))?;
        Some(at + 1)
    }

    /// Reads a scalar in brackets: a quoted one on one line, or a word.
    fn flow_scalar(&self, start: usize) -> Option<FoundScalar<'s>> {
        if matches!(self.lines.byte(start), b'"' | b'\'') {
            return self.quoted(start, None);
        }
        let end = self.lines.word_end(start)?;
        let text = Cow::Borrowed(self.lines.slice(start, end)?);
        Some(FoundScalar { style: ScalarStyle::Plain, text, start, end, is_one_line: true })
    }
}

impl DocumentText<'_> {
    /// What stands behind spaces, line breaks and comments in brackets.
    fn behind_gap(self, start: usize, margin: Option<usize>) -> Option<usize> {
        let mut at = self.behind_spaces(start);
        let mut is_apart = at > start;
        loop {
            match self.byte(at) {
                b'\n' if at < self.end() => {
                    let line = at + 1;
                    at = self.behind_spaces(line);
                    let is_blank = self.byte(at) == b'\n';
                    let is_right = margin.map_or(!self.is_marker(line), |margin| at - line > margin);
                    if !is_blank && !is_right {
                        return None;
                    }
                    is_apart = true;
                }
                b'\n' => return None,
                b'#' if is_apart => at = self.printable_end(at, false)?,
                _ => return Some(at),
            }
        }
    }
}
