//! What the parameters of an Argo CD Application set: they are laid over the values of the chart.

use crate::istio::{Make, MeshHook, MeshSettings, ProxySettings, Row, Setting, WithOrigin};
use crate::kubernetes::Release;
use crate::object::{HelmParameter, helm_parameters, parameter_of, words_of};
use crate::yaml::{NodeId, Place, Source, parse_all, route_at};

use super::reader::{InnerText, Reader};
use super::unseen::{MESH, UnseenValues};
use super::values::{self, Values};
use super::values_from::at_path;

/// What is laid over values, or is known beside them.
#[derive(Clone, Debug, Default)]
pub(super) struct LaidOver {
    pub mesh: MeshSettings,
    pub injector: MeshSettings,
    pub istiod: MeshSettings,
    pub revision: Option<String>,
    pub release: Option<Setting<Release>>,
    pub unseen: Option<UnseenValues>,
    /// The values are istiod's, since the user says so.
    pub is_named: bool,
}

/// Reads the parameters of a source.
pub(super) fn read(reader: &mut Reader<'_, '_>, source: NodeId) -> LaidOver {
    let all = helm_parameters(reader.tree, source);
    let pre_stop = hook(reader, &all);
    let lifecycle = all.iter().find(|parameter| parameter.name.starts_with(LIFECYCLE));
    let has_post_start = all.iter().any(|parameter| parameter.name.starts_with(POST_START));
    let hides_hold = lifecycle.map(|first| reader.setting(first.node, !has_post_start));
    let revision = parameter_of(&all, "revision").map(|parameter| parameter.value.clone());
    let proxy = ProxySettings::each(&mut ParameterConfig { reader, all: &all });
    let mut over = LaidOver {
        mesh: MeshSettings { proxy, ..MeshSettings::default() },
        injector: MeshSettings { pre_stop, hides_hold, ..MeshSettings::default() },
        revision,
        ..LaidOver::default()
    };
    // Of two for one value the last one wins.
    let others = all.iter().rev().filter(|one| !one.name.starts_with(LIFECYCLE) && !one.name.starts_with(MESH));
    for parameter in others {
        let Some(values) = single(reader, parameter) else { continue };
        over.injector = std::mem::take(&mut over.injector).or(values.injector);
        over.istiod = std::mem::take(&mut over.istiod).or(values.istiod);
        over.release = over.release.take().or(values.release);
    }
    over
}

/// The hook that parameters give to every proxy. Words that can't be put together are a command of unknown length.
fn hook(reader: &Reader<'_, '_>, all: &[HelmParameter]) -> Option<Setting<MeshHook>> {
    let is_set = |parameter: &&HelmParameter| parameter.is_forced || parameter.value != "null";
    let handler = |parameter: &HelmParameter| {
        let rest = parameter.name.strip_prefix(PRE_STOP)?;
        Some(rest.split(['.', '[']).next().unwrap_or_default().to_owned())
    };
    let mut names: Vec<_> = all.iter().filter(is_set).filter_map(handler).collect();
    names.sort();
    names.dedup();
    let first = all.iter().find(|parameter| parameter.name.starts_with(PRE_STOP))?;
    let hook = match names.as_slice() {
        [] => return None,
        [name] if name == "exec" => {
            let of_command = all.iter().filter(|parameter| parameter.name.starts_with(COMMAND));
            let in_order = || of_command.map(|parameter| parameter.value.clone()).collect();
            MeshHook::Exec(words_of(all, COMMAND).unwrap_or_else(in_order))
        }
        several => MeshHook::Other(several.join(" and ")),
    };
    Some(reader.setting(first.node, hook))
}

/// What one parameter says in the values of the chart.
fn single(reader: &mut Reader<'_, '_>, parameter: &HelmParameter) -> Option<Values> {
    let text = at_path(&parameter.name, &parameter.value, parameter.is_forced);
    let tree = parse_all(Source::embedded(&text)).ok()?;
    let offset = reader.tree.node(parameter.node).span.start();
    let route = route_at(reader.tree, reader.root, offset);
    let inner = InnerText { place: Place { offset, route }, lines: Vec::new() };
    let root = *tree.roots().first()?;
    let troubles = &mut *reader.troubles;
    Some(values::read(&mut Reader { tree: &tree, place: reader.place, root, text: Some(&inner), troubles }, root))
}

const LIFECYCLE: &str = "global.proxy.lifecycle.";
const PRE_STOP: &str = "global.proxy.lifecycle.preStop.";
const POST_START: &str = "global.proxy.lifecycle.postStart.";

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
