//! The fields that one source sets, which source wins, and what holds in the end.

use serde_json::Value;

use crate::shutdown::{Policy, PreStop, Seconds};

use super::error::PolicyError;
use super::given::Given;
use super::kind::Kind;
use super::table::Field;
use super::text;

/// The policy as one source states it: a field that is `None` is not set there.
///
/// The names and meanings of the fields on the wire stand in [`FIELDS`](super::FIELDS).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyFields {
    /// `preStop`: the hook of istio-proxy.
    pub pre_stop: Option<PreStop>,
    /// `drain`: how long the proxy must stay at least.
    pub drain: Option<Seconds>,
    /// `appShutdown`: what an app may take from SIGTERM to its end.
    pub app_shutdown: Option<Seconds>,
    /// `margin`: what the agent needs after the drain.
    pub margin: Option<Seconds>,
    /// `preStopEstimate`: stands for the length of a hook that can't be read.
    pub pre_stop_estimate: Option<Seconds>,
    /// `exact`: lower what is there, too.
    pub exact: Option<bool>,
    /// `replaceHooks`: replace hooks on istio-proxy that are not ours.
    pub replace_hooks: Option<bool>,
    /// `exitOnIdle`: let the proxy go as soon as it has no connections.
    pub exit_on_idle: Option<bool>,
    /// `kinds`: the kinds of workloads to edit, never empty.
    pub kinds: Option<Vec<Kind>>,
    /// `refused`: what an object that can't be edited safely is.
    pub refused: Option<Refused>,
}

/// What an object that can't be edited safely is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refused {
    /// An error: nothing comes out.
    Error,
    /// A warning: the object stays as it is, the others are edited.
    Warn,
}

/// What holds in the end: the domain's policy, and what it is applied to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySet {
    /// How each workload is to shut down.
    pub policy: Policy,
    /// The kinds of workloads to edit, without doubles.
    pub kinds: Vec<Kind>,
    /// What an object that can't be edited safely is.
    pub refused: Refused,
}

impl PolicyFields {
    /// Sets a field from text, as a ConfigMap's value or a flag has it: YAML of the field's type, such as `40s`, `true`
    /// or `[Deployment, DaemonSet]`, or kinds as single words between commas. An empty text states nothing and leaves
    /// the field as it is.
    ///
    /// # Errors
    ///
    /// A name that is no field, or a text that is not what the field takes; the path is the name.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), PolicyError> {
        self.set_at(&[], name, text)
    }

    /// The same for a text that stands in the mapping at `base` of a resource. Errors lead to the text as a whole.
    pub(super) fn set_at(&mut self, base: &[String], name: &str, text: &str) -> Result<(), PolicyError> {
        let path: Vec<String> = base.iter().cloned().chain([name.to_owned()]).collect();
        let field = Field::find(name).ok_or_else(|| Field::unknown(&path, name))?;
        let value = text::field_value(field, text);
        let read = value.and_then(|value| self.read(base, field, &value));
        read.map_err(|error| PolicyError { field: path, ..error })
    }

    /// The same for a value; null states nothing.
    pub(super) fn read(&mut self, base: &[String], field: &Field, value: &Value) -> Result<(), PolicyError> {
        if value.is_null() { Ok(()) } else { (field.read)(self, &Given::new(base, field.name, value)) }
    }

    /// Lays these fields over `lower`, field by field: flags over `--policy` over the function config.
    #[must_use]
    pub fn or(self, lower: Self) -> Self {
        Self {
            pre_stop: self.pre_stop.or(lower.pre_stop),
            drain: self.drain.or(lower.drain),
            app_shutdown: self.app_shutdown.or(lower.app_shutdown),
            margin: self.margin.or(lower.margin),
            pre_stop_estimate: self.pre_stop_estimate.or(lower.pre_stop_estimate),
            exact: self.exact.or(lower.exact),
            replace_hooks: self.replace_hooks.or(lower.replace_hooks),
            exit_on_idle: self.exit_on_idle.or(lower.exit_on_idle),
            kinds: self.kinds.or(lower.kinds),
            refused: self.refused.or(lower.refused),
        }
    }

    /// Fills in the defaults.
    pub fn resolve(self) -> PolicySet {
        let builtin = Policy::builtin();
        PolicySet {
            policy: Policy {
                pre_stop: self.pre_stop.unwrap_or(builtin.pre_stop.clone()),
                drain: self.drain.or(builtin.drain),
                app_shutdown: self.app_shutdown.unwrap_or(builtin.app_shutdown),
                margin: self.margin.unwrap_or(builtin.margin),
                exact: self.exact.unwrap_or(builtin.exact),
                replace_hooks: self.replace_hooks.unwrap_or(builtin.replace_hooks),
                pre_stop_estimate: self.pre_stop_estimate.or(builtin.pre_stop_estimate),
                exit_on_idle: self.exit_on_idle.unwrap_or(builtin.exit_on_idle),
                ..builtin
            },
            kinds: self.kinds.unwrap_or_else(|| Kind::DEFAULT.to_vec()),
            refused: self.refused.unwrap_or(Refused::Error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(set.policy, Policy::builtin());
        assert_eq!(set.kinds, [Kind::Deployment, Kind::StatefulSet]);
        assert_eq!(set.refused, Refused::Error);
    }

    #[test]
    fn the_higher_source_wins_field_by_field() {
        let flags = stated(&[("drain", "1s"), ("exact", "false")]);
        let file = stated(&[("drain", "2s"), ("margin", "2s"), ("exact", "true")]);
        let config = stated(&[("drain", "3s"), ("margin", "3s"), ("kinds", "Pod")]);
        let expected = stated(&[("drain", "1s"), ("margin", "2s"), ("exact", "false"), ("kinds", "Pod")]);
        assert_eq!(flags.or(file).or(config), expected);
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
        let expected = stated(&[("drain", "40s")]);
        assert_eq!(stated(&[("drain", "30s"), ("drain", "40s"), ("drain", "")]), expected);
        assert_eq!(stated(&[("drain", " 40s # and a comment\n"), ("margin", "# nothing"), ("exact", "~")]), expected);
    }

    #[test]
    fn a_bad_text_is_an_error_and_sets_nothing() {
        let check = |name: &str, text: &str, expected: &str| {
            let mut fields = PolicyFields::default();
            let error = fields.set(name, text).unwrap_err();
            assert_eq!(error.field, [name]);
            assert!(error.message.starts_with(expected), "{}", error.message);
            assert_eq!(fields, PolicyFields::default());
        };
        check("dran", "40s", "unknown field `dran` (did you mean `drain`?)");
        check("drain", "40", "`drain` must be a duration: `40` lacks a unit (did you mean `40s`?");
    }
}
