//! The findings of the plan. They are few, the same on every run, and name their remedy.

mod app_calls;
mod apps;
mod hooks;
mod lifetime;
mod settings;

use crate::rules::{drain_beyond_apps, drain_without_effect, grace_beyond_cover, hook_eats_grace};

use super::app_hooks::AppHooks;
use super::numbers::{KUBELET_MINIMUM, Numbers};
use super::pod_draft::PodDraft;
use super::{Finding, Grace, PodFacts, Policy, needs};

/// All remarks on a pod that is planned for: on its apps, on the hook of the proxy, on its settings, on the grace
/// period.
pub(super) fn all(draft: &PodDraft<'_>) -> Vec<Finding> {
    let PodDraft { facts, policy, apps, numbers, .. } = *draft;
    let mut findings = apps::all(facts, policy, apps);
    findings.extend(hooks::all(draft));
    findings.extend(app_calls::all(facts, policy, numbers));
    findings.extend(settings::all(draft));
    findings.extend(beyond_cover(draft));
    findings.extend(drain_alone(draft));
    findings.extend(eats_grace(facts, apps, numbers));
    findings.extend(lifetime::all(facts, numbers));
    findings
}

/// The remarks on a pod without a sidecar.
pub(super) fn apps(facts: &PodFacts, policy: &Policy, apps: &AppHooks) -> Vec<Finding> {
    apps::all(facts, policy, apps)
}

/// The finding about the part of the grace period without a proxy, if no `drain` covers it.
fn beyond_cover(draft: &PodDraft<'_>) -> Option<Finding> {
    let PodDraft { facts, policy, apps, numbers, .. } = *draft;
    let Grace::Explicit(grace) = facts.grace else { return None };
    let stays = numbers.cover()?;
    let usable = grace.minus(policy.margin);
    let is_stated = [policy.drain, policy.cover, policy.longest_request].iter().any(Option::is_some) || policy.exact;
    let is_within = usable <= apps.longest + needs::cover(policy) || stays >= usable;
    if is_stated || is_within || facts.is_gateway || numbers.hook.is_none() {
        return None;
    }
    Some(grace_beyond_cover::found(grace, usable, stays, numbers.exits_on_idle))
}

/// Findings on a stated `drain`: it has no effect if the proxy stays longer anyway, and does not help requests whose
/// app is gone.
fn drain_alone(draft: &PodDraft<'_>) -> Option<Finding> {
    let PodDraft { facts, policy, apps, numbers, .. } = *draft;
    let drain = policy.drain?;
    if let Some(stays) = numbers.cover().filter(|stays| *stays > drain) {
        return Some(drain_without_effect::found(drain, stays));
    }
    let until = apps.longest + policy.app_shutdown;
    let is_enough = drain <= until || facts.is_gateway || policy.longest_request.is_some();
    (!is_enough && apps.all_known).then(|| drain_beyond_apps::found(drain, until))
}

fn eats_grace(facts: &PodFacts, apps: &AppHooks, numbers: &Numbers) -> Option<Finding> {
    let grace = numbers.grace_in_force(facts.grace);
    let container = apps.container?;
    let longest = apps.longest;
    if grace.minus(longest) >= KUBELET_MINIMUM {
        return None;
    }
    let is_proxy_gone = numbers.cover().is_some_and(|cover| cover <= longest);
    let times = [longest, grace, KUBELET_MINIMUM];
    Some(hook_eats_grace::found(container, times, is_proxy_gone, numbers.grace.is_some()))
}
