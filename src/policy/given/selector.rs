//! Label selectors, in both forms of Kubernetes: the mapping of manifests, and the text of `kubectl -l`.

use kube_core::{Expression, Selector};
use serde_json::Value;

use crate::policy::error::{PolicyError, all, did_you_mean};
use crate::policy::selector_text;
use crate::policy::shape::Shape;

use super::{FieldValue, Given};

const ACCEPTED: &str = "a label selector such as `{matchLabels: {app: web}}` or `app=web,tier in (a,b)`";

const OPERATORS: [&str; 4] = ["In", "NotIn", "Exists", "DoesNotExist"];

impl FieldValue for Vec<Selector> {
    const SHAPE: Shape = Shape::Selectors;

    fn read(given: &Given<'_>) -> Result<Self, PolicyError> {
        all(given.list(Self::SHAPE)?.iter().map(Given::selector))
    }
}

impl Given<'_> {
    /// A selector, which must not be empty: the meaning of an empty selector differs within Kubernetes.
    pub(in crate::policy) fn selector(&self) -> Result<Selector, PolicyError> {
        let expressions = match self.value {
            Value::String(text) => {
                selector_text::parse(text).map_err(|flaw| self.not(ACCEPTED, &format!("({flaw})")).because(flaw))?
            }
            _ => self.selector_mapping()?,
        };
        if expressions.is_empty() { Err(self.not(ACCEPTED, "")) } else { Ok(expressions.into_iter().collect()) }
    }

    fn selector_mapping(&self) -> Result<Vec<Expression>, PolicyError> {
        let mut expressions = Vec::new();
        for (key, value) in self.entries(ACCEPTED)? {
            match key {
                _ if value.value.is_null() => {}
                "matchLabels" => {
                    for (label, value) in value.entries("a mapping of labels such as `{app: web}`")? {
                        expressions.push(Expression::Equal(label.to_owned(), value.text()?));
                    }
                }
                "matchExpressions" => {
                    let accepted = "a list of expressions such as `[{key: tier, operator: In, values: [a, b]}]`";
                    expressions.extend(all(value.list(accepted)?.iter().map(Given::expression))?);
                }
                _ => {
                    let remedy = did_you_mean(key, &["matchLabels", "matchExpressions"]);
                    return Err(value.error(&format!("is unknown {remedy}")));
                }
            }
        }
        Ok(expressions)
    }

    fn expression(&self) -> Result<Expression, PolicyError> {
        let (mut label, mut operator, mut values) = (None, None, None);
        for (key, value) in self.entries("a mapping such as `{key: tier, operator: In, values: [a, b]}`")? {
            match key {
                "key" => label = Some(String::read(&value)?),
                "operator" => operator = Some(value),
                "values" => {
                    let items = value.list("a list of values that is not empty")?;
                    values = Some((all(items.iter().map(Given::text))?.into_iter().collect(), value));
                }
                _ => {
                    let remedy = did_you_mean(key, &["key", "operator", "values"]);
                    return Err(value.error(&format!("is unknown {remedy}")));
                }
            }
        }
        let label = label.ok_or_else(|| self.error("lacks its `key`"))?;
        let operator =
            operator.ok_or_else(|| self.error("lacks its `operator` (`In`, `NotIn`, `Exists` or `DoesNotExist`)"))?;
        match (operator.text()?.as_str(), values) {
            ("In", Some((values, _))) => Ok(Expression::In(label, values)),
            ("NotIn", Some((values, _))) => Ok(Expression::NotIn(label, values)),
            ("Exists", None) => Ok(Expression::Exists(label)),
            ("DoesNotExist", None) => Ok(Expression::DoesNotExist(label)),
            ("In" | "NotIn", None) => Err(self.error("lacks its `values`")),
            ("Exists" | "DoesNotExist", Some((_, values))) => {
                Err(values.error("has no effect with this operator (remove it, or use `In` or `NotIn`)"))
            }
            (name, _) => Err(operator.not("an operator", &did_you_mean(name, &OPERATORS))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::check_by;
    use super::*;

    #[track_caller]
    fn check(value: Value, expected: Result<&str, &str>) {
        let expected = expected.map(str::to_owned);
        check_by(|given| given.selector().map(|selector| selector.to_string()), &value, expected);
    }

    #[test]
    fn texts() {
        check(json!("app=web"), Ok("app=web"));
        check(
            json!("app == web , tier in (a, b),!old, x notin(c),y!=z,example.com/k"),
            Ok("app=web,tier in (a,b),!old,x notin (c),y!=z,example.com/k"),
        );
        check(json!("index"), Ok("index"));
        check(json!("a="), Ok("a="));
        let not = |text: &str, flaw: &str| {
            check(json!(text), Err(&format!("`f` must be {ACCEPTED}, not the text `{text}` ({flaw})")));
        };
        not("app=web tier=a", "a comma is missing in front of `tier=a`");
        not("app=web,", "nothing follows the last comma");
        not("=web", "no label name comes before `=web`");
        not("a in b", "`in` and `notin` want values in parentheses");
        not("a in (b", "the parenthesis is not closed");
        not("a in (b c)", "` c` can't be in a value");
        not("a > 1", "a comma is missing in front of `> 1`");
        not("app: web", "a comma is missing in front of `: web`");
        check(json!(""), Err(&format!("`f` must be {ACCEPTED}, not an empty text")));
    }

    #[test]
    fn mappings() {
        check(json!({"matchLabels": {"app": "web", "tier": "a"}}), Ok("app=web,tier=a"));
        let expressions = json!([
            {"key": "a", "operator": "In", "values": ["x", "y"]}, {"key": "b", "operator": "NotIn", "values": ["x"]},
            {"key": "c", "operator": "Exists"}, {"key": "d", "operator": "DoesNotExist"},
        ]);
        check(json!({"matchExpressions": expressions}), Ok("a in (x,y),b notin (x),c,!d"));
        check(json!({}), Err(&format!("`f` must be {ACCEPTED}, not an empty mapping")));
        check(json!(["app=web"]), Err(&format!("`f` must be {ACCEPTED}, not a list")));
        check(json!({"matchLabel": {}}), Err("`f.matchLabel` is unknown (did you mean `matchLabels`?)"));
        check(
            json!({"matchLabels": {"v": 1}}),
            Err("`f.matchLabels.v` must be text, not the number `1` (put it in quotes)"),
        );
        let one = |expression: Value, expected: &str| {
            check(json!({"matchExpressions": [expression]}), Err(&format!("`f.matchExpressions[0]{expected}")));
        };
        one(json!({"operator": "Exists"}), "` lacks its `key`");
        one(json!({"key": "a", "operator": "In"}), "` lacks its `values`");
        one(json!({"key": "a"}), "` lacks its `operator` (`In`, `NotIn`, `Exists` or `DoesNotExist`)");
        one(
            json!({"key": "a", "operator": "exists"}),
            ".operator` must be an operator, not the text `exists` (did you mean `Exists`?)",
        );
        one(
            json!({"key": "a", "operator": "Exists", "values": ["b"]}),
            ".values` has no effect with this operator (remove it, or use `In` or `NotIn`)",
        );
    }
}
