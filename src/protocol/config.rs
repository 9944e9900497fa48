//! Resources that configure this tool: the `functionConfig` of a ResourceList, the config file of a kustomize exec
//! plugin, or a policy file.

use serde_json::Value as Json;

use crate::object::{NotJson, UnreadableKind, to_json};
use crate::yaml::{NodeId, Route, Span, Tree, reach};

/// The host that passes a resource, and that has its own keys in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// Any host: `metadata` does not belong to the tool.
    Any,
    /// kustomize, for an exec plugin: it has also read the arguments (`api/internal/plugins/execplugin`).
    ExecPlugin,
}

impl Host {
    /// Whether a top-level key belongs to the host. Its value is ignored.
    fn owns(self, key: &str) -> bool {
        key == "metadata" || self == Self::ExecPlugin && matches!(key, "argsOneLiner" | "argsFromFile")
    }
}

/// The functionConfig; `None` if the list has none.
///
/// # Errors
///
/// The list has two of them.
pub(crate) fn function_config(tree: &Tree<'_>, root: NodeId) -> Result<Option<NodeId>, NotJson> {
    let mut found = tree.entries(root).iter().filter(|(key, _)| tree.as_written(*key) == Some(FUNCTION_CONFIG));
    let config = found.next().map(|(_, value)| *value);
    match found.next() {
        Some((key, _)) => Err(NotJson { kind: UnreadableKind::Twice, offset: tree.node(*key).span.start() }),
        None => Ok(config),
    }
}

/// The resource at a node as JSON, without the host's keys, and all parts that can't be read.
pub(crate) fn config_value(tree: &Tree<'_>, config: NodeId, host: Host) -> (Json, Vec<NotJson>) {
    to_json(tree, tree.resolve(config), LIMIT, &|key| !host.owns(key))
}

/// The place of a field: the offset of the last existing key on its path, or of the resource, and the span of its
/// value.
pub(crate) fn config_place(tree: &Tree<'_>, config: NodeId, field: &Route) -> (usize, Span) {
    let (offset, node) = reach(tree, config, field);
    (offset, tree.node(node).span)
}

pub(super) const FUNCTION_CONFIG: &str = "functionConfig";

/// The maximum number of values: with aliases, a small text can contain very many.
const LIMIT: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Source, parse_all};

    #[test]
    fn reads_the_config_and_its_places() {
        let tree = parse_all(Source::embedded(
            "items: []\nfunctionConfig:\n  metadata: {1: !x y}\n  data: {drain: 40s,\n    list: [a, b]}\n",
        ))
        .unwrap();
        let config = function_config(&tree, tree.roots()[0]).unwrap().unwrap();
        let expected = serde_json::json!({"data": {"drain": "40s", "list": ["a", "b"]}});
        assert_eq!(config_value(&tree, config, Host::Any), (expected, vec![]));
        let place = |path: &Route| tree.source.position(config_place(&tree, config, path).0).to_string();
        assert_eq!(place(&["data", "drain"].into()), "4:10");
        assert_eq!(place(&["data", "other"].into()), "4:3");
        assert_eq!(place(&["spec"].into()), "3:3");
        assert_eq!(place(&Route::from(["data", "list"]).then([1])), "5:15");
    }

    #[test]
    fn what_is_the_hosts_own_may_hold_anything() {
        let text = "argsOneLiner: --exact\nargsFromFile: {1: x}\nkind: a\nmetadata: !x y\nspec: {drain: 40s}\n";
        let tree = parse_all(Source::embedded(text)).unwrap();
        let expected = serde_json::json!({"kind": "a", "spec": {"drain": "40s"}});
        assert_eq!(config_value(&tree, tree.roots()[0], Host::ExecPlugin), (expected, vec![]));
        assert_eq!(config_value(&tree, tree.roots()[0], Host::Any).1[0].offset, 37);
    }

    #[test]
    fn there_is_one_function_config_at_most() {
        let find = |text: &str| {
            let tree = parse_all(Source::embedded(text)).unwrap();
            function_config(&tree, tree.roots()[0]).map(|config| config.is_some()).map_err(|error| error.offset)
        };
        assert_eq!(find("items: []\n"), Ok(false));
        assert_eq!(find("functionConfig: {}\n"), Ok(true));
        assert_eq!(find("functionConfig: {}\n'functionConfig': {}\n"), Err(19));
    }
}
