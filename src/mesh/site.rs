//! Where the settings of a mesh stand: in the object itself, or in a text that it holds.
//!
//! | object | mesh config |
//! |---|---|
//! | ConfigMap `istio`, `istio-<revision>` | the text of `data.mesh` |
//! | IstioOperator | `spec.meshConfig`, which is laid over `spec.values.meshConfig` |
//! | Istio, IstioRevision of the sail operator | `spec.values.meshConfig` |
//! | HelmRelease of the chart `istiod` | `spec.values.meshConfig` |
//! | Application with the chart `istiod` | `meshConfig` of `helm.valuesObject`, or of the text of `helm.values` |
//!
//! Sources: `manifests/charts/istio-control/istio-discovery/templates/configmap.yaml` and `operator/pkg/render` of
//! istio/istio; `api/v1` of istio-ecosystem/sail-operator; the Application CRD of argoproj/argo-cd (`valuesObject` wins
//! over `values`).

use crate::facts::{InRoute, read_default};
use crate::istio::{Bare, ProxySettings, snake_case};
use crate::object::Object;
use crate::rules::Finding;
use crate::yaml::{NodeId, Route, Source, Step, SyntaxError, Tree, parse_all};

/// The mesh config that an object holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MeshSite {
    /// The way to the mesh config, from the root of the document.
    pub route: Route,
}

/// What a `defaultConfig` says, and where.
#[derive(Clone, Debug)]
pub(crate) struct MeshDefaults {
    /// The way to it, there or not.
    pub route: Route,
    /// The way to each setting from there.
    pub routes: ProxySettings<InRoute>,
    /// The settings.
    pub settings: ProxySettings<Bare>,
}

/// The chart that istiod is installed by.
const CHART: &str = "istiod";
/// The field of a mesh config that every proxy has its settings from.
const DEFAULT_CONFIG: &str = "defaultConfig";

/// Whether objects of that kind may configure a mesh.
pub(crate) fn is_mesh_kind(kind: &str) -> bool {
    ["ConfigMap", "IstioOperator", "Istio", "IstioRevision", "HelmRelease", "Application"].contains(&kind)
}

/// Where an object has a mesh config.
pub(crate) fn locate(tree: &Tree<'_>, object: &Object) -> Vec<MeshSite> {
    let gvk = object.identity.gvk();
    let (group, kind) = gvk.as_ref().map_or(("", ""), |gvk| (gvk.group.as_str(), gvk.kind.as_str()));
    let at = |keys: &[&str]| object.route.then(keys.iter().copied());
    let has = |keys: &[&str]| tree.get_path(object.node, keys).is_some();
    let is = |keys: &[&str], text: &str| tree.get_path(object.node, keys).and_then(|it| tree.str(it)) == Some(text);
    let route = match (group, kind) {
        ("", "ConfigMap") if is_of_mesh(&object.identity.name) && has(&["data", "mesh"]) => {
            at(&["data", "mesh"]).then([Step::Text])
        }
        // It installs no control plane that would read it.
        ("install.istio.io", "IstioOperator") if is(&["spec", "profile"], "empty") => return Vec::new(),
        ("install.istio.io", "IstioOperator") => at(&["spec", "meshConfig"]),
        ("sailoperator.io", "Istio" | "IstioRevision") => at(&["spec", "values", "meshConfig"]),
        ("helm.toolkit.fluxcd.io", "HelmRelease") if is(&["spec", "chart", "spec", "chart"], CHART) => {
            at(&["spec", "values", "meshConfig"])
        }
        ("argoproj.io", "Application") => return of_application(tree, object),
        _ => return Vec::new(),
    };
    vec![MeshSite { route }]
}

/// Whether a ConfigMap of that name holds a mesh config: `istio`, and `istio-<revision>`, but for the injector's and
/// those of other components.
fn is_of_mesh(name: &str) -> bool {
    name.strip_prefix("istio").is_some_and(|rest| {
        rest.is_empty() || rest.starts_with('-') && !rest.starts_with("-sidecar-injector") && !rest.starts_with("-cni-")
    })
}

/// The revision whose mesh a ConfigMap configures; `None` for the one without a name, and for other objects.
pub(crate) fn revision(object: &Object) -> Option<&str> {
    object.identity.name.strip_prefix("istio-").filter(|_| object.identity.kind == "ConfigMap")
}

/// The sources of an Application that install istiod, each with its values.
fn of_application(tree: &Tree<'_>, object: &Object) -> Vec<MeshSite> {
    let spec = object.route.then(["spec"]);
    let at = |keys: &[&str]| tree.get_path(object.node, keys);
    let several = at(&["spec", "sources"]).into_iter().flat_map(|sources| tree.items(sources)).enumerate();
    let several = several.map(|(index, source)| (spec.then(["sources"]).then([index]), source));
    let one = at(&["spec", "source"]).map(|source| (spec.then(["source"]), source));
    let sources = one.into_iter().chain(several);
    let of_istiod = sources.filter(|(_, source)| tree.str_at(*source, &["chart"]) == Some(CHART));
    let sites = of_istiod.map(|(route, source)| {
        let is_text = tree.get_path(source, &["helm", "valuesObject"]).is_none()
            && tree.get_path(source, &["helm", "values"]).is_some();
        let values = match is_text {
            true => route.then(["helm", "values"]).then([Step::Text]),
            false => route.then(["helm", "valuesObject"]),
        };
        MeshSite { route: values.then(["meshConfig"]) }
    });
    sites.collect()
}

/// Reads the `defaultConfig` at a site.
///
/// # Errors
///
/// The text that holds it is not YAML.
pub(crate) fn read_config(
    tree: &Tree<'_>,
    root: NodeId,
    site: &MeshSite,
    findings: &mut Vec<Finding>,
) -> Result<MeshDefaults, SyntaxError> {
    visit(tree, Some(root), &site.route.0, |tree, mesh| {
        let snake = snake_case(DEFAULT_CONFIG);
        let get = |name: &str| mesh.and_then(|mesh| tree.get(mesh, name));
        let (name, config) = match (get(DEFAULT_CONFIG), get(&snake)) {
            (None, Some(config)) => (snake.as_str(), Some(config)),
            (config, _) => (DEFAULT_CONFIG, config),
        };
        let read = read_default(tree, config, findings);
        MeshDefaults { route: site.route.then([name]), routes: read.routes, settings: read.settings }
    })
}

/// Does something with the node at the end of a way, in the tree that it stands in: that of the document, or of a text.
fn visit<R>(
    tree: &Tree<'_>,
    node: Option<NodeId>,
    steps: &[Step],
    act: impl FnOnce(&Tree<'_>, Option<NodeId>) -> R,
) -> Result<R, SyntaxError> {
    let texts = steps.iter().position(|step| *step == Step::Text);
    let (way, rest) = steps.split_at(texts.unwrap_or(steps.len()));
    let node = way.iter().fold(node, |node, step| match step {
        Step::Key(name) => tree.get(node?, name),
        Step::Item(index) => tree.items(node?).nth(*index),
        Step::First(_) | Step::End | Step::Text => None,
    });
    let Some((_, rest)) = rest.split_first() else { return Ok(act(tree, node)) };
    let text = node.and_then(|node| tree.str(node)).unwrap_or_default();
    let inner = parse_all(Source::embedded(text))?;
    visit(&inner, inner.roots().first().copied(), rest, act)
}
