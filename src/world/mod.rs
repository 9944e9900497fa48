//! What the input shows about the mesh of its workloads: namespaces, mesh settings by revision, ProxyConfigs.
//!
//! Each source is surveyed alone. All surveys together make a [`World`] before anything is planned.
//!
//! # Who is believed
//!
//! The input may have both the objects that istiod reads and the sources from which they are generated. The higher rank
//! wins, value by value. If there is an object of rank 3, the others don't count for its part at all: istiod knows only
//! the ConfigMap, so a setting that it lacks has Istio's default.
//!
//! | object | mesh config | injector | istiod |
//! |---|---|---|---|
//! | ConfigMap `istio[-rev]`, `data.mesh` | 3 | | |
//! | ConfigMap `istio-sidecar-injector[-rev]`, `data.values`, `data.config` | | 3 | 2 |
//! | Deployment with a container `discovery` | | | 3 |
//! | IstioRevision of the sail operator | 2 | 2 | 2 |
//! | Istio of the sail operator, IstioOperator, HelmRelease, Application, Helm values | 1 | 1 | 1 |
//!
//! If two of the same rank contradict each other, the value is unknown, and a warning names both.
//!
//! | file | what it holds |
//! |---|---|
//! | `survey` | what one source states |
//! | `stated_at` | where it stands, and what may be wrong with it |
//! | `relevance` | which documents can matter at all |
//! | `objects` | which object says what |
//! | `mesh_config`, `values`, `injector`, `proxy_config` | the settings in them |
//! | `gateways` | Gateways of the Gateway API, with the ConfigMaps that have options for them |
//! | `values_from`, `resolve` | values that a HelmRelease has from ConfigMaps |
//! | `unseen` | values that an object has from elsewhere |
//! | `reader` | one value, with its origin, or what is wrong with it |
//! | `agree` | statements laid over each other |
//! | `foresee` | what will be known once the mesh is written |
//! | `view` | what is known, for those who write it down |

mod agree;
mod by_selector;
#[cfg(test)]
mod cases;
mod foresee;
mod gateways;
mod injector;
mod limit_range;
mod mesh_config;
mod objects;
mod parameters;
mod proxy_config;
mod reader;
mod referred;
mod relevance;
mod resolve;
mod stated_at;
mod survey;
mod unseen;
mod values;
mod values_from;
mod view;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use kube_core::{Selector, SelectorExt as _};

use crate::istio::{
    Effective, MeshSettings, OtherRevision, Setting, SettingOrigin, SettingPlace, Surroundings, chosen_revision,
    other_meshes_in,
};
use crate::kubernetes::Release;
use crate::object::{Identity, IdentityKey, Metadata, Object, Texts};
use crate::policy::{DeclaredRevision, PolicySet};
use crate::shutdown::Policy;
use crate::yaml::{NodeId, Tree};

use by_selector::{BySelector, own};
pub(crate) use gateways::GatewayShare;
use gateways::Gateways;
pub(crate) use limit_range::LimitRange;
use proxy_config::{ProxyConfigs, Reach};
pub(crate) use referred::Referred;
pub use relevance::may_matter;
pub(crate) use relevance::{is_wanted, may_say};
pub(crate) use resolve::read_values;
use stated_at::StatedAt;
pub(crate) use stated_at::{Flaw, Trouble};
pub use survey::Survey;
use survey::{MeshSetting, MeshStatement, NamedStatement, Rank};
pub(crate) use view::Revision;

/// Istio's own revision, which has no name.
const DEFAULT_REVISION: &str = "default";
/// The namespace of ProxyConfigs that hold for all, where the mesh names no other.
const ROOT_NAMESPACE: &str = "istio-system";
/// The class of Gateways that are in other clusters (istio/istio `pkg/config/constants`).
const REMOTE_CLASS: &str = "istio-remote";
const REVISION_LABEL: &str = "istio.io/rev";
const INJECTION_LABEL: &str = "istio-injection";

/// What all sources of a run show.
#[derive(Clone, Debug, Default)]
pub struct World {
    namespaces: BTreeMap<String, Metadata>,
    /// The settings of each revision.
    meshes: BTreeMap<String, Mesh>,
    /// The objects that say something of a mesh, each with the revision of that.
    objects: HashMap<IdentityKey, String>,
    /// What objects have from values elsewhere, where those are in the input.
    below: HashMap<IdentityKey, MeshSettings>,
    /// The revision that each tag stands for.
    tags: BTreeMap<String, String>,
    /// The revisions and tags that have webhooks, where those of an installation are seen.
    webhooks: Option<Arc<BTreeSet<String>>>,
    proxy_configs: ProxyConfigs,
    /// Whether the Services that select some pods keep sessions; nothing where there are none.
    services: BySelector<Option<bool>>,
    nodes: Vec<NamedStatement<Option<Release>>>,
    limits: Vec<LimitRange>,
    /// Those of each namespace, by their numbers.
    limits_by_namespace: BySelector<Vec<usize>>,
    other_injectors: Vec<(&'static str, String)>,
    referred: Referred,
    gateways: Gateways,
    /// Classes of Gateways, and whether istiod makes proxies for them.
    gateway_classes: Vec<(String, bool)>,
    /// What HelmReleases have the chart of istiod from.
    charts: HashSet<IdentityKey>,
    has_operator: bool,
    troubles: Vec<Trouble>,
    /// The revisions whose drain is known, shortest first, once somebody asks.
    drains: OnceLock<Vec<OtherRevision>>,
}

/// The settings of one revision.
#[derive(Clone, Debug, Default)]
struct Mesh {
    settings: MeshSettings,
    /// Its mesh config was seen, so that what it leaves out is Istio's default.
    is_config_seen: bool,
    /// Where that stands.
    config: Option<SettingPlace>,
    /// So were its injector's values.
    is_injector_seen: bool,
    /// So was istiod itself.
    is_istiod_seen: bool,
    /// Its mesh config stands in an object, which can be edited.
    is_written: bool,
    /// So do the values of its injector.
    is_hook_written: bool,
    /// Both stand in files of values that the user named.
    is_named: bool,
    /// Its templates can have the branch that reads `sidecar.istio.io/preStopCommand`, and lack it.
    takes_branch: bool,
    release: Option<Setting<Release>>,
    never_inject: Vec<Setting<Selector>>,
    always_inject: Vec<Setting<Selector>>,
}

impl World {
    /// What the surveys of all sources say together; the place of a trouble has the number of its survey.
    pub fn of(surveys: impl IntoIterator<Item = Survey>) -> Self {
        let mut all = Survey::default();
        for (source, survey) in surveys.into_iter().enumerate() {
            all.append(survey, source);
        }
        let mut world = Self {
            proxy_configs: ProxyConfigs::of(all.proxy_configs),
            nodes: all.nodes,
            limits_by_namespace: limit_range::by_namespace(&all.limits),
            limits: all.limits,
            other_injectors: all.other_injectors,
            referred: Referred::of(all.referred),
            gateways: all.gateways,
            gateway_classes: all.gateway_classes,
            charts: all.charts.iter().map(|chart| chart.key(None)).collect(),
            has_operator: all.has_operator,
            troubles: std::mem::take(&mut all.troubles),
            ..Self::default()
        };
        world.services = BySelector::of(all.services, |known: &mut Option<bool>, keeps_sessions| {
            *known = Some(keeps_sessions || *known == Some(true));
        });
        let tags = all.tags.iter().map(|tag| tag.name.clone()).chain(all.webhooks.iter().cloned());
        world.webhooks = (!all.webhooks.is_empty()).then(|| Arc::new(tags.collect()));
        world.tags = agree::unanimous(all.tags, "the revision of the tag", String::clone, &mut world.troubles);
        // Two Namespaces of one name that differ in what Istio reads are those of two clusters: nothing is known then.
        let of_istio = |seen: &Metadata| -> Texts {
            let is_istio = |key: &str| key == INJECTION_LABEL || key.contains("istio.io/");
            let labels = seen.labels.iter().filter(|(key, _)| is_istio(key));
            labels.map(|(key, value)| (key.clone(), value.clone())).collect()
        };
        world.namespaces = agree::unanimous(all.namespaces, "the labels", of_istio, &mut world.troubles);
        resolve::resolve(&mut all.statements, &all.values_texts, &mut all.troubles);
        world.troubles.append(&mut all.troubles);
        let counts = |said: &MeshStatement| said.chart.as_ref().is_none_or(|chart| world.is_istiod_chart(chart));
        all.statements.retain(counts);
        world.settle_meshes(&all.statements);
        let reads = |said: &&MeshStatement| said.rank == Rank::Read;
        let istiods: BTreeSet<_> = all.statements.iter().filter(reads).filter_map(MeshStatement::namespace).collect();
        let is_istiods = |name: &str| if istiods.is_empty() { name == ROOT_NAMESPACE } else { istiods.contains(name) };
        world.gateways.keep_classes_of(is_istiods);
        for MeshStatement { place, revision, below, .. } in all.statements {
            if below != MeshSettings::default() {
                let own = world.below.entry(place.identity.key(None)).or_default();
                *own = std::mem::take(own).or(below);
            }
            world.objects.entry(place.identity.key(None)).or_insert(revision);
        }
        world.troubles.sort_by_key(|trouble| (trouble.place.source, trouble.place.field.offset));
        world
    }

    /// What could not be read in the source of that number, or contradicts something that is said elsewhere.
    pub fn troubles(&self, source: usize) -> impl Iterator<Item = &Trouble> {
        self.troubles.iter().filter(move |trouble| trouble.place.source == source)
    }

    /// The workloads that others, such as a Rollout with a `workloadRef`, have their pod templates in.
    pub(crate) const fn referred(&self) -> &Referred {
        &self.referred
    }

    /// What of the settings for proxies of Gateways stands in an object: a Gateway, or a ConfigMap with its options.
    pub(crate) fn gateway_share(
        &self,
        tree: &Tree<'_>,
        object: &Object,
        default: Option<&str>,
    ) -> Option<GatewayShare> {
        match object.identity.kind.as_str() {
            "ConfigMap" => self.gateways.share_of_options(&object.identity, default),
            "Gateway" if !self.makes_proxy(tree, object.node) => None,
            "Gateway" => Some(self.gateways.share_of_gateway(tree, object, default)),
            _ => Some(GatewayShare::WHOLE),
        }
    }

    /// Whether the proxy of a Gateway has a drain of its own.
    pub(crate) fn is_gateway_drained(&self, tree: &Tree<'_>, object: &Object, default: Option<&str>) -> bool {
        self.gateways.is_drained(tree, object, default)
    }

    /// Whether istiod makes the proxy of a Gateway: by its class, and not where it names an address that is elsewhere
    /// (istio/istio `pilot/pkg/config/kube/gateway/deploymentcontroller.go`: `builtinClasses`, `Reconcile`; `IsManaged`
    /// in `conversion.go` beside it). A class that is not in the input is known by its name: those of Istio start with
    /// its own, and for that of other clusters it makes no proxies.
    pub(crate) fn makes_proxy(&self, tree: &Tree<'_>, gateway: NodeId) -> bool {
        let at = |keys: &[&str]| tree.get_path(gateway, keys);
        let class = at(&["spec", "gatewayClassName"]).and_then(|class| tree.str(class)).unwrap_or_default();
        let seen = self.gateway_classes.iter().find(|(name, _)| name == class);
        let is_istios = seen.map_or(class.starts_with("istio") && class != REMOTE_CLASS, |(_, is_istios)| *is_istios);
        let addresses: Vec<_> = at(&["spec", "addresses"]).into_iter().flat_map(|list| tree.items(list)).collect();
        let is_hostname = |address: &NodeId| tree.str_at(*address, &["type"]).is_some_and(|kind| kind != "IPAddress");
        is_istios && addresses.len() < 2 && !addresses.iter().any(is_hostname)
    }

    /// Whether a HelmRelease has the chart of istiod from an object of the input.
    pub(crate) fn installs_istiod(&self, tree: &Tree<'_>, node: NodeId, identity: &Identity) -> bool {
        identity.kind == "HelmRelease"
            && values_from::chart_ref(tree, node, identity).is_some_and(|chart| self.is_istiod_chart(&chart))
    }

    fn is_istiod_chart(&self, chart: &Identity) -> bool {
        self.charts.contains(&chart.key(None))
    }

    /// Whether a Gateway of the input has its options in an object.
    pub(crate) fn names_gateway_options(&self) -> bool {
        self.gateways.has_options()
    }

    /// What an object has from values elsewhere, if it says nothing else itself.
    pub(crate) fn below(&self, object: &Identity) -> MeshSettings {
        self.below.get(&object.key(None)).cloned().unwrap_or_default()
    }

    /// Whether there are IstioOperators in the input.
    pub(crate) const fn has_operator(&self) -> bool {
        self.has_operator
    }

    fn settle_meshes(&mut self, statements: &[MeshStatement]) {
        for part in [MeshSetting::Mesh, MeshSetting::Injector, MeshSetting::Istiod] {
            let mut ranked: BTreeMap<(&str, Reverse<Rank>), Vec<&MeshStatement>> = BTreeMap::new();
            for said in statements.iter().filter(|said| said.part == part) {
                ranked.entry((&said.revision, Reverse(said.rank))).or_default().push(said);
            }
            let mut read = None;
            for ((revision, Reverse(rank)), statements) in ranked {
                let mesh = self.meshes.entry(revision.to_owned()).or_default();
                if read == Some(revision) {
                    let agreed = agree::agree(&statements, &mut Vec::new());
                    mesh.release = mesh.release.take().or(agreed.release);
                    continue;
                }
                let unseen = statements.iter().find_map(|said| Some((said, said.unseen.as_ref()?)));
                mesh.is_config_seen |= part == MeshSetting::Mesh && unseen.is_none();
                let config = statements.first().filter(|_| part == MeshSetting::Mesh);
                mesh.config = mesh.config.take().or(config.map(|said| said.place.as_place()));
                let is_object = |said: &&MeshStatement| said.is_named || !said.place.identity.kind.is_empty();
                mesh.is_named = statements.iter().all(|said| said.is_named);
                mesh.is_written |= part == MeshSetting::Mesh && statements.iter().all(is_object);
                mesh.takes_branch |= statements.iter().any(|said| said.takes_branch);
                mesh.is_hook_written |= part == MeshSetting::Injector && statements.iter().all(is_object);
                mesh.is_injector_seen |= part == MeshSetting::Injector && rank == Rank::Read;
                mesh.is_istiod_seen |= part == MeshSetting::Istiod && rank == Rank::Read;
                read = (rank == Rank::Read).then_some(revision);
                let agreed = agree::agree(&statements, &mut self.troubles);
                // A drain that is stated here wins over whatever the others say.
                self.troubles.extend(unseen.filter(|_| agreed.settings.proxy.drain.is_none()).map(|(said, unseen)| {
                    let place = StatedAt { field: unseen.place.clone(), ..said.place.clone() };
                    Trouble { place, flaw: Flaw::Unseen { field: unseen.field, revision: revision.to_owned() } }
                }));
                mesh.settings = std::mem::take(&mut mesh.settings).or(agreed.settings);
                mesh.release = mesh.release.take().or(agreed.release);
                mesh.never_inject.extend(agreed.never_inject);
                mesh.always_inject.extend(agreed.always_inject);
            }
        }
    }

    /// What stands around a pod with these labels, whose workload names that namespace or none; `chosen` is what the
    /// policy comes to for it.
    pub fn around(&self, namespace: Option<&str>, labels: &Texts, policy: &PolicySet, chosen: &Policy) -> Surroundings {
        let namespace = namespace.or(policy.default_namespace.as_deref());
        let seen = namespace.and_then(|name| self.namespaces.get(name));
        let declared = namespace.and_then(|name| policy.namespaces.get(name));
        let origin = || SettingOrigin::Mesh(format!("Namespace {}", namespace.unwrap_or_default()));
        let namespace_labels = declared
            .map(|labels| Setting::new(labels.clone(), SettingOrigin::Declared))
            .or_else(|| seen.map(|seen| Setting::new(seen.labels.clone(), origin())));
        let of_namespace =
            declared.into_iter().chain(seen.into_iter().flat_map(|seen| [&seen.labels, &seen.annotations]));
        let revision = self.revision(namespace_labels.as_ref().map(|labels| &labels.value), labels, policy);
        let (no_mesh, nothing_declared) = (Mesh::default(), DeclaredRevision::default());
        let mesh = self.meshes.get(&revision).unwrap_or(&no_mesh);
        let of_revision = policy.revisions.get(&revision).unwrap_or(&nothing_declared);
        let matching = |declared: &[Selector], seen: &[Setting<Selector>]| {
            if declared.iter().any(|selector| selector.matches(labels)) {
                return Some(SettingOrigin::Declared);
            }
            let seen = seen.iter().find(|selector| selector.value.matches(labels));
            seen.map(|selector| selector.origin.clone())
        };
        let never_inject = matching(&policy.never_inject, &mesh.never_inject);
        let always_inject = matching(&policy.always_inject, &mesh.always_inject);
        let declared = chosen.istio.or(of_revision.istio).map(|release| Setting::new(release, SettingOrigin::Declared));
        let istio = declared.or_else(|| mesh.release.clone());
        let settings = chosen.mesh.clone().or(of_revision.mesh.clone()).or(mesh.settings.clone());
        let of_labels = namespace_labels.as_ref().map(|labels| &labels.value);
        let named = [Some(labels), of_labels].into_iter().flatten().filter_map(|labels| labels.get(REVISION_LABEL));
        let named: Vec<_> = named.cloned().collect();
        let named = named.iter();
        let services = self.services_of(namespace, labels, policy);
        let around = Surroundings {
            namespace: namespace.map(str::to_owned),
            namespace_labels,
            namespace_other_meshes: other_meshes_in(of_namespace),
            revisions: named.filter(|name| self.is_seen(name, policy)).cloned().collect(),
            webhooks: policy
                .webhooks
                .clone()
                .map(|names| Arc::new(names.into_iter().collect()))
                .or(self.webhooks.clone()),
            istio,
            never_inject,
            always_inject,
            is_mesh_config_seen: mesh.is_config_seen,
            others: self.others(&revision, policy, chosen),
            is_served: !services.is_empty(),
            keeps_sessions: services.contains(&true),
            ..Surroundings::default()
        };
        let root = settings.root_namespace.as_ref().map_or(ROOT_NAMESPACE, |root| root.value.as_str());
        let reach = Reach { root, namespace, default: policy.default_namespace.as_deref(), labels };
        let proxy_configs = self.proxy_configs.settings(&reach);
        Surroundings { proxy_configs, mesh: settings, ..around }
    }

    /// What is known of the drain on other revisions than `own`, shortest first.
    fn others(&self, own: &str, policy: &PolicySet, chosen: &Policy) -> Vec<OtherRevision> {
        if chosen.mesh.proxy.drain.is_some() || self.meshes.len() + policy.revisions.len() < 2 {
            return Vec::new();
        }
        let drains = self.drains.get_or_init(|| self.extreme_drains(policy));
        drains.iter().filter(|other| other.name != own).cloned().collect()
    }

    /// The two revisions with the shortest and the two with the longest drain. At least one of each is not the pod's
    /// own, and a pod that is right on both is right on all between them.
    fn extreme_drains(&self, policy: &PolicySet) -> Vec<OtherRevision> {
        let names: BTreeSet<_> = self.meshes.keys().chain(policy.revisions.keys()).collect();
        let known = names.into_iter().filter_map(|name| {
            let declared = policy.revisions.get(name).and_then(|revision| revision.mesh.proxy.drain.clone());
            let seen = self.meshes.get(name).filter(|mesh| mesh.is_config_seen);
            let of_config = |mesh: &Mesh| {
                let built_in = Setting::new(Effective::DRAIN, SettingOrigin::BuiltIn).at(mesh.config.clone());
                mesh.settings.proxy.drain.clone().unwrap_or(built_in)
            };
            Some(OtherRevision { name: name.clone(), drain: declared.or(seen.map(of_config))? })
        });
        let mut drains: Vec<_> = known.collect();
        drains.sort_by_key(|known| known.drain.value);
        if drains.len() > 4 {
            drains.drain(2..drains.len() - 2);
        }
        drains
    }

    /// Whether each Service of the input that selects a pod with these labels keeps sessions.
    fn services_of(&self, namespace: Option<&str>, labels: &Texts, policy: &PolicySet) -> Vec<bool> {
        let own = own(namespace, policy.default_namespace.as_deref());
        own.flat_map(|own| self.services.selecting(own, labels)).copied().flatten().collect()
    }

    /// Whether anything is known of a revision or tag.
    fn is_seen(&self, name: &str, policy: &PolicySet) -> bool {
        let is_declared = || {
            policy
                .revisions
                .iter()
                .any(|(known, revision)| known == name || revision.tags.iter().any(|tag| tag == name))
        };
        self.meshes.contains_key(name) || self.tags.contains_key(name) || is_declared()
    }

    /// The revision whose webhook takes the pod, tags followed: that of `istio-injection: enabled`, else that of the
    /// namespace, else that of the pod (the charts' `istiod/templates/mutatingwebhook.yaml`).
    fn revision(&self, namespace: Option<&Texts>, pod: &Texts, policy: &PolicySet) -> String {
        let own = pod.get(REVISION_LABEL).map(String::as_str);
        let named = chosen_revision(own, namespace).unwrap_or(DEFAULT_REVISION);
        if self.meshes.contains_key(named) || policy.revisions.contains_key(named) {
            return named.to_owned();
        }
        let declares_tag = |(_, revision): &(&String, &DeclaredRevision)| revision.tags.iter().any(|tag| tag == named);
        if let Some((revision, _)) = policy.revisions.iter().find(declares_tag) {
            return revision.clone();
        }
        self.tags.get(named).cloned().unwrap_or_else(|| named.to_owned())
    }
}
