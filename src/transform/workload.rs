//! One workload: which of its parts are edited, or why none is.

use crate::istio::Reason;
use crate::kinds::{Barrier, Kind, KnownKind};
use crate::mesh;
use crate::object::{self, Identity, Object};
use crate::policy::{self, PolicySet};
use crate::protocol::{self, Origin, PatchSign};
use crate::report::{Located, Outcome, WorkloadReport};
use crate::rules::{missing_template, missing_workload_ref, unknown_annotation};
use crate::shutdown::Refused;
use crate::workload::{PodTemplate, kind_of, locate};
use crate::yaml::{Patch, Place, Refusal, RefusalKind, Resolved, Source, Span, Tree, parse_all};

use super::ambiguity::hides_template;
use super::kustomize;
use super::lower::Draft;
use super::planning::Planning;
use super::pod::Pod;
use super::running;
use super::site::{self, Site, finding_of, report, soften};

/// Plans one workload: each of its pod templates by itself.
pub(super) fn draft(tree: &Tree<'_>, object: &Object, run: &Planning<'_>) -> Vec<Draft> {
    if protocol::is_local(tree, object.node) {
        return vec![idle(tree, object, Outcome::Local)];
    }
    if let Some(running) = run.interest.running(tree, object) {
        return vec![running::draft(tree, object, &running, run)];
    }
    let Some(kind) = run.interest.kind_of(&object.identity) else {
        let forbidden =
            object.identity.group().and_then(|group| KnownKind::forbidden_one(&group, &object.identity.kind));
        let barrier = forbidden.and_then(KnownKind::barrier).filter(|_| has_pods(tree, object, run));
        let barrier = barrier.filter(|_| !is_planned_elsewhere(tree, object, run));
        let outcome = barrier.map(|Barrier { why, remedy }| Outcome::Forbidden { why, remedy });
        return outcome.into_iter().map(|outcome| idle(tree, object, outcome)).collect();
    };
    if protocol::has_directive(tree, object.node) {
        return vec![kustomize::draft(tree, object, &kind, PatchSign::Directive)];
    }
    let templates = locate(tree, object, &kind);
    if kustomize::is_part(tree, &kind, &templates) {
        return vec![kustomize::draft(tree, object, &kind, PatchSign::NoImage)];
    }
    match templates.as_slice() {
        [] if kind.may_refer() && tree.get_path(object.node, WORKLOAD_REF).is_some() => {
            let text = |key: &str| {
                let node = tree.get_path(object.node, WORKLOAD_REF).and_then(|node| tree.get(node, key));
                node.and_then(|node| tree.as_written(node)).unwrap_or_default().to_owned()
            };
            let namespace = object.identity.namespace.clone();
            let to = Identity { api_version: text("apiVersion"), kind: text("kind"), namespace, name: text("name") };
            vec![refers(tree, object, to)]
        }
        [] => vec![without_template(tree, object, &kind, run.policy.policy.refused)],
        templates => {
            let has_several = templates.len() > 1;
            let draft = |template: &PodTemplate| {
                let site = Site { tree, object, route: &template.route };
                let mut report = report(tree, object, Outcome::Unchanged);
                if has_several {
                    report.template = site.field(&template.route).to_string();
                }
                Pod { site, template, kind: &kind, report }.draft(run)
            };
            templates.iter().map(draft).collect()
        }
    }
}

/// Whether the gateways of an object are planned with the objects of the mesh, or have a drain of their own.
fn is_planned_elsewhere(tree: &Tree<'_>, object: &Object, run: &Planning<'_>) -> bool {
    let policy = &run.policy.policy;
    let is_asked = policy.gateways && (policy.drain.is_some() || policy.remove);
    match object.identity.kind.as_str() {
        "IstioOperator" => is_asked || mesh::are_drained(tree, object, &mesh::gateways(tree, object)),
        "Gateway" => is_asked || run.world.is_gateway_drained(tree, object, run.policy.default_namespace.as_deref()),
        _ => false,
    }
}

/// Whether an object of a kind that is never edited stands for pods of the mesh. A Gateway does where Istio makes a
/// proxy for it; an IstioOperator where it has gateways.
fn has_pods(tree: &Tree<'_>, object: &Object, run: &Planning<'_>) -> bool {
    let has_gateways = |list: &&str| {
        let list = tree.get_path(object.node, &["spec", "components", list]);
        let mut items = list.into_iter().flat_map(|list| tree.items(list));
        items.any(|item| tree.get(item, "enabled").and_then(|node| tree.scalar(node)) != Some(Resolved::Bool(false)))
    };
    match object.identity.kind.as_str() {
        "Gateway" => run.world.makes_proxy(tree, object.node),
        "IstioOperator" => ["ingressGateways", "egressGateways"].iter().any(has_gateways),
        _ => true,
    }
}

/// Nothing is done with the workload.
fn idle(tree: &Tree<'_>, object: &Object, outcome: Outcome) -> Draft {
    Draft::idle(object.root, report(tree, object, outcome))
}

/// A workload without a pod template. The path to that of a kind of the user's own may be misspelt, and then nothing is
/// ever edited.
fn without_template(tree: &Tree<'_>, object: &Object, kind: &Kind, refused: Refused) -> Draft {
    let mut draft = idle(tree, object, Outcome::LeftAlone(vec![Reason::NoContainers]));
    if let Kind::Custom(custom) = kind {
        let finding = missing_template::found(custom.templates.iter());
        draft.report.findings.push(site::at(tree, object, &object.route, finding));
    }
    if let Some(refusal) = hides_template(tree, object) {
        let site = Site { tree, object, route: &object.route };
        draft.report.findings.push(site.refused(&refusal, &Patch::default()));
        soften(&mut draft.report.findings, refused);
        draft.report.outcome = Outcome::Refused;
    }
    draft
}

/// Where a workload names another one that has its pod template.
const WORKLOAD_REF: &[&str] = &["spec", "workloadRef"];

/// A workload whose pods are those of another one, with the warning that it is missing: only when all are known it can
/// be told that it is not.
fn refers(tree: &Tree<'_>, object: &Object, to: Identity) -> Draft {
    let finding = missing_workload_ref::found(&to);
    let annotations =
        tree.get_path(object.node, &["metadata", "annotations"]).map_or(&[][..], |node| tree.entries(node));
    let misplaced = annotations.iter().filter_map(|(key, _)| {
        let name = tree.str(*key).filter(|name| name.starts_with(policy::PREFIX))?;
        let finding = unknown_annotation::misplaced(name, &to);
        let route = object.route.then(["metadata", "annotations"]).key(name.to_owned());
        Some(site::at(tree, object, &route, finding))
    });
    let mut findings: Vec<_> = misplaced.collect();
    findings.push(site::at(tree, object, &object.route.then(WORKLOAD_REF.iter().copied()), finding));
    let mut draft = idle(tree, object, Outcome::Refers(to));
    draft.report.findings = findings;
    draft
}

/// Workloads in `span` that only readers of YAML 1.1 see, since they take more characters for line breaks: one refusal
/// for each.
///
/// `None` where there are no such characters, or what is there is not YAML to those readers either.
pub(super) fn hidden(
    source: Source<'_>,
    span: Span,
    drafts: &[Draft],
    policy: &PolicySet,
) -> Option<Vec<WorkloadReport>> {
    let offset = source.odd_line_break(span)?;
    let text = source.with_odd_breaks_plain(span);
    // What is not YAML in that reading can't be applied by those who read it so.
    let plain = parse_all(Source::embedded(&text)).ok()?;
    let known = |object: &Object| drafts.iter().any(|draft| draft.report.identity == object.identity);
    let found = object::collect(&plain, |kind| policy.kinds.iter().any(|wanted| wanted.name() == kind)).into_iter();
    let refusal = Refusal { kind: RefusalKind::LineBreak, offset };
    let reports =
        found.filter(|object| kind_of(&object.identity, &policy.kinds).is_some() && !known(object)).map(|object| {
            let mut report = WorkloadReport::new(object.identity, Origin::default(), offset, Outcome::Refused);
            let place = Place { offset, ..Place::default() };
            report.findings.push(Located::at(place, finding_of(&refusal.kind, false)));
            soften(&mut report.findings, policy.policy.refused);
            report
        });
    Some(reports.collect())
}
