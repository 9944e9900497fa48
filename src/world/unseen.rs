//! Values of a chart that an object names without holding them: nobody can see them here.
//!
//! Both installers lay the values in the object over these: fluxcd/helm-controller `api/v2/helmrelease_types.go`
//! (`valuesFrom`), argoproj/argo-cd `docs/user-guide/helm.md` (`valueFiles`).

use crate::yaml::{NodeId, Place, Tree, route_at};

/// What an object has values of its chart from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UnseenValues {
    /// The field that names it: `valuesFrom`.
    pub field: &'static str,
    /// Where that stands.
    pub place: Place,
}

/// The root of all that istiod and the proxies have from the values.
pub(super) const MESH: &str = "meshConfig";
/// The chart's own values, which are Istio's defaults.
const OWN: &str = "values.yaml";

impl UnseenValues {
    /// The files of a HelmRelease.
    pub(super) fn of_release(tree: &Tree<'_>, node: NodeId) -> Option<Self> {
        let files = tree.get_path(node, &["spec", "chart", "spec", "valuesFiles"]).filter(|list| has_file(tree, *list));
        files.map(|list| Self::at(tree, node, list, "valuesFiles"))
    }

    /// Those of a source of an Application.
    pub(super) fn of_source(tree: &Tree<'_>, node: NodeId, source: NodeId) -> Option<Self> {
        let files = tree.get_path(source, &["helm", "valueFiles"]).filter(|list| has_file(tree, *list));
        let parameters = tree.get_path(source, &["helm", "fileParameters"]).filter(|list| {
            tree.items(*list).any(|item| tree.str_at(item, &["name"]).is_some_and(|name| name.starts_with(MESH)))
        });
        let files = files.map(|list| Self::at(tree, node, list, "valueFiles"));
        files.or_else(|| parameters.map(|list| Self::at(tree, node, list, "fileParameters")))
    }

    pub(super) fn at(tree: &Tree<'_>, node: NodeId, list: NodeId, field: &'static str) -> Self {
        let offset = tree.node(list).span.start();
        Self { field, place: Place { offset, route: route_at(tree, node, offset) } }
    }
}

/// Whether a list of files has another one than the chart's own.
fn has_file(tree: &Tree<'_>, list: NodeId) -> bool {
    tree.items(list).any(|file| tree.str(file).is_some_and(|file| file != OWN))
}
