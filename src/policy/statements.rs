//! The fields that a mapping states, nested or dotted: `target: {istio: "1.24"}` and `target.istio: "1.24"` are the
//! same.

use serde_json::{Map, Value};

use crate::nearest::nearest;
use crate::yaml::Route;

use super::error::{Flaws, PolicyError};
use super::field::Field;
use super::given::{Given, PolicyPlaces};
use super::table::{find, group, unknown};

/// One field with the value from a source, which is not null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) field: &'static Field,
    /// The path of the value in the resource.
    pub(super) path: Route,
    pub(super) value: Value,
    /// Where the parts of the value stand, once that is known and where it matters.
    pub(super) places: PolicyPlaces,
}

impl Statement {
    pub(super) fn new(field: &'static Field, path: Route, value: Value) -> Self {
        Self { field, path, value, places: PolicyPlaces::new() }
    }

    pub(super) fn given(&self) -> Given<'_> {
        Given::new(&self.path, &self.value).among(Some(&self.places))
    }
}

/// The statements of the mapping at `path`, in the order of its keys. It may also have the keys `others`, which are
/// left out. Null states nothing.
pub(super) fn statements(path: &Route, map: &Map<String, Value>, others: &[&str], flaws: &mut Flaws) -> Vec<Statement> {
    let mut found = Vec::new();
    for (key, value) in map.iter().filter(|(key, _)| !others.contains(&key.as_str())) {
        let path = path.then([key]);
        match (find(key), group(key)) {
            (Some(field), _) => found.push(Statement::new(field, path, value.clone())),
            (None, Some(group)) => found.extend(grouped(&path, group, value, flaws)),
            (None, None) => {
                let error = match nearest(key, others) {
                    Some(meant) => PolicyError::new(&path, &format!("unknown field `{key}` (did you mean `{meant}`?)")),
                    None => unknown(&path, key),
                };
                flaws.keep::<()>(Err(error));
            }
        }
    }
    found.retain(|statement| !statement.value.is_null());
    twice(&found, flaws);
    found
}

/// The statements of the mapping of a group at `path`.
pub(super) fn grouped(path: &Route, group: &str, value: &Value, flaws: &mut Flaws) -> Vec<Statement> {
    if value.is_null() {
        return Vec::new();
    }
    let entries = flaws.keep(Given::new(path, value).map("a mapping of fields")).into_iter().flatten();
    let statement = |(key, value): (&String, &Value)| {
        let path = path.then([key]);
        let name = format!("{group}.{key}");
        let field = find(&name).ok_or_else(|| unknown(&path, &name))?;
        Ok(Statement::new(field, path, value.clone()))
    };
    entries.filter_map(|entry| flaws.keep(statement(entry))).collect()
}

/// Reports fields that are stated in both forms.
pub(super) fn twice(statements: &[Statement], flaws: &mut Flaws) {
    for (at, Statement { field, path, .. }) in statements.iter().enumerate() {
        if statements.iter().take(at).any(|other| other.field == *field) {
            let message = format!("`{}` is stated twice (keep one of the two)", field.name);
            flaws.keep::<()>(Err(PolicyError::new(path, &message)));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(spec: &Value) -> Result<Vec<(&'static str, Route)>, (Route, String)> {
        let mut flaws = Flaws::default();
        let found = statements(&Route::from(["spec"]), spec.as_object().unwrap(), &["own"], &mut flaws);
        let found = flaws.unless(found).map_err(|error| (error.flaws[0].field.clone(), error.to_string()))?;
        Ok(found.into_iter().map(|one| (one.field.name, one.path)).collect())
    }

    #[test]
    fn nested_and_dotted_fields_are_the_same() {
        let found =
            read(&json!({"own": 1, "drain": 1, "target": {"istio": 2}, "target.kubernetes": 3, "mesh": null})).unwrap();
        let expected = [
            ("drain", vec!["drain"]),
            ("target.istio", vec!["target", "istio"]),
            ("target.kubernetes", vec!["target.kubernetes"]),
        ];
        assert_eq!(found, expected.map(|(name, path)| (name, Route::from(["spec"]).then(path))));
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let check = |spec: Value, path: &'static str, message: &str| {
            assert_eq!(read(&spec), Err((Route::from(["spec"]).then(path.split('/')), message.to_owned())));
        };
        let twice = "`target.istio` is stated twice (keep one of the two)";
        check(json!({"target": {"istio": 1}, "target.istio": 1}), "target.istio", twice);
        let unknown = "unknown field `target.istoi` (did you mean `target.istio`?)";
        check(json!({"target": {"istoi": 1}}), "target/istoi", unknown);
        check(json!({"target.istoi": 1}), "target.istoi", unknown);
        let both = "unknown field `dran` (did you mean `drain`?); unknown field `owns` (did you mean `own`?)";
        check(json!({"dran": 1, "owns": 1}), "dran", both);
        let misplaced = "unknown field `terminationDrainDuration` (did you mean `mesh.terminationDrainDuration`?)";
        check(json!({"terminationDrainDuration": 1}), "terminationDrainDuration", misplaced);
        check(json!({"target": "1.24"}), "target", "`target` must be a mapping of fields, not the text `1.24`");
    }
}
