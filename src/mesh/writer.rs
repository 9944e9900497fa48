//! Who else writes an object: what is written into it lasts until they do so again.

use crate::object::{Metadata, Object};
use crate::yaml::Tree;

/// Who makes an object, and where what it is to say is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MeshOwner {
    /// Who it is, as a phrase: `the Helm release istiod`.
    pub who: String,
    /// What is to be edited instead, as a phrase.
    pub source: String,
}

/// Labels and annotations that name who makes an object, and what that is: Helm (`meta.helm.sh`), Flux, Argo CD.
/// Those that name nobody come last.
const MARKS: [(&str, &str, &str); 8] = [
    ("helm.toolkit.fluxcd.io/name", "the HelmRelease", "its values"),
    ("kustomize.toolkit.fluxcd.io/name", "the Kustomization", "the file in its repository"),
    ("argocd.argoproj.io/instance", "the Application", "its values or its repository"),
    ("argocd.argoproj.io/tracking-id", "the Application", "its values or its repository"),
    ("meta.helm.sh/release-name", "the Helm release", "its values"),
    ("install.operator.istio.io/owning-resource", "the IstioOperator", "its spec"),
    ("helm.sh/chart", "Helm, by the chart", "the values of the release"),
    ("app.kubernetes.io/managed-by", "", "its values"),
];

/// What the charts write for the owner where there is no operator (`_helpers.tpl` and templates of istio/istio).
const NOBODY: &str = "unknown";

/// Who makes an object, where that can be seen.
pub(crate) fn owner(tree: &Tree<'_>, object: &Object) -> Option<MeshOwner> {
    let references = tree.get_path(object.node, &["metadata", "ownerReferences"]);
    if let Some(first) = references.and_then(|list| tree.items(list).next()) {
        let text = |key: &str| tree.str_at(first, &[key]).unwrap_or_default().to_owned();
        let kind = text("kind");
        let kind = if kind == "Istio" { "Istio resource" } else { kind.as_str() };
        let who = format!("the {kind} {}", text("name"));
        return Some(MeshOwner { who, source: "its spec".to_owned() });
    }
    let metadata = Metadata::of(tree, object.node);
    let mark = |name: &str| metadata.labels.get(name).or_else(|| metadata.annotations.get(name));
    let marked = MARKS.iter().find_map(|(name, who, source)| {
        let value = mark(name).filter(|value| !value.is_empty() && *value != NOBODY)?;
        // A tracking id goes on with the object: `app:group/kind:namespace/name`.
        let value = value.split(':').next().unwrap_or(value);
        Some(MeshOwner { who: format!("{who} {value}").trim_start().to_owned(), source: (*source).to_owned() })
    });
    let is_of_istio = metadata.labels.keys().any(|key| key.contains("operator.istio.io/"));
    let by_installer = || MeshOwner {
        who: "the installer of Istio".to_owned(),
        source: "the values of the chart or the IstioOperator".to_owned(),
    };
    marked.or_else(|| is_of_istio.then(by_installer))
}

/// Whether an object was taken from a cluster, and what shows it.
pub(crate) fn is_live(tree: &Tree<'_>, object: &Object) -> Option<&'static str> {
    const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
    let has = |keys: &[&str]| tree.get_path(object.node, keys).is_some();
    let version = has(&["metadata", "resourceVersion"]).then_some("resourceVersion");
    version.or_else(|| has(&["metadata", "annotations", LAST_APPLIED]).then_some("a last-applied annotation"))
}
