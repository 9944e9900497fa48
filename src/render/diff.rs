//! Edits as a unified diff for `git apply` and `patch -p1`.
//!
//! The edits say where the texts differ, so only the lines that they touch are compared. The cost of a large stream
//! depends only on its edits. A new line is shown where it was inserted, even between equal lines.

use std::fmt::Write as _;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::escape;
use crate::yaml::{Edit, EditSet, Source};

use super::paint::{Paint, PaintStyle};

/// The number of unchanged lines around a change.
const CONTEXT: usize = 3;

/// The changes below a header with the file; empty if nothing changes.
pub(crate) fn diff(path: &Path, source: Source<'_>, edits: &EditSet, paint: Paint) -> String {
    let lines = DiffLines::of(source.text());
    let regions = lines.regions(edits.as_slice());
    let changes: Vec<LineChange<'_>> = regions.iter().flat_map(|region| region.changes(&lines)).collect();
    let mut text = String::new();
    if changes.is_empty() {
        return text;
    }
    for (sign, side) in [("---", "a"), ("+++", "b")] {
        let _ = writeln!(text, "{}", paint.on(PaintStyle::Head, &format!("{sign} {}", head_name(side, path))));
    }
    let mut more = 0;
    for hunk in changes.chunk_by(|one, next| next.old.start - one.old.end <= 2 * CONTEXT) {
        more = lines.write_hunk(&mut text, hunk, more, paint);
    }
    text
}

/// Removed lines, by their numbers from 0, and the lines that replace them.
struct LineChange<'a> {
    old: Range<usize>,
    new: Vec<&'a str>,
}

/// Whole lines that edits touch, and their new text.
struct Region {
    old: Range<usize>,
    new: String,
}

impl Region {
    /// What really differs.
    fn changes<'a>(&'a self, lines: &DiffLines<'_>) -> Vec<LineChange<'a>> {
        let new: Vec<&str> = self.new.split_inclusive('\n').collect();
        let old = lines.all.get(self.old.clone()).unwrap_or_default();
        let ops = capture_diff_slices(Algorithm::Myers, old, &new);
        let changed = ops.iter().filter(|op| op.tag() != DiffTag::Equal).map(|op| {
            let (gone, come) = (op.old_range(), op.new_range());
            LineChange {
                old: self.old.start + gone.start..self.old.start + gone.end,
                new: new.get(come).unwrap_or_default().to_vec(),
            }
        });
        changed.collect()
    }
}

/// A text by its lines, each with its end.
struct DiffLines<'s> {
    text: &'s str,
    all: Vec<&'s str>,
    /// The start of each line. After a final line end, also the start of the next line.
    starts: Vec<usize>,
}

impl<'s> DiffLines<'s> {
    fn of(text: &'s str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, all: text.split_inclusive('\n').collect(), starts }
    }

    /// The number of the line that holds a byte.
    fn number_at(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    fn start(&self, number: usize) -> usize {
        self.starts.get(number).copied().unwrap_or(self.text.len())
    }

    /// The lines that edits touch; edits that share a line are in one region.
    fn regions(&self, edits: &[Edit]) -> Vec<Region> {
        let first = |edit: &Edit| self.number_at(edit.span.start());
        let last = |edit: &Edit| self.number_at(edit.span.end());
        let groups = edits.chunk_by(|one, next| first(next) <= last(one));
        let region = |group: &[Edit]| {
            let (Some(one), Some(other)) = (group.first(), group.last()) else { return None };
            let old = first(one)..last(other) + 1;
            let (mut new, mut at) = (String::new(), self.start(old.start));
            for edit in group {
                new.push_str(self.text.get(at..edit.span.start()).unwrap_or_default());
                new.push_str(&edit.text);
                at = edit.span.end();
            }
            new.push_str(self.text.get(at..self.start(old.end)).unwrap_or_default());
            Some(Region { old: old.start..old.end.min(self.all.len()), new })
        };
        groups.filter_map(region).collect()
    }

    /// Writes changes that are close together. `more` is the number of lines that earlier changes added. Returns the
    /// new number.
    fn write_hunk(&self, text: &mut String, changes: &[LineChange<'_>], more: isize, paint: Paint) -> isize {
        let (Some(first), Some(last)) = (changes.first(), changes.last()) else { return more };
        let shown = first.old.start.saturating_sub(CONTEXT)..(last.old.end + CONTEXT).min(self.all.len());
        let added: isize = changes.iter().map(|change| change.new.len() as isize - change.old.len() as isize).sum();
        let head = format!(
            "@@ -{} +{} @@",
            place(shown.start, shown.len()),
            place(shown.start.saturating_add_signed(more), shown.len().saturating_add_signed(added))
        );
        let _ = writeln!(text, "{}", paint.on(PaintStyle::Hunk, &head));
        let old = |range: Range<usize>| self.all.get(range).unwrap_or_default();
        let mut at = shown.start;
        for change in changes {
            write_lines(text, ' ', old(at..change.old.start), paint, None);
            write_lines(text, '-', old(change.old.clone()), paint, Some(PaintStyle::Gone));
            write_lines(text, '+', &change.new, paint, Some(PaintStyle::Come));
            at = change.old.end;
        }
        write_lines(text, ' ', old(at..shown.end), paint, None);
        more + added
    }
}

/// Writes lines with their sign, and the usual note if the last one has no line end.
fn write_lines(text: &mut String, sign: char, lines: &[&str], paint: Paint, style: Option<PaintStyle>) {
    for line in lines {
        let content = line.strip_suffix('\n').unwrap_or(line);
        let end = if content.len() == line.len() { "\n\\ No newline at end of file\n" } else { "\n" };
        let (content, end) = match content.strip_suffix('\r') {
            Some(content) => (content, format!("\r{end}")),
            None => (content, end.to_owned()),
        };
        // Tabs are harmless and belong to the text.
        let content = match paint {
            Paint::Plain => content.to_owned(),
            Paint::Shown | Paint::Color => content.split('\t').map(escape::line).collect::<Vec<_>>().join("\t"),
        };
        let line = format!("{sign}{content}");
        let _ = write!(text, "{}{end}", style.map_or(line.as_str().into(), |style| paint.on(style, &line)));
    }
}

/// The place of lines in a hunk header. For no lines it is the line before.
fn place(start: usize, count: usize) -> String {
    match count {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        _ => format!("{},{count}", start + 1),
    }
}

/// The name of a file in the header of a diff.
fn head_name(side: &str, path: &Path) -> String {
    let name = file_name(&Path::new(side).join(path));
    // A tab ends a name that has spaces in it.
    let end = if name.contains(' ') && !name.starts_with('"') { "\t" } else { "" };
    name + end
}

/// The name of a file. It is quoted if a reader would cut it short or a terminal would act on it, in git's form, which
/// GNU patch also reads.
pub(crate) fn file_name(path: &Path) -> String {
    match path.to_str() {
        Some(name) if escape::line(name) == name && !name.contains(['"', '\\']) => name.to_owned(),
        _ => {
            let mut name = "\"".to_owned();
            for byte in path.as_os_str().as_bytes() {
                match byte {
                    b'"' | b'\\' => name.extend(['\\', char::from(*byte)]),
                    b' ' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                        name.push(char::from(*byte));
                    }
                    byte => {
                        let _ = write!(name, "\\{byte:03o}");
                    }
                }
            }
            name + "\""
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Span;

    fn edit(at: Range<u32>, text: &str) -> Edit {
        Edit { span: Span { start: at.start, end: at.end }, text: text.into(), depth: 0 }
    }

    #[track_caller]
    fn check(text: &str, edits: Vec<Edit>, expected: &str) {
        let edits = EditSet::new(edits).unwrap();
        let text = diff(Path::new("f"), Source::embedded(text), &edits, Paint::Plain);
        assert_eq!(text.strip_prefix("--- a/f\n+++ b/f\n").unwrap_or(&text), expected);
    }

    #[test]
    fn only_lines_that_differ_are_shown() {
        let text = "a\nb\nc\nd\ne\n";
        check(text, vec![], "");
        check(text, vec![edit(2..3, "b")], "");
        check(text, vec![edit(2..3, "x")], "@@ -1,5 +1,5 @@\n a\n-b\n+x\n c\n d\n e\n");
        check(text, vec![edit(3..3, "\nx")], "@@ -1,5 +1,6 @@\n a\n b\n+x\n c\n d\n e\n");
        check(text, vec![edit(2..2, "x\n")], "@@ -1,4 +1,5 @@\n a\n+x\n b\n c\n d\n");
        check(text, vec![edit(4..6, "")], "@@ -1,5 +1,4 @@\n a\n b\n-c\n d\n e\n");
        check(text, vec![edit(0..1, "x"), edit(8..9, "y")], "@@ -1,5 +1,5 @@\n-a\n+x\n b\n c\n d\n-e\n+y\n");
        check(
            text,
            vec![edit(0..1, "x"), edit(1..2, "+"), edit(3..3, "-")],
            "@@ -1,5 +1,4 @@\n-a\n-b\n+x+b-\n c\n d\n e\n",
        );
        check(text, vec![edit(10..10, "f\n")], "@@ -3,3 +3,4 @@\n c\n d\n e\n+f\n");
        check("a", vec![edit(1..1, "\nb\n")], "@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n");
        check("a\nb", vec![edit(1..1, "\nx")], "@@ -1,2 +1,3 @@\n a\n+x\n b\n\\ No newline at end of file\n");
        check("", vec![edit(0..0, "a\n")], "@@ -0,0 +1 @@\n+a\n");
        check("a\r\nb\r\n", vec![edit(3..3, "x\r\n")], "@@ -1,2 +1,3 @@\n a\r\n+x\r\n b\r\n");
    }

    #[test]
    fn changes_that_are_far_apart_have_hunks_of_their_own() {
        let text: String = (0..30).map(|number| format!("{number:02}\n")).collect();
        let all = diff(
            Path::new("f"),
            Source::embedded(&text),
            &EditSet::new(vec![edit(0..0, "x\ny\n"), edit(60..62, "z")]).unwrap(),
            Paint::Plain,
        );
        let first = "@@ -1,3 +1,5 @@\n+x\n+y\n 00\n 01\n 02\n";
        let second = "@@ -18,7 +20,7 @@\n 17\n 18\n 19\n-20\n+z\n 21\n 22\n 23\n";
        assert_eq!(all, format!("--- a/f\n+++ b/f\n{first}{second}"));
    }

    #[test]
    fn names_are_those_that_git_reads() {
        use std::ffi::OsStr;
        let check = |path: &[u8], expected: &str| {
            assert_eq!(head_name("a", Path::new(OsStr::from_bytes(path))), expected);
        };
        check("x\u{202e}/##[.yaml".as_bytes(), "\"a/x\\342\\200\\256/\\043\\043\\133.yaml\"");
        assert_eq!(file_name(Path::new("::error::.yaml")), "\"\\072\\072error\\072\\072.yaml\"");
        check(b"x/y.yaml", "a/x/y.yaml");
        check("x/\u{e9}.yaml".as_bytes(), "a/x/\u{e9}.yaml");
        check(b"x y.yaml", "a/x y.yaml\t");
        check(b"x\t\"\\.yaml", "\"a/x\\011\\\"\\\\.yaml\"");
        check(b"\xff.yaml", "\"a/\\377.yaml\"");
    }

    #[test]
    fn what_is_shown_to_people_does_not_act() {
        let edits = EditSet::new(vec![edit(0..1, "x\u{1b}[2J")]).unwrap();
        let text = |paint| diff(Path::new("f"), Source::embedded("a\tb\u{202e}\n"), &edits, paint);
        let head = "--- a/f\n+++ b/f\n@@ -1 +1 @@\n";
        assert_eq!(text(Paint::Plain), format!("{head}-a\tb\u{202e}\n+x\u{1b}[2J\tb\u{202e}\n"));
        assert_eq!(text(Paint::Shown), format!("{head}-a\tb\\u{{202e}}\n+x\\u{{1b}}[2J\tb\\u{{202e}}\n"));
    }

    #[test]
    fn colours_end_before_the_line_does() {
        let edits = EditSet::new(vec![edit(0..1, "x")]).unwrap();
        let text = diff(Path::new("f"), Source::embedded("a\r\n"), &edits, Paint::Color);
        let expected = "\x1b[1m--- a/f\x1b[m\n\x1b[1m+++ b/f\x1b[m\n\x1b[36m@@ -1 +1 \
                        @@\x1b[m\n\x1b[31m-a\x1b[m\r\n\x1b[32m+x\x1b[m\r\n";
        assert_eq!(text, expected);
    }
}
