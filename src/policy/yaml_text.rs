//! Reads the YAML text of a ConfigMap's value or a flag, in the same way as all other YAML.

use serde_json::Value;

use crate::object::to_json;
use crate::yaml::{NodeId, Resolved, Route, Source, Tree, parse_all};

use super::error::{PolicyError, all};
use super::shape::Shape;

/// The maximum number of values in a text, after aliases are expanded.
const LIMIT: usize = 10_000;

/// The value that a text states for a field: YAML of the field's type. Null where the text states nothing.
pub(super) fn field_value(name: &str, shape: Shape, text: &str) -> Result<Value, PolicyError> {
    with_root(name, text, |tree, root| match (shape, value(name, tree, root)?) {
        (_, Value::String(text)) if text.is_empty() => Ok(Value::Null),
        (Shape::Kinds | Shape::Names | Shape::RuleIds, Value::String(words)) => {
            let words = words.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
            Ok(words.collect())
        }
        (Shape::Selectors, selector @ Value::String(_)) => Ok(Value::Array(vec![selector])),
        // The original text is known here: 1.30 is not a number, and 0 is the only duration without a unit.
        (Shape::Release | Shape::Name, Value::Number(_) | Value::Bool(_)) | (Shape::Duration, Value::Number(_)) => {
            Ok(tree.as_written(root).into())
        }
        (_, value) => Ok(value),
    })
}

/// The value that a text states for a group of fields.
pub(super) fn group_value(name: &str, text: &str) -> Result<Value, PolicyError> {
    let value = with_root(name, text, |tree, root| value(name, tree, root))?;
    Ok(if value.as_str() == Some("") { Value::Null } else { value })
}

/// Reads the only document of a text; null if there is none. Empty documents don't count.
fn with_root(
    name: &str,
    text: &str,
    read: impl Fn(&Tree<'_>, NodeId) -> Result<Value, PolicyError>,
) -> Result<Value, PolicyError> {
    let source = Source::embedded(text);
    let tree = parse_all(source).map_err(|error| {
        let message = unreadable(name, source, &error.message, error.offset);
        message.because(error)
    })?;
    let mut roots = tree.roots().iter().filter(|root| tree.scalar(**root) != Some(Resolved::Null));
    match (roots.next(), roots.next()) {
        (None, _) => Ok(Value::Null),
        (Some(root), None) => read(&tree, *root),
        (Some(_), Some(second)) => {
            let offset = tree.node(*second).span.start();
            Err(unreadable(name, source, "it has more than one document (keep one)", offset))
        }
    }
}

fn value(name: &str, tree: &Tree<'_>, root: NodeId) -> Result<Value, PolicyError> {
    let (value, unread) = to_json(tree, root, LIMIT, &|_| true);
    let flaws = unread.into_iter().map(|flaw| {
        let error = unreadable(name, tree.source, &flaw.to_string(), flaw.offset);
        Err(error.because(flaw))
    });
    all(flaws).map(|_: Vec<()>| value)
}

fn unreadable(name: &str, source: Source<'_>, message: &str, offset: usize) -> PolicyError {
    let at = source.position(offset);
    PolicyError::new(
        &Route::default(),
        &format!("`{name}` can't be read at line {} column {}: {message}", at.line, at.column),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<Value, &str>) {
        let value = group_value("x", text).map_err(|error| error.to_string());
        assert_eq!(value, expected.map_err(|message| format!("`x` can't be read at line {message}")), "{text}");
    }

    #[test]
    fn texts_are_read_as_files_are() {
        check("", Ok(Value::Null));
        check("# nothing\n---\n", Ok(Value::Null));
        check("\u{FEFF}---\r\na: 1\r\n...\r\n", Ok(json!({"a": 1})));
        check(
            "---\n---\na: &a {b: 40s}\nc: {<<: *a, d: on, e: 0100}\n---\n# end\n",
            Ok(json!({"a": {"b": "40s"}, "c": {"b": "40s", "d": true, "e": 64}})),
        );
        check("a: 1\n---\nb: 2\n", Err("3 column 1: it has more than one document (keep one)"));
        check("a: {b: .inf}", Err("1 column 8: this is not a number that JSON has (write a finite one)"));
        check("a:\n- 1\n- !x 2", Err("3 column 6: this has a tag that is not known (take it off)"));
        check("a: {1: b}", Err("1 column 5: this key is not text (put it in quotes)"));
        check("a: 1\na: 2\n", Err("2 column 1: this key is written twice (keep one of the two)"));
    }

    #[test]
    fn what_is_not_yaml_has_line_and_column() {
        for (text, place) in
            [("a: b: c\n", "1 column 5"), ("a: 1\nb: [1\n---\nc: 1", "2 column 4"), ("@a", "1 column 1")]
        {
            let error = group_value("x", text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`x` can't be read at line {place}")), "{error}");
        }
    }

    #[test]
    fn values_of_fields() {
        let check = |name: &str, text: &str, expected: Result<Value, &str>| {
            let field = super::super::table::find(name).unwrap();
            let value = field_value(name, field.shape, text).map_err(|error| error.to_string());
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
        check("mesh.proxyAdminPort", "035000", Ok(json!(14848)));
        check("exact", "yes", Ok(json!(true)));
        check("resources", "{limits: {cpu: 0100}}", Ok(json!({"limits": {"cpu": 64}})));
        let tag = "this has a tag that is not known (take it off)";
        check("preStop", "!x drain", Err(&format!("`preStop` can't be read at line 1 column 4: {tag}")));
    }

    #[test]
    fn hostile_texts_end_in_an_error() {
        let levels = (1..30).map(|at| format!("a{at}: &a{at} [{}]\n", format!("*a{},", at - 1).repeat(9)));
        let growing = format!("a0: &a0 x\n{}", levels.collect::<String>());
        for text in ["[".repeat(200_000), "{".repeat(5_000), "- ".repeat(20_000), "a: \0".to_owned(), growing] {
            group_value("x", &text).unwrap_err();
        }
    }
}
