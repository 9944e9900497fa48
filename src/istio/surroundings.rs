//! Facts about a pod that are not in its template: its namespace and the mesh.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::kubernetes::{Release, Seconds};

use super::selection::{DEFAULT_REVISION, REVISION};
use super::settings::{ProxySettings, WithOrigin};
use super::{MeshSettings, Setting, SettingOrigin, SidecarMode};

/// What running pods of a workload show of the sidecars that it gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ShownSidecar {
    /// They have one.
    pub is_there: bool,
    /// Its kind.
    pub mode: SidecarMode,
    /// The release in the tag of its image.
    pub istio: Option<Setting<Release>>,
}

/// The known facts about a pod's namespace and mesh.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The namespace of the pod: its workload's, or the default namespace of the policy.
    pub(crate) namespace: Option<String>,
    /// The labels of that namespace with their origin; `None` if neither the input nor the policy has them.
    pub(crate) namespace_labels: Option<Setting<BTreeMap<String, String>>>,
    /// The labels and annotations of that namespace that belong to other meshes.
    pub(crate) namespace_other_meshes: BTreeMap<String, String>,
    /// The revisions and tags that the labels name and that the input shows.
    pub(crate) revisions: BTreeSet<String>,
    /// The revisions and tags that have a webhook, if the input has webhooks of an installation.
    pub(crate) webhooks: Option<Arc<BTreeSet<String>>>,
    /// The release of Istio: the policy's `target.istio`, otherwise the release of the pod's istiod.
    pub(crate) istio: Option<Setting<Release>>,
    /// The settings of the mesh of the pod's revision. The policy wins over the input.
    pub mesh: MeshSettings,
    /// The mesh config of the pod's revision is in the input, so a setting that it lacks has Istio's default.
    pub(crate) is_mesh_config_seen: bool,
    /// Other revisions whose mesh config is known, those with the shortest drain first and those with the longest last.
    pub(crate) others: Vec<OtherRevision>,
    /// A Service in the input selects the pod.
    pub(crate) is_served: bool,
    /// Such a Service keeps the sessions of clients on the pod, even while it shuts down.
    pub(crate) keeps_sessions: bool,
    /// `neverInjectSelector` matches the pod's labels. The origin of the selector.
    pub(crate) never_inject: Option<SettingOrigin>,
    /// `alwaysInjectSelector` matches the pod's labels.
    pub(crate) always_inject: Option<SettingOrigin>,
    /// The settings of the ProxyConfig resources that apply to the pod, each with its strongest origin.
    pub(crate) proxy_configs: ProxySettings<WithOrigin>,
    /// What the running pods of the workload in the input have.
    pub(crate) shown: Option<ShownSidecar>,
}

/// A revision of the mesh that the pod does not have, but could be moved to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OtherRevision {
    /// Its name; `default` for the one without.
    pub name: String,
    /// How long its proxies drain.
    pub drain: Setting<Seconds>,
}

impl Surroundings {
    /// Whether an injector answers for that revision or tag; `None` if that can't be seen. If the policy declares the
    /// labels of a namespace, its revision exists. The default revision exists wherever Istio is installed.
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
