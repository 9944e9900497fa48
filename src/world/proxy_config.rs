//! ProxyConfig resources: which of them hold for a pod, and which wins.

use std::collections::BTreeSet;

use kube_core::{Selector, SelectorExt as _};

use crate::istio::{Origin, Setting, Surroundings};
use crate::object::{Object, Texts, texts};
use crate::yaml::Tree;

use super::place::{Place, Trouble};
use super::reader::Reader;

/// A ProxyConfig, as far as it matters here.
#[derive(Clone, Debug)]
pub(super) struct ProxyConfig {
    namespace: Option<String>,
    name: String,
    /// The labels of the pods that it is for; all where it has none.
    selector: Option<Selector>,
    environment: Texts,
    image_type: Option<String>,
}

/// A pod, and what decides which ProxyConfigs reach it.
pub(super) struct Reach<'r> {
    pub root: &'r str,
    pub namespace: Option<&'r str>,
    /// The namespace of objects that name none.
    pub default: Option<&'r str>,
    pub labels: &'r Texts,
}

/// Reads a ProxyConfig (istio/api `networking/v1beta1/proxy_config.proto`).
pub(super) fn read(tree: &Tree<'_>, object: &Object, place: &Place, troubles: &mut Vec<Trouble>) -> ProxyConfig {
    let mut reader = Reader { tree, place, text_at: None, troubles };
    let spec = tree.get(object.node, "spec");
    let matched = spec.and_then(|spec| reader.path(spec, &["selector", "matchLabels"]));
    let selector = texts(tree, matched);
    ProxyConfig {
        namespace: object.identity.namespace.clone(),
        name: object.identity.name.clone(),
        selector: (!selector.is_empty()).then(|| selector.into_iter().collect()),
        environment: texts(tree, spec.and_then(|spec| reader.get(spec, "environmentVariables"))),
        image_type: spec.and_then(|spec| reader.text(spec, &["image", "imageType"])).map(|text| text.value),
    }
}

/// What a ProxyConfig is for, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Root,
    Namespace,
    Workload,
}

impl ProxyConfig {
    /// The level at which it reaches a pod, if it does.
    fn level(&self, reach: &Reach<'_>) -> Option<Level> {
        let is_own = self.namespace.as_deref().or(reach.default) == reach.namespace;
        match &self.selector {
            Some(selector) => (is_own && selector.matches(reach.labels)).then_some(Level::Workload),
            None if self.namespace.as_deref() == Some(reach.root) => Some(Level::Root),
            None => is_own.then_some(Level::Namespace),
        }
    }

    fn origin(&self, level: Level) -> Origin {
        let name = match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        };
        match level {
            Level::Root => Origin::ProxyConfigOfRoot(name),
            Level::Namespace => Origin::ProxyConfigOfNamespace(name),
            Level::Workload => Origin::ProxyConfigOfWorkload(name),
        }
    }
}

/// Fills in what ProxyConfigs set for a pod: those of the root namespace, over them those of its own, over them those
/// that select it (istio/istio `pilot/pkg/model/proxy_config.go`, `EffectiveProxyConfig`). Of two on one level that
/// contradict each other it can't be told which was made first, so neither counts.
pub(super) fn apply(configs: &[ProxyConfig], reach: &Reach<'_>, around: &mut Surroundings) {
    for level in [Level::Root, Level::Namespace, Level::Workload] {
        let configs: Vec<_> = configs.iter().filter(|config| config.level(reach) == Some(level)).collect();
        let names: BTreeSet<_> = configs.iter().flat_map(|config| config.environment.keys()).collect();
        for name in names {
            match agreed(&configs, level, |config| config.environment.get(name)) {
                Some(value) => around.proxy_config_env.insert(name.clone(), value),
                None => around.proxy_config_env.remove(name),
            };
        }
        if configs.iter().any(|config| config.image_type.is_some()) {
            around.proxy_config_image = agreed(&configs, level, |config| config.image_type.as_ref());
        }
    }
}

/// The value that all agree in which set it.
fn agreed<'c>(
    configs: &[&'c ProxyConfig],
    level: Level,
    value: impl Fn(&'c ProxyConfig) -> Option<&'c String>,
) -> Option<Setting<String>> {
    let mut stated = configs.iter().filter_map(|config| Some((value(config)?, config)));
    let (first, config) = stated.next()?;
    stated.all(|(other, _)| other == first).then(|| Setting::new(first.clone(), config.origin(level)))
}
