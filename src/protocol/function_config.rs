//! The `functionConfig` of a ResourceList.

use serde_json::Value as Json;

use crate::object;
use crate::yaml::{NodeId, Tree};

/// The functionConfig as JSON; null where the list has none, or none that JSON can hold.
pub fn function_config(tree: &Tree<'_>, root: NodeId) -> Json {
    tree.get(root, FUNCTION_CONFIG).and_then(|config| object::json(tree, config)).unwrap_or(Json::Null)
}

/// Where a field of the functionConfig stands: the offset of the last key on the way that is there.
pub fn function_config_offset(tree: &Tree<'_>, root: NodeId, field: &[String]) -> usize {
    let path = std::iter::once(FUNCTION_CONFIG).chain(field.iter().map(String::as_str));
    let (mut node, mut offset) = (root, tree.node(root).span.start());
    for name in path {
        let entry = tree.entries(node).iter().find(|(key, _)| tree.str(*key) == Some(name));
        let item = || name.parse().ok().and_then(|index| tree.items(node).nth(index));
        let Some((at, value)) = entry.copied().or_else(|| item().map(|item| (item, item))) else { break };
        (offset, node) = (tree.node(at).span.start(), value);
    }
    offset
}

const FUNCTION_CONFIG: &str = "functionConfig";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Source, parse_all};

    #[test]
    fn reads_the_config_and_its_places() {
        let tree = parse_all(Source::embedded("items: []\nfunctionConfig:\n  data: {drain: 40s,\n    list: [a, b]}\n"))
            .unwrap();
        let root = tree.roots()[0];
        assert_eq!(function_config(&tree, root), serde_json::json!({"data": {"drain": "40s", "list": ["a", "b"]}}));
        let place = |path: &[&str]| {
            let path: Vec<_> = path.iter().map(|key| (*key).to_owned()).collect();
            tree.source.position(function_config_offset(&tree, root, &path)).to_string()
        };
        assert_eq!(place(&["data", "drain"]), "3:10");
        assert_eq!(place(&["data", "other"]), "3:3");
        assert_eq!(place(&["spec"]), "2:1");
        assert_eq!(place(&["data", "list", "1"]), "4:15");
    }
}
