//! The table of fields: readers, messages, flags, the reference and the schema all go by it.

mod mesh;
mod shape;
mod workloads;
mod written;

use serde_json::Value;

use super::error::{PolicyError, nearest_field};
use super::fields::{RunFields, WorkloadFields};
use super::given::Given;

pub use shape::Shape;
pub(super) use shape::one_of;

/// One field of the policy.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The name, as under `spec` and `data`; with a dot where it stands in a mapping of its own: `target.istio`.
    pub name: &'static str,
    /// What it is for, as a phrase: lower case, no full stop.
    pub doc: &'static str,
    /// What it takes.
    pub shape: Shape,
    /// What holds where no source sets it, in the form of a ConfigMap's value; `None` where it is then just not there.
    pub default: Option<&'static str>,
    /// A value that makes sense, in the form of a ConfigMap's value.
    pub example: &'static str,
    /// Reads a value into the field's place.
    pub(super) read: Read,
}

/// Reads a value into its place, and says by its type whether a rule can set it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Read {
    /// It can be set for some workloads only.
    Workload(fn(&mut WorkloadFields, &Given<'_>) -> Result<(), PolicyError>),
    /// It holds for the whole run.
    Run(fn(&mut RunFields, &Given<'_>) -> Result<(), PolicyError>),
}

/// Fields that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// What they are about, as a phrase: lower case, no full stop.
    pub title: &'static str,
    /// The fields, in the order of the documentation.
    pub fields: &'static [Field],
}

/// Every field there is, in the order of the documentation.
pub const SECTIONS: &[Section] = &[
    Section { title: "what is written", fields: written::FIELDS },
    Section { title: "which workloads", fields: workloads::FIELDS },
    Section { title: "about the mesh", fields: mesh::FIELDS },
];

/// Every field there is, in the order of the documentation.
pub fn fields() -> impl Iterator<Item = &'static Field> + Clone {
    SECTIONS.iter().flat_map(|section| section.fields)
}

/// The mappings that hold fields of their own, such as `target`.
pub(super) fn groups() -> impl Iterator<Item = &'static str> + Clone {
    fields()
        .filter_map(Field::group)
        .scan("", |last, group| {
            let is_new = *last != group;
            *last = group;
            Some(is_new.then_some(group))
        })
        .flatten()
}

impl Field {
    /// The field of that name.
    pub fn find(name: &str) -> Option<&'static Self> {
        fields().find(|field| field.name == name)
    }

    /// The mapping that it stands in, where it is not the policy itself.
    pub fn group(&self) -> Option<&'static str> {
        self.name.split_once('.').map(|(group, _)| group)
    }

    /// The name in the mapping that it stands in.
    pub fn key(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(_, key)| key)
    }

    /// Its flag, without dashes in front: `app-shutdown` for `appShutdown`, `target-istio` for `target.istio`. Capitals in a row
    /// are one word.
    pub fn flag(&self) -> String {
        let mut text = String::new();
        let mut previous = '.';
        let mut chars = self.name.chars().peekable();
        while let Some(c) = chars.next() {
            let goes_on = previous.is_ascii_uppercase() && !chars.peek().is_some_and(char::is_ascii_lowercase);
            if c.is_ascii_uppercase() && !goes_on {
                text.push('-');
            }
            text.push(if c == '.' { '-' } else { c.to_ascii_lowercase() });
            previous = c;
        }
        text
    }

    /// What it is for, as a sentence without a full stop.
    pub fn sentence(&self) -> String {
        let mut chars = self.doc.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
    }

    /// The example as a value, in the form of a ShutdownPolicy.
    pub fn example_value(&self) -> Value {
        super::text::field_value(self, self.example).unwrap_or_default()
    }

    /// Whether a rule can set it for its workloads.
    pub fn is_for_workloads(&self) -> bool {
        matches!(self.read, Read::Workload(_))
    }

    /// The error for a name that is not in the table.
    pub(super) fn unknown(path: &[String], name: &str) -> PolicyError {
        let known: Vec<&str> = groups().chain(fields().map(|field| field.name)).collect();
        let group = name.split_once('.').map(|(group, _)| group).filter(|group| groups().any(|known| known == *group));
        let mut there: Vec<&str> = match group {
            Some(_) => fields().filter(|field| field.group() == group).map(|field| field.name).collect(),
            None => fields().map(|field| field.group().unwrap_or(field.name)).collect(),
        };
        there.dedup();
        PolicyError::new(path, &format!("unknown field `{name}` {}", nearest_field(name, &known, &there)))
    }
}

/// Puts what was read into its place.
fn put<T>(place: &mut Option<T>, value: Result<T, PolicyError>) -> Result<(), PolicyError> {
    *place = Some(value?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PolicyFields;

    #[test]
    fn the_defaults_of_the_table_are_those_that_hold() {
        for field in fields().filter(|field| field.group() != Some("mesh")) {
            let mut stated = PolicyFields::default();
            stated.set(field.name, field.default.unwrap_or_default()).unwrap();
            assert_eq!(stated.resolve(), PolicyFields::default().resolve(), "{}", field.name);
        }
    }

    #[test]
    fn each_example_is_read_into_a_place_of_its_own() {
        let mut all = PolicyFields::default();
        for (at, field) in fields().enumerate() {
            let mut alone = PolicyFields::default();
            alone.set(field.name, field.example).unwrap();
            assert_ne!(alone, PolicyFields::default(), "{} is not read", field.name);
            assert_ne!(
                alone.clone().resolve(),
                PolicyFields::default().resolve(),
                "{}'s example is its default, or it is not resolved",
                field.name
            );
            let before = all.clone();
            all.set(field.name, field.example).unwrap();
            assert_ne!(all, before, "{} overwrites another field", field.name);
            assert_eq!(alone.or(before), all, "{} is not laid over", field.name);
            assert_eq!(fields().position(|other| other.name == field.name), Some(at), "{} twice", field.name);
        }
    }

    #[test]
    fn each_field_says_what_it_is_for() {
        for Field { name, doc, .. } in fields() {
            assert!(doc.starts_with(|c: char| c.is_lowercase() || c == '`') && !doc.ends_with('.'), "{name}: {doc}");
        }
    }

    #[test]
    fn flags_are_the_words_of_their_fields() {
        let check = |name: &str, flag: &str| assert_eq!(Field::find(name).unwrap().flag(), flag);
        check("drain", "drain");
        check("appShutdown", "app-shutdown");
        check("target.istio", "target-istio");
        check("mesh.terminationDrainDuration", "mesh-termination-drain-duration");
        check("mesh.rewriteAppHTTPProbe", "mesh-rewrite-app-http-probe");
    }

    #[test]
    fn fields_of_a_group_stand_together_and_no_group_is_a_field() {
        assert_eq!(groups().collect::<Vec<_>>(), ["target", "mesh"]);
        assert!(groups().all(|group| Field::find(group).is_none()));
        assert!(fields().all(|field| field.name.matches('.').count() <= 1));
    }

    #[test]
    fn each_word_of_a_field_is_read_and_means_something_else() {
        for field in fields() {
            let Shape::Word(words) = field.shape else { continue };
            let read = |word: &&str| {
                let mut fields = PolicyFields::default();
                fields.set(field.name, word).unwrap();
                fields
            };
            let all: Vec<_> = words.iter().map(read).collect();
            assert!(all.iter().enumerate().all(|(at, one)| all.iter().position(|other| other == one) == Some(at)));
        }
    }
}
