//! What the plan has to tell: findings that are few, true on every run, and name their remedy.

mod apps;
mod hooks;
mod lifetime;
mod settings;

use super::app_hooks::AppHooks;
use super::hook_choice::HookChoice;
use super::numbers::{KUBELET_MINIMUM, Numbers};
use super::{Finding, Grace, PodFacts, Policy, Rule, Seconds, Severity, Subject, needs};

/// The one remark on a pod that is left to die fast.
pub(super) fn dies_on_purpose(grace: Seconds) -> Finding {
    Finding {
        rule: Rule::DiesOnPurpose,
        severity: Severity::Info,
        subject: Subject::GracePeriod,
        message: format!(
            "the grace period is {grace} and no container has a preStop hook: the pod is left to die fast"
        ),
        remedy: "set drain for it if it is meant to shut down gracefully".to_owned(),
    }
}

/// The one remark on a gateway that nobody said a drain for.
pub(super) fn gateway_without_drain() -> Finding {
    Finding {
        rule: Rule::GatewayWithoutDrain,
        severity: Severity::Info,
        subject: Subject::Workload,
        message: "how long this gateway has to drain is not known, so it is left as it is".to_owned(),
        remedy: "set drain to the longest request plus the time that the load balancer takes to notice".to_owned(),
    }
}

/// The one remark on a removal.
pub(super) fn grace_kept(grace: Seconds) -> Finding {
    Finding {
        rule: Rule::GraceKept,
        severity: Severity::Info,
        subject: Subject::GracePeriod,
        message: format!("the grace period stays at {grace}: what it was before is not known"),
        remedy: "lower it by hand if nothing else needs it".to_owned(),
    }
}

/// All remarks on a pod that is planned for: on its apps, on the hook of the proxy, on its settings, on the grace period.
pub(super) fn all(
    facts: &PodFacts,
    policy: &Policy,
    apps: &AppHooks,
    hook: &HookChoice,
    numbers: &Numbers,
) -> Vec<Finding> {
    let mut findings = apps::all(facts, policy, apps);
    findings.extend(hooks::all(facts, policy, apps, hook, numbers));
    findings.extend(settings::all(facts, policy, apps, hook, numbers));
    findings.extend(grace_beyond_cover(facts, policy, apps, numbers));
    findings.extend(drain_without_effect(policy, numbers));
    findings.extend(hook_eats_grace(facts, apps, numbers));
    findings.extend(lifetime::all(facts));
    findings
}

/// What nobody stated how to cover.
fn grace_beyond_cover(facts: &PodFacts, policy: &Policy, apps: &AppHooks, numbers: &Numbers) -> Option<Finding> {
    let Grace::Explicit(grace) = facts.grace else { return None };
    let stays = numbers.cover()?;
    let usable = grace.minus(policy.margin);
    let is_stated = policy.drain.is_some() || policy.cover.is_some() || policy.exact;
    let is_within = usable <= apps.longest + needs::cover(policy) || stays >= usable;
    if is_stated || is_within || facts.is_gateway || numbers.hook.is_none() {
        return None;
    }
    let (what, rest) = (if numbers.exits_on_idle { "may be gone after" } else { "stays for" }, usable.minus(stays));
    Some(Finding {
        rule: Rule::GraceBeyondCover,
        severity: Severity::Info,
        subject: Subject::GracePeriod,
        message: format!(
            "the app may use {usable} of its grace period of {grace}, and the proxy {what} {stays}: for {rest} the app \
             has no proxy"
        ),
        remedy: format!("set drain, up to {usable}, if requests or the shutdown of the app take longer than {stays}"),
    })
}

/// A minimum that others are above.
fn drain_without_effect(policy: &Policy, numbers: &Numbers) -> Option<Finding> {
    let drain = policy.drain?;
    let stays = numbers.cover().filter(|stays| *stays > drain && !policy.exact)?;
    Some(Finding {
        rule: Rule::DrainWithoutEffect,
        severity: Severity::Info,
        subject: Subject::Workload,
        message: format!("drain {drain} is a minimum and has no effect: the proxy stays for {stays}"),
        remedy: "raise it, leave it out, or set cover to 0s".to_owned(),
    })
}

fn hook_eats_grace(facts: &PodFacts, apps: &AppHooks, numbers: &Numbers) -> Option<Finding> {
    let grace = numbers.grace_in_force(facts.grace);
    let container = apps.container?;
    let longest = apps.longest;
    if grace.minus(longest) >= KUBELET_MINIMUM {
        return None;
    }
    let is_proxy_gone = numbers.cover().is_some_and(|cover| cover <= longest);
    let and_no_proxy = if is_proxy_gone { " and no proxy" } else { "" };
    let remedy = match numbers.grace {
        Some(_) => "raise appShutdown or margin".to_owned(),
        None => format!("raise terminationGracePeriodSeconds above {longest}"),
    };
    Some(Finding {
        rule: Rule::HookEatsGrace,
        severity: Severity::Warning,
        subject: Subject::GracePeriod,
        message: format!(
            "the preStop hook of container `{container}` takes {longest} of the grace period of {grace}: \
             after SIGTERM the app has {KUBELET_MINIMUM}{and_no_proxy}"
        ),
        remedy,
    })
}
