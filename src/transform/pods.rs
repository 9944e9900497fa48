//! Pods that run, held against the workloads that made them: what pods of one owner have in common is reported once.

use std::collections::HashMap;

use crate::object::Identity;
use crate::report::{Located, Outcome, WorkloadReport};
use crate::rules::{Confidence, Finding, Rule, not_drained, rollout_pending};
use crate::shutdown::{AppHook, PodFacts, ProxyHook};
use crate::yaml::Place;

/// An object, whatever the version of its group: group, kind, namespace and name.
pub(super) type Key = [String; 4];

pub(super) fn key(identity: &Identity, default_namespace: Option<&str>) -> Key {
    let group = identity.group().unwrap_or_default();
    let namespace = identity.namespace.as_deref().or(default_namespace).unwrap_or_default();
    [group, identity.kind.clone(), namespace.to_owned(), identity.name.clone()]
}

/// What pods of one owner have in common.
#[derive(PartialEq, Eq, Hash)]
struct Common {
    owner: Key,
    is_pending: bool,
    rule: &'static Rule,
    message: String,
    field: String,
}

/// A finding: the number of its report, and its number there.
type At = (usize, usize);

/// Tells each finding of pods of one owner once: at the owner, where it is among the reports, or else at the first pod.
pub(super) fn merge_pods<'r>(
    reports: impl IntoIterator<Item = &'r mut WorkloadReport>,
    default_namespace: Option<&str>,
) {
    let mut reports: Vec<_> = reports.into_iter().collect();
    if reports.iter().all(|report| report.running.is_none()) {
        return;
    }
    let written = reports.iter().enumerate().filter(|(_, report)| report.running.is_none());
    let owners: HashMap<Key, usize> =
        written.map(|(at, report)| (key(&report.identity, default_namespace), at)).collect();
    let owner_of = |report: &WorkloadReport| {
        let owner = report.running.as_ref()?.owner.as_ref()?;
        Some(key(owner, default_namespace))
    };
    let differing: Vec<_> = reports
        .iter()
        .enumerate()
        .filter_map(|(at, pod)| Some((at, pending(pod, reports.get(*owners.get(&owner_of(pod)?)?)?)?)))
        .collect();
    for (at, finding) in differing {
        if let Some(pod) = reports.get_mut(at) {
            pod.findings.push(Located::at(Place { offset: pod.offset, ..Place::default() }, finding));
        }
    }
    let mut places: HashMap<Common, usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for (number, report) in reports.iter().enumerate() {
        let Some(owner) = owner_of(report) else { continue };
        let is_pending = report.findings.iter().any(|located| located.finding.rule == &rollout_pending::RULE);
        for (at, located) in report.findings.iter().enumerate() {
            let Located { finding, place, .. } = located;
            let common = Common {
                owner: owner.clone(),
                is_pending,
                rule: finding.rule,
                message: finding.message.clone(),
                field: place.route.to_string(),
            };
            let place = *places.entry(common).or_insert_with(|| {
                groups.push(Group { owner: owners.get(&owner).copied(), is_pending, found: Vec::new() });
                groups.len() - 1
            });
            groups.get_mut(place).into_iter().for_each(|group| group.found.push((number, at)));
        }
    }
    let mut told: Vec<At> = Vec::new();
    groups.iter().for_each(|group| group.tell(&mut reports, &mut told));
    drop_told(&mut reports, told);
}

/// A finding of some pods of one owner.
struct Group {
    /// The number of the owner's report.
    owner: Option<usize>,
    /// The pods are not what their owner makes now.
    is_pending: bool,
    found: Vec<At>,
}

impl Group {
    /// Puts it to one place, and notes where it needs no longer be told.
    fn tell(&self, reports: &mut [&mut WorkloadReport], told: &mut Vec<At>) {
        let Some(first) = self.found.first().copied() else { return };
        let reports_of = self.found.iter().filter_map(|(number, _)| reports.get(*number));
        let pods: Vec<_> = reports_of.map(|report| report.identity.name.clone()).collect();
        let Some(finding) = finding_at(reports, first).map(|located| located.finding.clone()) else { return };
        let is_loss = finding.rule == &not_drained::RULE;
        let mut is_mended = false;
        if let Some(owner) = self.owner.and_then(|owner| reports.get_mut(owner)) {
            let is_same = |located: &&mut Located| located.finding.rule == finding.rule && located.pods.is_empty();
            let is_known = |finding: &Finding| finding.confidence() != Confidence::Style;
            let own = owner.findings.iter_mut().find(is_same);
            is_mended = is_loss && self.is_pending && own.as_ref().is_none_or(|own| !is_known(&own.finding));
            match own.filter(|own| !self.is_pending && (is_loss || own.finding.message == finding.message)) {
                Some(own) => {
                    own.finding = finding.seen_in_pods(&pods, own.finding.remedy.clone());
                    own.pods = pods;
                    return told.extend(&self.found);
                }
                // Somebody suppresses it at the owner.
                None if is_loss && !self.is_pending && owner.outcome == Outcome::Lacking => {
                    return told.extend(&self.found);
                }
                None => {}
            }
        }
        told.extend(self.found.iter().skip(1));
        let located = reports.get_mut(first.0).and_then(|report| report.findings.get_mut(first.1));
        let Some(located) = located else { return };
        let remedy = if is_mended { not_drained::MENDED.to_owned() } else { finding.remedy.clone() };
        located.finding = match pods.len() {
            0 | 1 => finding.mended_by(remedy),
            _ => finding.seen_in_pods(&pods, String::new()).mended_by(remedy),
        };
        located.pods = if pods.len() > 1 { pods } else { Vec::new() };
    }
}

fn finding_at<'r>(reports: &'r [&mut WorkloadReport], (number, at): At) -> Option<&'r Located> {
    reports.get(number)?.findings.get(at)
}

/// Removes findings that are reported elsewhere.
fn drop_told(reports: &mut [&mut WorkloadReport], mut told: Vec<At>) {
    told.sort_unstable();
    for (number, at) in told.into_iter().rev() {
        if let Some(report) = reports.get_mut(number) {
            report.findings.remove(at);
        }
    }
}

/// What a pod runs with that its owner no longer says.
fn pending(pod: &WorkloadReport, owner: &WorkloadReport) -> Option<Finding> {
    if matches!(pod.outcome, Outcome::LeftAlone(_) | Outcome::Skipped(_)) {
        return None;
    }
    let runs = &pod.explanation.as_ref()?.facts;
    let written = pod.running.as_ref()?.written.as_ref()?;
    let differences = differences(written, runs, &owner.explanation.as_ref()?.facts);
    let Identity { kind, namespace, name, .. } = &owner.identity;
    let owner = [kind, namespace.as_deref().unwrap_or_default(), name];
    (!differences.is_empty()).then(|| rollout_pending::found(owner, &differences))
}

/// What differs between what a pod was made of and the template that there is now, as far as the shutdown goes.
fn differences(written: &PodFacts, runs: &PodFacts, template: &PodFacts) -> Vec<String> {
    fn set<T: ToString + PartialEq>(name: &str, one: &Option<T>, other: &Option<T>) -> Option<String> {
        let text = |value: &Option<T>| value.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
        (one != other).then(|| format!("{name} is {} instead of {}", text(one), text(other)))
    }
    let seconds = |facts: &PodFacts| Some(facts.grace.effective());
    let (one, other) = (&written.settings, &template.settings);
    let mut all: Vec<_> = [
        set("terminationGracePeriodSeconds", &seconds(written), &seconds(template)),
        set("terminationDrainDuration", &one.drain.own, &other.drain.own),
        set("drainDuration", &one.drain_duration.own, &other.drain_duration.own),
        set("EXIT_ON_ZERO_ACTIVE_CONNECTIONS", &one.exit_on_idle.own, &other.exit_on_idle.own),
        set("MINIMUM_DRAIN_DURATION", &one.minimum.own, &other.minimum.own),
    ]
    .into_iter()
    .flatten()
    .collect();
    let hook_of = |facts: &PodFacts, name: &str| {
        let hook = facts.app_hooks.iter().find(|hook| hook.container == name);
        let is_bare = || facts.hookless_apps.iter().any(|app| app.container == name);
        hook.cloned().map(Some).or_else(|| is_bare().then_some(None))
    };
    let names = template.app_hooks.iter().map(|hook| &hook.container);
    for name in names.chain(template.hookless_apps.iter().map(|app| &app.container)) {
        let (Some(one), Some(other)) = (hook_of(written, name), hook_of(template, name)) else { continue };
        let asks = |hook: &Option<AppHook>| hook.as_ref().is_some_and(AppHook::asks_over_network);
        // The injector sends such hooks through the agent.
        if !(asks(&one) && asks(&other)) {
            let text = |hook: Option<AppHook>| hook.map(|hook| hook.to_string());
            all.extend(set(&format!("the preStop hook of container `{name}`"), &text(one), &text(other)));
        }
    }
    let hook = |facts: &PodFacts| match facts.proxy.present().map(|present| &present.hook) {
        None | Some(ProxyHook::None) => None,
        Some(ProxyHook::Exec(command)) => Some(command.join(" ")),
        Some(ProxyHook::Other(_)) => Some("a handler other than exec".to_owned()),
    };
    let wanted = hook(template);
    if hook(runs) != wanted {
        all.extend(set("the preStop hook that the manifest gives istio-proxy", &hook(written), &wanted));
    }
    all
}
