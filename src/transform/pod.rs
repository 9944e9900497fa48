//! One pod template, from its text to its plan. It is a chain of steps, and each uses the result of the previous one. A
//! step may end the chain. Then nothing is planned, and the report says why.

use std::sync::Arc;

use crate::facts::{self, Reading, is_odd_native_annotation};
use crate::istio::{Decision, Reason, Surroundings, Verdict};
use crate::kinds::Kind;
use crate::object::{Metadata, Texts};
use crate::policy::Remark;
use crate::recipe;
use crate::report::{Explanation, Outcome, SidecarSeen, WorkloadReport};
use crate::rules::{
    Finding, Severity, dead_drain_variable, duplicate_key, injection_not_seen, limit_range_hits_placeholder,
    override_without_injection, uneditable,
};
use crate::shutdown::{
    Change, Part, Placement, PodFacts, Policy, PreStop, Refused, Resources, UnknownInjection, grace_below_mesh, loss,
    plan,
};
use crate::timeline::Scenario;
use crate::workload::PodTemplate;
use crate::yaml::{Patch, Refusal};

use super::ambiguity::{ambiguity, doubled_key};
use super::bounds::MOST_FINDINGS;
use super::choice::{self, choose};
use super::filled;
use super::lower::{Draft, Planned};
use super::planning::Planning;
use super::site::{Site, soften};

/// The result of a step, or the end of the chain.
type NextStep<T> = Result<T, Box<Draft>>;

/// A pod template that was found.
pub(super) struct Pod<'t> {
    pub site: Site<'t>,
    pub template: &'t PodTemplate,
    pub kind: &'t Kind,
    pub report: WorkloadReport,
}

/// A pod template with its policy.
struct Chosen<'t> {
    pod: Pod<'t>,
    policy: Policy,
    refused: Refused,
    /// What is wrong with its annotations.
    remarks: Vec<Remark>,
}

/// A pod template whose text was read.
struct ReadPod<'t> {
    chosen: Chosen<'t>,
    surroundings: Surroundings,
    /// The annotations of the template.
    annotations: Texts,
    reading: Reading,
}

/// A pod template that must be planned.
struct Decided<'t> {
    read: ReadPod<'t>,
    /// Why only the edits of an earlier run may be removed; empty if everything may change.
    only_taken_back: Vec<Reason>,
}

impl<'t> Pod<'t> {
    /// All steps, one after the other.
    pub(super) fn draft(self, run: &Planning<'_>) -> Draft {
        let decided = self.choose(run).and_then(|chosen| chosen.read(run).decide()).and_then(Decided::settle);
        decided.map_or_else(|ended| *ended, |decided| decided.plan(run).lower())
    }

    /// Asks the policy.
    fn choose(mut self, run: &Planning<'_>) -> NextStep<Chosen<'t>> {
        let mut chosen = choose(self.site.tree, self.site.object, self.template, run.policy);
        // What is only being written holds for no pod yet.
        chosen.policy.drop_covered &= !run.policy.write_mesh;
        (self.report.rule, self.report.sources) = (chosen.rule, chosen.sources);
        match chosen.skip {
            Some(cause) => match doubled_key(self.site.tree, self.site.object, self.template) {
                Some(refusal) => self.refused(&refusal, chosen.policy.refused),
                None => self.ended(Outcome::Skipped(cause)),
            },
            None => {
                Ok(Chosen { pod: self, refused: chosen.policy.refused, policy: chosen.policy, remarks: chosen.remarks })
            }
        }
    }

    /// The end of the chain where readers read differently what decided it.
    fn refused<T>(mut self, refusal: &Refusal, refused: Refused) -> NextStep<T> {
        let finding = self.site.refused(refusal, &Patch::default());
        self.report.findings.push(finding);
        soften(&mut self.report.findings, refused);
        self.ended(Outcome::Refused)
    }

    /// The end of the chain.
    fn ended<T>(mut self, outcome: Outcome) -> NextStep<T> {
        self.report.outcome = outcome;
        Err(Box::new(Draft::idle(self.site.object.root, self.report)))
    }
}

impl<'t> Chosen<'t> {
    /// Reads the template, and the facts about its namespace and mesh.
    fn read(mut self, run: &Planning<'_>) -> ReadPod<'t> {
        let Pod { site: Site { tree, object, .. }, template, kind, .. } = self.pod;
        let metadata = Metadata::of(tree, template.node);
        let namespace = object.identity.namespace.as_deref();
        let mut surroundings = run.world.around(namespace, &metadata.labels, run.policy, &self.policy);
        surroundings.shown = run.shown.of_owner(&object.identity, run.policy.default_namespace.as_deref()).cloned();
        let shown = surroundings.shown.as_ref().and_then(|shown| shown.istio.clone());
        surroundings.istio = surroundings.istio.or(shown);
        self.policy.kubernetes = self.policy.kubernetes.or_else(|| run.world.oldest_node());
        self.policy.istio = surroundings.istio.as_ref().map(|release| release.value);
        let reading = facts::read(tree, object, template, &metadata, kind, &surroundings, &self.policy);
        self.pod.report.sidecar =
            SidecarSeen { injection: reading.decision.clone(), mode: reading.mode.clone(), is_assumed: false };
        ReadPod { chosen: self, surroundings, annotations: metadata.annotations, reading }
    }
}

impl<'t> ReadPod<'t> {
    /// Decides whether the template must be planned.
    fn decide(mut self) -> NextStep<Decided<'t>> {
        let reasons = self.reading.decision.left_alone();
        let is_unknown = self.reading.decision.verdict == Verdict::Unknown;
        let is_sound = self.reading.findings.iter().all(|finding| finding.severity < Severity::Error);
        let may_take_back = self.chosen.policy.remove && is_sound && reasons.iter().all(Reason::leaves_ours);
        let facts = &self.reading.facts;
        let only_taken_back = if facts.is_gateway || facts.is_ambient { Vec::new() } else { reasons };
        if !only_taken_back.is_empty() && !may_take_back {
            // What is said of the proxy's settings helps nobody where there is none; a container that can't start does.
            // So does a variable of a gateway that nothing reads.
            let is_gateway = only_taken_back == [Reason::Gateway];
            let lone = self.reading.findings.iter().filter(|finding| {
                [&override_without_injection::RULE, &uneditable::RULE, &duplicate_key::RULE].contains(&finding.rule)
                    || is_gateway && *finding.rule == dead_drain_variable::RULE
            });
            let locate = |finding: &Finding| {
                let route = recipe::route(self.chosen.pod.template, &self.reading.slots, &finding.subject);
                self.chosen.pod.site.located(&route, finding.clone(), &Patch::default())
            };
            self.chosen.pod.report.findings = lone.map(locate).collect();
            soften(&mut self.chosen.pod.report.findings, self.chosen.refused);
            let Pod { site, template, .. } = &self.chosen.pod;
            let is_bare = only_taken_back == [Reason::NoContainers];
            let refusal = if is_bare {
                ambiguity(site.tree, site.object, template)
            } else {
                doubled_key(site.tree, site.object, template)
            };
            // A key that is there twice may hide the containers, or what would be a reason to edit them.
            return match refusal {
                Some(refusal) => self.chosen.pod.refused(&refusal, self.chosen.refused),
                None => self.chosen.pod.ended(Outcome::LeftAlone(only_taken_back)),
            };
        }
        let is_assumed = match self.chosen.policy.unknown_injection {
            // An ambient pod gets no sidecar, whatever is known of its namespace.
            _ if self.reading.facts.is_ambient => false,
            // The edits of an earlier run are removed, whether the pod is injected or not.
            _ if self.chosen.policy.remove => is_unknown && only_taken_back.is_empty(),
            UnknownInjection::Skip if is_unknown => {
                return self.chosen.pod.ended(Outcome::LeftAlone(self.reading.decision.open()));
            }
            UnknownInjection::Fail if is_unknown => {
                self.reading.findings.push(not_seen(&self.reading.decision));
                false
            }
            UnknownInjection::Apply => is_unknown,
            UnknownInjection::Safe | UnknownInjection::Skip | UnknownInjection::Fail => false,
        };
        self.chosen.pod.report.sidecar.is_assumed = is_assumed;
        Ok(Decided { read: self, only_taken_back })
    }
}

impl<'t> Decided<'t> {
    /// Whether everything that the plan uses is known already.
    fn settle(mut self) -> NextStep<Self> {
        let pod = &mut self.read.chosen.pod;
        let unknown = filled::by_flux(pod.site.tree, pod.template);
        if unknown.is_empty() {
            return Ok(self);
        }
        let located = unknown.into_iter().map(|(route, finding)| pod.site.located(&route, finding, &Patch::default()));
        pod.report.findings = located.collect();
        self.read.chosen.pod.ended(Outcome::Variable)
    }

    /// Computes the changes, and gives every finding its place.
    fn plan(self, run: &Planning<'_>) -> Planned<'t> {
        let Self { read: ReadPod { chosen, surroundings, annotations, mut reading }, only_taken_back } = self;
        let Chosen { pod: Pod { site, template, mut report, .. }, policy, refused, remarks } = chosen;
        let scenario = Scenario::of(&policy);
        let policy = policy_for(&reading, policy);
        let plan = plan(&reading.facts, &policy);
        let loss = run.policy.check.then(|| loss(&reading.facts, &policy, &plan.changes, None));
        let below = run.policy.check.then(|| grace_below_mesh(&reading.facts, &policy));
        reading.findings.extend(below.flatten());
        if !only_taken_back.is_empty() {
            let stays = !plan.changes.contains(&Change::Remove(Part::Override));
            reading.findings.retain(|finding| stays && finding.rule == &override_without_injection::RULE);
        }
        let remarks: Vec<_> =
            remarks.into_iter().map(|remark| choice::finding(site.object, template, remark)).collect();
        let found = || reading.findings.iter().chain(&plan.findings);
        let mut all = found().chain(remarks.iter().map(|(_, finding)| finding));
        let is_sound = all.all(|finding| finding.severity < Severity::Error);
        let patch = if is_sound { recipe::patch(template, &reading.slots, &plan.changes) } else { Patch::default() };
        let locate = |finding: &Finding| {
            let route = recipe::route(template, &reading.slots, &finding.subject);
            site.located(&route, finding.clone(), &patch)
        };
        // With more of them the run ends, and each costs a walk through what stands beside it.
        report.findings = found().take(MOST_FINDINGS + 1).map(locate).collect();
        let others = remarks.into_iter().chain(reading.misplaced).take(MOST_FINDINGS + 1);
        report.findings.extend(others.map(|(route, finding)| site.located(&route, finding, &Patch::default())));
        let limits = filled_by_limit_ranges(&reading.facts, &plan.changes, &annotations, &surroundings, run);
        report.findings.extend(limits.map(|finding| site.located(&template.route, finding, &Patch::default())));
        let set = filled::by_kpt(site.tree, template, &patch).into_iter();
        report.findings.extend(set.map(|(route, finding)| site.located(&route, finding, &patch)));
        let ambiguity = match patch.is_empty() {
            true => doubled_key(site.tree, site.object, template),
            false => ambiguity(site.tree, site.object, template),
        };
        report.explanation = Some(Arc::new(Explanation {
            facts: reading.facts,
            scenario,
            istio: surroundings.istio,
            assumed: plan.assumed,
            hook: plan.hook,
            numbers: plan.numbers,
        }));
        let untouched =
            if only_taken_back.is_empty() { Outcome::Unchanged } else { Outcome::LeftAlone(only_taken_back) };
        Planned { site, patch, ambiguity, changes: plan.changes, untouched, loss, refused, report }
    }
}

/// The policy as it can be had for this pod. Where releases read the pod's annotation for the sidecar mode differently,
/// an override would be merged, or would stand beside a sidecar of the same name, after the next upgrade if not now:
/// there is none then. A pin settles it.
fn policy_for(reading: &Reading, policy: Policy) -> Policy {
    let value = reading.facts.native_annotation.as_deref();
    match value {
        Some(value) if is_odd_native_annotation(value) && !policy.pins_mode() => {
            Policy { pre_stop: PreStop::None, ..policy }
        }
        _ => policy,
    }
}

/// What LimitRanges fill in at the placeholder for istio-proxy, where the pod has one in the end.
fn filled_by_limit_ranges(
    facts: &PodFacts,
    changes: &[Change],
    annotations: &Texts,
    surroundings: &Surroundings,
    run: &Planning<'_>,
) -> Option<Finding> {
    let has_hook = changes.iter().any(|change| matches!(change, Change::Hook(_)));
    let present = match &facts.proxy {
        Placement::Absent if has_hook => None,
        Placement::Container(present) if !changes.contains(&Change::Remove(Part::Override)) => {
            present.resources.as_ref()
        }
        _ => return None,
    };
    let written = changes.iter().find_map(|change| match change {
        Change::Resources(resources) => Some(resources),
        _ => None,
    });
    let is_in_manifest = written.is_none() && present.is_some();
    let none = Resources::default();
    let Resources { requests, limits } = written.or(present).unwrap_or(&none);
    let default = run.policy.default_namespace.as_deref();
    let ranges = run.world.limit_ranges_of(surroundings.namespace.as_deref(), default);
    let fills = ranges.map(|range| (range.name.as_str(), range.defaults.fill(requests, limits)));
    let fills: Vec<_> = fills.filter(|(_, fills)| !fills.is_empty()).collect();
    (!fills.is_empty()).then(|| limit_range_hits_placeholder::found(&fills, &asked(annotations), is_in_manifest))
}

/// What the pod's annotations ask for the proxy (istio/api `annotation/annotations.gen.go`), as names and quantities of
/// requests and of limits.
fn asked(annotations: &Texts) -> [Vec<(&'static str, &str)>; 2] {
    let of = |names: [(&'static str, &str); 2]| {
        let found = names
            .into_iter()
            .filter_map(|(name, key)| Some((name, annotations.get(&format!("sidecar.istio.io/{key}"))?.as_str())));
        found.collect()
    };
    [
        of([("cpu", "proxyCPU"), ("memory", "proxyMemory")]),
        of([("cpu", "proxyCPULimit"), ("memory", "proxyMemoryLimit")]),
    ]
}

/// The finding if the policy requires visible injection.
fn not_seen(decision: &Decision) -> Finding {
    let reasons: Vec<_> = decision.open().iter().map(Reason::sentence).collect();
    injection_not_seen::refused(&reasons.join("; "))
}
