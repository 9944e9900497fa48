//! Values that a HelmRelease has from ConfigMaps of the input.
//!
//! Flux merges them in their order, and lays the values of the release over all (fluxcd/helm-controller
//! `docs/spec/v2/helmreleases.md`, "Values references"; fluxcd/pkg `chartutil/values.go`, `ChartValuesFromReferences`).
//! A Secret is never read.

use crate::istio::MeshSettings;
use crate::object::Identity;
use crate::yaml::{NodeId, Place, Resolved, Source, Tree, parse_all};

use super::reader::{InnerText, Reader};
use super::stated_at::{StatedAt, Trouble};
use super::unseen::{MESH, UnseenValues};
use super::values::{self, Values};
use super::{DEFAULT_REVISION, mesh_config};

/// Where Flux looks for values where nothing else is named.
const DEFAULT_KEY: &str = "values.yaml";

/// One item of `valuesFrom`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ValuesReference {
    pub object: Identity,
    key: String,
    /// The only value that is set by it.
    pub target: Option<String>,
    /// It is left out if what it names is not there.
    pub is_optional: bool,
    /// What is to be said if it can't be read.
    pub unseen: UnseenValues,
}

/// A text of a ConfigMap that a reference may be for.
#[derive(Clone, Debug)]
pub(super) struct ValuesText {
    pub place: StatedAt,
    pub key: String,
    pub text: String,
    /// Where it stands.
    pub at: Place,
    pub lines: Vec<(usize, usize)>,
}

/// What values say.
pub(super) struct ReadValues {
    pub mesh: MeshSettings,
    pub values: Values,
}

impl ValuesReference {
    /// Those of a HelmRelease.
    pub(super) fn of_release(tree: &Tree<'_>, node: NodeId, release: &Identity) -> Vec<Self> {
        let items = tree.get_path(node, &["spec", "valuesFrom"]).into_iter().flat_map(|list| tree.items(list));
        let read = |item: NodeId| {
            let text = |key: &str| tree.str_at(item, &[key]).filter(|text| !text.is_empty()).map(str::to_owned);
            let object = Identity {
                api_version: "v1".to_owned(),
                kind: text("kind")?,
                namespace: release.namespace.clone(),
                name: text("name")?,
            };
            let is_optional =
                tree.get(item, "optional").and_then(|node| tree.scalar(node)) == Some(Resolved::Bool(true));
            let key = text("valuesKey").unwrap_or_else(|| DEFAULT_KEY.to_owned());
            let unseen = UnseenValues::at(tree, node, item, "valuesFrom");
            Some(Self { object, key, target: text("targetPath"), is_optional, unseen })
        };
        items.filter_map(read).collect()
    }

    /// Whether it may set something of the mesh config.
    pub(super) fn may_matter(&self) -> bool {
        self.target.as_ref().is_none_or(|path| path.starts_with(MESH))
    }

    /// The text that it is for, among those of objects of its name.
    pub(super) fn text<'t>(&self, texts: &[&'t ValuesText]) -> Option<&'t ValuesText> {
        texts.iter().copied().find(|text| text.key == self.key && self.is_of(text))
    }

    pub(super) fn is_of(&self, text: &ValuesText) -> bool {
        text.place.identity.key(None) == self.object.key(None)
    }
}

impl ValuesText {
    /// What it says, or what the only value says that it sets at a path.
    pub(super) fn read(&self, target: Option<&str>, troubles: &mut Vec<Trouble>) -> Option<ReadValues> {
        // What stands in quotes is a text.
        let text = self.text.trim();
        let quoted = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
        let unquoted = quoted.unwrap_or(text);
        let single = target.map(|path| at_path(path, unquoted, unquoted.len() < text.len()));
        let tree = parse_all(Source::embedded(single.as_deref().unwrap_or(&self.text))).ok()?;
        let root = *tree.roots().first()?;
        let lines = if single.is_some() { Vec::new() } else { self.lines.clone() };
        let inner = InnerText { place: self.at.clone(), lines };
        let mut reader = Reader { tree: &tree, place: &self.place, root, text: Some(&inner), troubles };
        let mesh = tree.get(root, MESH).map(|mesh| mesh_config::read(&mut reader, mesh)).unwrap_or_default();
        let mut values = values::read(&mut reader, root);
        values.revision = values.revision.filter(|name| !name.is_empty() && name != DEFAULT_REVISION);
        Some(ReadValues { mesh, values })
    }
}

/// A value at a path with dots, as YAML. One that is forced is a text, whatever it looks like.
pub(super) fn at_path(path: &str, value: &str, is_forced: bool) -> String {
    let keys: Vec<_> = path.split('.').map(|key| serde_json::Value::from(key).to_string()).collect();
    let is_word = is_forced || value.parse::<i64>().is_err() && value.parse::<bool>().is_err();
    let value = if is_word { serde_json::Value::from(value).to_string() } else { value.to_owned() };
    format!("{{{}: {value}{}", keys.join(": {"), "}".repeat(keys.len()))
}

/// What a HelmRelease has its chart from instead of a repository (fluxcd/helm-controller `api/v2/reference_types.go`).
pub(super) fn chart_ref(tree: &Tree<'_>, node: NodeId, release: &Identity) -> Option<Identity> {
    let text = |key: &str| tree.str_at(node, &["spec", "chartRef", key]).map(str::to_owned);
    let namespace = text("namespace").or_else(|| release.namespace.clone());
    let api_version = "source.toolkit.fluxcd.io/v1".to_owned();
    Some(Identity { api_version, kind: text("kind")?, namespace, name: text("name")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_value_stands_at_its_path() {
        assert_eq!(at_path("a.b", "40s", false), "{\"a\": {\"b\": \"40s\"}}");
        assert_eq!(at_path("a", "true", false), "{\"a\": true}");
        assert_eq!(at_path("a", "7", true), "{\"a\": \"7\"}");
        assert_eq!(at_path("a", "x, y: {", false), "{\"a\": \"x, y: {\"}");
    }
}
