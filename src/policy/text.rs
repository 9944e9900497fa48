//! YAML text to values: a ConfigMap's value, a flag.

use serde::Deserialize;
use serde_json::Value;
use serde_yaml::Value as Yaml;

use super::error::{PolicyError, dotted};
use super::table::{Field, Shape};

/// libyaml takes time in the square of the depth of flow collections; no policy comes near this number of them.
const MAX_FLOW_STARTS: usize = 5_000;

/// The value that a text states for a field: YAML of the field's type. Null where the text states nothing.
pub(super) fn field_value(field: &Field, text: &str) -> Result<Value, PolicyError> {
    Ok(match (field.shape, value(field.name, text)?) {
        (_, Value::String(text)) if text.is_empty() => Value::Null,
        (Shape::Kinds | Shape::Names, Value::String(words)) => {
            let words = words.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
            words.collect()
        }
        (Shape::Selectors, selector @ Value::String(_)) => Value::Array(vec![selector]),
        // The text is at hand: 1.30 is no number here, and 0 is the one duration that needs no unit.
        (Shape::Release | Shape::Name, Value::Number(_) | Value::Bool(_)) | (Shape::Duration, Value::Number(_)) => {
            let plain = text.split(" #").next().unwrap_or_default().trim();
            Value::String(plain.to_owned())
        }
        (_, value) => value,
    })
}

/// The value that a text states for a group of fields.
pub(super) fn group_value(name: &str, text: &str) -> Result<Value, PolicyError> {
    Ok(Some(value(name, text)?).filter(|value| value.as_str() != Some("")).unwrap_or_default())
}

fn value(name: &str, text: &str) -> Result<Value, PolicyError> {
    let error = |message: String| PolicyError::new(&[], &format!("`{name}` can't be read: {message}"));
    to_json(document(text).map_err(error)?, &mut vec![name.to_owned()])
}

/// The only document of a text; null where there is none. Empty documents don't count.
fn document(text: &str) -> Result<Yaml, String> {
    if text.bytes().filter(|b| matches!(b, b'[' | b'{')).count() > MAX_FLOW_STARTS {
        return Err(format!("it has more than {MAX_FLOW_STARTS} lists and mappings in brackets"));
    }
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    if let Some((offset, c)) = text.char_indices().find(|(_, c)| !is_printable(*c)) {
        // libyaml tells the number of the byte only.
        let before = text.get(..offset).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let (line, column) = (before.matches('\n').count() + 1, line.chars().count() + 1);
        return Err(format!("the character `{}` is not allowed at line {line} column {column}", c.escape_default()));
    }
    let mut only = Yaml::Null;
    for document in serde_yaml::Deserializer::from_str(text) {
        // After an error the iterator would come back with the same one for ever: it is left at once.
        let mut document = Yaml::deserialize(document).map_err(|error| placed(&error))?;
        document.apply_merge().map_err(|error| placed(&error))?;
        match (only.is_null(), document.is_null()) {
            (true, _) => only = document,
            (false, true) => {}
            (false, false) => return Err("it has more than one document (keep one)".to_owned()),
        }
    }
    Ok(only)
}

/// The characters that libyaml reads.
fn is_printable(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{85}') || !(c.is_control() || matches!(c, '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}'))
}

/// The message with line and column, which the crate leaves out at the very start of a text.
fn placed(error: &serde_yaml::Error) -> String {
    let message = error.to_string();
    match error.location() {
        Some(at) if !message.contains(" at line ") => {
            format!("{message} at line {} column {}", at.line(), at.column())
        }
        _ => message,
    }
}

/// What has no counterpart in JSON is an error, where other readers leave it out or make it null.
fn to_json(value: Yaml, path: &mut Vec<String>) -> Result<Value, PolicyError> {
    let error =
        |path: &[String], message: String| Err(PolicyError::new(path, &format!("`{}` {message}", dotted(path))));
    match value {
        Yaml::Null => Ok(Value::Null),
        Yaml::Bool(value) => Ok(Value::Bool(value)),
        Yaml::String(text) => Ok(Value::String(text)),
        Yaml::Number(number) => match serde_json::to_value(&number) {
            Ok(value @ Value::Number(_)) => Ok(value),
            _ => error(path, format!("is `{number}`, which is no number that can be used")),
        },
        Yaml::Sequence(items) => {
            let mut list = Vec::with_capacity(items.len());
            for (at, item) in items.into_iter().enumerate() {
                path.push(at.to_string());
                list.push(to_json(item, path)?);
                path.pop();
            }
            Ok(Value::Array(list))
        }
        Yaml::Mapping(entries) => {
            let mut map = serde_json::Map::with_capacity(entries.len());
            for (key, value) in entries {
                let Yaml::String(key) = key else {
                    return error(path, "has a key that is no text (put it in quotes)".to_owned());
                };
                path.push(key.clone());
                map.insert(key, to_json(value, path)?);
                path.pop();
            }
            Ok(Value::Object(map))
        }
        Yaml::Tagged(tagged) => error(path, format!("has the unknown tag `{}` (take it off)", tagged.tag)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resource(text: &str) -> Result<Value, String> {
        value("x", text).map_err(|error| error.message)
    }

    #[test]
    fn texts() {
        let check = |text: &str, expected: Result<Value, &str>| {
            assert_eq!(resource(text), expected.map_err(str::to_owned), "{text}");
        };
        check("", Ok(Value::Null));
        check("# nothing\n---\n", Ok(Value::Null));
        check("\u{FEFF}---\r\na: 1\r\n...\r\n", Ok(json!({"a": 1})));
        check(
            "---\n---\na: &a {b: 40s}\nc: {<<: *a, d: on}\n---\n# end\n",
            Ok(json!({"a": {"b": "40s"}, "c": {"b": "40s", "d": "on"}})),
        );
        check("a: 1\n---\nb: 2\n", Err("`x` can't be read: it has more than one document (keep one)"));
        check("a: {b: .inf}", Err("`x.a.b` is `.inf`, which is no number that can be used"));
        check("a: [1, !x 2]", Err("`x.a[1]` has the unknown tag `!x` (take it off)"));
        check("a: {1: b}", Err("`x.a` has a key that is no text (put it in quotes)"));
        check("[]: b", Err("`x` has a key that is no text (put it in quotes)"));
    }

    #[test]
    fn what_is_no_yaml_has_line_and_column() {
        let check = |text: &str, expected: &str| {
            assert_eq!(resource(text), Err(format!("`x` can't be read: {expected}")));
        };
        check("a: b: c\n", "mapping values are not allowed in this context at line 1 column 5");
        check(
            "a: 1\nb: [1\n---\nc: 1",
            "did not find expected ',' or ']' at line 3 column 1, while parsing a flow sequence at line 2 column 4",
        );
        check(
            "@a",
            "found character that cannot start any token, while scanning for the next token at line 1 column 1",
        );
        check("a: *x\n", "unknown anchor at line 1 column 4");
        check("a: 1\na: 2\n", "duplicate entry with key \"a\" at line 1 column 1");
        check("a: 1\n\u{e9}: \0", "the character `\\u{0}` is not allowed at line 2 column 4");
        check("a: \u{FEFF}", "the character `\\u{feff}` is not allowed at line 1 column 4");
    }

    #[test]
    fn values_of_fields() {
        let check = |name: &str, text: &str, expected: Result<Value, &str>| {
            let value = field_value(Field::find(name).unwrap(), text).map_err(|error| error.message);
            assert_eq!(value, expected.map_err(str::to_owned), "{text}");
        };
        check("drain", "40s", Ok(json!("40s")));
        check("drain", "40", Ok(json!("40")));
        check("drain", "0", Ok(json!("0")));
        check("drain", " 0 # at once\n", Ok(json!("0")));
        check("drain", "", Ok(Value::Null));
        check("drain", "''", Ok(Value::Null));
        check("exact", "true", Ok(json!(true)));
        check("exact", "'true'", Ok(json!("true")));
        check("preStop", "exec:\n- sleep\n- '5'\n", Ok(json!({"exec": ["sleep", "5"]})));
        check("kinds", "[Deployment, Pod]", Ok(json!(["Deployment", "Pod"])));
        check("kinds", "- Deployment\n- Pod\n", Ok(json!(["Deployment", "Pod"])));
        check("kinds", "Pod", Ok(json!(["Pod"])));
        check("kinds", "Deployment,Pod , Job", Ok(json!(["Deployment", "Pod", "Job"])));
        check("kinds", "Deployment Pod", Ok(json!(["Deployment", "Pod"])));
        let open =
            "did not find expected ',' or ']' at line 2 column 1, while parsing a flow sequence at line 1 column 8";
        check("preStop", "{exec: [a", Err(&format!("`preStop` can't be read: {open}")));
        check("preStop", "!x drain", Err("`preStop` has the unknown tag `!x` (take it off)"));
    }

    #[test]
    fn hostile_texts_end_in_an_error() {
        let check = |text: String, expected: &str| {
            let error = resource(&text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        check("[".repeat(200_000), "more than 5000 lists and mappings in brackets");
        check("[".repeat(MAX_FLOW_STARTS), "recursion limit exceeded at line 1 column");
        check("{".repeat(MAX_FLOW_STARTS), "recursion limit exceeded at line 1 column");
        check("- ".repeat(20_000), "recursion limit exceeded at line 1 column");
        let levels = (1..30).map(|at| format!("a{at}: &a{at} [{}]\n", format!("*a{},", at - 1).repeat(9)));
        check(format!("a0: &a0 x\n{}", levels.collect::<String>()), "repetition limit exceeded");
    }
}
