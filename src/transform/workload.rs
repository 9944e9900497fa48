//! One workload: from its text to its edits.

use std::sync::Arc;

use crate::facts::{self, Reading, is_odd_native_annotation};
use crate::istio::{Decision, Reason, Verdict};
use crate::kinds::{Kind, KnownKind};
use crate::object::{self, Identity, Metadata, Object};
use crate::patch;
use crate::policy::{self, PolicySet, Refused};
use crate::protocol::{self, Origin};
use crate::report::{Explanation, Located, Outcome, SidecarSeen, WorkloadReport, node_at, offset_of, route_at};
use crate::shutdown::{Change, Finding, Part, Policy, PreStop, Rule, Severity, Subject, UnknownInjection, plan};
use crate::workload::{PodTemplate, kind_of, locate};
use crate::yaml::{Edit, NodeId, Patch, Refusal, RefusalKind, Route, Source, Span, Tree, lower, parse_all};

use super::Run;
use super::ambiguity::refuse_ambiguity;
use super::choice::{self, choose};

/// What is to be done with one workload.
pub(super) struct Draft {
    /// The document that it stands in.
    pub root: NodeId,
    pub patch: Patch,
    pub edits: Vec<Edit>,
    pub report: WorkloadReport,
}

impl Draft {
    /// Nothing is to be done after all.
    pub(super) fn discard(&mut self) {
        self.patch = Patch::default();
        self.edits = Vec::new();
    }
}

/// Plans one workload: each of its pod templates by itself.
pub(super) fn draft(tree: &Tree<'_>, object: &Object, run: &Run<'_>) -> Vec<Draft> {
    if protocol::is_local(tree, object.node) {
        return vec![blank(tree, object, Outcome::Local)];
    }
    let Some(kind) = run.kind_of(&object.identity) else {
        let forbidden = object.identity.gvk().and_then(|gvk| KnownKind::forbidden_one(&gvk.group, &gvk.kind));
        let why = forbidden.and_then(KnownKind::forbidden);
        return why.into_iter().map(|why| blank(tree, object, Outcome::Forbidden(why))).collect();
    };
    let templates = locate(tree, object, &kind);
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
        [] => vec![without_template(tree, object, &kind)],
        [template] => vec![draft_template(tree, object, &kind, template, run)],
        several => several
            .iter()
            .map(|template| {
                let mut draft = draft_template(tree, object, &kind, template, run);
                draft.report.template = field_of(object, &template.route).to_string();
                draft
            })
            .collect(),
    }
}

/// A workload without a pod template. The path to that of a kind of the user's own may be misspelt, and then nothing is ever edited.
fn without_template(tree: &Tree<'_>, object: &Object, kind: &Kind) -> Draft {
    let mut draft = blank(tree, object, Outcome::LeftAlone(vec![Reason::NoContainers]));
    if let Kind::Custom(custom) = kind {
        let paths: Vec<_> = custom.templates.iter().map(|path| format!("`{path}`")).collect();
        let finding = Finding {
            rule: Rule::MissingTemplate,
            severity: Severity::Warning,
            subject: Subject::Workload,
            message: format!("there is no pod template at {}, where `kinds` says that it is", paths.join(" or ")),
            remedy: "correct the `template` of the kind".to_owned(),
        };
        let (offset, field) = (draft.report.offset, Route::default());
        draft.report.findings.push(Located { finding, offset, field, current: None, proposed: None });
    }
    draft
}

/// Where a workload names another one that has its pod template.
const WORKLOAD_REF: &[&str] = &["spec", "workloadRef"];

/// A workload whose pods are those of another one, with the warning that it is missing: only when all are known it can be told
/// that it is not.
fn refers(tree: &Tree<'_>, object: &Object, to: Identity) -> Draft {
    let finding = Finding {
        rule: Rule::MissingWorkloadRef,
        severity: Severity::Warning,
        subject: Subject::Workload,
        message: format!("`workloadRef` names {to}, which is not in the input, so its pods are not edited"),
        remedy: "run over the manifest of that workload, too".to_owned(),
    };
    let route = object.route.then(WORKLOAD_REF.iter().copied());
    let offset = offset_of(tree, object.root, &route);
    let field = field_of(object, &route);
    let annotations =
        tree.get_path(object.node, &["metadata", "annotations"]).map_or(&[][..], |node| tree.entries(node));
    let misplaced = annotations.iter().filter_map(|(key, _)| {
        let name = tree.str(*key).filter(|name| name.starts_with(policy::PREFIX))?;
        let finding = Finding {
            rule: Rule::UnknownAnnotation,
            severity: Severity::Warning,
            subject: Subject::Workload,
            message: format!("`{name}` does nothing here: the pods are those of {to}"),
            remedy: "move it there".to_owned(),
        };
        let route = object.route.then(["metadata", "annotations", name]);
        let offset = offset_of(tree, object.root, &route);
        Some(Located { finding, offset, field: field_of(object, &route), current: None, proposed: None })
    });
    let mut findings: Vec<_> = misplaced.collect();
    findings.push(Located { finding, offset, field, current: None, proposed: None });
    let mut draft = blank(tree, object, Outcome::Refers(to));
    draft.report.findings = findings;
    draft
}

/// Nothing to do, as yet.
fn blank(tree: &Tree<'_>, object: &Object, outcome: Outcome) -> Draft {
    let report = WorkloadReport {
        identity: object.identity.clone(),
        template: String::new(),
        origin: Origin::of(tree, object.node, object::document_start(tree, object.root)),
        offset: tree.node(object.node).span.start(),
        outcome,
        rule: None,
        sources: Vec::new(),
        sidecar: SidecarSeen::default(),
        explanation: None,
        changes: Vec::new(),
        findings: Vec::new(),
    };
    Draft { root: object.root, patch: Patch::default(), edits: Vec::new(), report }
}

fn draft_template(tree: &Tree<'_>, object: &Object, kind: &Kind, template: &PodTemplate, run: &Run<'_>) -> Draft {
    let policy = run.policy;
    let mut draft = blank(tree, object, Outcome::Unchanged);
    let chosen = choose(tree, object, template, policy);
    (draft.report.rule, draft.report.sources) = (chosen.rule, chosen.sources);
    if let Some(cause) = chosen.skip {
        draft.report.outcome = Outcome::Skipped(cause);
        return draft;
    }
    let metadata = Metadata::of(tree, template.node);
    let surroundings = run.world.around(object.identity.namespace.as_deref(), &metadata.labels, policy, &chosen.policy);
    let istio = surroundings.istio.as_ref().map(|release| release.value);
    let wanted = Policy { istio, ..chosen.policy };
    let mut reading = facts::read(tree, template, &metadata, kind, &surroundings, &wanted);
    draft.report.sidecar =
        SidecarSeen { injection: reading.decision.clone(), mode: reading.mode.clone(), is_assumed: false };
    let reasons = reading.decision.left_alone();
    let is_unknown = reading.decision.verdict == Verdict::Unknown;
    let site = reading.site.clone();
    let locate_without_patch = |finding: &Finding| {
        let route = patch::route(template, &site, &finding.subject);
        located(tree, object, template, route, finding.clone(), &Patch::default())
    };
    let is_sound = reading.findings.iter().all(|finding| finding.severity < Severity::Error);
    let takes_back = wanted.remove && is_sound && reasons.iter().all(Reason::leaves_ours);
    if !reasons.is_empty() && !reading.facts.is_gateway && !takes_back {
        // What is said of the proxy's settings is of no use where there is none; a container that can't start is.
        let lone = reading.findings.iter().filter(|finding| finding.rule == Rule::OverrideWithoutInjection);
        draft.report.findings = lone.map(locate_without_patch).collect();
        draft.report.outcome = Outcome::LeftAlone(reasons);
        return draft;
    }
    match wanted.unknown_injection {
        // What an earlier run wrote goes, whether the pod is injected or not.
        _ if wanted.remove => draft.report.sidecar.is_assumed = is_unknown && reasons.is_empty(),
        UnknownInjection::Skip if is_unknown => {
            draft.report.outcome = Outcome::LeftAlone(reading.decision.open());
            return draft;
        }
        UnknownInjection::Fail if is_unknown => reading.findings.push(not_seen(&reading.decision)),
        UnknownInjection::Apply => draft.report.sidecar.is_assumed = is_unknown,
        UnknownInjection::Safe | UnknownInjection::Skip | UnknownInjection::Fail => {}
    }
    let plan = plan(&reading.facts, &policy_for(&reading, wanted));
    if !reasons.is_empty() && !reading.facts.is_gateway {
        let stays = !plan.changes.contains(&Change::Remove(Part::Override));
        reading.findings.retain(|finding| stays && finding.rule == Rule::OverrideWithoutInjection);
    }
    let remarks: Vec<_> = chosen.remarks.into_iter().map(|remark| choice::finding(object, template, remark)).collect();
    let found = || reading.findings.iter().chain(&plan.findings);
    let all = || found().chain(remarks.iter().map(|(_, finding)| finding));
    let is_sound = all().all(|finding| finding.severity < Severity::Error);
    let patch = if is_sound { patch::patch(template, &reading.site, &plan.changes) } else { Patch::default() };
    let locate = |finding: &Finding| {
        let route = patch::route(template, &reading.site, &finding.subject);
        located(tree, object, template, route, finding.clone(), &patch)
    };
    let mut findings: Vec<_> = found().map(locate).collect();
    findings.extend(
        remarks
            .iter()
            .map(|(route, finding)| located(tree, object, template, route.clone(), finding.clone(), &Patch::default())),
    );
    if !patch.is_empty() {
        let lowered = refuse_ambiguity(tree, object, template).and_then(|()| lower(tree, object.root, &patch));
        match lowered {
            Ok(edits) => (draft.edits, draft.patch) = (edits, patch.clone()),
            Err(refusal) => findings.push(refused_at(tree, object, template, &refusal, &patch)),
        }
    }
    let has_error = findings.iter().any(|located| located.finding.severity == Severity::Error);
    if has_error {
        draft.discard();
    }
    soften(&mut findings, chosen.refused);
    draft.report.outcome = match (has_error, draft.edits.is_empty()) {
        (true, _) => Outcome::Refused,
        (false, true) if takes_back && !reasons.is_empty() => Outcome::LeftAlone(reasons),
        (false, true) => Outcome::Unchanged,
        (false, false) if policy.check => Outcome::Lacking,
        (false, false) => Outcome::Edited,
    };
    if draft.report.outcome == Outcome::Lacking {
        draft.discard();
        let route = template.route.clone();
        findings.push(located(tree, object, template, route, not_drained(&plan.changes), &patch));
    }
    if matches!(draft.report.outcome, Outcome::Edited | Outcome::Lacking) {
        draft.report.changes = plan.changes;
    }
    draft.report.findings = findings;
    let (facts, istio) = (reading.facts, surroundings.istio);
    let explanation = Explanation { facts, istio, hook: plan.hook, numbers: plan.numbers };
    draft.report.explanation = Some(Arc::new(explanation));
    draft
}

/// The policy as it can be had for this pod. Where releases read the pod's annotation for the sidecar mode differently, an override would be merged, or
/// would stand beside a sidecar of the same name, after the next upgrade if not now: there is none then. A pin settles it.
fn policy_for(reading: &Reading, policy: Policy) -> Policy {
    let value = reading.facts.native_annotation.as_deref();
    match value {
        Some(value) if is_odd_native_annotation(value) && !policy.pins_mode() => {
            Policy { pre_stop: PreStop::None, ..policy }
        }
        _ => policy,
    }
}

/// Where only visible injection is good enough.
fn not_seen(decision: &Decision) -> Finding {
    let reasons: Vec<_> = decision.open().iter().map(Reason::sentence).collect();
    Finding {
        rule: Rule::InjectionNotSeen,
        severity: Severity::Error,
        subject: Subject::Workload,
        message: format!("it can't be seen whether this pod is injected: {}", reasons.join("; ")),
        remedy: "add the Namespace to the input, name its labels in `namespaces`, or set unknownInjection to `apply`, \
                 `safe` or `skip`"
            .to_owned(),
    }
}

/// What a workload lacks that is only looked at.
fn not_drained(changes: &[Change]) -> Finding {
    let changes: Vec<_> = changes.iter().map(ToString::to_string).collect();
    Finding {
        rule: Rule::NotDrained,
        severity: Severity::Error,
        subject: Subject::Workload,
        message: format!("needs {}", changes.join(", ")),
        remedy: "run istio-drain over it without `check`".to_owned(),
    }
}

/// Makes warnings of errors, where the policy says so.
fn soften(findings: &mut [Located], refused: Refused) {
    if refused == Refused::Warn {
        findings
            .iter_mut()
            .for_each(|located| located.finding.severity = located.finding.severity.min(Severity::Warning));
    }
}

/// Workloads in `span` that only readers of YAML 1.1 see, since they take more characters for line breaks: one refusal for each.
pub(super) fn hidden(tree: &Tree<'_>, span: Span, drafts: &[Draft], policy: &PolicySet) -> Vec<Draft> {
    let odd = tree.source.odd_line_break(span).zip(tree.roots().first());
    let Some((offset, root)) = odd else { return Vec::new() };
    let text = tree.source.with_odd_breaks_plain(span);
    // What is no YAML in that reading can't be applied by those who read it so.
    let Ok(plain) = parse_all(Source::embedded(&text)) else { return Vec::new() };
    let known = |object: &Object| drafts.iter().any(|draft| draft.report.identity == object.identity);
    let found = object::collect(&plain, |kind| policy.kinds.iter().any(|wanted| wanted.name() == kind)).into_iter();
    let refusal = Refusal { kind: RefusalKind::LineBreak, offset };
    found
        .filter(|object| kind_of(&object.identity, &policy.kinds).is_some() && !known(object))
        .map(|object| {
            let finding = refused(&refusal);
            let field = Route::default();
            let mut findings = vec![Located { finding, offset, field, current: None, proposed: None }];
            soften(&mut findings, policy.refused);
            let report = WorkloadReport {
                identity: object.identity,
                template: String::new(),
                origin: Origin::default(),
                offset,
                outcome: Outcome::Refused,
                rule: None,
                sources: Vec::new(),
                sidecar: SidecarSeen::default(),
                explanation: None,
                changes: Vec::new(),
                findings,
            };
            Draft { root: *root, patch: Patch::default(), edits: Vec::new(), report }
        })
        .collect()
}

/// A refusal of the text, as a finding.
fn refused(refusal: &Refusal) -> Finding {
    let (rule, remedy) = match &refusal.kind {
        RefusalKind::Alias => (Rule::EditInAlias, "write the value out where it is used"),
        RefusalKind::Merge => (Rule::EditInMerge, "write the merged keys out"),
        RefusalKind::DuplicateKey => (Rule::DuplicateKey, "remove one of the two"),
        RefusalKind::Tag => (Rule::UnknownTag, "remove the tag"),
        RefusalKind::ComplexKey => (Rule::ComplexKey, "use plain words or strings as keys"),
        RefusalKind::LineBreak => {
            (Rule::AmbiguousLineBreak, "write it as an escape in double quotes, or as a plain line break")
        }
        RefusalKind::Embedded(_) => (Rule::BadProxyConfig, "correct the text"),
        RefusalKind::Shape(_) | RefusalKind::Comment => (Rule::Uneditable, "make the change by hand"),
    };
    Finding {
        rule,
        severity: Severity::Error,
        subject: Subject::Workload,
        message: format!("can't be edited safely: {}", refusal.kind),
        remedy: remedy.to_owned(),
    }
}

/// A refusal at its place: the field around it, or the pod template where it stands outside of the object, as an anchor does.
fn refused_at(tree: &Tree<'_>, object: &Object, template: &PodTemplate, refusal: &Refusal, patch: &Patch) -> Located {
    let field = route_at(tree, object.node, refusal.offset);
    let route = if field.0.is_empty() { template.route.clone() } else { object.route.then(field.0) };
    let mut finding = refused(refusal);
    if refusal.kind == RefusalKind::DuplicateKey && tree.count_key(object.node, "apiVersion") > 1 {
        finding.remedy = "remove one of the two, or put a line with `---` between two objects".to_owned();
    }
    Located { offset: refusal.offset, ..located(tree, object, template, route, finding, patch) }
}

/// A value with more nodes than that is not looked at by anybody.
const SHOWN_LIMIT: usize = 25;

/// Finds the place in the text of what a finding speaks of, and what stands there and is planned for it.
fn located(
    tree: &Tree<'_>,
    object: &Object,
    template: &PodTemplate,
    route: Route,
    finding: Finding,
    patch: &Patch,
) -> Located {
    let field = field_of(object, &route);
    let offset = offset_of(tree, object.root, &route);
    // What a pod or a container is as a whole helps nobody.
    let is_field = route != template.route && finding.subject != Subject::ProxyContainer;
    let node = node_at(tree, object.root, &route).filter(|_| is_field);
    let current = node.and_then(|node| object::value(tree, node, SHOWN_LIMIT));
    let proposed = patch.at(&route).filter(|_| is_field && (node.is_none() || current.is_some()));
    let proposed = proposed.and_then(|patch| patch.applied(current.as_ref()));
    Located { finding, offset, field, current, proposed }
}

/// The way from the object on.
fn field_of(object: &Object, route: &Route) -> Route {
    Route(route.0.get(object.route.0.len()..).unwrap_or_default().to_vec())
}
