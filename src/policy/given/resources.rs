//! The resources of a container.

use serde_json::Value;

use crate::kubernetes::is_quantity;
use crate::policy::error::{PolicyError, all, did_you_mean};
use crate::policy::shape::Shape;
use crate::shutdown::Resources;

use super::{FieldValue, Given};

/// The resources of Kubernetes itself. Others have a slash in their names.
const NATIVE: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::check;
    use super::*;

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
