//! Cuts a stream at its document markers. Finds the kind of each document, if that can be proven without parsing.
//!
//! Why cutting is sound: `---` followed by white space at the start of a line is a marker in every context, since
//! YAML forbids it inside scalars (YAML 1.2.2, section 9.1.2, `c-forbidden`). A `...` line or a directive can make
//! the next document depend on this one; a stream that has a line that starts like one is left in one piece.
//!
//! Why an outline is sound: where the first content of a document is a plain key at column 0, the root is a block
//! mapping, and all its keys stand at column 0. As long as every line that starts at column 0 is blank, a comment, a
//! sequence dash or a plain `word:`, no key can hide behind a quote, anchor, tag, alias, merge or flow bracket.
//! Text inside a multi-line scalar may look like a key too; that can only add a value to those that are
//! found, never take one away.

use memchr::{memchr, memmem};

use crate::parallel;

use super::{Source, Span};

/// One or more documents that can be read apart from the rest of the stream.
#[derive(Clone, Debug)]
pub struct Unit<'s> {
    /// Its text, with the marker line it starts with.
    pub span: Span,
    /// What the scan could prove of it.
    pub outline: Outline<'s>,
}

/// What a document is, as far as it is known without parsing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outline<'s> {
    /// A block mapping (or nothing at all) whose root has the watched key with no value but these.
    Proven(Vec<&'s str>),
    /// Only a parser can tell.
    Open,
}

/// Cuts `source` into units and watches for the root key `key` in each.
pub fn units<'s>(source: Source<'s>, key: &str) -> Vec<Unit<'s>> {
    let parts = source.parts();
    // Nearly every line is in a document whose root is known.
    let reader = |part: &Span| OutlineReader { rooted: part.start() > 0, ..OutlineReader::new(key) };
    let read = parallel::map(&parts, source.threads(), |part| read_part(source, *part, reader(part)));
    let mut documents: Vec<(usize, OutlineReader<'_, '_>)> = Vec::new();
    for (part, mut read) in parts.iter().zip(read) {
        if documents.last().is_some_and(|(_, begun)| !begun.rooted && !begun.open) {
            read = read_part(source, *part, OutlineReader::new(key));
        }
        let Some(read) = read else { return whole(source) };
        let mut read = read.into_iter();
        match (documents.last_mut(), read.next()) {
            (Some((_, begun)), Some((_, rest))) => begun.append(rest),
            (_, first) => documents.extend(first),
        }
        documents.extend(read);
    }
    let ends: Vec<_> = documents.iter().skip(1).map(|(start, _)| *start).chain([source.text().len()]).collect();
    let units = documents.into_iter().zip(ends);
    units.map(|((start, reader), end)| Unit { span: Span::new(start, end), outline: reader.finish() }).collect()
}

/// Reads the lines of a part, each document from its start: the first one goes on from `reader`. `None` if the stream
/// must be left in one piece.
fn read_part<'s, 'k>(
    source: Source<'s>,
    part: Span,
    reader: OutlineReader<'s, 'k>,
) -> Option<Vec<(usize, OutlineReader<'s, 'k>)>> {
    let (text, key) = (source.slice(Span::new(0, part.end())), reader.key);
    let body = text.strip_prefix(BYTE_ORDER_MARK).map_or(0, |rest| text.len() - rest.len());
    let (mut ended, mut start, mut reader) = (Vec::new(), part.start(), reader);
    let mut at = start.max(body);
    while at < text.len() {
        let bytes = text.as_bytes();
        // Nested lines are most of any manifest; nothing is to be seen in them once the root is known.
        if reader.rooted && bytes.get(at) == Some(&b' ') {
            at = unindented(bytes, at);
            continue;
        }
        let end = memchr(b'\n', bytes.get(at..).unwrap_or_default()).map_or(text.len(), |length| at + length);
        let line = text.get(at..end).unwrap_or_default();
        match line.as_bytes().first() {
            Some(b'.') if is_marker(line, "...") => return None,
            Some(b'%') => return None,
            Some(b'-') if is_marker(line, "---") => {
                let before = std::mem::replace(&mut reader, OutlineReader::new(key));
                if at > body {
                    ended.push((start, before));
                    start = at;
                }
                reader.marker(line.get(3..).unwrap_or_default());
            }
            _ if reader.rooted => reader.line(line),
            _ => reader.line(line.trim_start_matches(BYTE_ORDER_MARK)),
        }
        at = end + 1;
    }
    ended.push((start, reader));
    Some(ended)
}

/// Where the content of a document begins for a parser: behind a byte order mark that nothing but comments and markers
/// stand before, as where files that start with one were put behind each other. 0 where there is none.
pub(super) fn behind_byte_order_mark(text: &str) -> usize {
    let Some(at) = memmem::find(text.as_bytes(), BYTE_ORDER_MARK.as_bytes()) else { return 0 };
    let head = text.get(..at).unwrap_or_default();
    let is_bare_marker = |line: &str| is_marker(line, "---") && line.get(3..).is_some_and(is_blank_or_comment);
    let is_first = head.is_empty() || head.ends_with('\n');
    let is_content = is_first && head.lines().all(|line| is_blank_or_comment(line) || is_bare_marker(line));
    if is_content { at + BYTE_ORDER_MARK.len() } else { 0 }
}

/// The start of the first line behind `at` that does not begin with a space. Whole blocks without one are passed over,
/// by a loop that compilers turn into vector instructions.
fn unindented(bytes: &[u8], at: usize) -> usize {
    const BLOCK: usize = 64;
    let starts = |(feed, next): (&u8, &u8)| *feed == b'\n' && *next != b' ';
    let (feeds, nexts) = (bytes.get(at..).unwrap_or_default(), bytes.get(at + 1..).unwrap_or_default());
    let blocks = feeds.chunks_exact(BLOCK).zip(nexts.chunks_exact(BLOCK));
    let passed =
        blocks.take_while(|(feeds, nexts)| !feeds.iter().zip(*nexts).fold(false, |any, pair| any | starts(pair)));
    let from = passed.count() * BLOCK;
    let rest = feeds.get(from..).unwrap_or_default().iter().zip(nexts.get(from..).unwrap_or_default()).position(starts);
    rest.map_or(bytes.len(), |length| at + from + length + 1)
}

const BYTE_ORDER_MARK: &str = "\u{FEFF}";

/// The stream as one unit of which nothing is known.
fn whole(source: Source<'_>) -> Vec<Unit<'_>> {
    vec![Unit { span: Span::new(0, source.text().len()), outline: Outline::Open }]
}

/// Whether a line starts with a document marker: the three characters, then white space or the line's end.
pub(super) fn is_marker(line: &str, marker: &str) -> bool {
    line.strip_prefix(marker).is_some_and(|rest| matches!(rest.as_bytes().first(), None | Some(b' ' | b'\t' | b'\r')))
}

/// Reads the lines at column 0 of one document.
struct OutlineReader<'s, 'k> {
    key: &'k str,
    values: Vec<&'s str>,
    /// The root is known to be a block mapping at column 0.
    rooted: bool,
    open: bool,
}

impl<'s, 'k> OutlineReader<'s, 'k> {
    fn new(key: &'k str) -> Self {
        Self { key, values: Vec::new(), rooted: false, open: false }
    }

    /// Content behind `---` on the same line is more than this reader understands.
    fn marker(&mut self, rest: &str) {
        self.open |= !is_blank_or_comment(rest);
    }

    fn line(&mut self, line: &'s str) {
        if self.open || is_blank_or_comment(line) && !line.starts_with('\t') {
            return;
        }
        match line.as_bytes().first() {
            Some(b' ') if self.rooted => {}
            Some(b'-') if self.rooted && matches!(line.as_bytes().get(1), None | Some(b' ' | b'\r')) => {}
            _ => match plain_key(line) {
                Some((key, value)) => {
                    self.rooted = true;
                    if key == self.key {
                        match plain_word(value) {
                            Some(word) => self.values.push(word),
                            None => self.open = true,
                        }
                    }
                }
                None => self.open = true,
            },
        }
    }

    /// What another reader saw in the lines that follow.
    fn append(&mut self, rest: Self) {
        self.values.extend(rest.values);
        self.rooted |= rest.rooted;
        self.open |= rest.open;
    }

    fn finish(self) -> Outline<'s> {
        if self.open { Outline::Open } else { Outline::Proven(self.values) }
    }
}

/// Whether nothing but white space, or a comment after white space, is in `text`.
fn is_blank_or_comment(text: &str) -> bool {
    let rest = text.trim_start_matches([' ', '\t', '\r']);
    rest.is_empty() || rest.starts_with('#') && (rest.len() < text.len() || text.starts_with('#'))
}

/// The key and the rest of a line of the form `word: rest` or `word:`.
fn plain_key(line: &str) -> Option<(&str, &str)> {
    let colon = memchr(b':', line.as_bytes())?;
    let (key, rest) = (line.get(..colon)?, line.get(colon + 1..)?);
    let plain =
        !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/'));
    let spaced = matches!(rest.as_bytes().first(), None | Some(b' ' | b'\r'));
    (plain && spaced && !key.starts_with('-')).then_some((key, rest))
}

/// The word that a value consists of, bare or quoted, with nothing but a comment behind it.
fn plain_word(value: &str) -> Option<&str> {
    let value = value.trim_start_matches(' ');
    let (word, rest) = match value.as_bytes().first()? {
        quote @ (b'"' | b'\'') => {
            let inner = value.get(1..)?;
            let close = memchr(*quote, inner.as_bytes())?;
            (inner.get(..close)?, inner.get(close + 1..)?)
        }
        _ => value.split_at(value.bytes().take_while(u8::is_ascii_alphanumeric).count()),
    };
    let is_word = !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric());
    (is_word && is_blank_or_comment(rest)).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outlines(text: &str) -> Vec<(String, Outline<'_>)> {
        let source = Source::embedded(text);
        let units = units(source, "kind");
        let joined: String = units.iter().map(|unit| source.slice(unit.span)).collect();
        assert_eq!(joined, text, "units must tile the source");
        for threads in [2, 7] {
            let shared = super::units(source.among(threads), "kind");
            assert_eq!(format!("{shared:?}"), format!("{units:?}"), "{threads} threads: {text:?}");
        }
        units.into_iter().map(|unit| (source.slice(unit.span).to_owned(), unit.outline)).collect()
    }

    fn outline(text: &str) -> Outline<'_> {
        let mut all = outlines(text);
        assert_eq!(all.len(), 1, "one unit expected in {text:?}");
        all.remove(0).1
    }

    #[test]
    fn cuts_at_markers_only() {
        let cut = |text| outlines(text).into_iter().map(|(text, _)| text).collect::<Vec<_>>();
        assert_eq!(cut("a: b\n---\nc: d\n--- # e\nf: g\n"), ["a: b\n", "---\nc: d\n", "--- # e\nf: g\n"]);
        assert_eq!(cut("---\na: b\n---\n"), ["---\na: b\n", "---\n"]);
        assert_eq!(cut("a: |\n  x\n ---\n----\n---x: y\n"), ["a: |\n  x\n ---\n----\n---x: y\n"]);
        assert_eq!(cut("a: b\r\n---\r\nc: d"), ["a: b\r\n", "---\r\nc: d"]);
        assert_eq!(cut("\u{FEFF}---\na: b\n"), ["\u{FEFF}---\na: b\n"]);
        assert_eq!(cut(""), [""]);
    }

    /// Threads begin where the state that the lines before come to is not known.
    #[test]
    fn every_order_of_lines_is_cut_alike_by_several_threads() {
        let lines =
            ["kind: Pod", "---", "--- # c", "--- {", "# c", "  kind: In", "- a", "", "...", "\u{FEFF}kind: A", "}"];
        let mut texts = vec![String::new()];
        for _ in 0..3 {
            texts = texts.iter().flat_map(|text| lines.map(|line| format!("{text}{line}\n"))).collect();
            texts.iter().for_each(|text| drop(outlines(text)));
        }
    }

    #[test]
    fn leaves_streams_with_document_ends_and_directives_whole() {
        for text in ["a: b\n...\n---\nc: d\n", "%YAML 1.1\n---\na: b\n---\nc: d\n", "a: b\n---\nc: d\n... # x\n"] {
            assert_eq!(outlines(text), [(text.to_owned(), Outline::Open)]);
        }
        assert_eq!(outline("a: b\n....\n"), Outline::Open);
    }

    #[test]
    fn proves_plain_block_mappings() {
        for text in [
            "kind: Pod\n",
            "---\nkind: Pod\nspec:\n  kind: Inner\n",
            "--- # c\n# d\n\napiVersion: v1\nkind: \"Pod\" # e\n",
            "---\n# c\n\u{FEFF}kind: Pod\n",
            "kind: 'Pod'\r\nitems:\r\n- a\r\n-\r\n",
            "metadata:\n  a: |\n    kind: X\n\n# c\nkind: Pod",
        ] {
            assert_eq!(outline(text), Outline::Proven(vec!["Pod"]), "{text:?}");
        }
        assert_eq!(outline("kind: A\nkind: B\n"), Outline::Proven(vec!["A", "B"]));
        assert_eq!(outline("# only\n\n"), Outline::Proven(vec![]));
        assert_eq!(outline("a: b\n"), Outline::Proven(vec![]));
    }

    #[test]
    fn leaves_everything_else_to_the_parser() {
        for text in [
            "{kind: Pod}\n",
            " kind: Pod\n",
            "\"kind\": Pod\n",
            "? kind\n: Pod\n",
            "kind : Pod\n",
            "kind:\tPod\n",
            "kind:\n  Pod\n",
            "kind: &a Pod\n",
            "kind: !!str Pod\n",
            "kind: Pod x\n",
            "kind: \"P\\x6fd\"\n",
            "a: b\n<<: {kind: Pod}\n",
            "a: b\n*k : Pod\n",
            "- kind: Pod\n",
            "--- {kind: Pod}\n",
            "--- !!map\nkind: Pod\n",
            "a: b\n}\n",
            "\tkind: Pod\n",
            "a: b\n\t\n",
            "--- |\n kind: Pod\n",
            "a: b\n\u{FEFF}kind: Pod\n",
        ] {
            assert_eq!(outline(text), Outline::Open, "{text:?}");
        }
    }
}
