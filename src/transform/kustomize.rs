//! Kustomize patches. They are left alone, because a patch wins over its base.

use crate::kinds::Kind;
use crate::object::{self, Identity, Object};
use crate::protocol::{self, Origin, PatchSign};
use crate::report::{Located, Outcome, WorkloadReport};
use crate::rules::{Finding, patch_undoes_base};
use crate::workload::{PodTemplate, kind_of, locate};
use crate::yaml::{NodeId, Place, Route, Source, Span, Step, Tree, parse_all};

use super::lower::Draft;
use super::{TransformError, Transformed, site};

/// The findings on a file that a kustomization lists as a patch. It is not edited.
pub(super) fn file(source: Source<'_>, listed_by: &str) -> Result<Transformed, TransformError> {
    let tree = parse_all(source).map_err(TransformError::Syntax)?;
    let reports = patches(&tree, &PatchSign::Listed(listed_by.to_owned()));
    Ok(Transformed { reports, ..Transformed::default() })
}

/// The findings on a kustomization: on its inline patches, or that it can't be read.
pub(super) fn kustomization(source: Source<'_>) -> Transformed {
    let reports = match parse_all(source) {
        Ok(tree) => {
            let texts = tree.roots().iter().flat_map(|root| protocol::inline_patches(&tree, *root));
            texts.flat_map(|(route, node, text)| inline(source, tree.node(node).span, &route, text)).collect()
        }
        Err(error) => vec![unreadable(error.offset, &error.message)],
    };
    Transformed { reports, ..Transformed::default() }
}

/// The findings on an inline patch, at their places in the kustomization.
fn inline(source: Source<'_>, span: Span, route: &Route, text: &str) -> Vec<WorkloadReport> {
    let inner = Source::embedded(text);
    let mut reports = match parse_all(inner) {
        Ok(tree) => patches(&tree, &PatchSign::Inline),
        Err(error) => vec![unreadable(error.offset, &error.message)],
    };
    let lines = PatchLines::of(source, span, text);
    for report in &mut reports {
        report.offset = lines.outer(report.offset);
        for located in &mut report.findings {
            located.place.offset = lines.outer(located.place.offset);
            located.place.route = route.then([Step::Text]).then(std::mem::take(&mut located.place.route.0));
        }
    }
    reports
}

/// Where the lines of a text start: in it, and in the literal block around it. `None` where it is written in another
/// style.
struct PatchLines {
    starts: Vec<(usize, usize)>,
    /// Where the scalar starts.
    scalar: usize,
}

impl PatchLines {
    fn of(source: Source<'_>, span: Span, text: &str) -> Self {
        let mut lines = source.slice(span).split_inclusive('\n');
        let header = lines.next().unwrap_or_default();
        let lines = lines.take_while(|_| header.starts_with('|'));
        let (mut inner, mut outer) = (0, span.start() + header.len());
        let pairs = text.split_inclusive('\n').zip(lines).map_while(|(line, around)| {
            let indent = around.trim_end().strip_suffix(line.trim_end())?.len();
            let start = (inner, outer + indent);
            (inner, outer) = (inner + line.len(), outer + around.len());
            Some(start)
        });
        Self { starts: pairs.collect(), scalar: span.start() }
    }

    /// The offset in the file of one in the text.
    fn outer(&self, offset: usize) -> usize {
        let line = self.starts.partition_point(|(inner, _)| *inner <= offset).checked_sub(1);
        let start = line.and_then(|line| self.starts.get(line));
        start.map_or(self.scalar, |(inner, outer)| outer + offset - inner)
    }
}

fn unreadable(offset: usize, error: &str) -> WorkloadReport {
    let identity = Identity { kind: "Kustomization".to_owned(), ..Identity::default() };
    let mut report = WorkloadReport::new(identity, Origin::default(), offset, Outcome::Observed);
    let finding = patch_undoes_base::unreadable(&error);
    report.findings.push(Located::at(Place { offset, ..Place::default() }, finding));
    report
}

/// A report for each workload and each list of operations among some patches.
fn patches(tree: &Tree<'_>, sign: &PatchSign) -> Vec<WorkloadReport> {
    let kinds: Vec<_> = Kind::all().collect();
    let objects = object::collect(tree, |name| kinds.iter().any(|kind| kind.name() == name));
    let workloads = objects.iter().filter_map(|object| {
        let kind = kind_of(&object.identity, &kinds)?;
        Some(draft(tree, object, kind, sign.clone()).report)
    });
    let mut reports: Vec<_> = workloads.collect();
    reports.extend(tree.roots().iter().filter_map(|root| operations(tree, *root)));
    reports
}

/// A workload that is a patch, with a warning for each field that can undo the edits of its base.
pub(super) fn draft(tree: &Tree<'_>, object: &Object, kind: &Kind, sign: PatchSign) -> Draft {
    let origin = Origin::of(tree, object.node, object::head(tree, object.root));
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

/// Whether a workload is only a part of one: no container but istio-proxy has an image. Where there is no other
/// container, it is one if it sets what the recipe writes, and has not even the image of a gateway.
///
/// Images of a DeploymentConfig may come by its triggers, and those of a kind of the user's own from its operator.
pub(super) fn is_part(tree: &Tree<'_>, kind: &Kind, templates: &[PodTemplate]) -> bool {
    let Kind::Known(known) = kind else { return false };
    let lists = |list: &'static str| {
        let of = move |template: &PodTemplate| tree.get_path(template.node, &["spec", list]);
        templates.iter().filter_map(of).flat_map(|list| tree.items(list)).collect::<Vec<_>>()
    };
    let is_proxy = |container: &NodeId| tree.str_at(*container, &["name"]) == Some(PROXY);
    let (mut proxies, apps): (Vec<_>, Vec<_>) = lists("containers").into_iter().partition(is_proxy);
    proxies.extend(lists("initContainers").into_iter().filter(is_proxy));
    let lacks_image = |containers: &[NodeId]| containers.iter().all(|node| tree.get(*node, "image").is_none());
    let touches = || templates.iter().any(|template| !touched(tree, template.node).is_empty());
    !known.is("apps.openshift.io", "DeploymentConfig")
        && lacks_image(&apps)
        && (!apps.is_empty() || lacks_image(&proxies) && touches())
}

/// All fields of a pod template that the recipe also writes.
fn touched(tree: &Tree<'_>, template: NodeId) -> Vec<(Route, Finding)> {
    let mut found = Vec::new();
    let mut add = |route: Route, what: &str| found.push((route, patch_undoes_base::found(what)));
    let route = |steps: &[&'static str]| Route::default().then(steps.iter().copied());
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
fn operations(tree: &Tree<'_>, root: NodeId) -> Option<WorkloadReport> {
    let identity = Identity { kind: "JSON patch".to_owned(), ..Identity::default() };
    let object = Object { node: root, root, route: Route::default(), identity };
    let start = tree.node(root).span.start();
    let mut report = WorkloadReport::new(object.identity.clone(), Origin::default(), start, Outcome::Observed);
    for (operation, path) in protocol::json_patch(tree, root)? {
        let Some(what) = written_by(tree, operation, path) else { continue };
        let index = tree.items(root).position(|item| item == operation).unwrap_or_default();
        let route = Route::default().then([index]).then(["path"]);
        report.findings.push(site::at(tree, &object, &route, patch_undoes_base::found(&what)));
    }
    Some(report).filter(|report| !report.findings.is_empty())
}

/// What of the recipe an operation on that path writes.
fn written_by(tree: &Tree<'_>, operation: NodeId, path: &str) -> Option<String> {
    let ends = |end: &str| path.ends_with(end);
    let is_hook = path.contains("/lifecycle") && path.contains("ontainers/");
    let list = path.rsplit_once('/').map_or("", |(list, _)| list);
    let is_container = list.ends_with("ontainers") && list.contains("/spec");
    match path {
        _ if ends("/terminationGracePeriodSeconds") => Some(GRACE.to_owned()),
        _ if ends("/annotations/proxy.istio.io~1config") => Some(ANNOTATION.to_owned()),
        _ if ends("/template/metadata/annotations") || ends("/template/metadata") => {
            Some("all annotations of the pod template".to_owned())
        }
        "" | "/spec" => Some("the whole workload".to_owned()),
        _ if ends("/containers") || ends("/template/spec") || ends("/template") => Some("all containers".to_owned()),
        _ if is_hook => Some("the hooks of a container".to_owned()),
        _ if is_container && tree.str_at(operation, &["op"]) != Some("add") => Some("a whole container".to_owned()),
        _ if is_container && tree.str_at(operation, &["value", "name"]) == Some(PROXY) => {
            Some("the container `istio-proxy`".to_owned())
        }
        _ => None,
    }
}
