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
use crate::yaml::{NodeId, Resolved, Route, Source, Step, SyntaxError, Tree, parse_text};

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

/// The chart that istiod is installed by, from whatever repository.
pub(crate) const CHART: &str = "istiod";
/// The field of a mesh config that every proxy has its settings from.
const DEFAULT_CONFIG: &str = "defaultConfig";

/// Whether objects of that kind may configure a mesh.
pub(crate) fn is_mesh_kind(kind: &str) -> bool {
    ["ConfigMap", "IstioOperator", "Istio", "IstioRevision", "HelmRelease", "Application", "Gateway"].contains(&kind)
}

/// Where an object holds settings of a mesh. `has_istiods_chart`: an object of the input gives it the chart of istiod.
pub(crate) fn locate(tree: &Tree<'_>, object: &Object, has_istiods_chart: bool) -> Vec<MeshSite> {
    let gvk = object.identity.gvk();
    let (group, kind) = gvk.as_ref().map_or(("", ""), |gvk| (gvk.group.as_str(), gvk.kind.as_str()));
    let at = |keys: &[&'static str]| object.route.then(keys.iter().copied());
    let has = |keys: &[&str]| tree.get_path(object.node, keys).is_some();
    let is = |keys: &[&str], text: &str| tree.get_path(object.node, keys).and_then(|it| tree.str(it)) == Some(text);
    let name = object.identity.name.as_str();
    match (group, kind) {
        ("", "ConfigMap") => {
            let texts: &[(&str, MeshPart)] = match MeshConfigMap::of(name) {
                Some(MeshConfigMap::Injector(_)) => &[("values", MeshPart::Values), ("config", MeshPart::Injector)],
                Some(MeshConfigMap::Config(_)) => &[("mesh", MeshPart::Config)],
                None => &[],
            };
            let there = texts.iter().filter(|(key, _)| has(&["data", key]));
            there.map(|(key, part)| MeshSite { part: *part, route: at(&["data", key]).then([Step::Text]) }).collect()
        }
        ("install.istio.io", "IstioOperator") if !installs_istiod(tree, object.node) => Vec::new(),
        ("install.istio.io", "IstioOperator") => vec![
            MeshSite { part: MeshPart::Config, route: at(&["spec", "meshConfig"]) },
            MeshSite { part: MeshPart::Values, route: at(&["spec", "values"]) },
        ],
        ("sailoperator.io", "Istio" | "IstioRevision") => of_values(&at(&["spec", "values"])),
        ("helm.toolkit.fluxcd.io", "HelmRelease")
            if has_istiods_chart
                || is(&["spec", "chart", "spec", "chart"], CHART)
                || tree.str_at(object.node, &["spec", "chartRef", "name"]).is_some_and(is_named_after_istiod) =>
        {
            of_values(&at(&["spec", "values"]))
        }
        ("argoproj.io", "Application") => of_application(tree, object),
        _ => Vec::new(),
    }
}

/// Whether an object that a HelmRelease has its chart from is named after istiod (fluxcd/helm-controller
/// `api/v2/reference_types.go`, `spec.chartRef`): an OCIRepository or a HelmChart, which need not be in the input.
pub(crate) fn is_named_after_istiod(name: &str) -> bool {
    name.split('-').any(|part| part == CHART)
}

/// Whether an IstioOperator installs a control plane that reads its mesh config (`manifests/profiles` of istio/istio).
pub(crate) fn installs_istiod(tree: &Tree<'_>, operator: NodeId) -> bool {
    let enabled = tree.get_path(operator, &["spec", "components", "pilot", "enabled"]);
    match enabled.and_then(|node| tree.scalar(node)) {
        Some(Resolved::Bool(is_on)) => is_on,
        _ => tree.str_at(operator, &["spec", "profile"]) != Some("empty"),
    }
}

/// What stands in values of istiod's chart, to which `values` leads.
pub(crate) fn of_values(values: &Route) -> Vec<MeshSite> {
    vec![
        MeshSite { part: MeshPart::Config, route: values.then(["meshConfig"]) },
        MeshSite { part: MeshPart::Values, route: values.clone() },
    ]
}

/// What a ConfigMap of a control plane holds, with the name of its revision, which is empty for the default one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MeshConfigMap<'n> {
    /// A mesh config: `istio`, and `istio-<revision>`.
    Config(&'n str),
    /// What the injector reads: `istio-sidecar-injector`, and `istio-sidecar-injector-<revision>`.
    Injector(&'n str),
}

impl<'n> MeshConfigMap<'n> {
    /// By its name. Other components have ConfigMaps of such names, too.
    pub(crate) fn of(name: &'n str) -> Option<Self> {
        let rest = name.strip_prefix("istio")?;
        let revision = |rest: &'n str| if rest.is_empty() { Some(rest) } else { rest.strip_prefix('-') };
        match rest.strip_prefix("-sidecar-injector") {
            Some(rest) => revision(rest).map(Self::Injector),
            None => revision(rest).filter(|revision| !revision.starts_with("cni-")).map(Self::Config),
        }
    }
}

/// The sources of an Application that install istiod. `application` is the way to it.
pub(crate) fn istiod_sources(tree: &Tree<'_>, node: NodeId, application: &Route) -> Vec<(Route, NodeId)> {
    if tree.str_at(node, &["kind"]) != Some("Application") {
        return Vec::new();
    }
    let spec = application.then(["spec"]);
    let at = |keys: &[&'static str]| tree.get_path(node, keys);
    let several = at(&["spec", "sources"]).into_iter().flat_map(|sources| tree.items(sources)).enumerate();
    let several = several.map(|(index, source)| (spec.then(["sources"]).then([index]), source));
    let one = at(&["spec", "source"]).map(|source| (spec.then(["source"]), source));
    let sources = one.into_iter().chain(several);
    sources.filter(|(_, source)| tree.str_at(*source, &["chart"]) == Some(CHART)).collect()
}

/// The values of each source of an Application that installs istiod.
fn of_application(tree: &Tree<'_>, object: &Object) -> Vec<MeshSite> {
    let sites = istiod_sources(tree, object.node, &object.route).into_iter().flat_map(|(route, source)| {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse_all;

    #[test]
    fn config_maps_are_known_by_their_names() {
        let check = |name: &'static str, expected| assert_eq!(MeshConfigMap::of(name), expected, "{name}");
        check("istio", Some(MeshConfigMap::Config("")));
        check("istio-canary", Some(MeshConfigMap::Config("canary")));
        check("istio-sidecar-injector", Some(MeshConfigMap::Injector("")));
        check("istio-sidecar-injector-1-24", Some(MeshConfigMap::Injector("1-24")));
        check("istio-cni-config", None);
        check("istio-sidecar-injectors", None);
        check("istiod", None);
    }

    #[test]
    fn an_operator_without_a_control_plane_has_no_sites() {
        let check = |spec: &str, expected: usize| {
            let text = format!("apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec: {spec}\n");
            let tree = parse_all(Source::embedded(&text)).unwrap();
            let object = crate::object::collect(&tree, |_| true).remove(0);
            assert_eq!(locate(&tree, &object, false).len(), expected, "{spec}");
        };
        check("{}", 2);
        check("{profile: empty}", 0);
        check("{components: {pilot: {enabled: false}}}", 0);
        check("{components: {pilot: {enabled: true}}}", 2);
        check("{profile: empty, components: {pilot: {enabled: true}}}", 2);
    }
}
