//! Pods of other meshes, which have their own webhooks and sidecars.
//!
//! | mesh | label or annotation | source |
//! |---|---|---|
//! | Linkerd | `linkerd.io/inject: enabled`, `ingress` | linkerd2 `pkg/k8s/labels.go` |
//! | Kuma | `kuma.io/sidecar-injection: enabled`, `true` | kuma `pkg/plugins/runtime/k8s/metadata` |
//! | Consul | `consul.hashicorp.com/connect-inject: "true"` | consul-k8s `control-plane/connect-inject/constants` |
//! | Open Service Mesh | `openservicemesh.io/sidecar-injection: enabled`, `yes`, `true` | osm `pkg/constants` |

use std::collections::BTreeMap;

/// The meshes, and the keys with which pods and namespaces ask for their sidecars.
const MESHES: [(&str, &str); 4] = [
    ("Linkerd", "linkerd.io/inject"),
    ("Kuma", "kuma.io/sidecar-injection"),
    ("Consul", "consul.hashicorp.com/connect-inject"),
    ("Open Service Mesh", "openservicemesh.io/sidecar-injection"),
];

/// The values that ask for a sidecar; any other refuses it.
const ON: [&str; 6] = ["enabled", "ingress", "true", "yes", "1", "t"];

/// A label or an annotation that asks for the sidecar of another mesh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OtherMesh {
    /// The name of the mesh.
    pub mesh: &'static str,
    /// The key that asks for its sidecar.
    pub key: &'static str,
    /// It is on the pod template, not on the namespace.
    pub is_of_pod: bool,
}

/// The mesh that the pod asks for, otherwise the mesh that its namespace asks for. A pod that refuses overrules its
/// namespace. Both arguments are labels and annotations.
pub(super) fn other_mesh<'t>(
    pod: impl Fn(&str) -> Option<&'t String>,
    namespace: impl Fn(&str) -> Option<&'t String>,
) -> Option<OtherMesh> {
    MESHES.into_iter().find_map(|(mesh, key)| {
        let own = pod(key);
        let value = own.or_else(|| namespace(key))?;
        let asks = ON.contains(&value.to_ascii_lowercase().as_str());
        asks.then_some(OtherMesh { mesh, key, is_of_pod: own.is_some() })
    })
}

/// The labels and annotations that belong to other meshes.
pub(crate) fn other_meshes_in<'t>(
    texts: impl IntoIterator<Item = &'t BTreeMap<String, String>>,
) -> BTreeMap<String, String> {
    let all = texts.into_iter().flatten();
    let known = all.filter(|(name, _)| MESHES.iter().any(|(_, key)| name == key));
    known.map(|(name, value)| (name.clone(), value.clone())).collect()
}
