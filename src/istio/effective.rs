//! The values that a pod's proxy runs with, each with who set it.
//!
//! # Precedence
//!
//! Who wins, from the strongest on; `-` can't set it. ProxyConfig resources hold `environmentVariables` and `image` only.
//!
//! | setting | override | ProxyConfig of the workload | annotation | ProxyConfig of the namespace | ProxyConfig of the root namespace | mesh | nobody |
//! |---|---|---|---|---|---|---|---|
//! | drain | - | - | 20 | - | - | 60 | - |
//! | drain duration | - | - | 20 | - | - | 60 | - |
//! | parent shutdown | - | - | 20 | - | - | 90 | - |
//! | exit on idle | true | false | true | false | true | false | - |
//! | minimum drain | 10 | 20 | 30 | 40 | 50 | 60 | - |
//! | admin port | - | - | 15001 | - | - | 15002 | - |
//! | image | distroless | default | debug | default | distroless | debug | - |
//! | hold | - | - | true | - | - | false | - |
//! | status port | - | - | 15021 | - | - | - | - |
//! | rewrite | - | - | false | - | - | true | - |
//!
//! Values of environment variables that the agent can't read are as if they were not there at all: it falls back to its own default, not
//! to a weaker setting (istio/istio `pkg/env/var.go`).
//!
//! Sources: istio/istio `pilot/pkg/model/proxy_config.go` (`EffectiveProxyConfig`), `pkg/kube/inject/inject.go` (`ProxyImage`),
//! `pkg/kube/inject/app_probe.go` (`ShouldRewriteAppHTTPProbers`), `pilot/cmd/pilot-agent/options/options.go`, and the istiod chart's
//! `files/injection-template.yaml`: what the injector writes into the container gives way to the override.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Layered, Origin, Setting, Surroundings, parse_duration};

/// Makes the agent exit as soon as Envoy has no connections left (istio/istio `pkg/envoy/agent.go`).
pub const EXIT_ON_IDLE: &str = "EXIT_ON_ZERO_ACTIVE_CONNECTIONS";
/// How long it stays at least before it looks (same place).
pub const MINIMUM_DRAIN: &str = "MINIMUM_DRAIN_DURATION";

/// What a pod template says of its proxy: the annotation `proxy.istio.io/config`, other annotations, and the override.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stated {
    /// `terminationDrainDuration` of the annotation.
    pub drain: Option<Duration>,
    /// `drainDuration` of the annotation.
    pub drain_duration: Option<Duration>,
    /// `parentShutdownDuration` of the annotation.
    pub parent_shutdown: Option<Duration>,
    /// `proxyMetadata` of the annotation.
    pub metadata: BTreeMap<String, String>,
    /// `proxyAdminPort` of the annotation.
    pub admin_port: Option<u16>,
    /// `image.imageType` of the annotation.
    pub image_type: Option<String>,
    /// `holdApplicationUntilProxyStarts` of the annotation.
    pub hold_application: Option<bool>,
    /// The annotation `sidecar.istio.io/proxyImage`.
    pub proxy_image: Option<String>,
    /// The annotation `sidecar.istio.io/proxyImageType`.
    pub proxy_image_type: Option<String>,
    /// The annotation `status.sidecar.istio.io/port`.
    pub status_port: Option<u16>,
    /// The annotation `sidecar.istio.io/rewriteAppHTTPProbers`.
    pub rewrite_app_http: Option<bool>,
    /// The image of the override, unless it is `auto`.
    pub image: Option<String>,
    /// The environment of the override, as far as it is written out.
    pub environment: BTreeMap<String, String>,
}

/// The settings in force, each in the layers that set it. Istio's defaults are not among them: [`Layered::in_force`] is `None` there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effective {
    /// `terminationDrainDuration`: how long the agent waits between SIGTERM and the end of Envoy.
    pub drain: Layered<Duration>,
    /// `drainDuration`: how long Envoy takes new connections while it drains.
    pub drain_duration: Layered<Duration>,
    /// `parentShutdownDuration`, which up to Istio 1.16 must be longer than `drainDuration`.
    pub parent_shutdown: Layered<Duration>,
    /// `EXIT_ON_ZERO_ACTIVE_CONNECTIONS`: the agent exits as soon as it has no connections, and ignores `drain`.
    pub exit_on_idle: Layered<bool>,
    /// `MINIMUM_DRAIN_DURATION`: how long it waits at least then.
    pub minimum_drain: Layered<Duration>,
    /// `proxyAdminPort`: the port of Envoy's admin interface.
    pub admin_port: Layered<u16>,
    /// The type of the image, such as `distroless`; empty where an image is named that may be anything.
    pub image_type: Layered<String>,
    /// `holdApplicationUntilProxyStarts`: the proxy comes with a postStart hook that waits for it.
    pub hold_application: Layered<bool>,
    /// The port of the agent.
    pub status_port: Layered<u16>,
    /// HTTP and TCP probes and hooks of apps are sent through the agent.
    pub rewrite_app_http: Layered<bool>,
}

impl Effective {
    /// `terminationDrainDuration` where nothing is set (istio/api `mesh/v1alpha1/proxy.proto`).
    pub const DRAIN: Duration = Duration::from_secs(5);
    /// `drainDuration` where nothing is set (same place).
    pub const DRAIN_DURATION: Duration = Duration::from_secs(45);
    /// `parentShutdownDuration` where nothing is set (same place, up to 1.16).
    pub const PARENT_SHUTDOWN: Duration = Duration::from_secs(60);
    /// `MINIMUM_DRAIN_DURATION` where nothing is set (istio/istio `pilot/cmd/pilot-agent/options/options.go`).
    pub const MINIMUM_DRAIN: Duration = Duration::from_secs(5);
    /// `proxyAdminPort` where nothing is set.
    pub const ADMIN_PORT: u16 = 15000;
    /// The agent's port where nothing is set.
    pub const STATUS_PORT: u16 = 15020;

    /// Works out the settings, one by one.
    pub fn of(stated: &Stated, around: &Surroundings) -> Self {
        let mesh = &around.mesh;
        let bool = |text: String| parse_bool(&text).unwrap_or(false);
        let duration = |text: String| parse_duration(&text).unwrap_or(Self::MINIMUM_DRAIN);
        Self {
            drain: in_config(stated.drain, &mesh.drain),
            drain_duration: in_config(stated.drain_duration, &mesh.drain_duration),
            parent_shutdown: in_config(stated.parent_shutdown, &mesh.parent_shutdown),
            exit_on_idle: variable(EXIT_ON_IDLE, stated, around).map(bool),
            minimum_drain: variable(MINIMUM_DRAIN, stated, around).map(duration),
            admin_port: in_config(stated.admin_port, &mesh.proxy_admin_port),
            image_type: image_type(stated, around),
            hold_application: in_config(stated.hold_application, &mesh.hold_application),
            status_port: over(Origin::Annotation("status.sidecar.istio.io/port"), stated.status_port),
            rewrite_app_http: Layered {
                under: mesh.rewrite_app_http.clone(),
                ..over(Origin::Annotation("sidecar.istio.io/rewriteAppHTTPProbers"), stated.rewrite_app_http)
            },
        }
    }
}

/// What only an annotation of its own says.
fn over<T>(origin: Origin, value: Option<T>) -> Layered<T> {
    Layered { over: value.map(|value| Setting::new(value, origin)), own: None, under: None }
}

/// A field that no ProxyConfig resource has: the annotation's, or else that of the mesh.
fn in_config<T: Clone>(own: Option<T>, mesh: &Option<Setting<T>>) -> Layered<T> {
    Layered { over: None, own, under: mesh.clone() }
}

/// Sorts a ProxyConfig resource's value in: one that selects the pod wins over the annotation, and any other gives way to it.
fn with_resource<T: Clone>(resource: Option<&Setting<T>>, own: Option<T>, mesh: Option<&Setting<T>>) -> Layered<T> {
    let (over, under) = match resource {
        Some(set) if matches!(set.origin, Origin::ProxyConfigOfWorkload(_)) => (resource, mesh),
        resource => (None, resource.or(mesh)),
    };
    Layered { over: over.cloned(), own, under: under.cloned() }
}

/// An environment variable of the proxy. The override's own wins over all that the injector writes.
fn variable(name: &str, stated: &Stated, around: &Surroundings) -> Layered<String> {
    let resource = around.proxy_config_env.get(name);
    let layers = with_resource(resource, stated.metadata.get(name).cloned(), around.mesh.proxy_metadata.get(name));
    let env = stated.environment.get(name).cloned().map(|value| Setting::new(value, Origin::Environment));
    Layered { over: env.or(layers.over), ..layers }
}

/// Go's `strconv.ParseBool`.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn image_type(stated: &Stated, around: &Surroundings) -> Layered<String> {
    let whole = |origin, image: Option<&String>| image.map(|image| Setting::new(type_of_image(image), origin));
    // A name without a path is that of Istio's own image, to which hub, tag and type are added.
    let annotated = stated.proxy_image.as_ref().filter(|image| image.contains('/'));
    let named = over(Origin::Annotation("sidecar.istio.io/proxyImageType"), stated.proxy_image_type.clone()).over;
    let mesh = around.mesh.image_type.as_ref();
    let layers = with_resource(around.proxy_config_image.as_ref(), stated.image_type.clone(), mesh);
    let over = whole(Origin::Override, stated.image.as_ref())
        .or_else(|| whole(Origin::Annotation("sidecar.istio.io/proxyImage"), annotated))
        .or(named);
    Layered { over: over.or(layers.over), ..layers }
}

/// Istio's tags end with the type; an image without one may be anything.
fn type_of_image(image: &str) -> String {
    let name = image.split('@').next().unwrap_or_default();
    if name.ends_with("-distroless") { "distroless" } else { "" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::doc_table;

    /// Names of those who can set a value, in the order of the table's columns.
    fn origins(setting: &str) -> [Origin; 7] {
        let annotation = match setting {
            "status port" => Origin::Annotation("status.sidecar.istio.io/port"),
            "rewrite" => Origin::Annotation("sidecar.istio.io/rewriteAppHTTPProbers"),
            _ => Origin::Annotation("proxy.istio.io/config"),
        };
        [
            if setting == "image" { Origin::Override } else { Origin::Environment },
            Origin::ProxyConfigOfWorkload("a/workload".to_owned()),
            annotation,
            Origin::ProxyConfigOfNamespace("a/all".to_owned()),
            Origin::ProxyConfigOfRoot("istio-system/all".to_owned()),
            Origin::Mesh("ConfigMap istio-system/istio".to_owned()),
            Origin::BuiltIn,
        ]
    }

    fn seconds(text: &str) -> Duration {
        Duration::from_secs(text.parse().expect(text))
    }

    /// Sets what one column says.
    fn set(setting: &str, at: usize, value: &str, stated: &mut Stated, around: &mut Surroundings) {
        let origin = origins(setting)[at].clone();
        let text = |value: &str| Some(value.to_owned());
        let name = if setting == "exit on idle" { EXIT_ON_IDLE } else { MINIMUM_DRAIN };
        let variable = if setting == "exit on idle" { value.to_owned() } else { format!("{value}s") };
        let mesh = &mut around.mesh;
        match (setting, at) {
            ("drain", 2) => stated.drain = Some(seconds(value)),
            ("drain", 5) => mesh.drain = Some(Setting::new(seconds(value), origin)),
            ("drain duration", 2) => stated.drain_duration = Some(seconds(value)),
            ("drain duration", 5) => mesh.drain_duration = Some(Setting::new(seconds(value), origin)),
            ("parent shutdown", 2) => stated.parent_shutdown = Some(seconds(value)),
            ("parent shutdown", 5) => mesh.parent_shutdown = Some(Setting::new(seconds(value), origin)),
            ("exit on idle" | "minimum drain", 0) => drop(stated.environment.insert(name.to_owned(), variable)),
            ("exit on idle" | "minimum drain", 2) => drop(stated.metadata.insert(name.to_owned(), variable)),
            ("exit on idle" | "minimum drain", 5) => {
                mesh.proxy_metadata.insert(name.to_owned(), Setting::new(variable, origin));
            }
            ("exit on idle" | "minimum drain", _) => {
                around.proxy_config_env.insert(name.to_owned(), Setting::new(variable, origin));
            }
            ("admin port", 2) => stated.admin_port = value.parse().ok(),
            ("admin port", 5) => mesh.proxy_admin_port = Some(Setting::new(value.parse().unwrap(), origin)),
            ("image", 0) => stated.image = Some(format!("docker.io/istio/proxyv2:1.24.0-{value}")),
            ("image", 2) => stated.image_type = text(value),
            ("image", 5) => mesh.image_type = Some(Setting::new(value.to_owned(), origin)),
            ("image", _) => around.proxy_config_image = Some(Setting::new(value.to_owned(), origin)),
            ("hold", 2) => stated.hold_application = value.parse().ok(),
            ("hold", 5) => mesh.hold_application = Some(Setting::new(value.parse().unwrap(), origin)),
            ("status port", 2) => stated.status_port = value.parse().ok(),
            ("rewrite", 2) => stated.rewrite_app_http = value.parse().ok(),
            ("rewrite", 5) => mesh.rewrite_app_http = Some(Setting::new(value.parse().unwrap(), origin)),
            _ => panic!("{setting} can't be set by {origin:?}"),
        }
    }

    /// What is in force, in the words of the table.
    fn in_force(setting: &str, effective: &Effective) -> (String, Origin) {
        fn shown<T: Clone>(set: &Layered<T>, show: impl Fn(&T) -> String) -> (String, Origin) {
            (set.in_force().map_or("-".to_owned(), show), set.origin())
        }
        let seconds = |set: &Layered<Duration>| shown(set, |value| value.as_secs().to_string());
        match setting {
            "drain" => seconds(&effective.drain),
            "drain duration" => seconds(&effective.drain_duration),
            "parent shutdown" => seconds(&effective.parent_shutdown),
            "minimum drain" => seconds(&effective.minimum_drain),
            "exit on idle" => shown(&effective.exit_on_idle, bool::to_string),
            "admin port" => shown(&effective.admin_port, u16::to_string),
            "hold" => shown(&effective.hold_application, bool::to_string),
            "status port" => shown(&effective.status_port, u16::to_string),
            "rewrite" => shown(&effective.rewrite_app_http, bool::to_string),
            "image" => shown(&effective.image_type, String::clone),
            _ => panic!("{setting}"),
        }
    }

    /// Each setting, with everybody from one column on setting it: the first of them wins. Of ProxyConfig resources the strongest one
    /// is told only.
    #[test]
    fn the_strongest_wins_setting_by_setting() {
        let rows = doc_table::rows(include_str!("effective.rs"), "Precedence");
        assert_eq!(rows.len(), 10);
        for row in &rows {
            let setting = row[0].as_str();
            for first in 0..7 {
                let (mut stated, mut around) = (Stated::default(), Surroundings::default());
                for at in (first..6).rev().filter(|at| row[at + 1] != "-") {
                    set(setting, at, &row[at + 1], &mut stated, &mut around);
                }
                let winner = (first..6).find(|at| row[at + 1] != "-").unwrap_or(6);
                let expected = (row[winner + 1].clone(), origins(setting)[winner].clone());
                assert_eq!(in_force(setting, &Effective::of(&stated, &around)), expected, "{setting} from {first} on");
            }
        }
    }

    #[test]
    fn the_annotation_wins_over_a_resource_of_the_namespace() {
        let metadata = [(MINIMUM_DRAIN.to_owned(), "30s".to_owned())].into();
        let stated = Stated { metadata, ..Stated::default() };
        let origin = Origin::ProxyConfigOfNamespace("a/all".to_owned());
        let proxy_config_env = [(MINIMUM_DRAIN.to_owned(), Setting::new("40s".to_owned(), origin))].into();
        let around = Surroundings { proxy_config_env, ..Surroundings::default() };
        assert_eq!(Effective::of(&stated, &around).minimum_drain.in_force(), Some(&seconds("30")));
    }

    #[test]
    fn what_the_agent_can_not_read_is_its_default() {
        let environment = [(EXIT_ON_IDLE, "yes"), (MINIMUM_DRAIN, "10")].map(|(key, value)| (key.into(), value.into()));
        let mut around = Surroundings::default();
        let declared = |value: &str| Setting::new(value.to_owned(), Origin::Declared);
        let of_mesh = [(EXIT_ON_IDLE, declared("true")), (MINIMUM_DRAIN, declared("20s"))];
        around.mesh.proxy_metadata = of_mesh.map(|(key, value)| (key.to_owned(), value)).into();
        let stated = Stated { environment: environment.into(), ..Stated::default() };
        let effective = Effective::of(&stated, &around);
        assert_eq!(effective.exit_on_idle.in_force(), Some(&false));
        assert_eq!(effective.minimum_drain.in_force(), Some(&Effective::MINIMUM_DRAIN));
    }

    #[test]
    fn what_an_image_has_in_it() {
        let check = |image: &str, expected| assert_eq!(type_of_image(image), expected, "{image}");
        check("docker.io/istio/proxyv2:1.24.0-distroless", "distroless");
        check("proxyv2:1.24-distroless@sha256:0123", "distroless");
        check("proxyv2:1.24", "");
        let named = |image: &str| {
            let stated = Stated { proxy_image: Some(image.to_owned()), ..Stated::default() };
            let mut around = Surroundings::default();
            around.mesh.image_type = Some(Setting::new("debug".to_owned(), Origin::Declared));
            Effective::of(&stated, &around).image_type.in_force().cloned()
        };
        assert_eq!(named("proxyv2"), Some("debug".to_owned()));
        assert_eq!(named("example.com/proxyv2:1.24"), Some(String::new()));
    }
}
