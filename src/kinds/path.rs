//! The path from an object to its pod templates, with globs: `spec.template`, `spec.workerGroupSpecs[*].template`.

use std::fmt;
use std::str::FromStr;

/// Where the pod templates of a kind are in an object.
///
/// # Notation
///
/// | path | steps |
/// |---|---|
/// | `spec.template` | key spec, key template |
/// | `.spec.template` | key spec, key template |
/// | `.` | |
/// | `spec.workerGroupSpecs[*].template` | key spec, key workerGroupSpecs, items, key template |
/// | `spec.tfReplicaSpecs.*.template` | key spec, key tfReplicaSpecs, values, key template |
/// | `spec.pools["a.b"].template` | key spec, key pools, key a.b, key template |
/// | `spec.pools['*'].template` | key spec, key pools, key *, key template |
/// | `spec."a.b".template` | key spec, key a.b, key template |
/// | `spec.a\.b.template` | key spec, key a.b, key template |
/// | `items[*][*]` | key items, items, items |
/// | `spec.\"'.\*` | key spec, key "', key * |
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TemplatePath(Vec<PathStep>);

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum PathStep {
    /// To the value of this key.
    Key(String),
    /// `[*]`: to each item of a list.
    Items,
    /// `*`: to each value of a mapping.
    Values,
}

/// A text that is not a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TemplatePathError {
    /// The text.
    pub path: String,
    /// The position of the mistake, in characters from 1.
    pub column: usize,
    /// What is wrong there.
    pub kind: TemplatePathErrorKind,
}

/// Why a text is not a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TemplatePathErrorKind {
    /// The text is empty.
    Blank,
    /// A key is missing, as between two dots.
    EmptyKey,
    /// A quote is never closed.
    OpenQuote,
    /// Brackets contain neither `*` nor a key in quotes.
    Bracket,
    /// A closing quote or bracket is followed by text.
    Behind,
    /// A backslash is the last character.
    Backslash,
}

impl TemplatePath {
    /// The steps, starting at the object; none if the object itself is the pod.
    pub(crate) fn steps(&self) -> &[PathStep] {
        &self.0
    }
}

/// See the table of [`TemplatePath`]. A leading dot, as kubectl writes it, is ignored.
impl FromStr for TemplatePath {
    type Err = TemplatePathError;

    fn from_str(text: &str) -> Result<Self, TemplatePathError> {
        let mut reader = PathReader { rest: text, last: text.len() };
        let steps = if text == "." { Ok(Vec::new()) } else { reader.steps() };
        steps.map(Self).map_err(|kind| {
            let before = text.get(..reader.last).unwrap_or_default();
            TemplatePathError { path: text.to_owned(), column: before.chars().count() + 1, kind }
        })
    }
}

struct PathReader<'t> {
    rest: &'t str,
    /// The start of the current step.
    last: usize,
}

impl PathReader<'_> {
    fn steps(&mut self) -> Result<Vec<PathStep>, TemplatePathErrorKind> {
        let whole = self.rest.len();
        self.last = 0;
        if self.rest.trim().is_empty() {
            return Err(TemplatePathErrorKind::Blank);
        }
        let mut steps = Vec::new();
        // A path may start with a bracket, a key or a dot.
        let mut is_key = !self.rest.starts_with(['[', '.']);
        loop {
            self.last = whole - self.rest.len();
            if is_key {
                steps.push(self.key()?);
            } else if self.rest.is_empty() {
                return Ok(steps);
            } else if self.skip('[') {
                steps.push(self.bracket()?);
            } else if !self.skip('.') {
                return Err(TemplatePathErrorKind::Behind);
            } else {
                is_key = true;
                continue;
            }
            is_key = false;
        }
    }

    fn skip(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// A key up to the next dot or bracket, with dots in quotes or behind backslashes; or `*`.
    fn key(&mut self) -> Result<PathStep, TemplatePathErrorKind> {
        if let Some(key) = self.quoted()? {
            return Ok(PathStep::Key(key));
        }
        let (mut key, mut escaped, mut end) = (String::new(), false, self.rest.len());
        for (at, c) in self.rest.char_indices() {
            match c {
                _ if escaped => {
                    key.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                '.' | '[' => {
                    end = at;
                    break;
                }
                _ => key.push(c),
            }
        }
        if escaped {
            return Err(TemplatePathErrorKind::Backslash);
        }
        let written = self.rest.get(..end).unwrap_or_default();
        self.rest = self.rest.get(end..).unwrap_or_default();
        match written {
            "" => Err(TemplatePathErrorKind::EmptyKey),
            "*" => Ok(PathStep::Values),
            _ => Ok(PathStep::Key(key)),
        }
    }

    /// Reads the text in brackets; the opening one has been read.
    fn bracket(&mut self) -> Result<PathStep, TemplatePathErrorKind> {
        let step = match self.quoted()? {
            Some(key) => PathStep::Key(key),
            None if self.skip('*') => PathStep::Items,
            None => return Err(TemplatePathErrorKind::Bracket),
        };
        if self.skip(']') { Ok(step) } else { Err(TemplatePathErrorKind::Bracket) }
    }

    /// A key in quotes, if one starts here.
    fn quoted(&mut self) -> Result<Option<String>, TemplatePathErrorKind> {
        let Some(quote) = self.rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return Ok(None) };
        let inner = self.rest.get(1..).unwrap_or_default();
        let (key, rest) = inner.split_once(quote).ok_or(TemplatePathErrorKind::OpenQuote)?;
        self.rest = rest;
        if key.is_empty() { Err(TemplatePathErrorKind::EmptyKey) } else { Ok(Some(key.to_owned())) }
    }
}

/// Prints in the notation that it is read from.
impl fmt::Display for TemplatePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(".");
        }
        for (at, step) in self.0.iter().enumerate() {
            let dot = if at == 0 { "" } else { "." };
            match step {
                PathStep::Items => f.write_str("[*]")?,
                PathStep::Values => write!(f, "{dot}*")?,
                PathStep::Key(key) if key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) => {
                    write!(f, "{dot}{key}")?;
                }
                PathStep::Key(key) if !key.contains('"') => write!(f, "[\"{key}\"]")?,
                PathStep::Key(key) => {
                    f.write_str(dot)?;
                    key.chars()
                        .try_for_each(|c| if c.is_alphanumeric() { write!(f, "{c}") } else { write!(f, "\\{c}") })?;
                }
            }
        }
        Ok(())
    }
}

impl fmt::Display for TemplatePathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            TemplatePathErrorKind::Blank => return f.write_str("an empty path (use `.` where the object is the pod)"),
            TemplatePathErrorKind::EmptyKey => "a key is missing",
            TemplatePathErrorKind::OpenQuote => "a quote is not closed",
            TemplatePathErrorKind::Bracket => "brackets take `*` or a key in quotes",
            TemplatePathErrorKind::Behind => "a `.` or a `[` is missing",
            TemplatePathErrorKind::Backslash => "nothing follows the backslash",
        };
        write!(f, "{what} at character {} of `{}` (write it like `spec.groups[*].template`)", self.column, self.path)
    }
}

impl std::error::Error for TemplatePathError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::doc_table;

    #[test]
    fn every_row_of_the_table() {
        let rows = doc_table::rows(include_str!("path.rs"), "Notation");
        assert_eq!(rows.len(), 11);
        for row in rows {
            let [text, steps] = row.as_slice() else { panic!("{row:?}") };
            let path: TemplatePath = text.trim_matches('`').parse().unwrap();
            let shown = path.steps().iter().map(|step| match step {
                PathStep::Key(key) => format!("key {key}"),
                PathStep::Items => "items".to_owned(),
                PathStep::Values => "values".to_owned(),
            });
            assert_eq!(shown.collect::<Vec<_>>().join(", "), *steps, "{text}");
            assert_eq!(path.to_string().parse(), Ok(path), "{text}");
        }
    }

    #[test]
    fn what_is_no_path_is_told_with_its_place() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            let message = text.parse::<TemplatePath>().unwrap_err().to_string();
            let expected = expected.replace("$", &format!("of `{text}` (write it like `spec.groups[*].template`)"));
            assert_eq!(message, expected);
        }
        check("", "an empty path (use `.` where the object is the pod)");
        check(" ", "an empty path (use `.` where the object is the pod)");
        check("spec..template", "a key is missing at character 6 $");
        check("spec.", "a key is missing at character 6 $");
        check("..", "a key is missing at character 2 $");
        check("spec.\"\".x", "a key is missing at character 6 $");
        check("spec.\"a.template", "a quote is not closed at character 6 $");
        check("é[0].template", "brackets take `*` or a key in quotes at character 2 $");
        check("spec[*.template", "brackets take `*` or a key in quotes at character 5 $");
        check("spec[", "brackets take `*` or a key in quotes at character 5 $");
        check("spec[*]template", "a `.` or a `[` is missing at character 8 $");
        check("\"a\"b", "a `.` or a `[` is missing at character 4 $");
        check("spec.a\\", "nothing follows the backslash at character 6 $");
    }
}
