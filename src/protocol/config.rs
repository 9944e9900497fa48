//! Resources that configure this tool: the `functionConfig` of a ResourceList, the config file of a kustomize exec plugin, or a policy file.

use serde_json::{Map, Number, Value as Json};

use crate::yaml::{NodeId, NodeKind, Resolved, Tree};

/// Who hands a resource over, and has read keys of it already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// Everybody: `metadata` is not the tool's.
    Any,
    /// kustomize, for an exec plugin: it has read the arguments, too (`api/internal/plugins/execplugin`).
    ExecPlugin,
}

impl Host {
    /// Whether a key at the top of the resource is the host's own: it may hold anything.
    fn owns(self, key: &str) -> bool {
        key == "metadata" || self == Self::ExecPlugin && matches!(key, "argsOneLiner" | "argsFromFile")
    }
}

/// A value that can't be taken for configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What is wrong with it, with the remedy: lower case, no full stop.
    pub message: &'static str,
    /// The byte of the input at which it stands.
    pub offset: usize,
}

/// The functionConfig; `None` where the list has none.
///
/// # Errors
///
/// The list has two of them.
pub fn function_config(tree: &Tree<'_>, root: NodeId) -> Result<Option<NodeId>, Unreadable> {
    let mut found = tree.entries(root).iter().filter(|(key, _)| tree.as_written(*key) == Some(FUNCTION_CONFIG));
    let config = found.next().map(|(_, value)| *value);
    match found.next() {
        Some((key, _)) => Err(unreadable(tree, *key, TWICE)),
        None => Ok(config),
    }
}

/// The resource at a node as JSON, without what is the host's own. Aliases and merge keys are followed.
///
/// # Errors
///
/// The first value in it that JSON has no counterpart for.
pub fn config_value(tree: &Tree<'_>, config: NodeId, host: Host) -> Result<Json, Unreadable> {
    let mut budget = LIMIT;
    if !tree.entries(config).is_empty() {
        return map_value(tree, config, &mut budget, |key| !host.owns(key)).map(Json::Object);
    }
    value(tree, config, &mut budget)
}

/// Where a field of the resource at a node stands: the offset of the last key on the way that is there, or of the resource.
pub fn config_offset(tree: &Tree<'_>, config: NodeId, field: &[String]) -> usize {
    let (mut node, mut offset) = (config, tree.node(config).span.start());
    for name in field {
        let entry = tree.entries(node).iter().find(|(key, _)| tree.str(*key) == Some(name));
        let item = || name.parse().ok().and_then(|index| tree.items(node).nth(index));
        let Some((at, value)) = entry.copied().or_else(|| item().map(|item| (item, item))) else { break };
        (offset, node) = (tree.node(at).span.start(), value);
    }
    offset
}

const FUNCTION_CONFIG: &str = "functionConfig";

/// How many values may be read: a small text can stand for a great many.
const LIMIT: usize = 100_000;

const TWICE: &str = "this key stands there twice (keep one of the two)";
const NO_TEXT: &str = "this key is no text (put it in quotes)";
const TAGGED: &str = "this has a tag that is not known (take it off)";
const NO_NUMBER: &str = "this is no number that can be used";
const NO_MERGE: &str = "this merges what is no mapping (write the keys out)";
const ENDLESS: &str = "this stands for more values than a policy can have (write out what the aliases stand for)";

fn unreadable(tree: &Tree<'_>, node: NodeId, message: &'static str) -> Unreadable {
    Unreadable { message, offset: tree.node(node).span.start() }
}

fn value(tree: &Tree<'_>, node: NodeId, budget: &mut usize) -> Result<Json, Unreadable> {
    *budget = budget.checked_sub(1).ok_or_else(|| unreadable(tree, node, ENDLESS))?;
    let target = tree.resolve(node);
    match &tree.node(target).kind {
        NodeKind::Mapping { .. } => map_value(tree, target, budget, |_| true).map(Json::Object),
        NodeKind::Sequence { items, .. } => items.iter().map(|item| value(tree, *item, budget)).collect(),
        NodeKind::Alias(_) | NodeKind::Pruned => Err(unreadable(tree, node, ENDLESS)),
        NodeKind::Scalar { .. } => Ok(match tree.scalar(target) {
            None | Some(Resolved::Null) => Json::Null,
            Some(Resolved::Bool(bool)) => Json::Bool(bool),
            Some(Resolved::Int(int)) => Json::Number(int.into()),
            Some(Resolved::Float(float)) => {
                Json::Number(Number::from_f64(float).ok_or_else(|| unreadable(tree, target, NO_NUMBER))?)
            }
            Some(Resolved::Str(text)) => Json::String(text.to_owned()),
            Some(Resolved::Tagged) => return Err(unreadable(tree, target, TAGGED)),
        }),
    }
}

/// The entries of a mapping whose keys are `wanted`; what it has itself goes over what it merges.
fn map_value(
    tree: &Tree<'_>,
    mapping: NodeId,
    budget: &mut usize,
    wanted: impl Fn(&str) -> bool,
) -> Result<Map<String, Json>, Unreadable> {
    let mut map = Map::new();
    let (merges, own): (Vec<_>, Vec<_>) =
        tree.entries(mapping).iter().copied().partition(|(key, _)| tree.is_merge_key(*key));
    for (key, entry) in own {
        let name = tree.str(key).ok_or_else(|| unreadable(tree, key, NO_TEXT))?;
        if wanted(name) && map.insert(name.to_owned(), value(tree, entry, budget)?).is_some() {
            return Err(unreadable(tree, key, TWICE));
        }
    }
    for (key, merged) in merges {
        let several: Vec<_> = tree.items(merged).collect();
        for source in if several.is_empty() { vec![merged] } else { several } {
            let Json::Object(merged) = value(tree, source, budget)? else {
                return Err(unreadable(tree, key, NO_MERGE));
            };
            for (name, entry) in merged.into_iter().filter(|(name, _)| wanted(name)) {
                map.entry(name).or_insert(entry);
            }
        }
    }
    Ok(map)
}

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
        assert_eq!(config_value(&tree, config, Host::Any), Ok(expected));
        let place = |path: &[&str]| {
            let path: Vec<_> = path.iter().map(|key| (*key).to_owned()).collect();
            tree.source.position(config_offset(&tree, config, &path)).to_string()
        };
        assert_eq!(place(&["data", "drain"]), "4:10");
        assert_eq!(place(&["data", "other"]), "4:3");
        assert_eq!(place(&["spec"]), "3:3");
        assert_eq!(place(&["data", "list", "1"]), "5:15");
    }

    #[test]
    fn what_is_the_hosts_own_may_hold_anything() {
        let text = "argsOneLiner: --exact\nargsFromFile: {1: x}\nkind: a\nmetadata: !x y\nspec: {drain: 40s}\n";
        let tree = parse_all(Source::embedded(text)).unwrap();
        let expected = serde_json::json!({"kind": "a", "spec": {"drain": "40s"}});
        assert_eq!(config_value(&tree, tree.roots()[0], Host::ExecPlugin), Ok(expected));
        assert_eq!(config_value(&tree, tree.roots()[0], Host::Any).unwrap_err().offset, 37);
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

    #[track_caller]
    fn check(text: &str, expected: Result<Json, (&str, usize)>) {
        let tree = parse_all(Source::embedded(text)).unwrap();
        let read = config_value(&tree, tree.roots()[0], Host::Any).map_err(|error| (error.message, error.offset));
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn values_are_those_that_kubectl_reads() {
        use serde_json::json;

        check("a: yes\nb: 036\nc: 1.5\nd: ~\n", Ok(json!({"a": true, "b": 30, "c": 1.5, "d": null})));
        check("a: &a {b: 1, c: 2}\nd: {<<: *a, b: 3}\n", Ok(json!({"a": {"b": 1, "c": 2}, "d": {"b": 3, "c": 2}})));
        check("a: &a {b: 1}\nc: {!!merge <<: [*a, {b: 2, d: 3}]}\n", Ok(json!({"a": {"b": 1}, "c": {"b": 1, "d": 3}})));
        check("{}", Ok(json!({})));
        check("- a\n", Ok(json!(["a"])));
        check("a: {b: !x 1}\n", Err((TAGGED, 10)));
        check("a: {b: 1, b: 2}\n", Err((TWICE, 10)));
        check("a: 1\na: 2\n", Err((TWICE, 5)));
        check("a: {1: x}\n", Err((NO_TEXT, 4)));
        check("a: .nan\n", Err((NO_NUMBER, 3)));
        check("a: {<<: b}\n", Err((NO_MERGE, 4)));
    }

    #[test]
    fn what_grows_without_end_is_given_up() {
        let levels = (1..9).map(|at| format!("a{at}: &a{at} [{}]\n", format!("*a{},", at - 1).repeat(9)));
        let text = format!("a0: &a0 x\n{}", levels.collect::<String>());
        let tree = parse_all(Source::embedded(&text)).unwrap();
        assert_eq!(config_value(&tree, tree.roots()[0], Host::Any).unwrap_err().message, ENDLESS);
    }
}
