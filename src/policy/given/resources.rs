//! The resources of a container.

use serde_json::Value;

use crate::policy::error::{PolicyError, all, did_you_mean};
use crate::policy::shape::Shape;
use crate::shutdown::Resources;

use super::{FieldValue, Given};

/// The resources of Kubernetes itself. Others have a slash in their names.
const NATIVE: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

/// The suffixes of a quantity (apimachinery `pkg/api/resource/suffix.go`).
const SUFFIXES: [&str; 16] = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

impl FieldValue for Resources {
    const SHAPE: Shape = Shape::Resources;

    fn read(given: &Given<'_>) -> Result<Self, PolicyError> {
        let mut resources = Self::default();
        for (key, quantities) in given.entries(Self::SHAPE)? {
            match key {
                "requests" => resources.requests = quantities.quantities()?,
                "limits" => resources.limits = quantities.quantities()?,
                _ => {
                    let remedy = did_you_mean(key, &["requests", "limits"]);
                    return Err(quantities.error(&format!("is unknown {remedy}")));
                }
            }
        }
        if resources == Self::default() { Err(given.not(Self::SHAPE, "")) } else { Ok(resources) }
    }
}

impl Given<'_> {
    fn quantities(&self) -> Result<Vec<(String, String)>, PolicyError> {
        let read = |(name, quantity): (&str, Given<'_>)| {
            let is_known = NATIVE.contains(&name) || name.starts_with("hugepages-") || name.contains('/');
            if !is_known {
                return Err(quantity.error(&format!("is not a known resource {}", did_you_mean(name, &NATIVE))));
            }
            let text = match quantity.value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => String::new(),
            };
            if is_quantity(&text) {
                Ok((name.to_owned(), text))
            } else {
                Err(quantity.not("a quantity such as `100m` or `128Mi`", ""))
            }
        };
        all(self.entries("a mapping such as `{cpu: 100m, memory: 128Mi}`")?.into_iter().map(read))
    }
}

/// Whether the API server accepts a text as a quantity of a resource, which is never negative.
fn is_quantity(text: &str) -> bool {
    let text = text.strip_prefix('+').unwrap_or(text);
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let Some((number, suffix)) = text.split_at_checked(end) else { return false };
    let is_exponent = || {
        let exponent = suffix.strip_prefix(['e', 'E']).unwrap_or_default();
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let is_number = number.contains(|c: char| c.is_ascii_digit()) && number.matches('.').count() <= 1;
    is_number && (SUFFIXES.contains(&suffix) || is_exponent())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::check;
    use super::*;

    #[test]
    fn quantities_are_those_of_the_api() {
        for text in ["1", "0", "100m", "128Mi", "1.5", ".5", "5.", "+1", "1e3", "1E3", "1e-3", "1E", "64k"] {
            assert!(is_quantity(text), "{text}");
        }
        for text in ["", "m", "-1", "1 Gi", "128MB", "1..5", "1.2.3", ".", "1e", "1e3m", "128mi", "1e+", "1e-+3", "１"]
        {
            assert!(!is_quantity(text), "{text}");
        }
    }

    #[test]
    fn resources() {
        let check = |value: Value, expected: Result<Resources, &str>| check(&value, expected);
        let pairs = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, quantity)| ((*name).to_owned(), (*quantity).to_owned())).collect()
        };
        check(
            json!({"requests": {"cpu": 0.5, "memory": "128Mi"}, "limits": {"example.com/gpu": 1}}),
            Ok(Resources {
                requests: pairs(&[("cpu", "0.5"), ("memory", "128Mi")]),
                limits: pairs(&[("example.com/gpu", "1")]),
            }),
        );
        check(json!({"limit": {}}), Err("`f.limit` is unknown (did you mean `limits`?)"));
        check(
            json!({"limits": {"memroy": 1}}),
            Err("`f.limits.memroy` is not a known resource (did you mean `memory`?)"),
        );
        check(
            json!({"limits": {"memory": "128MB"}}),
            Err("`f.limits.memory` must be a quantity such as `100m` or `128Mi`, not the text `128MB`"),
        );
        let accepted = "`f` must be a mapping such as `{requests: {cpu: 100m, memory: 128Mi}}`, not";
        check(json!({}), Err(&format!("{accepted} an empty mapping")));
        check(json!("100m"), Err(&format!("{accepted} the text `100m`")));
    }
}
