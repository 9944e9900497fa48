//! Lines under labels, aligned and wrapped.

use crate::escape;
use crate::render::paint::PaintStyle;
use crate::render::{Look, Paint};

/// Where the text behind the labels starts.
const TEXT_COLUMN: usize = 13;
/// A cell that is wider doesn't make its column so wide.
const WIDEST_CELL: usize = 36;

/// What the text behind a cell needs at least.
const LEAST_ROOM: usize = 8;

/// The lines of a block.
pub(super) struct Sheet {
    look: Look,
    text: String,
}

impl Sheet {
    /// An empty one. No line will be longer than `look` has columns, unless a single word is.
    pub(super) const fn new(look: Look) -> Self {
        Self { look, text: String::new() }
    }

    /// All lines, with their ends.
    pub(super) fn text(self) -> String {
        self.text
    }

    /// Text behind a label; an empty one continues what stands above.
    pub(super) fn line(&mut self, label: &str, text: &str) {
        self.put(label, "", text);
    }

    /// A point of what stands above.
    pub(super) fn item(&mut self, text: &str) {
        self.put("", "- ", text);
    }

    /// Rows in columns; the last one is wrapped.
    pub(super) fn table(&mut self, label: &str, rows: impl IntoIterator<Item = [String; 3]>) {
        let rows: Vec<_> = rows.into_iter().collect();
        let width = |cell: fn(&[String; 3]) -> &String| {
            let widths = rows.iter().map(|row| cell(row).chars().count());
            widths.filter(|width| *width <= WIDEST_CELL).max().unwrap_or_default()
        };
        let (first, second) = (width(|row| &row[0]), width(|row| &row[1]));
        for (number, [name, value, text]) in rows.iter().enumerate() {
            let label = if number == 0 { label } else { "" };
            let head = format!("{name:<first$}  {value:<second$}  ");
            // A value that leaves no room is wrapped, too.
            if TEXT_COLUMN + head.chars().count() < self.look.columns - LEAST_ROOM {
                self.put(label, &head, text);
            } else {
                self.put(label, &format!("{name:<first$}  "), &format!("{value}  {text}"));
            }
        }
    }

    /// A line whose text starts behind `head`, and goes on below its start.
    fn put(&mut self, label: &str, head: &str, text: &str) {
        let pad = TEXT_COLUMN.saturating_sub(2 + label.chars().count());
        let paint = if label.is_empty() { Paint::Plain } else { self.look.paint };
        let (label, head) = (paint.on(PaintStyle::Label, label), escape::line(head));
        let start = TEXT_COLUMN + head.chars().count();
        // What starts far to the right goes on at the left.
        let indent = if start > self.look.columns / 2 + TEXT_COLUMN { TEXT_COLUMN + 4 } else { start };
        let mut line = format!("  {label}{}{head}", " ".repeat(pad));
        let mut column = start;
        for (number, word) in escape::line(text).split(' ').enumerate() {
            let length = word.chars().count();
            if number > 0 && column + 1 + length > self.look.columns {
                self.end(&line);
                line = " ".repeat(indent);
                column = indent;
            } else if number > 0 {
                line.push(' ');
                column += 1;
            }
            line.push_str(word);
            column += length;
        }
        self.end(&line);
    }

    fn end(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_below_its_start() {
        let mut sheet = Sheet::new(Look { columns: 100, paint: Paint::Plain });
        sheet.line("policy", &["word"; 20].join(" "));
        sheet.item("one\u{1b}[2Jtwo");
        sheet.table("now", [["a", "bb", "c"], ["dddd", "e", "f"]].map(|row| row.map(str::to_owned)));
        let words = ["word"; 17].join(" ");
        let expected = format!(
            "  policy     {words}\n             word word word\n             - one\\u{{1b}}[2Jtwo\n\
             \x20 now        a     bb  c\n             dddd  e   f\n"
        );
        assert_eq!(sheet.text(), expected);
    }
}
