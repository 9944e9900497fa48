//! Reads the `proxy.istio.io/config` annotation: YAML or JSON in a string, as the injector reads it.
//!
//! Source: istio/istio `pkg/config/mesh/mesh.go` (`ApplyProxyConfig`) through sigs.k8s.io/yaml and jsonpb: camelCase
//! and snake_case names are both accepted, unknown ones are ignored, durations are Go's.

use std::time::Duration;

use crate::istio::{DurationError, EXIT_ON_IDLE, MINIMUM_DRAIN, Stated, Target, parse_duration};
use crate::rules::dead_drain_variable;
use crate::shutdown::{Finding, Rule, Severity, Subject};
use crate::yaml::{NodeId, NodeKind, Resolved, Source, Tree, parse_all};

use super::proxy_fields;

/// What the annotation sets, as far as the shutdown of the pod goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyConfig {
    /// How the settings are spelled.
    pub keys: Keys,
    /// The settings; what other annotations and the override say is not in there.
    pub stated: Stated,
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
const HOLD: [&str; 2] = ["holdApplicationUntilProxyStarts", "hold_application_until_proxy_starts"];

/// Reads the annotation's node. What Istio's injector would reject is an error: no pod could be created.
pub(super) fn read(tree: &Tree<'_>, node: Option<NodeId>, target: Target, findings: &mut Vec<Finding>) -> ProxyConfig {
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
    if starts_with_tab(text) {
        findings.push(bad_config("a tab indents it".to_owned()));
        return ProxyConfig::default();
    }
    match parse_all(Source::embedded(text)) {
        Ok(config) => read_config(&config, target, findings),
        Err(error) => {
            findings.push(bad_config(error.to_string()));
            ProxyConfig::default()
        }
    }
}

/// Istio's reader takes no tab where indentation may stand.
fn starts_with_tab(text: &str) -> bool {
    let indentation = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let has_tab = |line: &&str| line.get(..indentation(line)).is_some_and(|indentation| indentation.contains('\t'));
    let is_blank = |line: &&str| matches!(line.trim_start_matches(' ').chars().next(), None | Some('#'));
    text.lines().find(|line| !is_blank(line)).is_some_and(|line| has_tab(&line))
}

fn read_config(config: &Tree<'_>, target: Target, findings: &mut Vec<Finding>) -> ProxyConfig {
    if let [_, _, ..] = config.roots() {
        let what = format!("holds {} YAML documents, of which Istio reads the first only", config.roots().len());
        findings.push(unsafe_to_edit(&what, "keep the first one only"));
    }
    let root = match config.roots() {
        [] => return ProxyConfig::default(),
        [root, ..] if config.scalar(*root) == Some(Resolved::Null) => return ProxyConfig::default(),
        [root, ..] if matches!(config.node(config.resolve(*root)).kind, NodeKind::Mapping { .. }) => *root,
        _ => {
            findings.push(bad_config("it is no mapping".to_owned()));
            return ProxyConfig::default();
        }
    };
    findings.extend(proxy_fields::check(config, root, target));
    let mut spelling = |names: [&'static str; 2]| {
        let [camel, snake] = names.map(|name| config.get(root, name).map(|node| (name, node)));
        if names[0] != names[1] && camel.is_some() && snake.is_some() {
            let what = format!("has both `{}` and `{}`, of which Istio reads the first only", names[0], names[1]);
            findings.push(unsafe_to_edit(&what, "remove one of the two"));
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
    let hold = spelling(HOLD);
    let entry = |key: &str| {
        let node = metadata.and_then(|(_, metadata)| config.get(metadata, key))?;
        Some((key.to_owned(), config.str(node)?.to_owned()))
    };
    let metadata = [EXIT_ON_IDLE, MINIMUM_DRAIN, dead_drain_variable::NAME].into_iter().filter_map(entry).collect();
    let duration = |found: Option<(&'static str, NodeId)>| read_duration(config.str(found?.1)?);
    let image_type = |(_, image)| {
        let node = IMAGE_TYPE.into_iter().find_map(|name| config.get(image, name))?;
        config.str(node).map(str::to_owned)
    };
    let stated = Stated {
        drain: duration(drain),
        drain_duration: duration(drain_duration),
        parent_shutdown: duration(parent_shutdown),
        admin_port: admin_port.and_then(|(_, node)| config.as_written(node)?.parse().ok()),
        image_type: image.and_then(image_type),
        hold_application: hold.and_then(|(_, node)| match config.scalar(node) {
            Some(Resolved::Bool(hold)) => Some(hold),
            _ => None,
        }),
        metadata,
        ..Stated::default()
    };
    ProxyConfig { keys, stated }
}

/// A duration of the annotation, as far as it is one.
fn read_duration(text: &str) -> Option<Duration> {
    match parse_duration(text) {
        Ok(duration) => Some(duration),
        // A sleep below zero is over at once.
        Err(DurationError::Negative { .. }) => Some(Duration::ZERO),
        Err(_) => None,
    }
}

/// What Istio takes, and what can't be edited so that it stays clear what is meant.
fn unsafe_to_edit(what: &str, remedy: &str) -> Finding {
    Finding {
        rule: Rule::Uneditable,
        severity: Severity::Error,
        subject: Subject::ProxyConfig,
        message: format!("can't be edited safely: `proxy.istio.io/config` {what}"),
        remedy: remedy.to_owned(),
    }
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
