//! The injector's own settings, with its templates (istio/istio `pkg/kube/inject/inject.go`, `Config`).

use std::collections::BTreeMap;

use crate::istio::{AutoInject, MeshSettings, Setting};
use crate::yaml::NodeId;

use super::reader::Reader;
use super::values::{self, Values};

/// What the old template of a patched injector looks for.
const PRE_STOP_COMMAND: &str = "sidecar.istio.io/preStopCommand";
/// The first branch of the block in a template that hooks stand in.
const LIFECYCLE: &str = "if .Values.global.proxy.lifecycle";

/// The injector's own settings, with its templates.
pub(super) fn read(reader: &mut Reader<'_, '_>, config: NodeId) -> Values {
    let policy = reader.text(config, &["policy"]);
    let old = reader.path(config, &["template"]);
    let texts = reader.tree.get(config, "templates").into_iter().flat_map(|node| reader.tree.entries(node));
    let texts = texts.map(|(_, text)| *text).chain(old).filter_map(|node| reader.tree.as_written(node));
    let texts: Vec<_> = texts.collect();
    let reads_command = texts.iter().any(|text| text.contains(PRE_STOP_COMMAND));
    let takes_branch = !reads_command && texts.iter().any(|text| text.contains(LIFECYCLE));
    let is_second = |text: &&str| text.find(LIFECYCLE).is_some_and(|at| text.find(PRE_STOP_COMMAND) > Some(at));
    let yields = reads_command && texts.iter().filter(|text| text.contains(PRE_STOP_COMMAND)).all(is_second);
    let sidecar = reader.tree.get_path(config, &["templates", "sidecar"]).or(old);
    let proxy = sidecar.and_then(|text| reader.tree.as_written(text)).and_then(other_proxy_name);
    Values {
        injector: MeshSettings {
            auto_inject: policy.map(|policy| policy.with(AutoInject::of(&policy.value))),
            default_templates: values::templates(reader, config, &["defaultTemplates"]),
            reads_pre_stop_command: reads_command.then(|| reader.setting(config, true)),
            command_yields: yields.then(|| reader.setting(config, true)),
            aliases: aliases(reader, config),
            proxy_container: proxy.map(|name| reader.setting(config, name)),
            ..MeshSettings::default()
        },
        takes_branch,
        never_inject: reader.selectors(config, &["neverInjectSelector"]),
        always_inject: reader.selectors(config, &["alwaysInjectSelector"]),
        ..Values::default()
    }
}

/// The templates that each name stands for.
fn aliases(reader: &Reader<'_, '_>, config: NodeId) -> Option<Setting<BTreeMap<String, Vec<String>>>> {
    let node = reader.path(config, &["aliases"])?;
    let entries = reader.tree.entries(node).iter();
    let read = |&(name, templates): &(NodeId, NodeId)| {
        let templates = reader.tree.items(templates).filter_map(|item| reader.tree.as_written(item));
        Some((reader.tree.as_written(name)?.to_owned(), templates.map(str::to_owned).collect()))
    };
    let aliases: BTreeMap<_, _> = entries.filter_map(read).collect();
    (!aliases.is_empty()).then(|| reader.setting(node, aliases))
}

/// What a template calls the container of the proxy, if it is not `istio-proxy`: the first one of its `containers`.
///
/// The text is a Go template, so it is read line by line: actions between the lines of a list don't count.
fn other_proxy_name(template: &str) -> Option<String> {
    let name_of = |line: &str| {
        let item = line.trim_start().strip_prefix("- ").unwrap_or(line).trim_start();
        let name = item.strip_prefix("name:")?.trim().trim_matches(['"', '\'']);
        (!name.is_empty() && !name.contains("{{")).then(|| name.to_owned())
    };
    if template.lines().filter_map(name_of).any(|name| name == "istio-proxy") {
        return None;
    }
    let is_text = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("{{");
    let mut lines = template.lines().skip_while(|line| line.trim() != "containers:").skip(1).filter(is_text);
    let first = lines.next()?;
    let item = first.len() - first.trim_start().len();
    let is_inside = |line: &&str| line.len() - line.trim_start().len() > item;
    let fields = |line: &&str| line.len() - line.trim_start().len() == item + 2;
    name_of(first).or_else(|| lines.take_while(is_inside).filter(fields).find_map(name_of))
}
