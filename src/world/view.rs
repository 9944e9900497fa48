//! What is known of the mesh, for those who write it down.

use std::collections::BTreeMap;

use kube_core::Selector;

use crate::istio::{MeshSettings, ProxySettings, Setting, WithOrigin, other_meshes_in};
use crate::kubernetes::Release;
use crate::object::Texts;

use super::by_selector::own;
use super::proxy_config::{self, Reach};
use super::stated_at::{StatedAt, Trouble};
use super::{INJECTION_LABEL, LimitRange, ROOT_NAMESPACE, World};

/// What is known of one revision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Revision<'w> {
    /// Its name; `default` for the one without.
    pub(crate) name: &'w str,
    /// What is set for it.
    pub(crate) settings: &'w MeshSettings,
    /// Its mesh config was seen, so that what it leaves out is Istio's default.
    pub(crate) is_config_seen: bool,
    /// The values of its injector were seen.
    pub(crate) is_injector_seen: bool,
    /// Its istiod was seen.
    pub(crate) is_istiod_seen: bool,
    /// The release of its istiod.
    pub(crate) release: Option<&'w Setting<Release>>,
    /// `neverInjectSelector`
    pub(crate) never_inject: &'w [Setting<Selector>],
    /// `alwaysInjectSelector`
    pub(crate) always_inject: &'w [Setting<Selector>],
}

impl World {
    /// The revisions of which anything is known, by name.
    pub(crate) fn revisions(&self) -> impl Iterator<Item = Revision<'_>> {
        self.meshes.iter().map(|(name, mesh)| Revision {
            name,
            settings: &mesh.settings,
            is_config_seen: mesh.is_config_seen,
            is_injector_seen: mesh.is_injector_seen,
            is_istiod_seen: mesh.is_istiod_seen,
            release: mesh.release.as_ref(),
            never_inject: &mesh.never_inject,
            always_inject: &mesh.always_inject,
        })
    }

    /// The namespaces, each with what its labels and annotations say to a mesh.
    pub(crate) fn namespaces(&self) -> impl Iterator<Item = (&str, Texts)> {
        self.namespaces.iter().map(|(name, seen)| {
            let is_istio = |key: &str| key == INJECTION_LABEL || key.contains("istio.io/");
            let labels = seen.labels.iter().filter(|(key, _)| is_istio(key));
            let mut texts: Texts = labels.map(|(key, value)| (key.clone(), value.clone())).collect();
            texts.extend(other_meshes_in([&seen.labels, &seen.annotations]));
            (name.as_str(), texts)
        })
    }

    /// The revision that each tag stands for.
    pub(crate) const fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }

    /// The revisions and tags that have webhooks, where those of an installation are seen.
    pub(crate) fn webhooks(&self) -> Option<Vec<&str>> {
        Some(self.webhooks.as_ref()?.iter().map(String::as_str).collect())
    }

    /// The release of the oldest node that is seen: what all of them have it has, too.
    pub(crate) fn oldest_node(&self) -> Option<Release> {
        self.nodes.iter().filter_map(|node| node.value).min()
    }

    /// The nodes, with the releases of their kubelets where those can be read.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (&str, Option<Release>, &StatedAt)> {
        self.nodes.iter().map(|node| (node.name.as_str(), node.value, &node.place))
    }

    /// The LimitRanges that fill in what a placeholder for the sidecar does not ask for.
    pub(crate) fn limit_ranges(&self) -> &[LimitRange] {
        &self.limits
    }

    /// The same for the pods of one namespace. Objects that name none are in one and the same.
    pub(crate) fn limit_ranges_of<'w>(
        &'w self,
        namespace: Option<&'w str>,
        default: Option<&str>,
    ) -> impl Iterator<Item = &'w LimitRange> {
        let numbers = own(namespace, default).filter_map(|own| self.limits_by_namespace.of_all(own)).flatten();
        numbers.filter_map(|number| self.limits.get(*number))
    }

    /// What ProxyConfigs set for all pods of a revision.
    pub(crate) fn root_proxy_configs(&self, settings: &MeshSettings) -> ProxySettings<WithOrigin> {
        let root = settings.root_namespace.as_ref().map_or(ROOT_NAMESPACE, |root| root.value.as_str());
        let none = Texts::new();
        self.proxy_configs.settings(&Reach { root, namespace: None, default: None, labels: &none })
    }

    /// Other ProxyConfigs, which are for some pods only: `namespace/name`.
    pub(crate) fn narrow_proxy_configs(&self) -> impl Iterator<Item = String> {
        let narrow = self.proxy_configs.iter().filter(|config| !config.is_of(ROOT_NAMESPACE));
        narrow.map(proxy_config::ProxyConfig::title)
    }

    /// Meshes of others, and the webhooks that inject their sidecars.
    pub(crate) fn other_injectors(&self) -> &[(&'static str, String)] {
        &self.other_injectors
    }

    /// All that could not be read or contradicts something else.
    pub(crate) fn all_troubles(&self) -> &[Trouble] {
        &self.troubles
    }
}
