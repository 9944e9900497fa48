//! Where the settings of a mesh stand: in the object itself, or in a text that it holds.
//!
//! | object | mesh config | values of the chart | templates |
//! |---|---|---|---|
//! | ConfigMap `istio`, `istio-<revision>` | the text of `data.mesh` | - | - |
//! | ConfigMap `istio-sidecar-injector`, `istio-sidecar-injector-<revision>` | - | the text of `data.values` | the text of `data.config` |
//! | IstioOperator | `spec.meshConfig`, which is laid over `spec.values.meshConfig` | `spec.values` | - |
//! | Istio, IstioRevision of the sail operator | `meshConfig` of the values | `spec.values` | - |
//! | HelmRelease of the chart `istiod` | `meshConfig` of the values | `spec.values` | - |
//! | Application with the chart `istiod` | `meshConfig` of the values | `helm.valuesObject`, or the text of `helm.values` | - |
//!
//! Sources: `manifests/charts/istio-control/istio-discovery/templates/configmap.yaml` and `operator/pkg/render` of
//! istio/istio; `api/v1` of istio-ecosystem/sail-operator; the Application CRD of argoproj/argo-cd (`valuesObject` wins
//! over `values`).

use std::borrow::Cow;

use super::template;
use crate::facts::{InRoute, read_default};
use crate::istio::{Bare, MeshHook, ProxySettings, snake_case};
use crate::object::Object;
use crate::rules::Finding;
use crate::yaml::{NodeId, Route, Source, Step, SyntaxError, Tree, parse_text};

/// A place in an object that settings of a mesh stand in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MeshSite {
    /// What stands there.
    pub part: MeshPart,
    /// The way to it, from the root of the document.
    pub route: Route,
}

/// What settings of a mesh stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MeshPart {
    /// A mesh config.
    Config,
    /// Values of istiod's chart.
    Values,
    /// The injector's own config, with its templates.
    Injector,
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
    ["ConfigMap", "IstioOperator", "Istio", "IstioRevision", "HelmRelease", "Application", "Gateway"].contains(&kind)
}

/// Where an object holds settings of a mesh. `installs_istiod`: it has the chart of istiod from an object of the input.
pub(crate) fn locate(tree: &Tree<'_>, object: &Object, installs_istiod: bool) -> Vec<MeshSite> {
    let gvk = object.identity.gvk();
    let (group, kind) = gvk.as_ref().map_or(("", ""), |gvk| (gvk.group.as_str(), gvk.kind.as_str()));
    let at = |keys: &[&'static str]| object.route.then(keys.iter().copied());
    let has = |keys: &[&str]| tree.get_path(object.node, keys).is_some();
    let is = |keys: &[&str], text: &str| tree.get_path(object.node, keys).and_then(|it| tree.str(it)) == Some(text);
    let name = object.identity.name.as_str();
    match (group, kind) {
        ("", "ConfigMap") => {
            let texts: &[(&str, MeshPart)] = match () {
                () if is_of_injector(name) => &[("values", MeshPart::Values), ("config", MeshPart::Injector)],
                () if is_of_mesh(name) => &[("mesh", MeshPart::Config)],
                () => &[],
            };
            let there = texts.iter().filter(|(key, _)| has(&["data", key]));
            there.map(|(key, part)| MeshSite { part: *part, route: at(&["data", key]).then([Step::Text]) }).collect()
        }
        // It installs no control plane that would read it.
        ("install.istio.io", "IstioOperator") if is(&["spec", "profile"], "empty") => Vec::new(),
        ("install.istio.io", "IstioOperator") => vec![
            MeshSite { part: MeshPart::Config, route: at(&["spec", "meshConfig"]) },
            MeshSite { part: MeshPart::Values, route: at(&["spec", "values"]) },
        ],
        ("sailoperator.io", "Istio" | "IstioRevision") => of_values(&at(&["spec", "values"])),
        ("helm.toolkit.fluxcd.io", "HelmRelease")
            if installs_istiod || is(&["spec", "chart", "spec", "chart"], CHART) || is_chart_ref(tree, object.node) =>
        {
            of_values(&at(&["spec", "values"]))
        }
        ("argoproj.io", "Application") => of_application(tree, object),
        _ => Vec::new(),
    }
}

/// Whether a HelmRelease has the chart from another object that is named after it (fluxcd/helm-controller
/// `api/v2/reference_types.go`, `spec.chartRef`): an OCIRepository or a HelmChart, which need not be in the input.
fn is_chart_ref(tree: &Tree<'_>, node: NodeId) -> bool {
    let name = tree.get_path(node, &["spec", "chartRef", "name"]).and_then(|name| tree.str(name));
    name.is_some_and(|name| name.split('-').any(|part| part == CHART))
}

/// What stands in values of istiod's chart, to which `values` leads.
pub(crate) fn of_values(values: &Route) -> Vec<MeshSite> {
    vec![
        MeshSite { part: MeshPart::Config, route: values.then(["meshConfig"]) },
        MeshSite { part: MeshPart::Values, route: values.clone() },
    ]
}

fn is_of_injector(name: &str) -> bool {
    name.strip_prefix("istio-sidecar-injector").is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// Whether a ConfigMap of that name holds a mesh config: `istio`, and `istio-<revision>`, but for the injector's and
/// those of other components.
fn is_of_mesh(name: &str) -> bool {
    name.strip_prefix("istio").is_some_and(|rest| {
        rest.is_empty() || rest.starts_with('-') && !rest.starts_with("-sidecar-injector") && !rest.starts_with("-cni-")
    })
}

/// The sources of an Application that install istiod.
pub(super) fn sources(tree: &Tree<'_>, object: &Object) -> Vec<(Route, NodeId)> {
    if object.identity.kind != "Application" {
        return Vec::new();
    }
    let spec = object.route.then(["spec"]);
    let at = |keys: &[&'static str]| tree.get_path(object.node, keys);
    let several = at(&["spec", "sources"]).into_iter().flat_map(|sources| tree.items(sources)).enumerate();
    let several = several.map(|(index, source)| (spec.then(["sources"]).then([index]), source));
    let one = at(&["spec", "source"]).map(|source| (spec.then(["source"]), source));
    let sources = one.into_iter().chain(several);
    sources.filter(|(_, source)| tree.str_at(*source, &["chart"]) == Some(CHART)).collect()
}

/// The values of each source of an Application that installs istiod.
fn of_application(tree: &Tree<'_>, object: &Object) -> Vec<MeshSite> {
    let sites = sources(tree, object).into_iter().flat_map(|(route, source)| {
        let is_text = tree.get_path(source, &["helm", "valuesObject"]).is_none()
            && tree.get_path(source, &["helm", "values"]).is_some();
        let values = match is_text {
            true => route.then(["helm", "values"]).then([Step::Text]),
            false => route.then(["helm", "valuesObject"]),
        };
        of_values(&values)
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
            (None, Some(config)) => (Cow::Owned(snake), Some(config)),
            (config, _) => (DEFAULT_CONFIG.into(), config),
        };
        let read = read_default(tree, config, findings);
        MeshDefaults { route: site.route.clone().key(name), routes: read.routes, settings: read.settings }
    })
}

/// The preStop hook in values of the chart, and the names of its handlers.
///
/// # Errors
///
/// The text that holds the values is not YAML.
pub(crate) fn read_hook(
    tree: &Tree<'_>,
    root: NodeId,
    site: &MeshSite,
) -> Result<(Option<MeshHook>, Vec<String>), SyntaxError> {
    let route = site.route.then(HOOK);
    visit(tree, Some(root), &route.0, |tree, hook| {
        let handlers = hook.map_or(&[][..], |hook| tree.entries(hook)).iter();
        let handlers: Vec<_> = handlers.filter_map(|(key, _)| tree.str(*key).map(str::to_owned)).collect();
        let command = hook.and_then(|hook| tree.get_path(hook, &["exec", "command"]));
        let words = command.map(|command| tree.items(command).filter_map(|word| tree.as_written(word)));
        let present = match handlers.as_slice() {
            [] => None,
            [exec] if exec == "exec" => Some(MeshHook::Exec(words.into_iter().flatten().map(str::to_owned).collect())),
            several => Some(MeshHook::Other(several.join(" and "))),
        };
        (present, handlers)
    })
}

/// The way to the preStop hook in values of the chart.
pub(crate) const HOOK: [&str; 4] = ["global", "proxy", "lifecycle", "preStop"];

/// A template of the injector that can have the branch for `sidecar.istio.io/preStopCommand`.
#[derive(Clone, Debug)]
pub(crate) struct InjectorTemplate {
    /// Its name; that of the field where there is only one.
    pub name: String,
    /// The way to its text.
    pub route: Route,
    /// Its text, with the branch put in or taken out.
    pub text: String,
}

/// Templates for other pods than those with a sidecar (`files/` of the istiod chart).
const OTHER_TEMPLATES: [&str; 7] =
    ["gateway", "grpc-agent", "grpc-simple", "waypoint", "kube-gateway", "agentgateway", "agentgateway-waypoint"];

/// The templates at a site that `change` makes something else of: one of a map, or the only one of old releases.
///
/// # Errors
///
/// The text that holds them is not YAML.
pub(crate) fn read_templates(
    tree: &Tree<'_>,
    root: NodeId,
    site: &MeshSite,
    remove: bool,
) -> Result<Vec<InjectorTemplate>, SyntaxError> {
    let change = if remove { template::without_branch } else { template::with_branch };
    visit(tree, Some(root), &site.route.0, |tree, config| {
        let at = |key: &str| config.and_then(|config| tree.get(config, key));
        let named = at("templates").map_or(&[][..], |templates| tree.entries(templates)).iter();
        let named = named.filter_map(|(key, text)| {
            let name = tree.str(*key).filter(|name| !OTHER_TEMPLATES.contains(name))?;
            Some((name, site.route.then(["templates"]).key(name.to_owned()), *text))
        });
        let only = at("template").map(|text| ("template", site.route.then(["template"]), text));
        let changed = named.chain(only).filter_map(|(name, route, text)| {
            let text = change(tree.str(text)?)?;
            Some(InjectorTemplate { name: name.to_owned(), route, text })
        });
        changed.collect()
    })
}

/// Does something with the node at the end of a way, in the tree that it stands in: that of the document, or of a text.
pub(super) fn visit<R>(
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
    let inner = parse_text(Source::embedded(text))?;
    visit(&inner, inner.roots().first().copied(), rest, act)
}
