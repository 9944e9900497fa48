//! What stands around a pod and is not in its template: its namespace and the mesh.

use std::collections::BTreeMap;

use crate::kubernetes::Release;

use super::{MeshSettings, Origin, Setting};

/// What stands around one pod, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The namespace that the pod will live in: that of its workload, or the default one of the policy.
    pub namespace: Option<String>,
    /// The labels of that namespace, and who says so; `None` where neither the input nor the policy shows it.
    pub namespace_labels: Option<Setting<BTreeMap<String, String>>>,
    /// The release of Istio: the policy's `target.istio`, or else that of the istiod of the pod's revision.
    pub istio: Option<Setting<Release>>,
    /// What is set for the mesh of the pod's revision: what the policy declares, over what the input shows.
    pub mesh: MeshSettings,
    /// `neverInjectSelector` matches the pod's labels; the origin is who has the selector.
    pub never_inject: Option<Origin>,
    /// `alwaysInjectSelector` matches the pod's labels.
    pub always_inject: Option<Origin>,
    /// `environmentVariables` of ProxyConfig resources that hold for the pod, each with the strongest origin that sets it.
    pub proxy_config_env: BTreeMap<String, Setting<String>>,
    /// `image.imageType` of the strongest ProxyConfig resource that sets it.
    pub proxy_config_image: Option<Setting<String>>,
}
