//! Scalars: plain, quoted, over several lines, as blocks with every indicator.

use std::fmt::Write as _;

use arbitrary::{Result, Unstructured};

use super::Draw;
use super::model::{Model, octal};

/// Where a scalar stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A key: on one line.
    Key,
    /// A key or value in a flow collection: on one line, no brackets in it.
    Flow,
    /// JSON.
    Json,
    /// A value in block style, with the column at which its further lines start.
    Block(usize),
}

/// A block scalar: what follows on the line of its key, and its lines.
pub(crate) struct Block {
    pub(crate) header: String,
    pub(crate) body: String,
    /// Columns from which on a line would be part of it.
    pub(crate) indent: usize,
    /// Blank lines behind it would be part of it.
    pub(crate) keeps: bool,
}

const WORDS: [&str; 12] = ["y", "yes", "n", "no", "on", "off", "true", "false", "null", "nan", "inf", "merge"];

/// Whether every reader, of YAML 1.1 and 1.2, takes it for a string without quotes, in block and in flow style.
pub(crate) fn is_plain(text: &str) -> bool {
    let ends_well = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '.' | '/' | '-');
    let duration =
        text.strip_suffix('s').is_some_and(|n| n.len() < 4 && !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic());
    duration
        || starts_well
            && ends_well(text.chars().last())
            && text.chars().all(is_word)
            && !text.contains("  ")
            && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// A string on one line, or over several where `place` lets it.
pub(crate) fn string(u: &mut Unstructured<'_>, text: &str, place: Place, quotes: u8) -> Result<String> {
    if place == Place::Json {
        return Ok(double_quoted_json(text));
    }
    let plain = is_plain(text) || matches!(place, Place::Block(_)) && is_plain_lines(text);
    if plain && !u.one_in(4)? && !(place != Place::Key && quotes > 2) {
        return fold(u, text, place);
    }
    let printable = text.chars().all(|c| c == '\n' && matches!(place, Place::Block(_)) || !needs_escape(c));
    if printable && quotes.is_multiple_of(2) && (is_foldable(text) || !text.contains('\n')) {
        return Ok(format!("'{}'", fold(u, &text.replace('\'', "''"), place)?));
    }
    double_quoted(u, text, place)
}

/// Several lines of plain words.
fn is_plain_lines(text: &str) -> bool {
    !text.is_empty() && text.split('\n').all(is_plain)
}

fn needs_escape(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}')
}

/// Whether each of its lines is something, and neither starts nor ends with white space.
fn is_foldable(text: &str) -> bool {
    text.split('\n').all(|line| !line.is_empty() && line.trim() == line)
}

/// Breaks lines at spaces: a break reads as a space, and an empty line as a break. A word that could be read as
/// something else at the start of a line stays where it is.
fn fold(u: &mut Unstructured<'_>, text: &str, place: Place) -> Result<String> {
    let Place::Block(indent) = place else { return Ok(text.to_owned()) };
    if !is_foldable(text) {
        return Ok(text.to_owned());
    }
    let mut out = String::new();
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            let _ = write!(out, "\n\n{}", " ".repeat(indent));
        }
        let mut last = ' ';
        for (at, word) in line.split(' ').enumerate() {
            let splits = at > 0 && last != ' ' && word.starts_with(|c: char| c.is_ascii_alphanumeric());
            if splits && u.one_in(6)? {
                let _ = write!(out, "\n{}", " ".repeat(indent + u.below(3)?));
            } else if at > 0 {
                out.push(' ');
            }
            out.push_str(word);
            last = word.chars().last().unwrap_or(' ');
        }
    }
    Ok(out)
}

fn double_quoted_json(text: &str) -> String {
    // No reader of YAML 1.1 takes these for text.
    let escaped = serde_json::to_string(text).unwrap();
    ['\u{85}', '\u{2028}', '\u{2029}', '\u{FEFF}', '\u{7f}']
        .iter()
        .fold(escaped, |text, c| text.replace(*c, &format!("\\u{:04x}", u32::from(*c))))
}

fn double_quoted(u: &mut Unstructured<'_>, text: &str, place: Place) -> Result<String> {
    let mut out = String::from("\"");
    let mut breakable = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\u{85}' => out.push_str("\\N"),
            '\u{2028}' => out.push_str("\\L"),
            '\t' if u.one_in(2)? => out.push('\t'),
            '\t' => out.push_str("\\t"),
            c if needs_escape(c) => write!(out, "\\u{:04X}", u32::from(c)).unwrap(),
            c if c.is_ascii_alphabetic() && u.one_in(40)? => write!(out, "\\x{:02x}", u32::from(c)).unwrap(),
            '/' if u.one_in(8)? => out.push_str("\\/"),
            c => out.push(c),
        }
        // A break that is escaped reads as nothing.
        if let Place::Block(indent) = place
            && breakable
            && at > 0
            && c.is_ascii_alphanumeric()
            && text[at + c.len_utf8()..].starts_with(|c: char| c.is_ascii_alphanumeric())
            && u.one_in(30)?
        {
            let _ = write!(out, "\\\n{}", " ".repeat(indent));
        }
        breakable = true;
    }
    out.push('"');
    Ok(out)
}

/// A string as a block scalar below a collection at column `parent`; `None` where it can't be one.
pub(crate) fn block(u: &mut Unstructured<'_>, text: &str, parent: usize) -> Result<Option<Block>> {
    let content = text.trim_end_matches('\n');
    let is_text = |c: char| matches!(c, '\n' | '\t') || !needs_escape(c);
    if content.is_empty()
        || !content.chars().all(is_text)
        || content.lines().any(|line| !line.is_empty() && line.trim().is_empty())
    {
        return Ok(None);
    }
    let step = 1 + u.below(4)?;
    let indent = parent + step;
    let breaks = text.len() - content.len();
    let folds = is_foldable(content) && u.one_in(3)?;
    let chomp = match breaks {
        0 => "-",
        1 if u.one_in(6)? => "+",
        1 => "",
        _ => "+",
    };
    let must_tell = content.starts_with([' ', '\n', '\t']);
    let digit = if must_tell || u.one_in(6)? { step.to_string() } else { String::new() };
    let indicators = if u.one_in(2)? { format!("{digit}{chomp}") } else { format!("{chomp}{digit}") };
    let header = format!("{}{indicators}", if folds { '>' } else { '|' });
    let margin = " ".repeat(indent);
    let mut body = String::new();
    for (at, line) in content.split('\n').enumerate() {
        if folds && at > 0 {
            body.push('\n');
        }
        if line.is_empty() {
            // Blank lines may hold spaces, but not more than the others: the indentation might be read off them.
            body.push_str(if u.one_in(5)? && !must_tell { &margin[..parent.min(indent)] } else { "" });
        } else {
            body.push_str(&margin);
            if folds {
                body.push_str(&fold_line(u, line, &margin)?);
            } else {
                body.push_str(line);
            }
        }
        body.push('\n');
    }
    body.push_str(&"\n".repeat(breaks.saturating_sub(1)));
    Ok(Some(Block { header, body, indent, keeps: chomp == "+" }))
}

fn fold_line(u: &mut Unstructured<'_>, line: &str, margin: &str) -> Result<String> {
    let mut out = String::new();
    let mut last = ' ';
    for (at, word) in line.split(' ').enumerate() {
        let splits = at > 0 && last != ' ' && !word.is_empty() && !word.starts_with('\t');
        if splits && u.one_in(5)? {
            let _ = write!(out, "\n{margin}");
        } else if at > 0 {
            out.push(' ');
        }
        out.push_str(word);
        last = word.chars().last().unwrap_or(' ');
    }
    Ok(out)
}

/// Everything but strings; `None` for a null that is not written out.
pub(crate) fn other(u: &mut Unstructured<'_>, model: &Model, json: bool) -> Result<Option<String>> {
    Ok(Some(match model {
        Model::Null if json => "null".to_owned(),
        Model::Null => match u.pick(&["", "~", "null", "Null", "NULL"])? {
            "" => return Ok(None),
            null => null.to_owned(),
        },
        Model::Bool(bool) if json => bool.to_string(),
        Model::Bool(true) => u.pick(&["true", "True", "TRUE"])?.to_owned(),
        Model::Bool(false) => u.pick(&["false", "False", "FALSE"])?.to_owned(),
        Model::Int(int) if *int >= 0 && !json && u.one_in(8)? => match u.below(3)? {
            0 => format!("0x{int:x}"),
            1 => format!("0o{int:o}"),
            _ => format!("+{int}"),
        },
        Model::Int(int) => int.to_string(),
        Model::Octal(int) => octal(*int),
        other => panic!("{other:?} is not such a scalar"),
    }))
}
