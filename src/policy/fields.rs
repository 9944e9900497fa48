//! The fields that one source sets, which source wins, and what holds in the end.

use std::collections::BTreeMap;

use kube_core::Selector;
use serde_json::Value;

use crate::istio::MeshSettings;
use crate::kinds::Kind;
use crate::kubernetes::Release;
use crate::shutdown::{Policy, PreStop, ProxyImage, Resources, Seconds, Sidecar, UnknownInjection};

use super::error::PolicyError;
use super::given::Given;
use super::rule::Rule;
use super::set::{PolicySet, Refused};
use super::table::{Field, Read};
use super::text;

/// The labels of namespaces, by their names.
pub type Namespaces = BTreeMap<String, BTreeMap<String, String>>;

/// The policy as one source states it: what is not set there is `None`.
///
/// The names and meanings of the fields on the wire stand in [`SECTIONS`](super::SECTIONS).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyFields {
    /// What a rule can set, too, for its workloads.
    pub workload: WorkloadFields,
    /// What holds for a run as a whole.
    pub run: RunFields,
}

/// A value that one source may set, and another one below it.
trait Layer {
    /// This value, filled up with what only `lower` sets.
    fn over(self, lower: Self) -> Self;
}

impl<T> Layer for Option<T> {
    fn over(self, lower: Self) -> Self {
        self.or(lower)
    }
}

impl Layer for MeshSettings {
    fn over(self, lower: Self) -> Self {
        self.or(lower)
    }
}

/// Declares fields once: the struct, and how one source lies over another, field by field.
macro_rules! fields {
    ($(#[$doc:meta])+ $name:ident { $($(#[$field_doc:meta])+ $field:ident: $type:ty,)+ }) => {
        $(#[$doc])+
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $name {
            $($(#[$field_doc])+ pub $field: $type,)+
        }

        impl $name {
            /// Lays these fields over `lower`, field by field.
            #[must_use]
            pub fn or(self, lower: Self) -> Self {
                Self { $($field: self.$field.over(lower.$field),)+ }
            }
        }
    };
}

fields! {
    /// What can be set for all workloads, and by a rule for some.
    WorkloadFields {
        /// `preStop`: the hook of istio-proxy.
        pre_stop: Option<PreStop>,
        /// `drain`: how long the proxy must stay at least.
        drain: Option<Seconds>,
        /// `cover`: how long the proxy stays for the rest of the grace period.
        cover: Option<Seconds>,
        /// `longestRequest`: how long a request may take.
        longest_request: Option<Seconds>,
        /// `appShutdown`: what an app may take from SIGTERM to its end.
        app_shutdown: Option<Seconds>,
        /// `margin`: what the agent needs after the drain.
        margin: Option<Seconds>,
        /// `preStopEstimate`: stands for the length of a hook that can't be read.
        pre_stop_estimate: Option<Seconds>,
        /// `exact`: lower what is there, too.
        exact: Option<bool>,
        /// `replaceHooks`: replace hooks on istio-proxy that are not ours.
        replace_hooks: Option<bool>,
        /// `exitOnIdle`: let the proxy go as soon as it has no connections.
        exit_on_idle: Option<bool>,
        /// `appPreStop`: how long apps without a hook sleep first.
        app_pre_stop: Option<Seconds>,
        /// `gateways`: edit gateways, too.
        gateways: Option<bool>,
        /// `resources`: those of an override that is written.
        resources: Option<Resources>,
        /// `sidecar`: which kind of sidecar the mesh injects.
        sidecar: Option<Sidecar>,
        /// `pinSidecar`: write that into an annotation.
        pin_sidecar: Option<bool>,
        /// `proxyImage`: what is in the image of the proxy.
        proxy_image: Option<ProxyImage>,
        /// `remove`: take out all that this tool writes.
        remove: Option<bool>,
        /// `refused`: what an object that can't be edited safely is.
        refused: Option<Refused>,
        /// `unknownInjection`: what becomes of a pod where injection can't be seen.
        unknown_injection: Option<UnknownInjection>,
        /// `target.istio`: the release of Istio.
        istio: Option<Release>,
        /// `target.kubernetes`: the release of Kubernetes.
        kubernetes: Option<Release>,
        /// `mesh.*`: what is declared about the mesh, but for its selectors.
        mesh: MeshSettings,
    }
}

fields! {
    /// What can't be set for one workload.
    RunFields {
        /// `check`: tell what is to be edited, as errors, and edit nothing.
        check: Option<bool>,
        /// `emitNothing`: write no objects back.
        emit_nothing: Option<bool>,
        /// `kinds`: the kinds of workloads to edit, never empty.
        kinds: Option<Vec<Kind>>,
        /// `workloads`: rules for some workloads. Those of the higher source take the place of all others.
        rules: Option<Vec<Rule>>,
        /// `namespaces`: the labels of namespaces.
        namespaces: Option<Namespaces>,
        /// `defaultNamespace`: that of objects that name none.
        default_namespace: Option<String>,
        /// `mesh.neverInjectSelector`
        never_inject: Option<Vec<Selector>>,
        /// `mesh.alwaysInjectSelector`
        always_inject: Option<Vec<Selector>>,
    }
}

impl PolicyFields {
    /// Sets a field from text, as a ConfigMap's value or a flag has it: YAML of the field's type, such as `40s`, `true`
    /// or `[Deployment, DaemonSet]`, or names as single words between commas. An empty text states nothing and leaves
    /// the field as it is.
    ///
    /// # Errors
    ///
    /// A name that is no field, or a text that is not what the field takes; the path is the name.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), PolicyError> {
        let path = [name.to_owned()];
        let field = Field::find(name).ok_or_else(|| Field::unknown(&path, name))?;
        self.set_text(&path, field, text)
    }

    /// Sets a field from the text at `path`. Errors lead to the text as a whole.
    pub(super) fn set_text(&mut self, path: &[String], field: &Field, text: &str) -> Result<(), PolicyError> {
        let read = text::field_value(field, text).and_then(|value| self.set_value(path, field, &value));
        read.map_err(|error| PolicyError { field: path.to_vec(), ..error })
    }

    /// Sets a field from the value at `path`; null states nothing.
    pub(super) fn set_value(&mut self, path: &[String], field: &Field, value: &Value) -> Result<(), PolicyError> {
        if value.is_null() {
            return Ok(());
        }
        let given = Given::new(path, field.name, value);
        match field.read {
            Read::Workload(read) => read(&mut self.workload, &given),
            Read::Run(read) => read(&mut self.run, &given),
        }
    }

    /// Lays these fields over `lower`, field by field: flags over `--policy` over the function config.
    #[must_use]
    pub fn or(self, lower: Self) -> Self {
        Self { workload: self.workload.or(lower.workload), run: self.run.or(lower.run) }
    }

    /// Fills in the defaults.
    pub fn resolve(self) -> PolicySet {
        let RunFields { check, emit_nothing, kinds, rules, namespaces, default_namespace, never_inject, always_inject } =
            self.run;
        PolicySet {
            refused: self.workload.refused.unwrap_or(Refused::Error),
            policy: self.workload.onto(Policy::builtin()),
            kinds: kinds.unwrap_or_else(Kind::defaults),
            rules: rules.unwrap_or_default(),
            namespaces: namespaces.unwrap_or_default(),
            default_namespace,
            never_inject: never_inject.unwrap_or_default(),
            always_inject: always_inject.unwrap_or_default(),
            emit_nothing: emit_nothing.unwrap_or(false),
            check: check.unwrap_or(false),
        }
    }
}

impl WorkloadFields {
    /// The policy in which what is set here takes the place of what is there.
    pub(super) fn onto(self, base: Policy) -> Policy {
        Policy {
            pre_stop: self.pre_stop.unwrap_or(base.pre_stop),
            drain: self.drain.or(base.drain),
            cover: self.cover.or(base.cover),
            longest_request: self.longest_request.or(base.longest_request),
            app_shutdown: self.app_shutdown.unwrap_or(base.app_shutdown),
            margin: self.margin.unwrap_or(base.margin),
            exact: self.exact.unwrap_or(base.exact),
            replace_hooks: self.replace_hooks.unwrap_or(base.replace_hooks),
            pre_stop_estimate: self.pre_stop_estimate.or(base.pre_stop_estimate),
            exit_on_idle: self.exit_on_idle.unwrap_or(base.exit_on_idle),
            sidecar: self.sidecar.unwrap_or(base.sidecar),
            pin_sidecar: self.pin_sidecar.unwrap_or(base.pin_sidecar),
            istio: self.istio.or(base.istio),
            kubernetes: self.kubernetes.or(base.kubernetes),
            unknown_injection: self.unknown_injection.unwrap_or(base.unknown_injection),
            proxy_image: self.proxy_image.unwrap_or(base.proxy_image),
            app_pre_stop: self.app_pre_stop.or(base.app_pre_stop),
            gateways: self.gateways.unwrap_or(base.gateways),
            resources: self.resources.or(base.resources),
            mesh: self.mesh.or(base.mesh),
            remove: self.remove.unwrap_or(base.remove),
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
        assert_eq!(set.kinds, Kind::defaults());
        assert_eq!(set.refused, Refused::Error);
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
        assert_eq!(flags.or(file).or(config), stated(&expected));
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
