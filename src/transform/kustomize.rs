//! Kustomize patches: they are left alone, since what is written into a patch wins over the base that it is for.

use crate::kinds::Kind;
use crate::object::{self, Identity, Object};
use crate::protocol::{self, Origin, PatchSign};
use crate::report::{Outcome, WorkloadReport};
use crate::rules::{Finding, patch_undoes_base};
use crate::workload::{PodTemplate, kind_of, locate};
use crate::yaml::{NodeId, Route, Source, Tree, parse_all};

use super::lower::Draft;
use super::{TransformError, Transformed, site};

/// What there is to be said of a file that a kustomization of that name lists as a patch. None of it is edited.
pub(super) fn file(source: Source<'_>, listed_by: &str) -> Result<Transformed, TransformError> {
    let tree = parse_all(source).map_err(TransformError::Syntax)?;
    let kinds: Vec<_> = Kind::all().collect();
    let sign = PatchSign::Listed(listed_by.to_owned());
    let objects = object::collect(&tree, |name| kinds.iter().any(|kind| kind.name() == name));
    let workloads = objects.iter().filter_map(|object| {
        let kind = kind_of(&object.identity, &kinds)?;
        Some(draft(&tree, object, kind, sign.clone()).report)
    });
    let mut reports: Vec<_> = workloads.collect();
    reports.extend(tree.roots().iter().filter_map(|root| operations(&tree, *root, &sign)));
    Ok(Transformed { reports, ..Transformed::default() })
}

/// A workload that is a patch, with a warning for everything in it that can undo what its base was given.
pub(super) fn draft(tree: &Tree<'_>, object: &Object, kind: &Kind, sign: PatchSign) -> Draft {
    let origin = Origin::of(tree, object.node, object::document_start(tree, object.root));
    let start = tree.node(object.node).span.start();
    let mut report = WorkloadReport::new(object.identity.clone(), origin, start, Outcome::Patch(sign));
    for template in locate(tree, object, kind) {
        let touched = touched(tree, template.node).into_iter();
        report.findings.extend(touched.map(|(steps, finding)| {
            let route = template.route.then(steps.0);
            site::at(tree, object, &route, finding)
        }));
    }
    Draft::idle(object.root, report)
}

/// Whether a workload is only a part of one: no container but istio-proxy has an image. Where there is no other container,
/// it is one if it sets what the recipe writes, and has not even the image of a gateway.
///
/// Images of a DeploymentConfig may come by its triggers, and those of a kind of the user's own from its operator.
pub(super) fn is_part(tree: &Tree<'_>, kind: &Kind, templates: &[PodTemplate]) -> bool {
    let Kind::Known(known) = kind else { return false };
    let lists = templates.iter().filter_map(|template| tree.get_path(template.node, &["spec", "containers"]));
    let (proxies, apps): (Vec<_>, Vec<_>) = lists
        .flat_map(|list| tree.items(list))
        .partition(|container| tree.str_at(*container, &["name"]) == Some(PROXY));
    let lacks_image = |containers: &[NodeId]| containers.iter().all(|node| tree.get(*node, "image").is_none());
    let touches = || templates.iter().any(|template| !touched(tree, template.node).is_empty());
    !known.is("apps.openshift.io", "DeploymentConfig")
        && lacks_image(&apps)
        && (!apps.is_empty() || lacks_image(&proxies) && touches())
}

/// Everything in a pod template that the recipe writes, too.
fn touched(tree: &Tree<'_>, template: NodeId) -> Vec<(Route, Finding)> {
    let mut found = Vec::new();
    let mut add = |route: Route, what: &str| found.push((route, patch_undoes_base::found(what)));
    let route = |steps: &[&str]| Route::default().then(steps.iter().copied());
    if tree.get_path(template, &["spec", GRACE]).is_some() {
        add(route(&["spec", GRACE]), GRACE);
    }
    if tree.get_path(template, &["metadata", "annotations", ANNOTATION]).is_some() {
        add(route(&["metadata", "annotations", ANNOTATION]), ANNOTATION);
    }
    for list in ["containers", "initContainers"] {
        let items = tree.get_path(template, &["spec", list]).into_iter().flat_map(|list| tree.items(list));
        for (index, container) in items.enumerate() {
            let place = route(&["spec", list]).then([index]);
            let name = tree.str_at(container, &["name"]).unwrap_or_default();
            if name == PROXY {
                add(place, "the container `istio-proxy`");
            } else if tree.get_path(container, &["lifecycle"]).is_some() {
                add(place.then(["lifecycle"]), &format!("the hooks of container `{name}`"));
            }
        }
    }
    found
}

const GRACE: &str = "terminationGracePeriodSeconds";
const ANNOTATION: &str = "proxy.istio.io/config";
const PROXY: &str = "istio-proxy";

/// The operations of a JSON patch that write what the recipe writes, too; `None` where there are none.
fn operations(tree: &Tree<'_>, root: NodeId, sign: &PatchSign) -> Option<WorkloadReport> {
    let identity = Identity { kind: "JSON patch".to_owned(), ..Identity::default() };
    let object = Object { node: root, root, route: Route::default(), identity };
    let start = tree.node(root).span.start();
    let mut report =
        WorkloadReport::new(object.identity.clone(), Origin::default(), start, Outcome::Patch(sign.clone()));
    for (operation, path) in protocol::json_patch(tree, root)? {
        let Some(what) = written_by(path) else { continue };
        let index = tree.items(root).position(|item| item == operation).unwrap_or_default();
        let route = Route::default().then([index]).then(["path"]);
        report.findings.push(site::at(tree, &object, &route, patch_undoes_base::found(&what)));
    }
    Some(report).filter(|report| !report.findings.is_empty())
}

/// What of the recipe an operation on that path writes.
fn written_by(path: &str) -> Option<String> {
    let ends = |end: &str| path.ends_with(end);
    let is_hook = path.contains("/lifecycle") && path.contains("ontainers/");
    match path {
        _ if ends("/terminationGracePeriodSeconds") => Some(GRACE.to_owned()),
        _ if ends("/annotations/proxy.istio.io~1config") => Some(ANNOTATION.to_owned()),
        _ if ends("/template/metadata/annotations") || ends("/template/metadata") => {
            Some("all annotations of the pod template".to_owned())
        }
        _ if ends("/containers") || ends("/template/spec") || ends("/template") => Some("all containers".to_owned()),
        _ if is_hook => Some("the hooks of a container".to_owned()),
        _ => None,
    }
}
