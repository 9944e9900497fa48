//! The table of fields: readers, messages and the flags of the command line all go by it.

use super::error::{PolicyError, did_you_mean};
use super::fields::PolicyFields;
use super::given::Given;

/// One field of the policy.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The name, as under `spec` and `data`.
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
    pub(super) read: fn(&mut PolicyFields, &Given<'_>) -> Result<(), PolicyError>,
}

impl Field {
    /// The field of that name.
    pub fn find(name: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.name == name)
    }

    /// The error for a name that is not in the table.
    pub(super) fn unknown(path: &[String], name: &str) -> PolicyError {
        let names: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
        PolicyError::new(path, &format!("unknown field `{name}` {}", did_you_mean(name, &names)))
    }
}

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A time span as Istio reads it, never negative; fractions are rounded up to whole seconds.
    Duration,
    /// True or false.
    Bool,
    /// The hook of istio-proxy.
    PreStop,
    /// Names of built-in kinds.
    Kinds,
    /// What becomes of an object that can't be edited safely.
    Refused,
}

impl Shape {
    /// What is accepted, to follow after "must be".
    pub const fn accepted(self) -> &'static str {
        match self {
            Self::Duration => "a duration such as `45s` or `1m30s`",
            Self::Bool => "`true` or `false`",
            Self::PreStop => "`drain`, `sigterm`, `sleep`, `none`, or a command such as `{exec: [\"sleep\", \"5\"]}`",
            Self::Kinds => "a list of kinds such as `[Deployment, DaemonSet]`",
            Self::Refused => "`error` or `warn`",
        }
    }
}

/// Every field there is, in the order of the documentation.
pub const FIELDS: &[Field] = &[
    Field {
        name: "preStop",
        doc: "the preStop hook that istio-proxy gets",
        shape: Shape::PreStop,
        default: Some("drain"),
        example: "sleep",
        read: |fields, given| store(&mut fields.pre_stop, given.pre_stop()),
    },
    Field {
        name: "drain",
        doc: "how long the proxy must stay at least: the longest request plus the delay until the endpoints are gone",
        shape: Shape::Duration,
        default: None,
        example: "40s",
        read: |fields, given| store(&mut fields.drain, given.duration()),
    },
    Field {
        name: "appShutdown",
        doc: "what an app may take from SIGTERM to its end",
        shape: Shape::Duration,
        default: Some("5s"),
        example: "10s",
        read: |fields, given| store(&mut fields.app_shutdown, given.duration()),
    },
    Field {
        name: "margin",
        doc: "what the agent needs after the drain to go in order, before the grace period is over",
        shape: Shape::Duration,
        default: Some("2s"),
        example: "5s",
        read: |fields, given| store(&mut fields.margin, given.duration()),
    },
    Field {
        name: "preStopEstimate",
        doc: "stands for the length of an app's preStop hook that can't be read off the manifest",
        shape: Shape::Duration,
        default: None,
        example: "15s",
        read: |fields, given| store(&mut fields.pre_stop_estimate, given.duration()),
    },
    Field {
        name: "exact",
        doc: "lower what is there, too, to exactly the computed numbers",
        shape: Shape::Bool,
        default: Some("false"),
        example: "true",
        read: |fields, given| store(&mut fields.exact, given.bool()),
    },
    Field {
        name: "replaceHooks",
        doc: "replace preStop hooks on istio-proxy that this tool did not write",
        shape: Shape::Bool,
        default: Some("false"),
        example: "true",
        read: |fields, given| store(&mut fields.replace_hooks, given.bool()),
    },
    Field {
        name: "exitOnIdle",
        doc: "let the proxy go as soon as it has no connections left",
        shape: Shape::Bool,
        default: Some("false"),
        example: "true",
        read: |fields, given| store(&mut fields.exit_on_idle, given.bool()),
    },
    Field {
        name: "kinds",
        doc: "the kinds of workloads to edit",
        shape: Shape::Kinds,
        default: Some("[Deployment, StatefulSet]"),
        example: "[Deployment, DaemonSet]",
        read: |fields, given| store(&mut fields.kinds, given.kinds()),
    },
    Field {
        name: "refused",
        doc: "what an object that can't be edited safely is: an error that stops the run, or a warning",
        shape: Shape::Refused,
        default: Some("error"),
        example: "warn",
        read: |fields, given| store(&mut fields.refused, given.refused()),
    },
];

fn store<T>(place: &mut Option<T>, value: Result<T, PolicyError>) -> Result<(), PolicyError> {
    *place = Some(value?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_of_the_table_are_those_that_hold() {
        let mut stated = PolicyFields::default();
        for field in FIELDS {
            stated.set(field.name, field.default.unwrap_or_default()).unwrap();
        }
        assert_eq!(stated.resolve(), PolicyFields::default().resolve());
    }

    #[test]
    fn each_example_is_read_into_a_place_of_its_own() {
        let mut all = PolicyFields::default();
        for (at, field) in FIELDS.iter().enumerate() {
            let mut alone = PolicyFields::default();
            alone.set(field.name, field.example).unwrap();
            assert_ne!(alone, PolicyFields::default(), "{} is not read", field.name);
            assert_ne!(
                alone.clone().resolve(),
                PolicyFields::default().resolve(),
                "{}'s example is its default",
                field.name
            );
            let before = all.clone();
            all.set(field.name, field.example).unwrap();
            assert_ne!(all, before, "{} overwrites another field", field.name);
            assert_eq!(alone.or(before), all, "{} is not laid over", field.name);
            assert_eq!(FIELDS.iter().position(|other| other.name == field.name), Some(at), "{} twice", field.name);
        }
    }

    #[test]
    fn each_field_says_what_it_is_for() {
        for Field { name, doc, .. } in FIELDS {
            assert!(doc.starts_with(char::is_lowercase) && !doc.ends_with('.'), "{name}: {doc}");
        }
    }
}
