//! Pods that run: what the cluster will do with them as they are. They are never edited; their owners have to be.

use std::sync::Arc;

use crate::facts::{self, Running, RunningProxy, owner};
use crate::istio::{Decision, Reason, Surroundings, Verdict};
use crate::kinds::Kind;
use crate::object::{Identity, Metadata, Object};
use crate::recipe;
use crate::report::{Explanation, Outcome, RunningPod, SidecarSeen, WorkloadReport};
use crate::rules::{Confidence, Finding, hook_awaits_apps};
use crate::shutdown::{PodFacts, Policy, failing_hook, loss, plan};
use crate::timeline::Scenario;
use crate::workload::{PodTemplate, kind_of};
use crate::yaml::{Patch, Tree};

use super::choice::choose_as;
use super::lower::Draft;
use super::planning::Planning;
use super::site::{self, Site};

/// Reads a pod, and says what it loses.
pub(super) fn draft(tree: &Tree<'_>, object: &Object, running: &Running, run: &Planning<'_>) -> Draft {
    let mut report = site::report(tree, object, Outcome::Unchanged);
    let owner = owner(tree, object.node, object.identity.namespace.as_deref());
    let made_by = owner.clone().unwrap_or_else(|| object.identity.clone());
    let template = PodTemplate { node: tree.resolve(object.node), route: object.route.clone(), lacks_metadata: false };
    let chosen = choose_as(&made_by, tree, object, &template, run.policy);
    (report.rule, report.sources) = (chosen.rule, chosen.sources);
    report.running = Some(RunningPod { owner, written: None });
    report.outcome = match (chosen.skip, &running.proxy) {
        (Some(cause), _) => Outcome::Skipped(cause),
        (None, _) if running.end == Some(Reason::Ended) => Outcome::LeftAlone(vec![Reason::Ended]),
        (None, None) => Outcome::LeftAlone(vec![running.end.clone().unwrap_or(Reason::NoSidecar)]),
        (None, Some(proxy)) => {
            let pod =
                ProxiedPod { site: Site { tree, object, route: &template.route }, template: &template, running, proxy };
            pod.explain(&mut report, chosen.policy, &made_by, run)
        }
    };
    Draft { template: Some(template.route), ..Draft::idle(object.root, report) }
}

/// A pod that has a proxy.
struct ProxiedPod<'t> {
    site: Site<'t>,
    template: &'t PodTemplate,
    running: &'t Running,
    proxy: &'t RunningProxy,
}

impl ProxiedPod<'_> {
    /// Works out what becomes of it, and tells what it loses.
    fn explain(
        &self,
        report: &mut WorkloadReport,
        mut policy: Policy,
        made_by: &Identity,
        run: &Planning<'_>,
    ) -> Outcome {
        let Site { tree, object, .. } = self.site;
        let metadata = Metadata::of(tree, self.template.node);
        let kinds: Vec<_> = Kind::all().collect();
        let Some(kind) = kind_of(made_by, &kinds).or_else(|| kind_of(&object.identity, &kinds)) else {
            return Outcome::Unchanged;
        };
        let mut around = run.world.around(object.identity.namespace.as_deref(), &metadata.labels, run.policy, &policy);
        around.istio = self.proxy.istio.clone().or(around.istio);
        policy.istio = around.istio.as_ref().map(|release| release.value);
        policy.kubernetes = policy.kubernetes.or_else(|| run.world.oldest_node());
        let read = facts::read(tree, object, self.template, &metadata, kind, &around, &policy);
        let left_alone = self.left_alone(&read.decision);
        let mut loses = false;
        let (reading, written) = self.running.reading(read);
        let injection = Decision { verdict: Verdict::Injected, ..reading.decision };
        report.sidecar = SidecarSeen { injection, mode: reading.mode.clone(), is_assumed: false };
        let planned = plan(&written, &policy);
        if left_alone.is_empty() {
            let fails = failing_hook(&reading.facts, &policy);
            let fails = fails.filter(|fails| planned.findings.iter().all(|finding| finding.rule != fails.rule));
            let found = reading.findings.into_iter().chain(planned.findings).chain(fails);
            let found = found.filter(|finding| !finding.speaks_of_plan() && !is_refuted(finding, &reading.facts));
            let lost = loss(&reading.facts, &policy, &planned.changes, Some(&to_edit(made_by)));
            let lost = Some(lost).filter(|lost| !planned.changes.is_empty() && lost.confidence() != Confidence::Style);
            loses = lost.is_some();
            let locate = |finding: Finding| {
                let route = recipe::route(self.template, &reading.slots, &finding.subject);
                self.site.located(&route, finding, &Patch::default())
            };
            report.findings = found.chain(lost).map(locate).collect();
        }
        report.changes = planned.changes;
        report.explanation = Some(Arc::new(explanation(reading.facts, &policy, &around)));
        if let Some(running) = &mut report.running {
            running.written = Some(Arc::new(written));
        }
        match (left_alone.is_empty(), loses) {
            (false, _) => Outcome::LeftAlone(left_alone),
            (true, false) => Outcome::Unchanged,
            (true, true) => Outcome::Lacking,
        }
    }

    /// Why nothing is reported about it; nothing where it has a sidecar of a kind that is known, and runs.
    fn left_alone(&self, decision: &Decision) -> Vec<Reason> {
        let is_told = |reason: &Reason| matches!(reason, Reason::OtherTemplate { .. }) && self.proxy.is_proxyless;
        let gateway = self.proxy.is_gateway.then_some(Reason::Gateway);
        self.running
            .end
            .clone()
            .into_iter()
            .chain(gateway)
            .chain(decision.left_alone().into_iter().filter(is_told))
            .collect()
    }
}

/// A finding that assumes what the pod shows to be otherwise: its image has a shell.
fn is_refuted(finding: &Finding, facts: &PodFacts) -> bool {
    let is_distroless = facts.settings.image_type.in_force().is_some_and(|name| name == "distroless");
    finding.rule == &hook_awaits_apps::RULE && !is_distroless
}

/// What has to be edited: the owner, or what a pod without one was made of.
fn to_edit(made_by: &Identity) -> String {
    match made_by.kind.as_str() {
        "Pod" => "the manifest that the pod was made of".to_owned(),
        _ => made_by.to_string(),
    }
}

fn explanation(facts: PodFacts, policy: &Policy, around: &Surroundings) -> Explanation {
    Explanation {
        facts,
        scenario: Scenario::of(policy),
        istio: around.istio.clone(),
        assumed: Default::default(),
        hook: None,
        numbers: None,
    }
}
