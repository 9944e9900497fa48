//! Reads the `proxy.istio.io/config` annotation: YAML or JSON in a string, as the injector reads it.
//!
//! Source: istio/istio `pkg/config/mesh/mesh.go` (`ApplyProxyConfig`) through sigs.k8s.io/yaml and jsonpb: camelCase
//! and snake_case names are both accepted, unknown ones are ignored, durations are Go's.

use std::time::Duration;

use crate::istio::{Origin, Setting, Surroundings, parse_duration};
use crate::shutdown::{Finding, Layered, ProxySettings, Rule, Seconds, Severity, Subject};
use crate::yaml::{NodeId, NodeKind, Resolved, Source, Tree, parse_all};

/// What the annotation sets, as far as the shutdown of the pod goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyConfig {
    /// How the settings are spelled.
    pub keys: Keys,
    drain: Option<Seconds>,
    drain_duration: Option<Seconds>,
    parent_shutdown: Option<Seconds>,
    admin_port: Option<u16>,
    image_type: Option<String>,
    exit_on_idle: Option<String>,
    minimum_drain: Option<String>,
}

/// The spelling of each setting that the annotation has, or is to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// `terminationDrainDuration`
    pub drain: &'static str,
    /// `drainDuration`
    pub drain_duration: &'static str,
    /// `parentShutdownDuration`
    pub parent_shutdown: &'static str,
    /// `proxyMetadata`
    pub metadata: &'static str,
}

/// The names that protobuf's JSON form writes.
impl Default for Keys {
    fn default() -> Self {
        Self {
            drain: DRAIN[0],
            drain_duration: DRAIN_DURATION[0],
            parent_shutdown: PARENT_SHUTDOWN[0],
            metadata: METADATA[0],
        }
    }
}

const DRAIN: [&str; 2] = ["terminationDrainDuration", "termination_drain_duration"];
const DRAIN_DURATION: [&str; 2] = ["drainDuration", "drain_duration"];
const PARENT_SHUTDOWN: [&str; 2] = ["parentShutdownDuration", "parent_shutdown_duration"];
const ADMIN_PORT: [&str; 2] = ["proxyAdminPort", "proxy_admin_port"];
const IMAGE: [&str; 2] = ["image", "image"];
const IMAGE_TYPE: [&str; 2] = ["imageType", "image_type"];
const METADATA: [&str; 2] = ["proxyMetadata", "proxy_metadata"];
/// Makes the agent exit as soon as Envoy has no connections left (istio/istio `pkg/envoy/agent.go`).
pub(crate) const EXIT_ON_IDLE: &str = "EXIT_ON_ZERO_ACTIVE_CONNECTIONS";
/// The annotation that chooses the variant of the proxy's image.
pub(super) const PROXY_IMAGE_TYPE: &str = "sidecar.istio.io/proxyImageType";
/// How long it stays at least before it looks (same place).
pub(crate) const MINIMUM_DRAIN: &str = "MINIMUM_DRAIN_DURATION";

/// Reads the annotation's node. What Istio's injector would reject is an error: no pod could be created.
pub(super) fn read(tree: &Tree<'_>, node: Option<NodeId>, findings: &mut Vec<Finding>) -> ProxyConfig {
    let Some(node) = node else { return ProxyConfig::default() };
    let text = match tree.scalar(node) {
        Some(Resolved::Null) => return ProxyConfig::default(),
        Some(Resolved::Str(text)) => text,
        // A tag stands in the way of any edit, and is refused there.
        Some(Resolved::Tagged) => return ProxyConfig::default(),
        _ => {
            findings.push(bad_config("it is not a string".to_owned()));
            return ProxyConfig::default();
        }
    };
    match parse_all(Source::embedded(text)) {
        Ok(config) => read_config(&config, findings),
        Err(error) => {
            findings.push(bad_config(error.to_string()));
            ProxyConfig::default()
        }
    }
}

fn read_config(config: &Tree<'_>, findings: &mut Vec<Finding>) -> ProxyConfig {
    let root = match config.roots() {
        [] => return ProxyConfig::default(),
        [root] if config.scalar(*root) == Some(Resolved::Null) => return ProxyConfig::default(),
        [root] if matches!(config.node(*root).kind, NodeKind::Mapping { .. }) => *root,
        _ => {
            findings.push(bad_config("it is not one mapping".to_owned()));
            return ProxyConfig::default();
        }
    };
    let mut spelling = |names: [&'static str; 2]| {
        let [camel, snake] = names.map(|name| config.get(root, name).map(|node| (name, node)));
        if names[0] != names[1] && camel.is_some() && snake.is_some() {
            findings.push(bad_config(format!("it has both `{}` and `{}`", names[0], names[1])));
        }
        camel.or(snake)
    };
    let (drain, drain_duration, metadata) = (spelling(DRAIN), spelling(DRAIN_DURATION), spelling(METADATA));
    let (parent_shutdown, admin_port, image) = (spelling(PARENT_SHUTDOWN), spelling(ADMIN_PORT), spelling(IMAGE));
    let name =
        |found: Option<(&'static str, NodeId)>, default: [&'static str; 2]| found.map_or(default[0], |(name, _)| name);
    let keys = Keys {
        drain: name(drain, DRAIN),
        drain_duration: name(drain_duration, DRAIN_DURATION),
        parent_shutdown: name(parent_shutdown, PARENT_SHUTDOWN),
        metadata: name(metadata, METADATA),
    };
    let mut entry = |key: &str| {
        let node = metadata.and_then(|(_, metadata)| config.get(metadata, key))?;
        let value = config.str(node).map(str::to_owned);
        if value.is_none() {
            findings.push(bad_config(format!("`{}.{key}` is not a string (write it in quotes)", keys.metadata)));
        }
        value
    };
    let (exit_on_idle, minimum_drain) = (entry(EXIT_ON_IDLE), entry(MINIMUM_DRAIN));
    let mut duration = |found: Option<(&'static str, NodeId)>| match found {
        Some((name, node)) => read_duration(config, name, node, findings),
        None => None,
    };
    let image_type = |(_, image)| {
        let node = IMAGE_TYPE.into_iter().find_map(|name| config.get(image, name))?;
        config.str(node).map(str::to_owned)
    };
    ProxyConfig {
        keys,
        drain: duration(drain),
        drain_duration: duration(drain_duration),
        parent_shutdown: duration(parent_shutdown),
        admin_port: admin_port.and_then(|(_, node)| config.as_written(node)?.parse().ok()),
        image_type: image.and_then(image_type),
        exit_on_idle,
        minimum_drain,
    }
}

/// A duration of the annotation; one that Istio can't read is an error.
fn read_duration(config: &Tree<'_>, name: &str, node: NodeId, findings: &mut Vec<Finding>) -> Option<Seconds> {
    let text = match config.scalar(node)? {
        Resolved::Null => return None,
        Resolved::Str(text) => text.to_owned(),
        _ => config.as_written(node).unwrap_or_default().to_owned(),
    };
    match parse_duration(&text) {
        // Zero is the one number that Go takes without a unit, and only in quotes.
        Ok(duration) if config.str(node).is_some() => return Some(duration.into()),
        Ok(_) => findings.push(bad_duration(name, format!("`{text}` is a number, not a duration (write `{text}s`)"))),
        Err(error) => findings.push(bad_duration(name, error.to_string())),
    }
    None
}

impl ProxyConfig {
    /// The settings of the pod's proxy: those of the annotation, between what stands over them - `environment`, that of the
    /// istio-proxy override, and `image_type`, that of the pod's own annotation - and what the mesh sets.
    ///
    /// Source: istio/istio `pilot/pkg/model/proxy_config.go` (`EffectiveProxyConfig`).
    pub(super) fn settings(
        self,
        environment: &[(String, String)],
        image_type: Option<String>,
        surroundings: &Surroundings,
    ) -> ProxySettings {
        let mesh = &surroundings.mesh;
        let seconds =
            |setting: &Option<Setting<Duration>>| map(setting.clone(), |duration| Some(Seconds::from(duration)));
        let layers = |own, under| Layered { over: None, own, under };
        let variable = |name: &str, own: Option<String>| {
            let in_override = environment.iter().rev().find(|(key, _)| key == name);
            let of_resource = surroundings.proxy_config_env.get(name);
            let (over, under) = match of_resource {
                Some(setting) if matches!(setting.origin, Origin::ProxyConfigOfWorkload(_)) => (of_resource, None),
                _ => (None, of_resource),
            };
            let in_override = in_override.map(|(_, value)| Setting::new(value.clone(), Origin::Environment));
            Layered {
                over: in_override.or_else(|| over.cloned()),
                own,
                under: under.or_else(|| mesh.proxy_metadata.get(name)).cloned(),
            }
        };
        let annotation = Origin::Annotation(PROXY_IMAGE_TYPE);
        ProxySettings {
            drain: layers(self.drain, seconds(&mesh.drain)),
            drain_duration: layers(self.drain_duration, seconds(&mesh.drain_duration)),
            parent_shutdown: layers(self.parent_shutdown, seconds(&mesh.parent_shutdown)),
            exit_on_idle: read_all(variable(EXIT_ON_IDLE, self.exit_on_idle), |text| Some(is_true(&text))),
            minimum: read_all(variable(MINIMUM_DRAIN, self.minimum_drain), |text| {
                parse_duration(&text).ok().map(Seconds::from)
            }),
            admin_port: Layered { over: None, own: self.admin_port, under: mesh.proxy_admin_port.clone() },
            image_type: Layered {
                over: image_type.map(|image_type| Setting::new(image_type, annotation)),
                own: self.image_type,
                under: surroundings.proxy_config_image.clone().or_else(|| mesh.image_type.clone()),
            },
        }
    }
}

/// Reads the value of a setting; one that can't be read is as good as none.
fn map<T, U>(setting: Option<Setting<T>>, read: impl Fn(T) -> Option<U>) -> Option<Setting<U>> {
    setting.and_then(|Setting { value, origin }| Some(Setting::new(read(value)?, origin)))
}

/// Reads the value in each layer of a setting.
fn read_all<U>(text: Layered<String>, read: impl Fn(String) -> Option<U>) -> Layered<U> {
    Layered { over: map(text.over, &read), own: text.own.and_then(&read), under: map(text.under, &read) }
}

/// Go's `strconv.ParseBool`.
fn is_true(text: &str) -> bool {
    matches!(text, "1" | "t" | "T" | "true" | "TRUE" | "True")
}

fn bad_config(what: String) -> Finding {
    Finding {
        rule: Rule::BadProxyConfig,
        severity: Severity::Error,
        subject: Subject::ProxyConfig,
        message: format!("Istio's injector rejects pods with this `proxy.istio.io/config`: {what}"),
        remedy: "correct the annotation; its value is a string that holds one YAML or JSON mapping".to_owned(),
    }
}

fn bad_duration(name: &str, what: String) -> Finding {
    Finding {
        rule: Rule::BadDrainDuration,
        severity: Severity::Error,
        subject: Subject::ProxyConfig,
        message: format!("Istio's injector rejects pods with this `{name}`: {what}"),
        remedy: "write a number with its unit, such as `45s` or `1m30s`".to_owned(),
    }
}
