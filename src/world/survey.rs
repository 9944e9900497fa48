//! The statements of one source, object by object, with their places.

use std::collections::BTreeSet;

use kube_core::Selector;

use crate::istio::{MeshSettings, Setting, Settle};
use crate::kubernetes::Release;
use crate::object::{Identity, Metadata};

use super::by_selector::OfPods;
use super::gateways::Gateways;
use super::limit_range::LimitRange;
use super::proxy_config::ProxyConfig;
use super::stated_at::{StatedAt, Trouble};
use super::unseen::UnseenValues;
use super::values_from::{ValuesReference, ValuesText};

/// What one source states.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Namespaces with their labels and annotations.
    pub(super) namespaces: Vec<NamedStatement<Metadata>>,
    /// The revisions of injectors that have webhooks.
    pub(super) webhooks: BTreeSet<String>,
    pub(super) statements: Vec<MeshStatement>,
    /// Tags and the revisions that they stand for.
    pub(super) tags: Vec<NamedStatement<String>>,
    pub(super) proxy_configs: Vec<ProxyConfig>,
    /// What Services select, and whether clients stay with the pod that they began with, even while it shuts down.
    pub(super) services: Vec<OfPods<bool>>,
    /// Nodes, and the releases of their kubelets where those can be read.
    pub(super) nodes: Vec<NamedStatement<Option<Release>>>,
    pub(super) limits: Vec<LimitRange>,
    /// Meshes of others, and the names of the webhooks that inject their sidecars.
    pub(super) other_injectors: Vec<(&'static str, String)>,
    /// The workloads that others have their pod templates in.
    pub(super) referred: Vec<Identity>,
    /// Gateways, and the ConfigMaps that may have options for them.
    pub(super) gateways: Gateways,
    /// Classes of Gateways, and whether istiod makes proxies for them.
    pub(super) gateway_classes: Vec<(String, bool)>,
    /// What HelmReleases have the chart of istiod from.
    pub(super) charts: Vec<Identity>,
    /// ConfigMaps that HelmReleases have values from.
    pub(super) values_texts: Vec<ValuesText>,
    /// There are IstioOperators.
    pub(super) has_operator: bool,
    pub(super) troubles: Vec<Trouble>,
}

/// What one object says about something that has a name.
#[derive(Clone, Debug)]
pub(super) struct NamedStatement<T> {
    pub name: String,
    pub value: T,
    pub place: StatedAt,
}

/// The parts of what is set for a mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MeshSetting {
    /// The mesh config, which istiod and the agents read.
    Mesh,
    /// What the injector's template is filled in with.
    Injector,
    /// Istiod's own environment and release.
    Istiod,
}

/// How close a statement is to what istiod reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// It configures an installer.
    Asked,
    /// An installer generated it, but it is not final.
    Made,
    /// Istiod reads it.
    Read,
}

/// What one object says about one part of one mesh.
#[derive(Clone, Debug)]
pub(super) struct MeshStatement {
    pub revision: String,
    pub part: MeshSetting,
    pub rank: Rank,
    pub place: StatedAt,
    pub settings: MeshSettings,
    pub release: Option<Setting<Release>>,
    /// A template can have the branch that reads `sidecar.istio.io/preStopCommand`, and lacks it.
    pub takes_branch: bool,
    pub never_inject: Vec<Setting<Selector>>,
    pub always_inject: Vec<Setting<Selector>>,
    /// What has to be the chart of istiod for it to count.
    pub chart: Option<Identity>,
    /// The values that it has from elsewhere, the last of which win.
    pub from: Vec<ValuesReference>,
    /// Its own values name the revision.
    pub states_revision: bool,
    /// What those from ConfigMaps of the input say.
    pub below: MeshSettings,
    /// What else may set what it leaves out. Without any, that has Istio's default.
    pub unseen: Option<UnseenValues>,
    /// It stands in a file of values that the user named, so that it is written without another word.
    pub is_named: bool,
}

impl MeshStatement {
    /// The same, made in the input of that number.
    fn in_input(self, source: usize) -> Self {
        let selectors = |all: Vec<Setting<Selector>>| all.into_iter().map(|one| one.in_input(source)).collect();
        Self {
            place: StatedAt { source, ..self.place },
            settings: MeshSettings::settled(&mut Numbered { settings: &self.settings, number: source }),
            release: self.release.map(|release| release.in_input(source)),
            never_inject: selectors(self.never_inject),
            always_inject: selectors(self.always_inject),
            ..self
        }
    }

    /// The namespace of the object that makes it.
    pub(super) fn namespace(&self) -> Option<String> {
        self.place.identity.namespace.clone()
    }
}

impl Survey {
    /// Puts what `other` states behind what is here, with that number for its source.
    pub(super) fn append(&mut self, other: Self, source: usize) {
        let numbered = |place: StatedAt| StatedAt { source, ..place };
        self.namespaces
            .extend(other.namespaces.into_iter().map(|seen| NamedStatement { place: numbered(seen.place), ..seen }));
        self.statements.extend(other.statements.into_iter().map(|said| said.in_input(source)));
        self.tags.extend(other.tags.into_iter().map(|seen| NamedStatement { place: numbered(seen.place), ..seen }));
        self.webhooks.extend(other.webhooks);
        self.proxy_configs.extend(other.proxy_configs.into_iter().map(|mut config| {
            config.place.source = source;
            config
        }));
        self.services.extend(other.services);
        self.nodes.extend(other.nodes.into_iter().map(|seen| NamedStatement { place: numbered(seen.place), ..seen }));
        self.limits.extend(other.limits);
        self.other_injectors.extend(other.other_injectors);
        self.referred.extend(other.referred);
        self.gateways.append(other.gateways);
        self.gateway_classes.extend(other.gateway_classes);
        self.charts.extend(other.charts);
        self.values_texts
            .extend(other.values_texts.into_iter().map(|text| ValuesText { place: numbered(text.place), ..text }));
        self.has_operator |= other.has_operator;
        self.troubles
            .extend(other.troubles.into_iter().map(|trouble| Trouble { place: numbered(trouble.place), ..trouble }));
    }

    /// How much is stated of meshes.
    pub(crate) fn statements(&self) -> usize {
        self.statements.len()
    }

    /// How much is stated.
    pub(super) fn said(&self) -> usize {
        self.namespaces.len()
            + self.statements.len()
            + self.tags.len()
            + self.proxy_configs.len()
            + self.services.len()
            + self.nodes.len()
            + self.limits.len()
            + self.values_texts.len()
    }

    /// One survey of the parts of a source, in their order.
    pub fn of_parts(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::default();
        parts.into_iter().for_each(|part| all.append(part, 0));
        all
    }
}

/// Gives settings the number of their input.
struct Numbered<'s> {
    settings: &'s MeshSettings,
    number: usize,
}

impl Settle for Numbered<'_> {
    fn settle<T: Clone + PartialEq>(
        &mut self,
        _: &str,
        set: impl Fn(&MeshSettings) -> Option<&Setting<T>>,
    ) -> Option<Setting<T>> {
        set(self.settings).map(|setting| setting.clone().in_input(self.number))
    }
}
