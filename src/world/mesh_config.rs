//! Istio's mesh config: `defaultConfig` and what stands beside it (istio/api `mesh/v1alpha1/config.proto`,
//! `proxy.proto`).

use crate::istio::{Make, MeshSettings, ProxySettings, Row, Setting, WithOrigin};
use crate::yaml::NodeId;

use super::reader::Reader;

/// Reads a mesh config.
pub(super) fn read(reader: &mut Reader<'_, '_>, mesh: NodeId) -> MeshSettings {
    let root_namespace = reader.text(mesh, &["rootNamespace"]);
    MeshSettings {
        proxy: ProxySettings::each(&mut DefaultConfig { reader, mesh }),
        root_namespace,
        ..MeshSettings::default()
    }
}

/// The `defaultConfig` of a mesh config.
struct DefaultConfig<'c, 'r, 's> {
    reader: &'c mut Reader<'r, 's>,
    mesh: NodeId,
}

impl Make<WithOrigin> for DefaultConfig<'_, '_, '_> {
    fn make<R: Row>(&mut self) -> Option<Setting<R::Value>> {
        self.reader.read::<R>(self.mesh, &[&["defaultConfig"], R::PATH].concat())
    }
}
