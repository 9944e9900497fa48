//! The table of fields. Readers, messages, flags, the reference and the schema are made from it.

use crate::shutdown::Policy as Workload;
use crate::yaml::Route;

use super::error::{PolicyError, nearest_field};
use super::field::{Field, FieldSlot, shape_of};
use super::given::FieldValue as _;
use super::set::PolicySet as Run;
use super::shape::Shape;

/// Fields that belong together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Section {
    /// Their topic, as a phrase in lower case without a full stop.
    pub title: &'static str,
    /// The fields, in the order of the documentation.
    pub fields: &'static [Field],
}

/// All fields, in the order of the documentation.
pub(crate) const SECTIONS: &[Section] = &[
    Section { title: "what is written", fields: WRITTEN },
    Section { title: "which workloads", fields: WORKLOADS },
    Section { title: "about the mesh", fields: MESH },
    Section { title: "what timelines assume", fields: SCENARIO },
    Section { title: "what a check finds", fields: CHECKS },
];

/// The rows of a section. Each belongs to a [`Workload`] or a [`Run`], and has a name, a place, a default, an example
/// and a purpose.
macro_rules! fields {
    (
        $section:ident $(and $other:ident)?:
        $($scope:ident $name:literal => $($place:ident).+, $default:expr, $example:literal, $doc:literal,)+
    ) => {
        const $section: &[Field] = &[$(Field {
            name: $name,
            doc: $doc,
            shape: shape_of::<$scope, _>(|holder| &mut holder.$($place).+),
            default: $default,
            example: $example,
            place: FieldSlot::$scope(|holder, given| holder.$($place).+.put(given)),
        },)+ $($other,)?];
    };
}

fields! {
    WRITTEN:
    Workload "preStop" => pre_stop, Some("drain"), "sleep",
        "the preStop hook that istio-proxy gets",
    Workload "drain" => drain, None, "40s",
        "how long the proxy must stay at least: the longest request plus the delay until the endpoints are gone",
    Workload "longestRequest" => longest_request, None, "40s",
        "the longest time that a request may take: apps without a preStop hook sleep for 5s plus this time, and the \
         proxy stays for it",
    Workload "cover" => cover, None, "60s",
        "how long the proxy stays after the last hook of the apps, within their grace period; 30s by default, `0s` \
         turns it off",
    Workload "appShutdown" => app_shutdown, Some("5s"), "10s",
        "the time that an app may take from SIGTERM to its end",
    Workload "margin" => margin, Some("2s"), "5s",
        "the time that the agent needs after the drain to exit in order, before the grace period is over",
    Workload "preStopEstimate" => pre_stop_estimate, None, "15s",
        "the length that is assumed for an app's preStop hook whose length can't be read from the manifest",
    Workload "exact" => exact, Some("false"), "true",
        "also lower existing values, to exactly the computed numbers",
    Workload "replaceHooks" => replace_hooks, Some("false"), "true",
        "replace preStop hooks on istio-proxy that this tool did not write",
    Workload "exitOnIdle" => exit_on_idle, Some("false"), "true",
        "let the proxy exit as soon as it has no connections left",
    Workload "appPreStop" => app_pre_stop, None, "10s",
        "give app containers without a preStop hook a sleep of this length, until the endpoints are gone; if it is not \
         set, apps that get traffic sleep for 5s; `0s` turns that off",
    Workload "gateways" => gateways, Some("false"), "true",
        "also edit gateways: annotation and grace period, where `drain` is set",
    Workload "dropCovered" => drop_covered, Some("false"), "true",
        "take out settings and hooks of pods that the mesh has, too; the mesh must be live with them before",
    Run "writeMesh" => write_mesh, Some("false"), "true",
        "also edit the objects that the mesh is configured by, so that all proxies drain for as long as `drain` says",
    Workload "resources" => resources, None, "{requests: {cpu: 100m, memory: 128Mi}}",
        "the resources of an istio-proxy override that is written",
    Workload "sidecar" => sidecar, Some("auto"), "native",
        "which kind of sidecar the mesh injects; `auto` works it out from annotations, `target` and `mesh`",
    Workload "pinSidecar" => pin_sidecar, Some("false"), "true",
        "write the kind of sidecar into the pod's annotations, so that the mesh can't change it",
    Workload "proxyImage" => proxy_image, None, "distroless",
        "the type of the proxy's image: one with all programs, or one without `kill`, `sleep` and a shell",
    Workload "remove" => remove, Some("false"), "true",
        "remove everything that this tool writes",
    Workload "refused" => refused, Some("error"), "warn",
        "whether an object that can't be edited safely is an error, which stops the run, or a warning",
    Run "check" => check, Some("false"), "true",
        "edit nothing: a workload that lacks its settings is an error; where `failOn` or `minConfidence` is set, what \
         fails a check is one, and nothing else",
    Run "emitNothing" => emit_nothing, Some("false"), "true",
        "write no objects back, as kustomize expects it of `validators:`",
}

fields! {
    WORKLOADS and RULES:
    Run "kinds" => kinds, Some("[Deployment, StatefulSet]"), "[Deployment, DaemonSet]",
        "the kinds of workloads to edit; kinds other than Kubernetes' own are written with their group, \
         `Rollout.argoproj.io`, and unknown ones as `{group: ray.io, kind: RayCluster, template: \
         \"spec.workerGroupSpecs[*].template\"}`",
    Workload "unknownInjection" => unknown_injection, Some("apply"), "safe",
        "what to do with a pod where the input does not show whether it is injected: write the whole recipe, write \
         what is harmless without a sidecar, skip it, or fail",
    Run "namespaces" => namespaces, None, "{prod: {istio-injection: enabled}}",
        "the labels of namespaces that are not in the input; they decide on injection",
    Run "defaultNamespace" => default_namespace, None, "prod",
        "the namespace of objects that name none",
}

fields! {
    MESH and REVISIONS:
    Workload "target.istio" => istio, None, "1.24",
        "the release of Istio that the manifests are for",
    Workload "target.kubernetes" => kubernetes, None, "1.30",
        "the release of Kubernetes that the manifests are for",
    Workload "mesh.terminationDrainDuration" => mesh.proxy.drain, Some("5s"), "60s",
        "`defaultConfig.terminationDrainDuration` of the mesh",
    Workload "mesh.drainDuration" => mesh.proxy.drain_duration, Some("45s"), "60s",
        "`defaultConfig.drainDuration` of the mesh",
    Workload "mesh.parentShutdownDuration" => mesh.proxy.parent_shutdown, Some("60s"), "90s",
        "`defaultConfig.parentShutdownDuration` of the mesh, which Istio has up to 1.16",
    Workload "mesh.proxyMetadata" => mesh.proxy, None, "{EXIT_ON_ZERO_ACTIVE_CONNECTIONS: \"true\"}",
        "`defaultConfig.proxyMetadata` of the mesh; sources and rules add to each other, name by name",
    Workload "mesh.proxyAdminPort" => mesh.proxy.admin_port, Some("15000"), "15100",
        "`defaultConfig.proxyAdminPort` of the mesh",
    Workload "mesh.imageType" => mesh.proxy.image_type, None, "distroless",
        "`defaultConfig.image.imageType` of the mesh, or `variant` of the charts",
    Workload "mesh.holdApplicationUntilProxyStarts" => mesh.proxy.hold_application, Some("false"), "true",
        "`defaultConfig.holdApplicationUntilProxyStarts` of the mesh",
    Workload "mesh.lifecycle" => mesh.pre_stop, None, "{preStop: {exec: {command: [sleep, \"10\"]}}}",
        "`global.proxy.lifecycle` of the charts, which every sidecar gets; only its preStop hook matters",
    Workload "mesh.nativeSidecars" => mesh.native_sidecars, None, "auto",
        "`ENABLE_NATIVE_SIDECARS` of istiod",
    Workload "mesh.rewriteAppHTTPProbe" => mesh.rewrite_app_http, Some("true"), "false",
        "`sidecarInjectorWebhook.rewriteAppHTTPProbe` of the charts: probes and hooks of apps go through port 15020",
    Workload "mesh.autoInject" => mesh.auto_inject, Some("enabled"), "disabled",
        "`global.proxy.autoInject` of the charts: pods are injected unless they object",
    Workload "mesh.enableNamespacesByDefault" => mesh.enable_namespaces_by_default, Some("false"), "true",
        "`sidecarInjectorWebhook.enableNamespacesByDefault` of the charts",
    Workload "mesh.defaultTemplates" => mesh.default_templates, Some("[sidecar]"), "[sidecar, custom]",
        "`sidecarInjectorWebhook.defaultTemplates` of the charts",
    Workload "mesh.proxyContainer" => mesh.proxy_container, Some("istio-proxy"), "my-proxy",
        "what the injector's template calls the container of the proxy; an override is merged only into `istio-proxy`",
    Run "mesh.neverInjectSelector" => never_inject, None, "[{matchLabels: {app: batch}}]",
        "`sidecarInjectorWebhook.neverInjectSelector` of the charts: pods that one of these matches are not injected",
    Run "mesh.alwaysInjectSelector" => always_inject, None, "[{matchLabels: {app: web}}]",
        "`sidecarInjectorWebhook.alwaysInjectSelector` of the charts: pods that one of these matches are injected",
    Workload "mesh.rootNamespace" => mesh.root_namespace, Some("istio-system"), "istio-config",
        "the namespace whose objects hold for the whole mesh",
    Workload "mesh.imagePullPolicy" => mesh.image_pull_policy, None, "Always",
        "`global.imagePullPolicy` of the charts, which an override of istio-proxy must not change",
    Workload "mesh.preStopCommand" => mesh.reads_pre_stop_command, Some("false"), "true",
        "the injector's template makes a hook of the annotation `sidecar.istio.io/preStopCommand`",
    Run "mesh.webhooks" => webhooks, None, "[default, canary]",
        "the revisions and tags whose webhooks there are: pods that name another one are not injected",
}

fields! {
    SCENARIO:
    Workload "endpointDelay" => endpoint_delay, None, "10s",
        "how long clients keep sending to a deleted pod, 5s by default; only `explain` uses it",
    Workload "appTime" => app_time, None, "20s",
        "the time that the app takes from SIGTERM to its end, 1s by default; only `explain` uses it, and \
         `appShutdown` is what the plan allows for it",
    Workload "appEnd" => app_end, None, "exits",
        "what the app does at SIGTERM: it closes its socket and finishes its requests, serves on for its time, or \
         exits at once; only `explain` uses it",
    Workload "callsOut" => calls_out, None, "never",
        "when the app calls others while it shuts down; only `explain` uses it",
    Workload "streams" => streams, Some("false"), "true",
        "there are WebSockets, which the app closes as it ends; only `explain` uses it",
    Workload "retries" => retries, Some("false"), "true",
        "clients try a refused connection again on another pod, as those with a sidecar do; only `explain` uses it",
}

fields! {
    CHECKS:
    Run "select" => checks.select, None, "[not-drained, two-handlers]",
        "the rules whose findings count in a check; all of them where none is named",
    Run "ignore" => checks.ignore, None, "[grace-beyond-cover]",
        "the rules whose findings don't count in a check",
    Run "failOn" => checks.fail_on, Some("warning"), "error",
        "the least severity with which a finding fails a check; with `never`, only what can't be read fails",
    Run "minConfidence" => checks.min_confidence, Some("certain"), "likely",
        "how sure a finding must be to fail a check: certain in every pod, likely under an assumption, or a matter of \
         style",
    Run "baseline" => checks.baseline, None, "istio-drain-baseline.json",
        "the file that lists the findings that are known and don't count in a check; in a policy file, its path starts \
         there",
}

/// Rules set fields themselves, so code that knows this table reads them.
const RULES: Field = Field {
    name: "workloads",
    doc: "rules for some workloads: the first rule whose `kind`, `name`, `namespace` and `selector` match counts; it \
            sets fields, or has `skip: true`",
    shape: Shape::Rules,
    default: Some("[]"),
    example: "[{kind: StatefulSet, name: db-*, skip: true}, {selector: tier=web, drain: 60s}]",
    place: FieldSlot::Rules,
};

/// Revisions set fields themselves, too.
const REVISIONS: Field = Field {
    name: "revisions",
    doc: "the revisions of Istio that there are, with what `target.istio` and `mesh` don't say for all of them: \
          fields of `mesh`, `target.istio`, and the `tags` that stand for the revision",
    shape: Shape::Revisions,
    default: None,
    example: "{canary: {tags: [prod], target: {istio: \"1.29\"}, mesh: {terminationDrainDuration: 30s}}}",
    place: FieldSlot::Revisions,
};

/// All fields, in the order of the documentation.
pub fn fields() -> impl Iterator<Item = &'static Field> + Clone {
    SECTIONS.iter().flat_map(|section| section.fields)
}

/// The field of that name.
pub(super) fn find(name: &str) -> Option<&'static Field> {
    fields().find(|field| field.name == name)
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

/// The mapping of that name that holds fields.
pub(super) fn group(name: &str) -> Option<&'static str> {
    groups().find(|group| *group == name)
}

/// The error for a name that is not in the table.
pub(super) fn unknown(path: &Route, name: &str) -> PolicyError {
    let known: Vec<&str> = groups().chain(fields().map(|field| field.name)).collect();
    let own = name.split_once('.').and_then(|(own, _)| group(own));
    let mut there: Vec<&str> = match own {
        Some(_) => fields().filter(|field| field.group() == own).map(|field| field.name).collect(),
        None => fields().map(|field| field.group().unwrap_or(field.name)).collect(),
    };
    there.dedup();
    PolicyError::new(path, &format!("unknown field `{name}` {}", nearest_field(name, &known, &there)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{PolicyFields, PolicySet};

    #[test]
    fn the_defaults_of_the_table_are_those_that_hold() {
        for field in fields().filter(|field| field.group() != Some("mesh")) {
            let mut stated = PolicyFields::default();
            stated.set(field.name, field.default.unwrap_or_default()).unwrap();
            assert_eq!(in_effect(&stated), in_effect(&PolicyFields::default()), "{}", field.name);
        }
    }

    /// What holds in the end, whether it was stated or not.
    fn in_effect(fields: &PolicyFields) -> PolicySet {
        let mut set = fields.resolve();
        set.states_hook = false;
        set.checks.fail_on.get_or_insert(crate::policy::set::FailOn::Warning);
        set.checks.min_confidence.get_or_insert(crate::rules::Sureness::Certain);
        set
    }

    #[test]
    fn each_example_is_read_into_a_place_of_its_own() {
        let mut all = PolicyFields::default();
        for (at, field) in fields().enumerate() {
            let mut alone = PolicyFields::default();
            alone.set(field.name, field.example).unwrap();
            assert_ne!(
                alone.clone().resolve(),
                PolicyFields::default().resolve(),
                "{}'s example is its default, or it is not resolved",
                field.name
            );
            let before = all.clone();
            all.set(field.name, field.example).unwrap();
            assert_ne!(all.clone().resolve(), before.clone().resolve(), "{} overwrites another field", field.name);
            assert_eq!(alone.or(before).resolve(), all.clone().resolve(), "{} is not laid over", field.name);
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
        let check = |name: &str, flag: &str| assert_eq!(find(name).unwrap().flag(), flag);
        check("drain", "drain");
        check("appShutdown", "app-shutdown");
        check("target.istio", "target-istio");
        check("mesh.terminationDrainDuration", "mesh-termination-drain-duration");
        check("mesh.rewriteAppHTTPProbe", "mesh-rewrite-app-http-probe");
    }

    #[test]
    fn fields_of_a_group_stand_together_and_no_group_is_a_field() {
        assert_eq!(groups().collect::<Vec<_>>(), ["target", "mesh"]);
        assert!(groups().all(|group| find(group).is_none()));
        assert!(fields().all(|field| field.name.matches('.').count() <= 1));
    }

    #[test]
    fn each_word_of_a_field_is_read_and_means_something_else() {
        for field in fields() {
            let Shape::Word(words) = field.shape else { continue };
            let read = |word: &&str| {
                let mut fields = PolicyFields::default();
                fields.set(field.name, word).unwrap();
                fields.resolve()
            };
            let all: Vec<_> = words.iter().map(read).collect();
            assert!(all.iter().enumerate().all(|(at, one)| all.iter().position(|other| other == one) == Some(at)));
        }
    }
}
