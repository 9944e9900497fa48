//! The fields that sources state, which source wins, and the result.

use serde_json::Value;

use crate::istio::SettingPlace;
use crate::yaml::{Position, Route};

use super::error::PolicyError;
use super::field::{Field, FieldSlot};
use super::given::PolicyPlace;
use super::set::PolicySet;
use super::statements::Statement;
use super::table::{find, unknown};
use super::yaml_text;
use super::{revisions, workload_rules};

/// The policy as stated by one source, or by several combined ones.
///
/// `SECTIONS` of `policy::table` has the names and meanings of the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyFields {
    /// The statements, all valid. Later ones win.
    statements: Vec<Statement>,
}

impl PolicyFields {
    /// Sets a field from the text of a ConfigMap's value or a flag: YAML of the field's type, such as `40s`, `true` or
    /// `[Deployment, DaemonSet]`, or names as single words between commas. An empty text states nothing and leaves the
    /// field as it is.
    ///
    /// # Errors
    ///
    /// The name is not a field, or the field does not accept the text. The path is the name.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), PolicyError> {
        let path = Route::default().key(name.to_owned());
        let field = find(name).ok_or_else(|| unknown(&path, name))?;
        let value = yaml_text::field_value(name, field.shape, text);
        value.and_then(|value| self.add(Statement::new(field, path.clone(), value))).map_err(|error| error.at(&path))
    }

    /// Whether a source states that field.
    pub(crate) fn states(&self, name: &str) -> bool {
        self.statements.iter().any(|statement| statement.field.name == name)
    }

    /// Looks up the places of the rules and of what is declared about the mesh. `place` returns the offset of a path in
    /// the resource.
    pub(crate) fn locate(&mut self, place: impl Fn(&Route) -> usize) {
        let is_told = |field: &Field| {
            matches!(field.place, FieldSlot::Rules | FieldSlot::Revisions) || field.group() == Some("mesh")
        };
        for Statement { path, value, places, .. } in self.statements.iter_mut().filter(|one| is_told(one.field)) {
            let mut paths = Vec::new();
            paths_in(path, value, &mut paths);
            let stated = paths.into_iter().map(|path| {
                let offset = place(&path);
                (path, PolicyPlace { offset, place: SettingPlace::Input { number: 0, offset } })
            });
            *places = stated.collect();
        }
    }

    /// Says that all of it stands in the file of that name. `positions` returns the lines and columns of offsets.
    pub(crate) fn place_in(&mut self, file: &str, positions: impl Fn(Vec<usize>) -> Vec<Position>) {
        let all = self.statements.iter_mut().flat_map(|statement| statement.places.values_mut());
        let all: Vec<_> = all.collect();
        let positions = positions(all.iter().map(|stated| stated.offset).collect());
        for (stated, Position { line, column }) in all.into_iter().zip(positions) {
            stated.place = SettingPlace::File { file: file.to_owned(), line, column };
        }
    }

    /// Combines two sources: these fields win over `lower`, field by field. Flags win over `--policy`, and that wins
    /// over the functionConfig.
    #[must_use]
    pub(crate) fn or(self, lower: Self) -> Self {
        Self { statements: [lower.statements, self.statements].concat() }
    }

    /// Fills in the defaults.
    pub fn resolve(&self) -> PolicySet {
        let mut set = PolicySet { states_hook: self.states("preStop"), ..PolicySet::default() };
        let (rules, fields): (Vec<_>, Vec<_>) = self.statements.iter().partition(|statement| is_rules(statement.field));
        // Rules change the combined policy of all sources.
        for statement in fields.into_iter().chain(rules.last().copied()) {
            // It was valid when it was added.
            let _ = put(statement, &mut set);
        }
        set
    }

    /// Adds a statement if it is valid. Null states nothing.
    pub(super) fn add(&mut self, statement: Statement) -> Result<(), PolicyError> {
        if !statement.value.is_null() {
            put(&statement, &mut PolicySet::default())?;
            self.statements.push(statement);
        }
        Ok(())
    }
}

/// The paths of a value and of all values in it.
fn paths_in(path: &Route, value: &Value, paths: &mut Vec<Route>) {
    paths.push(path.clone());
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| paths_in(&path.then([key]), value, paths)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| paths_in(&path.then([at]), item, paths));
        }
        _ => {}
    }
}

const fn is_rules(field: &Field) -> bool {
    matches!(field.place, FieldSlot::Rules)
}

fn put(statement: &Statement, set: &mut PolicySet) -> Result<(), PolicyError> {
    let given = statement.given();
    match statement.field.place {
        FieldSlot::Workload(put) => put(&mut set.policy, &given),
        FieldSlot::Run(put) => put(set, &given),
        FieldSlot::Revisions => {
            set.revisions = revisions::read(&given)?;
            Ok(())
        }
        FieldSlot::Rules => {
            set.rules = workload_rules::read(&given, &set.policy)?;
            for rule in &mut set.rules {
                rule.offset = statement.places.get(&rule.path).map(|stated| stated.offset);
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shutdown::{Policy, PreStop, Seconds};

    fn stated(fields: &[(&str, &str)]) -> PolicyFields {
        let mut stated = PolicyFields::default();
        for (name, text) in fields {
            stated.set(name, text).unwrap();
        }
        stated
    }

    #[test]
    fn nothing_configured_is_the_builtin_policy() {
        let set = PolicyFields::default().resolve();
        assert_eq!(set, PolicySet::default());
        assert_eq!(set.policy, Policy::builtin());
    }

    #[test]
    fn the_higher_source_wins_field_by_field() {
        let flags = stated(&[("drain", "1s"), ("exact", "false"), ("mesh.drainDuration", "1s")]);
        let file = stated(&[("drain", "2s"), ("margin", "2s"), ("exact", "true"), ("mesh.rootNamespace", "two")]);
        let config = stated(&[("drain", "3s"), ("margin", "3s"), ("kinds", "Pod"), ("mesh.drainDuration", "3s")]);
        let expected = [
            ("drain", "1s"),
            ("margin", "2s"),
            ("exact", "false"),
            ("kinds", "Pod"),
            ("mesh.drainDuration", "1s"),
            ("mesh.rootNamespace", "two"),
        ];
        assert_eq!(flags.or(file).or(config).resolve(), stated(&expected).resolve());
    }

    #[test]
    fn the_recipe_of_the_guides() {
        let recipe = [("drain", "40s"), ("appShutdown", "0s"), ("margin", "0s"), ("preStop", "sigterm")];
        let expected = Policy {
            pre_stop: PreStop::Sigterm,
            drain: Some(Seconds::new(40)),
            app_shutdown: Seconds::ZERO,
            margin: Seconds::ZERO,
            ..Policy::builtin()
        };
        assert_eq!(stated(&recipe).resolve().policy, expected);
    }

    #[test]
    fn the_last_text_wins_and_an_empty_one_says_nothing() {
        let expected = stated(&[("drain", "40s")]).resolve();
        assert_eq!(stated(&[("drain", "30s"), ("drain", "40s"), ("drain", "")]).resolve(), expected);
        assert_eq!(
            stated(&[("drain", " 40s # and a comment\n"), ("margin", "# nothing"), ("exact", "~")]).resolve(),
            expected
        );
    }

    #[test]
    fn a_bad_text_is_an_error_and_sets_nothing() {
        let check = |name: &str, text: &str, expected: &str| {
            let mut fields = PolicyFields::default();
            let error = fields.set(name, text).unwrap_err();
            assert_eq!(error.flaws[0].field, Route::default().key(name.to_owned()));
            assert!(error.to_string().starts_with(expected), "{error}");
            assert_eq!(fields, PolicyFields::default());
        };
        check("dran", "40s", "unknown field `dran` (did you mean `drain`?)");
        check("drain", "40", "`drain` must be a duration: `40` lacks a unit (did you mean `40s`?");
    }
}
