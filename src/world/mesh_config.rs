//! Istio's mesh config: `defaultConfig` and what stands beside it (istio/api `mesh/v1alpha1/config.proto`, `proxy.proto`).

use crate::istio::MeshSettings;
use crate::object;
use crate::yaml::NodeId;

use super::reader::Reader;

/// Reads a mesh config.
pub(super) fn read(reader: &mut Reader<'_, '_>, mesh: NodeId) -> MeshSettings {
    let proxy = |key: &'static str| ["defaultConfig", key];
    let metadata = object::texts(reader.tree, reader.path(mesh, &proxy("proxyMetadata")));
    MeshSettings {
        drain: reader.duration(mesh, &proxy("terminationDrainDuration")),
        drain_duration: reader.duration(mesh, &proxy("drainDuration")),
        parent_shutdown: reader.duration(mesh, &proxy("parentShutdownDuration")),
        proxy_metadata: metadata.into_iter().map(|(key, value)| (key, reader.setting(value))).collect(),
        proxy_admin_port: reader.port(mesh, &proxy("proxyAdminPort")),
        image_type: reader.text(mesh, &["defaultConfig", "image", "imageType"]),
        hold_application: reader.bool(mesh, &proxy("holdApplicationUntilProxyStarts")),
        root_namespace: reader.text(mesh, &["rootNamespace"]),
        ..MeshSettings::default()
    }
}
