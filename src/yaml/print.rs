//! New text for new values. Text that was read is never printed again.

use std::borrow::Borrow;
use std::fmt::Write as _;

use super::scalar::is_safe_plain;
use super::style::{LineStyle, Style};
use super::value::Value;

/// The text after the colon of a key, and the lines below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Printed {
    /// On the line of the key, without the space before it; may be empty.
    pub head: String,
    /// Whole lines, each with its end.
    pub body: String,
}

/// A whole YAML document in the default style.
pub(crate) fn document(value: &Value) -> String {
    match value {
        Value::Map(entries) if !entries.is_empty() => self::entries(by_ref(entries), 0, &Style::default()),
        Value::Map(_) => String::new(),
        other => format!("{}\n", flow(other, &Style::default(), None)),
    }
}

/// A whole YAML document on one line, as far as one can be: only its first keys are not JSON.
pub(crate) fn one_line(value: &Value) -> String {
    let Value::Map(entries) = value else { return json(value) };
    let entries = entries.iter().map(|(key, value)| format!("{key}: {}", json(value)));
    entries.collect::<Vec<_>>().join("\n")
}

/// A value as JSON on one line.
pub(super) fn json(value: &Value) -> String {
    flow(value, &Style { key_quote: Some('"'), ..Style::default() }, None)
}

/// Keys and values as lines of a block mapping at `column`.
pub(super) fn entries<'v>(
    entries: impl IntoIterator<Item = (&'v str, &'v Value)>,
    column: usize,
    style: &Style,
) -> String {
    let mut out = String::new();
    put_entries(&mut out, entries, column, style);
    out
}

/// Values as items of a block sequence whose dashes stand at `column`.
pub(super) fn items<'v>(items: impl IntoIterator<Item = &'v Value>, column: usize, style: &Style) -> String {
    let mut out = String::new();
    items.into_iter().for_each(|value| put_item(&mut out, value, column, style));
    out
}

/// The value of a key that stands at `column` of a block mapping.
pub(super) fn block(value: &Value, column: usize, style: &Style) -> Printed {
    if let Value::Text(text) = value
        && let Some(printed) = literal(text, column + style.step, style)
    {
        return printed;
    }
    let mut body = String::new();
    let has_lines = put_lines(&mut body, value, column, style);
    Printed { head: if has_lines { String::new() } else { flow(value, style, None) }, body }
}

/// Entries as they are printed, whoever owns them.
pub(super) fn by_ref<K: AsRef<str>, V: Borrow<Value>>(entries: &[(K, V)]) -> impl Iterator<Item = (&str, &Value)> {
    entries.iter().map(|(key, value)| (key.as_ref(), value.borrow()))
}

fn put_entries<'v>(
    out: &mut String,
    entries: impl IntoIterator<Item = (&'v str, &'v Value)>,
    column: usize,
    style: &Style,
) {
    for (key, value) in entries {
        indent(out, column);
        put_entry(out, key, value, column, style);
    }
}

/// Adds a key and its value, without the indentation of the first line.
fn put_entry(out: &mut String, key: &str, value: &Value, column: usize, style: &Style) {
    out.push_str(&self::key(key, style));
    out.push(':');
    match value {
        Value::Map(entries) if !entries.is_empty() => out.push_str(style.line_break),
        Value::Items(items) if !items.is_empty() => out.push_str(style.line_break),
        _ => {
            let Printed { head, body } = block(value, column, style);
            for part in [" ", &head, style.line_break, &body] {
                out.push_str(part);
            }
            return;
        }
    }
    put_lines(out, value, column, style);
}

/// Adds the lines below a key at `column`, if the value has any.
fn put_lines(out: &mut String, value: &Value, column: usize, style: &Style) -> bool {
    match value {
        Value::Map(entries) if !entries.is_empty() => {
            put_entries(out, by_ref(entries), column + style.step, style);
        }
        Value::Items(items) if !items.is_empty() => {
            items.iter().for_each(|value| put_item(out, value, column + style.dash_offset, style));
        }
        _ => return false,
    }
    true
}

/// Adds an item of a block sequence whose dashes stand at `column`.
fn put_item(out: &mut String, value: &Value, column: usize, style: &Style) {
    indent(out, column);
    out.push('-');
    indent(out, style.dash_width - 1);
    let inner = column + style.dash_width;
    match value {
        Value::Map(entries) if !entries.is_empty() => {
            for (at, (key, value)) in entries.iter().enumerate() {
                indent(out, if at == 0 { 0 } else { inner });
                put_entry(out, key, value, inner, style);
            }
        }
        other => {
            out.push_str(&flow(other, style, None));
            out.push_str(style.line_break);
        }
    }
}

fn indent(out: &mut String, columns: usize) {
    out.extend(std::iter::repeat_n(' ', columns));
}

/// A value in flow style, its entries on lines of their own where `lines` says how.
pub(super) fn flow(value: &Value, style: &Style, lines: Option<&LineStyle>) -> String {
    let list = |items: Vec<String>, brackets: [&str; 2], padding: &str| {
        let Some(LineStyle { indent, unit }) = lines.filter(|_| !items.is_empty()) else {
            let separator = format!(",{}", style.flow.comma);
            let padding = if items.is_empty() { "" } else { padding };
            return format!("{}{padding}{}{padding}{}", brackets[0], items.join(&separator), brackets[1]);
        };
        let line = format!("{}{indent}{unit}", style.line_break);
        let close = format!("{}{indent}{}", style.line_break, brackets[1]);
        format!("{}{line}{}{close}", brackets[0], items.join(&format!(",{line}")))
    };
    let inner =
        lines.map(|lines| LineStyle { indent: format!("{}{}", lines.indent, lines.unit), unit: lines.unit.clone() });
    let nested = |value: &Value| flow(value, style, inner.as_ref());
    match value {
        Value::Int(number) => number.to_string(),
        Value::Number(number) => number.clone(),
        Value::Bool(bool) => bool.to_string(),
        Value::Str(text) => string(text, style),
        Value::Text(text) => double_quoted(text),
        Value::Words(words) => {
            let quote = style.key_quote.unwrap_or(style.quote);
            list(words.iter().map(|word| quoted(word, quote)).collect(), ["[", "]"], "")
        }
        Value::Items(items) => list(items.iter().map(nested).collect(), ["[", "]"], ""),
        Value::Map(entries) | Value::Braces(entries) => {
            let entries = entries.iter().map(|(key, value)| flow_entry(key, value, style, inner.as_ref()));
            list(entries.collect(), ["{", "}"], style.flow.padding)
        }
    }
}

/// A key and its value in a flow mapping whose entries are indented as `lines` says.
pub(super) fn flow_entry(key: &str, value: &Value, style: &Style, lines: Option<&LineStyle>) -> String {
    let key = self::key(key, style);
    // Only behind a quoted key is a colon one without white space behind it.
    let space = if key.ends_with(['"', '\'']) { style.flow.colon } else { " " };
    format!("{key}:{space}{}", flow(value, style, lines))
}

/// A key, with quotes where its neighbours have them or where it needs them.
fn key(key: &str, style: &Style) -> String {
    match style.key_quote {
        Some(quote) => quoted(key, quote),
        None if is_safe_plain(key) => key.to_owned(),
        None => quoted(key, style.quote),
    }
}

/// A string, with quotes where keys have them too, as in JSON, or where it needs them.
pub(super) fn string(text: &str, style: &Style) -> String {
    if style.key_quote.is_none() && is_safe_plain(text) {
        text.to_owned()
    } else {
        quoted(text, style.key_quote.unwrap_or(style.quote))
    }
}

/// A string in the quotes asked for; in double quotes where single ones can't hold it.
pub(super) fn quoted(text: &str, quote: char) -> String {
    if quote == '\'' && text.chars().all(|c| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}')) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    double_quoted(text)
}

/// A string in double quotes, which JSON and every YAML read alike.
pub(super) fn double_quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// The inside of a double-quoted string.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}') => {
                // Characters of this kind are all in the basic plane.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// A literal block whose lines are indented by `indent`; `None` where such a block can't hold the text.
fn literal(text: &str, indent: usize, style: &Style) -> Option<Printed> {
    let content = text.trim_end_matches('\n');
    let printable =
        |c: char| c == '\n' || c == '\t' || !(c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}'));
    // A first line that starts with white space would need an indicator, and a line of white space only is invisible.
    let readable =
        !content.is_empty() && content.lines().all(|line| line.trim_end() == line || !line.trim().is_empty());
    // White space below that is wider than the indentation would be a line of the text.
    let is_bounded = style.white_below <= indent;
    if !readable || !is_bounded || content.starts_with([' ', '\t', '\n']) || !content.chars().all(printable) {
        return None;
    }
    let head = match text.len() - content.len() {
        0 => "|-",
        1 => "|",
        // Blank lines that count are easily lost at the end of a file.
        _ => return None,
    };
    let mut body = String::new();
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if !line.is_empty() {
            self::indent(&mut body, indent);
            body.push_str(line);
        }
        body.push_str(style.line_break);
    }
    Some(Printed { head: head.to_owned(), body })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Value {
        Value::map([
            ("name", Value::str("istio-proxy")),
            ("grace", Value::Int(47)),
            ("config", Value::Text("a: 1\n\nb: 2\n".into())),
            ("hook", Value::map([("command", Value::Words(vec!["kill".into(), "-SIGTERM".into()]))])),
            ("list", Value::Items(vec![Value::map([("a", Value::Int(1)), ("b", Value::str("yes"))]), Value::Int(2)])),
        ])
    }

    #[test]
    fn block_style() {
        let expected = "\
name: istio-proxy
grace: 47
config: |
  a: 1

  b: 2
hook:
  command: [\"kill\", \"-SIGTERM\"]
list:
- a: 1
  b: \"yes\"
- 2
";
        assert_eq!(document(&sample()), expected);
    }

    #[test]
    fn block_style_of_the_neighbours() {
        let style =
            Style { step: 4, dash_offset: 2, dash_width: 4, quote: '\'', line_break: "\r\n", ..Style::default() };
        let value =
            Value::map([("list", Value::Items(vec![Value::map([("a", Value::str("y")), ("b", Value::Int(1))])]))]);
        assert_eq!(
            entries([("k", &value)], 2, &style),
            "  k:\r\n      list:\r\n        -   a: 'y'\r\n            b: 1\r\n"
        );
    }

    #[test]
    fn flow_style() {
        let style = Style::default();
        let expected = r#"{name: istio-proxy, grace: 47, config: "a: 1\n\nb: 2\n", hook: {command: ["kill", "-SIGTERM"]}, list: [{a: 1, b: "yes"}, 2]}"#;
        assert_eq!(flow(&sample(), &style, None), expected);
    }

    #[test]
    fn json_over_lines() {
        let style = Style { key_quote: Some('"'), ..Style::default() };
        let value = Value::map([("a", Value::map([("b", Value::Words(vec!["x".into()]))]))]);
        let lines = LineStyle { indent: "  ".into(), unit: "\t".into() };
        assert_eq!(
            flow(&value, &style, Some(&lines)),
            "{\n  \t\"a\": {\n  \t\t\"b\": [\n  \t\t\t\"x\"\n  \t\t]\n  \t}\n  }"
        );
    }

    #[test]
    fn strings_that_no_block_can_hold_are_quoted() {
        let style = Style::default();
        let head = |text: &str| block(&Value::Text(text.into()), 0, &style).head;
        assert_eq!(head("a\n"), "|");
        assert_eq!(head("a"), "|-");
        assert_eq!(head("a\n\n"), "\"a\\n\\n\"");
        assert_eq!(head(" a\n"), "\" a\\n\"");
        assert_eq!(head("a\r\n"), "\"a\\r\\n\"");
        assert_eq!(head("a\u{2028}\n"), "\"a\\u2028\\n\"");
        assert_eq!(quoted("it's", '\''), "'it''s'");
        assert_eq!(quoted("a\n", '\''), "\"a\\n\"");
    }
}
