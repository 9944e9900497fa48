//! ProxyConfig resources: which of them hold for a pod, and which wins.

use crate::istio::{Bare, Make, ProxySettings, Row, Setting, SettingOrigin, WithOrigin, rows};
use crate::object::{Object, Texts, texts};
use crate::yaml::Tree;

use super::by_selector::{BySelector, own};
use super::reader::Reader;
use super::stated_at::{StatedAt, Trouble};

/// A ProxyConfig, as far as it matters here.
#[derive(Clone, Debug)]
pub(super) struct ProxyConfig {
    namespace: Option<String>,
    name: String,
    /// The labels of the pods that it is for; all where it has none.
    selector: Texts,
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
        selector,
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
    /// Whether it is for all pods of the mesh with that root namespace.
    pub(super) fn is_of(&self, root: &str) -> bool {
        self.selector.is_empty() && self.namespace.as_deref() == Some(root)
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

/// All ProxyConfigs.
#[derive(Clone, Debug, Default)]
pub(super) struct ProxyConfigs {
    all: Vec<ProxyConfig>,
    /// Those that matter, by their numbers.
    by_selector: BySelector<Vec<usize>>,
}

impl ProxyConfigs {
    pub(super) fn of(all: Vec<ProxyConfig>) -> Self {
        let numbered = all.iter().enumerate();
        let said = numbered.map(|(number, config)| (config.namespace.clone(), config.selector.clone(), number));
        let by_selector = BySelector::of(said.collect(), |known: &mut Vec<usize>, number| {
            let known_settings = known.iter().filter_map(|known| Some(&all.get(*known)?.settings));
            if all.get(number).is_some_and(|own| adds_something(known_settings.collect(), &own.settings)) {
                known.push(number);
            }
        });
        Self { all, by_selector }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &ProxyConfig> {
        self.all.iter()
    }

    /// What they set for a pod: those of the root namespace, over them those of its own, over them those that select it
    /// (istio/istio `pilot/pkg/model/proxy_config.go`, `EffectiveProxyConfig`).
    pub(super) fn settings(&self, reach: &Reach<'_>) -> ProxySettings<WithOrigin> {
        let root = Some(reach.root);
        let own: Vec<_> = own(reach.namespace, reach.default).collect();
        let of_all = |namespace| self.by_selector.of_all(namespace).into_iter().flatten();
        let levels: [(ConfigLevel, Vec<&usize>); 3] = [
            (ConfigLevel::Root, of_all(root).collect()),
            (ConfigLevel::Namespace, own.iter().filter(|own| **own != root).flat_map(|own| of_all(*own)).collect()),
            (
                ConfigLevel::Workload,
                own.iter().flat_map(|own| self.by_selector.selecting(*own, reach.labels)).flatten().collect(),
            ),
        ];
        levels.into_iter().filter(|(_, numbers)| !numbers.is_empty()).fold(
            ProxySettings::default(),
            |below, (level, mut numbers)| {
                numbers.sort_unstable();
                let configs = numbers.into_iter().filter_map(|number| self.all.get(*number)).collect();
                ProxySettings::each(&mut Over { configs, level, below })
            },
        )
    }
}

/// Whether settings beside others on the same level set or contradict something that those don't.
fn adds_something(known: Vec<&ProxySettings<Bare>>, own: &ProxySettings<Bare>) -> bool {
    let mut addition = Addition { known, own, is_one: false };
    ProxySettings::each(&mut addition);
    addition.is_one
}

struct Addition<'c> {
    known: Vec<&'c ProxySettings<Bare>>,
    own: &'c ProxySettings<Bare>,
    is_one: bool,
}

impl Make<Bare> for Addition<'_> {
    fn make<R: Row>(&mut self) -> Option<R::Value> {
        let own = R::of(self.own).as_ref()?;
        let mut known = self.known.iter().filter_map(|known| R::of(known).as_ref());
        self.is_one |= known.next().is_none_or(|first| own != first && known.all(|other| other == first));
        None
    }
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
