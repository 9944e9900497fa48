//! The `functionConfig` of a ResourceList, and the config file of a kustomize exec plugin.

use serde_json::{Map, Value as Json};

use crate::object;
use crate::yaml::{NodeId, Tree};

/// The functionConfig as JSON, without its `metadata`, which is the hosts' own; null where the list has none.
///
/// # Errors
///
/// The offset of what can't be taken for a policy: a key that is there twice or is no string, a tag, a number that is none.
pub fn function_config(tree: &Tree<'_>, root: NodeId) -> Result<Json, usize> {
    if tree.count_key(root, FUNCTION_CONFIG) > 1 {
        return Err(function_config_offset(tree, root, &[]));
    }
    tree.get(root, FUNCTION_CONFIG).map_or(Ok(Json::Null), |config| resource(tree, config, &["metadata"]))
}

/// The config of an exec plugin as JSON: the document itself, without what kustomize reads in it (`api/internal/plugins/execplugin`).
///
/// # Errors
///
/// The same as [`function_config`]'s.
pub fn plugin_config(tree: &Tree<'_>, root: NodeId) -> Result<Json, usize> {
    resource(tree, root, &["metadata", "argsOneLiner", "argsFromFile"])
}

/// A resource without some of its keys, which are the hosts' own and may hold anything.
fn resource(tree: &Tree<'_>, node: NodeId, without: &[&str]) -> Result<Json, usize> {
    if tree.entries(node).is_empty() {
        return object::json(tree, node).ok_or(tree.node(node).span.start());
    }
    let mut map = Map::new();
    for (key, value) in tree.entries(node) {
        let offset = tree.node(*key).span.start();
        let name = tree.str(*key).ok_or(offset)?;
        if !without.contains(&name) {
            let double = map.insert(name.to_owned(), object::json(tree, *value).ok_or(offset)?);
            double.map_or(Ok(()), |_| Err(offset))?;
        }
    }
    Ok(Json::Object(map))
}

/// Where a field of the functionConfig stands: the offset of the last key on the way that is there.
pub fn function_config_offset(tree: &Tree<'_>, root: NodeId, field: &[String]) -> usize {
    offset_of(tree, root, std::iter::once(FUNCTION_CONFIG).chain(field.iter().map(String::as_str)))
}

/// Where a field of an exec plugin's config stands.
pub fn plugin_config_offset(tree: &Tree<'_>, root: NodeId, field: &[String]) -> usize {
    offset_of(tree, root, field.iter().map(String::as_str))
}

fn offset_of<'k>(tree: &Tree<'_>, root: NodeId, path: impl Iterator<Item = &'k str>) -> usize {
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
        let tree = parse_all(Source::embedded(
            "items: []\nfunctionConfig:\n  metadata: {1: !x y}\n  data: {drain: 40s,\n    list: [a, b]}\n",
        ))
        .unwrap();
        let root = tree.roots()[0];
        assert_eq!(
            function_config(&tree, root).unwrap(),
            serde_json::json!({"data": {"drain": "40s", "list": ["a", "b"]}})
        );
        for odd in ["{spec: {drain: !x 90s}}", "{spec: {a: 1, a: 2}}", "{a: 1, a: 2}", "{1: x}", "{spec: .nan}"] {
            let text = format!("functionConfig: {odd}\n");
            let tree = parse_all(Source::embedded(&text)).unwrap();
            assert!(function_config(&tree, tree.roots()[0]).is_err(), "{odd}");
        }
        let place = |path: &[&str]| {
            let path: Vec<_> = path.iter().map(|key| (*key).to_owned()).collect();
            tree.source.position(function_config_offset(&tree, root, &path)).to_string()
        };
        assert_eq!(place(&["data", "drain"]), "4:10");
        assert_eq!(place(&["data", "other"]), "4:3");
        assert_eq!(place(&["spec"]), "2:1");
        assert_eq!(place(&["data", "list", "1"]), "5:15");
    }

    #[test]
    fn the_config_of_a_plugin_is_the_document() {
        let text = "argsOneLiner: --exact\nargsFromFile: {1: x}\nkind: a\nmetadata: !x y\nspec:\n  drain: 40s\n";
        let tree = parse_all(Source::embedded(text)).unwrap();
        let root = tree.roots()[0];
        let expected = serde_json::json!({"kind": "a", "spec": {"drain": "40s"}});
        assert_eq!(plugin_config(&tree, root), Ok(expected));
        let offset = plugin_config_offset(&tree, root, &["spec".to_owned(), "drain".to_owned()]);
        assert_eq!(tree.source.position(offset).to_string(), "6:3");
    }
}
