//! What the parameters of an Argo CD Application set: they are laid over the values of the chart.

use crate::istio::{Make, MeshHook, MeshSettings, ProxySettings, Row, Setting, WithOrigin};
use crate::kubernetes::Release;
use crate::object::{HelmParameter, helm_parameters, parameter_of, words_of};
use crate::yaml::NodeId;

use super::reader::Reader;
use super::unseen::UnseenValues;

/// What is laid over values, or is known beside them.
#[derive(Clone, Debug, Default)]
pub(super) struct LaidOver {
    pub mesh: MeshSettings,
    pub injector: MeshSettings,
    pub revision: Option<String>,
    pub release: Option<Setting<Release>>,
    pub unseen: Option<UnseenValues>,
    /// The values are istiod's, since the user says so.
    pub is_named: bool,
}

/// Reads the parameters of a source.
pub(super) fn read(reader: &mut Reader<'_, '_>, source: NodeId) -> LaidOver {
    let all = helm_parameters(reader.tree, source);
    let pre_stop = words_of(&all, COMMAND).and_then(|words| {
        let first = all.iter().find(|parameter| parameter.name.starts_with(COMMAND))?;
        Some(reader.setting(first.node, MeshHook::Exec(words)))
    });
    let revision = parameter_of(&all, "revision").map(|parameter| parameter.value.clone());
    let proxy = ProxySettings::each(&mut ParameterConfig { reader, all: &all });
    LaidOver {
        mesh: MeshSettings { proxy, ..MeshSettings::default() },
        injector: MeshSettings { pre_stop, ..MeshSettings::default() },
        revision,
        ..LaidOver::default()
    }
}

/// The command of the hook of every proxy.
const COMMAND: &str = "global.proxy.lifecycle.preStop.exec.command";

/// The `defaultConfig` that parameters set.
struct ParameterConfig<'c, 'r, 's> {
    reader: &'c mut Reader<'r, 's>,
    all: &'c [HelmParameter],
}

impl Make<WithOrigin> for ParameterConfig<'_, '_, '_> {
    fn make<R: Row>(&mut self) -> Option<Setting<R::Value>> {
        let name = format!("meshConfig.defaultConfig.{}", R::PATH.join("."));
        self.reader.read::<R>(parameter_of(self.all, &name)?.node, &["value"])
    }
}
