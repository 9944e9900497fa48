//! One workload: from its text to its edits.

use crate::facts::{self, Reading};
use crate::istio::{self, Reason};
use crate::object::{self, Object};
use crate::patch;
use crate::policy::{PolicySet, Refused};
use crate::protocol::Origin;
use crate::report::{Located, Outcome, WorkloadReport, offset_of};
use crate::shutdown::{Finding, Rule, Severity, Subject, plan};
use crate::workload::{PodTemplate, is_workload_kind, locate};
use crate::yaml::{Edit, NodeId, Patch, Refusal, RefusalKind, Resolved, Route, Source, Span, Tree, lower, parse_all};

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

/// Plans one workload.
pub(super) fn draft(tree: &Tree<'_>, object: &Object, policy: &PolicySet) -> Draft {
    let at = tree.node(object.node).span;
    let report = WorkloadReport {
        identity: object.identity.clone(),
        origin: Origin::of(tree, object.node, unit_start(tree, object)),
        offset: at.start(),
        outcome: Outcome::Unchanged,
        changes: Vec::new(),
        findings: Vec::new(),
    };
    let mut draft = Draft { root: object.root, patch: Patch::default(), edits: Vec::new(), report };
    let Some(template) = locate(tree, object) else {
        draft.report.outcome = Outcome::LeftAlone(vec![Reason::NoContainers]);
        return draft;
    };
    let reading = facts::read(tree, &template, object.identity.namespace.as_deref());
    let reasons = istio::left_alone(&reading.identity);
    if !reasons.is_empty() {
        draft.report.outcome = Outcome::LeftAlone(reasons);
        return draft;
    }
    let plan = plan(&reading.facts, &policy.policy);
    let mut findings: Vec<_> = reading
        .findings
        .iter()
        .chain(&plan.findings)
        .cloned()
        .map(|finding| locate_finding(tree, object, &template, &reading, finding))
        .collect();
    let patch = patch::patch(&template, &reading.site, &plan.changes);
    let is_sound = findings.iter().all(|located: &Located| located.finding.severity < Severity::Error);
    if is_sound && !patch.is_empty() {
        let lowered = refuse_ambiguity(tree, object).and_then(|()| lower(tree, object.root, &patch));
        match lowered {
            Ok(edits) => (draft.edits, draft.patch) = (edits, patch),
            Err(refusal) => findings.push(refused(&refusal)),
        }
    }
    let has_error = findings.iter().any(|located| located.finding.severity == Severity::Error);
    if has_error {
        draft.discard();
    }
    soften(&mut findings, policy);
    draft.report.outcome = match (has_error, draft.edits.is_empty()) {
        (true, _) => Outcome::Refused,
        (false, true) => Outcome::Unchanged,
        (false, false) => Outcome::Edited,
    };
    if draft.report.outcome == Outcome::Edited {
        draft.report.changes = plan.changes;
    }
    draft.report.findings = findings;
    draft
}

/// Makes warnings of errors, where the policy says so.
fn soften(findings: &mut [Located], policy: &PolicySet) {
    if policy.refused == Refused::Warn {
        findings
            .iter_mut()
            .for_each(|located| located.finding.severity = located.finding.severity.min(Severity::Warning));
    }
}

/// Comments that speak of the object start where its document does.
fn unit_start(tree: &Tree<'_>, object: &Object) -> usize {
    let start = tree.node(object.root).span.start();
    let before = tree.source.text().get(..start).unwrap_or_default();
    before.rfind("\n---").map_or(0, |at| at + 1)
}

/// An object that readers see differently is not edited: one with two kinds, or with characters that are line breaks for some.
fn refuse_ambiguity(tree: &Tree<'_>, object: &Object) -> Result<(), Refusal> {
    let span = tree.node(object.node).span;
    // New lines go behind its last one, and behind what may be a blank line to some readers only.
    let behind = tree.source.text().get(span.end()..).unwrap_or_default();
    let mut lines = behind.split_inclusive('\n');
    let last = lines.next().map_or(0, str::len);
    let behind = last + lines.next().filter(|line| line.trim().is_empty()).map_or(0, str::len);
    if let Some(offset) = tree.source.odd_line_break(Span { start: span.start, end: span.end + behind as u32 }) {
        return Err(Refusal { kind: RefusalKind::LineBreak, offset });
    }
    if ["apiVersion", "kind"].iter().any(|key| tree.count_key(object.node, key) > 1) {
        return Err(Refusal { kind: RefusalKind::DuplicateKey, offset: span.start() });
    }
    let tagged = |key: &&str| tree.get(object.node, key).filter(|value| tree.scalar(*value) == Some(Resolved::Tagged));
    if let Some(value) = ["apiVersion", "kind"].iter().find_map(tagged) {
        return Err(Refusal { kind: RefusalKind::Tag, offset: tree.node(value).span.start() });
    }
    Ok(())
}

/// Workloads in `span` that only readers of YAML 1.1 see, since they take more characters for line breaks: one refusal for each.
pub(super) fn hidden(
    tree: &Tree<'_>,
    span: Span,
    drafts: &[Draft],
    policy: &PolicySet,
    is_selected: impl Fn(&Object) -> bool,
) -> Vec<Draft> {
    let odd = tree.source.odd_line_break(span).zip(tree.roots().first());
    let Some((offset, root)) = odd else { return Vec::new() };
    let text = tree.source.with_odd_breaks_plain(span);
    // What is no YAML in that reading can't be applied by those who read it so.
    let Ok(plain) = parse_all(Source::embedded(&text)) else { return Vec::new() };
    let known = |object: &Object| drafts.iter().any(|draft| draft.report.identity == object.identity);
    let found = object::collect(&plain, is_workload_kind).into_iter();
    let refusal = Refusal { kind: RefusalKind::LineBreak, offset };
    found
        .filter(|object| is_selected(object) && !known(object))
        .map(|object| {
            let mut findings = vec![refused(&refusal)];
            soften(&mut findings, policy);
            let report = WorkloadReport {
                identity: object.identity,
                origin: Origin::default(),
                offset,
                outcome: Outcome::Refused,
                changes: Vec::new(),
                findings,
            };
            Draft { root: *root, patch: Patch::default(), edits: Vec::new(), report }
        })
        .collect()
}

/// A refusal of the text, as a finding.
fn refused(refusal: &Refusal) -> Located {
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
    let finding = Finding {
        rule,
        severity: Severity::Error,
        subject: Subject::Workload,
        message: format!("can't be edited safely: {}", refusal.kind),
        remedy: remedy.to_owned(),
    };
    Located { finding, offset: refusal.offset, field: String::new() }
}

/// Finds the place in the text of what a finding speaks of.
fn locate_finding(
    tree: &Tree<'_>,
    object: &Object,
    template: &PodTemplate,
    reading: &Reading,
    finding: Finding,
) -> Located {
    let route = patch::route(template, &reading.site, &finding.subject);
    let field = Route(route.0.get(object.route.0.len()..).unwrap_or_default().to_vec());
    let offset = offset_of(tree, object.root, &route);
    Located { finding, offset, field: field.to_string() }
}
