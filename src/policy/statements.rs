//! The fields that a mapping states, wherever in it they stand: `target: {istio: "1.24"}` and `target.istio: "1.24"` say
//! the same.

use serde_json::{Map, Value};

use super::error::PolicyError;
use super::given::Given;
use super::table::{Field, groups};

/// One field, and its value.
#[derive(Debug)]
pub(super) struct Statement<'v> {
    pub(super) field: &'static Field,
    /// The way to the value in the resource.
    pub(super) path: Vec<String>,
    pub(super) value: &'v Value,
}

/// What the mapping at `path` states, in the order of its keys.
pub(super) fn statements<'v>(path: &[String], map: &'v Map<String, Value>) -> Result<Vec<Statement<'v>>, PolicyError> {
    let mut found = Vec::new();
    for (key, value) in map {
        let path = [path, std::slice::from_ref(key)].concat();
        match (Field::find(key), group(key)) {
            (Some(field), _) => found.push(Statement { field, path, value }),
            (None, Some(group)) => found.extend(grouped(&path, group, value)?),
            (None, None) => return Err(Field::unknown(&path, key)),
        }
    }
    match twice(found.iter().map(|statement| (statement.field, statement.path.as_slice()))) {
        Some(error) => Err(error),
        None => Ok(found),
    }
}

/// What the mapping of a group at `path` states; null states nothing.
pub(super) fn grouped<'v>(path: &[String], group: &str, value: &'v Value) -> Result<Vec<Statement<'v>>, PolicyError> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    let entries = Given::new(path, group, value).map("a mapping of fields")?.iter();
    let statement = |(key, value): (&String, &'v Value)| {
        let path = [path, std::slice::from_ref(key)].concat();
        let name = format!("{group}.{key}");
        let field = Field::find(&name).ok_or_else(|| Field::unknown(&path, &name))?;
        Ok(Statement { field, path, value })
    };
    entries.map(statement).collect()
}

/// The group of that name.
pub(super) fn group(name: &str) -> Option<&'static str> {
    groups().find(|group| *group == name)
}

/// The error for a field that is stated a second time, in another form.
pub(super) fn twice<'p>(stated: impl Iterator<Item = (&'static Field, &'p [String])>) -> Option<PolicyError> {
    let mut names = Vec::new();
    for (field, path) in stated {
        if names.contains(&field.name) {
            return Some(PolicyError::new(path, &format!("`{}` is stated twice (keep one of the two)", field.name)));
        }
        names.push(field.name);
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(spec: &Value) -> Result<Vec<(&'static str, String)>, (String, String)> {
        let found = statements(&["spec".to_owned()], spec.as_object().unwrap());
        let found = found.map_err(|error| (error.field.join("/"), error.message))?;
        Ok(found.into_iter().map(|one| (one.field.name, one.path.join("/"))).collect())
    }

    #[test]
    fn nested_and_dotted_fields_are_the_same() {
        let found = read(&json!({"drain": 1, "target": {"istio": 2}, "target.kubernetes": 3, "mesh": null})).unwrap();
        let expected =
            [("drain", "drain"), ("target.istio", "target/istio"), ("target.kubernetes", "target.kubernetes")];
        assert_eq!(found, expected.map(|(name, path)| (name, format!("spec/{path}"))));
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let check = |spec: Value, path: &str, message: &str| {
            assert_eq!(read(&spec), Err((format!("spec/{path}"), message.to_owned())));
        };
        let twice = "`target.istio` is stated twice (keep one of the two)";
        check(json!({"target": {"istio": 1}, "target.istio": 1}), "target.istio", twice);
        let unknown = "unknown field `target.istoi` (did you mean `target.istio`?)";
        check(json!({"target": {"istoi": 1}}), "target/istoi", unknown);
        check(json!({"target.istoi": 1}), "target.istoi", unknown);
        let misplaced = "unknown field `terminationDrainDuration` (did you mean `mesh.terminationDrainDuration`?)";
        check(json!({"terminationDrainDuration": 1}), "terminationDrainDuration", misplaced);
        check(json!({"target": "1.24"}), "target", "`target` must be a mapping of fields, not the text `1.24`");
    }
}
