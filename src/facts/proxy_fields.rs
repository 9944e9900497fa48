//! Compares the fields of `proxy.istio.io/config` with what the injector accepts. If it rejects one, no pod can be
//! created.

use crate::istio::{
    CONNECTION_SETTINGS, Feature, FieldFlaw, FieldKind, KEY_PROVIDER, KEY_PROVIDERS, POLL_DELAY, PROXY_FIELDS,
    ProxyField, StatedValue, Target, ValueForm, parse_duration, proxy_field,
};
use crate::nearest::nearest;
use crate::rules::{Finding, bad_drain_duration, bad_proxy_config, unknown_proxy_config_field};
use crate::yaml::{NodeId, NodeKind, Resolved, Tree};

/// A field that Istio has up to 1.16 only.
const PARENT_SHUTDOWN: &str = "parent_shutdown_duration";
/// The only duration of the shutdown that Istio does not validate.
const DRAIN: &str = "termination_drain_duration";

/// Findings on the fields of the annotation's mapping.
pub(super) fn check(config: &Tree<'_>, root: NodeId, target: Target) -> Vec<Finding> {
    let mut findings = Vec::new();
    FieldCheck { config, target, findings: &mut findings }.mapping(root, PROXY_FIELDS, "");
    findings
}

struct FieldCheck<'c, 's> {
    config: &'c Tree<'s>,
    target: Target,
    findings: &'c mut Vec<Finding>,
}

impl FieldCheck<'_, '_> {
    /// The fields of a mapping; `path` leads to it, and ends with a dot.
    fn mapping(&mut self, mapping: NodeId, fields: &[ProxyField], path: &str) {
        let config = self.config;
        for (key, value) in config.entries(mapping).iter().filter(|(key, _)| !config.is_merge_key(*key)) {
            let Some(name) = config.as_written(*key) else { continue };
            let shown = format!("{path}{name}");
            let Some(field) = proxy_field(fields, name) else {
                self.findings.push(unknown(&shown, name, fields));
                continue;
            };
            // If a key is repeated, the last one counts. If both spellings occur, the one in camelCase counts.
            let counts = config.get(mapping, &field.camel()).or_else(|| config.get(mapping, field.name));
            if counts == Some(config.resolve(*value)) {
                self.value(*value, field, &shown);
            }
        }
    }

    fn value(&mut self, value: NodeId, field: ProxyField, shown: &str) {
        let Some(given) = given(self.config, value) else { return };
        if field.name == PARENT_SHUTDOWN {
            return self.parent_shutdown(field.kind.flaw(given), shown);
        }
        if field.name == CONNECTION_SETTINGS && Feature::ConnectionSettings.is_in(self.target) == Some(false) {
            return self.findings.push(unknown_proxy_config_field::too_new(shown, Feature::ConnectionSettings.since()));
        }
        if let Some(flaw) = field.kind.flaw(given) {
            return self.findings.push(rejected(shown, flaw));
        }
        if field.name == DRAIN && given.form == ValueForm::Text && parse_duration(given.text).is_err() {
            self.findings.push(bad_drain_duration::negative(shown, given.text));
        }
        if field.name == KEY_PROVIDER && given.form == ValueForm::Mapping {
            return self.key_provider(value, field, shown);
        }
        if let FieldKind::Message(fields) = field.kind {
            self.mapping(value, fields, &format!("{shown}."));
        }
        let Some(element) = field.kind.element() else { return };
        let entries = self.config.entries(value).iter().map(|(key, value)| (self.config.as_written(*key), *value));
        let items = self.config.items(value).map(|item| (None, item));
        for (name, element_value) in entries.chain(items).collect::<Vec<_>>() {
            let shown = name.map_or_else(|| format!("{shown}[]"), |name| format!("{shown}.{name}"));
            let flaw = given_flaw(self.config, element_value, element);
            self.findings.extend(flaw.map(|flaw| rejected(&shown, flaw)));
        }
    }

    /// One provider, with how often it is asked. The others are not validated.
    fn key_provider(&mut self, value: NodeId, field: ProxyField, shown: &str) {
        let config = self.config;
        let FieldKind::Message(fields) = field.kind else { return };
        self.mapping(value, fields, &format!("{shown}."));
        let is_set = |node: &NodeId| config.scalar(*node) != Some(Resolved::Null);
        let flaw = match KEY_PROVIDERS.iter().find_map(|name| config.get(value, name).filter(is_set)) {
            None => format!("it names none of `{}`", KEY_PROVIDERS.join("`, `")),
            Some(provider) => {
                let delay = fields.iter().find(|field| KEY_PROVIDERS.contains(&field.name));
                let FieldKind::Message(parts) = delay.map_or(field.kind, |field| field.kind) else { return };
                let Some(part) = parts.iter().find(|part| part.name == POLL_DELAY) else { return };
                let delay = config.get(provider, &part.camel()).or_else(|| config.get(provider, part.name));
                if delay.is_some_and(|delay| is_set(&delay)) {
                    return;
                }
                format!("its provider has no `{}`", part.camel())
            }
        };
        self.findings.push(bad_proxy_config::field(shown, &flaw));
    }

    /// Releases after 1.16 ignore it, whatever its value is.
    fn parent_shutdown(&mut self, flaw: Option<FieldFlaw>, shown: &str) {
        let is_known = Feature::ParentShutdownDuration.is_in(self.target);
        match (is_known, flaw) {
            (Some(true), Some(flaw)) => self.findings.push(rejected(shown, flaw)),
            (Some(false), _) => self.findings.push(unknown_proxy_config_field::gone(shown)),
            (None, Some(FieldFlaw::Duration(what) | FieldFlaw::Other(what))) => {
                self.findings.push(bad_drain_duration::rejected_before_1_17(shown, &what));
            }
            (_, None) => {}
        }
    }
}

fn given_flaw(config: &Tree<'_>, value: NodeId, kind: FieldKind) -> Option<FieldFlaw> {
    kind.flaw(given(config, value)?)
}

/// The value in the domain's form; `None` if a tag hides its type.
fn given<'t>(config: &'t Tree<'_>, value: NodeId) -> Option<StatedValue<'t>> {
    let form = match config.scalar(value) {
        Some(Resolved::Null) => ValueForm::Null,
        Some(Resolved::Bool(_)) => ValueForm::Bool,
        // Only values far outside the bounds of every field are rounded here.
        #[expect(clippy::cast_precision_loss)]
        Some(Resolved::Int(number)) => ValueForm::Number(number as f64),
        Some(Resolved::Float(number)) => ValueForm::Number(number),
        Some(Resolved::Str(_)) => ValueForm::Text,
        Some(Resolved::Tagged) => return None,
        None if matches!(config.node(config.resolve(value)).kind, NodeKind::Mapping { .. }) => ValueForm::Mapping,
        None => ValueForm::List,
    };
    Some(StatedValue { form, text: config.as_written(value).unwrap_or_default() })
}

fn rejected(shown: &str, flaw: FieldFlaw) -> Finding {
    match flaw {
        FieldFlaw::Duration(what) => bad_drain_duration::rejected(shown, &what),
        FieldFlaw::Other(what) => bad_proxy_config::field(shown, &what),
    }
}

fn unknown(shown: &str, name: &str, fields: &[ProxyField]) -> Finding {
    let names: Vec<String> = fields.iter().map(|field| field.camel()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    unknown_proxy_config_field::found(shown, nearest(name, &names))
}
