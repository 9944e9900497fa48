//! What stands around a pod and is not in its template: its namespace and the mesh.

use std::collections::{BTreeMap, BTreeSet};

use crate::kubernetes::Release;

use super::selection::{DEFAULT_REVISION, REVISION};
use super::settings::{ProxySettings, WithOrigin};
use super::{MeshSettings, Setting, SettingOrigin};

/// What stands around one pod, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The namespace that the pod will live in: that of its workload, or the default one of the policy.
    pub(crate) namespace: Option<String>,
    /// The labels of that namespace, and who says so; `None` where neither the input nor the policy shows it.
    pub(crate) namespace_labels: Option<Setting<BTreeMap<String, String>>>,
    /// What labels and annotations of that namespace say of other meshes.
    pub(crate) namespace_other_meshes: BTreeMap<String, String>,
    /// The revisions and tags of which anything is visible.
    pub(crate) revisions: BTreeSet<String>,
    /// Those that have a webhook, where the webhooks of an installation are visible.
    pub(crate) webhooks: Option<BTreeSet<String>>,
    /// The release of Istio: the policy's `target.istio`, or else that of the istiod of the pod's revision.
    pub(crate) istio: Option<Setting<Release>>,
    /// What is set for the mesh of the pod's revision: what the policy declares, over what the input shows.
    pub mesh: MeshSettings,
    /// The mesh config of the pod's revision is in the input, so that what it leaves out is Istio's default.
    pub(crate) is_mesh_config_seen: bool,
    /// A Service in the input selects the pod.
    pub(crate) is_served: bool,
    /// `neverInjectSelector` matches the pod's labels; the origin is who has the selector.
    pub(crate) never_inject: Option<SettingOrigin>,
    /// `alwaysInjectSelector` matches the pod's labels.
    pub(crate) always_inject: Option<SettingOrigin>,
    /// What ProxyConfig resources that hold for the pod set, each with the strongest origin that sets it.
    pub(crate) proxy_configs: ProxySettings<WithOrigin>,
}

impl Surroundings {
    /// Whether an injector answers for that revision or tag; `None` where nothing is visible of it. Who declares the
    /// labels of a namespace says that its revision is there, and the default one is wherever Istio is.
    pub(super) fn answers(&self, revision: &str) -> Option<bool> {
        if let Some(webhooks) = &self.webhooks {
            return Some(webhooks.contains(revision));
        }
        let is_declared = self.namespace_labels.as_ref().is_some_and(|labels| {
            labels.origin == SettingOrigin::Declared
                && labels.value.get(REVISION).is_some_and(|named| named == revision)
        });
        (is_declared || revision == DEFAULT_REVISION || self.revisions.contains(revision)).then_some(true)
    }
}
