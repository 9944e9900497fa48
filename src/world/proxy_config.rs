//! ProxyConfig resources: which of them hold for a pod, and which wins.

use kube_core::{Selector, SelectorExt as _};

use crate::istio::{Bare, Make, ProxySettings, Row, Setting, SettingOrigin, WithOrigin, rows};
use crate::object::{Object, Texts, texts};
use crate::yaml::Tree;

use super::place::{StatedAt, Trouble};
use super::reader::Reader;

/// A ProxyConfig, as far as it matters here.
#[derive(Clone, Debug)]
pub(super) struct ProxyConfig {
    namespace: Option<String>,
    name: String,
    /// The labels of the pods that it is for; all where it has none.
    selector: Option<Selector>,
    settings: ProxySettings<Bare>,
    /// Where it says so.
    pub(super) place: StatedAt,
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
pub(super) fn read(tree: &Tree<'_>, object: &Object, place: &StatedAt, troubles: &mut Vec<Trouble>) -> ProxyConfig {
    let mut reader = Reader { tree, place, root: object.node, text: None, troubles };
    let spec = tree.get(object.node, "spec");
    let matched = spec.and_then(|spec| reader.path(spec, &["selector", "matchLabels"]));
    let selector = texts(tree, matched);
    let image_type = spec.and_then(|spec| reader.read::<rows::ImageType>(spec, rows::ImageType::PATH));
    let stated = spec.and_then(|spec| reader.get(spec, "environmentVariables"));
    let variables = texts(tree, stated);
    let mut place = place.clone();
    place.field.offset = stated.map_or(place.field.offset, |stated| tree.node(stated).span.start());
    let variables = ProxySettings::of_variables(&variables);
    ProxyConfig {
        namespace: object.identity.namespace.clone(),
        name: object.identity.name.clone(),
        selector: (!selector.is_empty()).then(|| selector.into_iter().collect()),
        settings: ProxySettings { image_type: image_type.map(|image| image.value), ..variables },
        place,
    }
}

/// What a ProxyConfig is for, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ConfigLevel {
    Root,
    Namespace,
    Workload,
}

impl ProxyConfig {
    /// The level at which it reaches a pod, if it does.
    fn level(&self, reach: &Reach<'_>) -> Option<ConfigLevel> {
        let is_own = self.namespace.as_deref().or(reach.default) == reach.namespace;
        match &self.selector {
            Some(selector) => (is_own && selector.matches(reach.labels)).then_some(ConfigLevel::Workload),
            None if self.namespace.as_deref() == Some(reach.root) => Some(ConfigLevel::Root),
            None => is_own.then_some(ConfigLevel::Namespace),
        }
    }

    /// Whether it is for all pods of the mesh with that root namespace.
    pub(super) fn is_of(&self, root: &str) -> bool {
        self.selector.is_none() && self.namespace.as_deref() == Some(root)
    }

    /// Its namespace and name.
    pub(super) fn title(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        }
    }

    fn origin(&self, level: ConfigLevel) -> SettingOrigin {
        let name = self.title();
        match level {
            ConfigLevel::Root => SettingOrigin::ProxyConfigOfRoot(name),
            ConfigLevel::Namespace => SettingOrigin::ProxyConfigOfNamespace(name),
            ConfigLevel::Workload => SettingOrigin::ProxyConfigOfWorkload(name),
        }
    }
}

/// What ProxyConfigs set for a pod: those of the root namespace, over them those of its own, over them those that
/// select it (istio/istio `pilot/pkg/model/proxy_config.go`, `EffectiveProxyConfig`).
pub(super) fn settings(configs: &[ProxyConfig], reach: &Reach<'_>) -> ProxySettings<WithOrigin> {
    [ConfigLevel::Root, ConfigLevel::Namespace, ConfigLevel::Workload].into_iter().fold(
        ProxySettings::default(),
        |below, level| {
            let configs = configs.iter().filter(|config| config.level(reach) == Some(level)).collect();
            ProxySettings::each(&mut Over { configs, level, below })
        },
    )
}

/// The ProxyConfigs of one level, over what those below it set.
struct Over<'c> {
    configs: Vec<&'c ProxyConfig>,
    level: ConfigLevel,
    below: ProxySettings<WithOrigin>,
}

/// Of two on one level that contradict each other it is not known which was made first, so neither counts.
impl Make<WithOrigin> for Over<'_> {
    fn make<R: Row>(&mut self) -> Option<Setting<R::Value>> {
        let mut stated = self.configs.iter().filter_map(|config| Some((R::of(&config.settings).as_ref()?, config)));
        let Some((first, config)) = stated.next() else { return R::of(&self.below).clone() };
        let place = Some(config.place.as_place());
        stated
            .all(|(other, _)| other == first)
            .then(|| Setting::new(first.clone(), config.origin(self.level)).at(place))
    }
}
