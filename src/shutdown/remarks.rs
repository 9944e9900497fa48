//! What the plan has to tell: findings that are few, true on every run, and name their remedy.

use crate::istio::{ProxyEnd, ProxyExec};
use crate::kubernetes::HookLength;

use super::hook_choice::{HookChoice, Instead};
use super::numbers::{AppHooks, BUILTIN_DRAIN_DURATION, KUBELET_MINIMUM, LONGEST_GUESS, Numbers};
use super::{Finding, Grace, Placement, PodFacts, Policy, ProxyHook, Rule, Seconds, Severity, Subject};

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

/// All remarks on a pod that is planned for: on its apps, on the hook of the proxy, on the grace period.
pub(super) fn all(
    facts: &PodFacts,
    policy: &Policy,
    apps: &AppHooks,
    hook: &HookChoice,
    numbers: &Numbers,
) -> Vec<Finding> {
    let mut findings = unknown_app_hooks(facts, policy);
    findings.extend(hook.instead.map(instead));
    findings.extend(unknown_proxy_hook(facts, policy, hook, numbers));
    findings.extend(ends_proxy(policy, apps, hook, numbers));
    findings.extend(two_handlers(facts, hook, numbers));
    findings.extend(drain_beyond_drain_duration(facts, apps, hook, numbers));
    findings.extend(grace_beyond_cover(facts, policy, numbers));
    findings.extend(hook_eats_grace(facts, apps, numbers));
    findings
}

fn unknown_app_hooks(facts: &PodFacts, policy: &Policy) -> Vec<Finding> {
    let unknown = facts.app_hooks.iter().filter(|hook| hook.length == HookLength::Unknown);
    unknown
        .map(|hook| {
            let container = &hook.container;
            let unread = format!("how long the preStop hook of container `{container}` takes can't be read");
            let (severity, message, remedy) = match policy.pre_stop_estimate {
                Some(estimate) => (Severity::Info, format!("{unread}, preStopEstimate {estimate} stands for it"), ""),
                None => (
                    Severity::Warning,
                    format!("{unread}, so it counts as 0s"),
                    "set preStopEstimate to the longest it may take, or wait with `sleep` for a fixed time",
                ),
            };
            let subject = Subject::AppHook(container.clone());
            Finding { rule: Rule::UnknownHookLength, severity, subject, message, remedy: remedy.to_owned() }
        })
        .collect()
}

fn instead(instead: Instead) -> Finding {
    let (rule, message, remedy) = match instead {
        Instead::HookOfUnknownLength => (
            Rule::SleepWithoutLength,
            "preStop: sleep needs to know how long the preStop hooks of the apps take: the drain hook is used instead",
            "set preStopEstimate to the longest they may take",
        ),
        Instead::NothingToWaitFor => (
            Rule::SleepWithoutLength,
            "preStop: sleep waits for the preStop hooks of the apps and there are none: the drain hook is used instead",
            "",
        ),
        Instead::SharedProcesses => (
            Rule::SharedProcessNamespace,
            "shareProcessNamespace is true, so `kill` can't reach the agent: the drain hook is used instead of SIGTERM",
            "",
        ),
    };
    let subject = Subject::Workload;
    Finding { rule, severity: Severity::Info, subject, message: message.to_owned(), remedy: remedy.to_owned() }
}

fn unknown_proxy_hook(facts: &PodFacts, policy: &Policy, hook: &HookChoice, numbers: &Numbers) -> Option<Finding> {
    if numbers.grace.is_some() {
        return None;
    }
    let grace = facts.grace.effective();
    let least = numbers.lasting + policy.margin;
    let other_way = if hook.is_kept { "set replaceHooks" } else { "use a command whose length can be read" };
    Some(Finding {
        rule: Rule::UnknownProxyHookLength,
        severity: Severity::Warning,
        subject: Subject::ProxyHook,
        message: format!(
            "how long the preStop hook of istio-proxy takes can't be read, so the grace period stays at {grace}"
        ),
        remedy: format!("set terminationGracePeriodSeconds to what the hook takes plus {least}, or {other_way}"),
    })
}

fn ends_proxy(policy: &Policy, apps: &AppHooks, hook: &HookChoice, numbers: &Numbers) -> Option<Finding> {
    let ProxyExec::Ends { by, after } = hook.in_force? else { return None };
    let (rule, until) = match (by, numbers.is_native) {
        (ProxyEnd::AgentDrain, true) | (ProxyEnd::Signal, false) => return None,
        (ProxyEnd::AgentDrain | ProxyEnd::Quit, false) => (Rule::EndsProxyEarly, numbers.needed),
        (ProxyEnd::Quit | ProxyEnd::Signal, true) => (Rule::HookKillsNativeProxy, apps.longest + policy.app_shutdown),
    };
    let after = Seconds::new(after.known().unwrap_or_default());
    if after >= until {
        return None;
    }
    let how = match by {
        ProxyEnd::AgentDrain => "tells the agent to drain, so that it exits as soon as SIGTERM follows",
        ProxyEnd::Quit => "tells the proxy to quit",
        ProxyEnd::Signal => "sends the agent its signal to end, and nothing starts it again",
    };
    Some(Finding {
        rule,
        severity: Severity::Warning,
        subject: Subject::ProxyHook,
        message: format!(
            "the preStop hook of istio-proxy {how}: the proxy may be gone after {after}, and is needed for {until}"
        ),
        remedy: if hook.is_kept { "remove the hook, or set replaceHooks" } else { "use preStop: drain" }.to_owned(),
    })
}

/// On a native sidecar Istio 1.21 and later bring an exec handler of their own, and merging keeps both.
fn two_handlers(facts: &PodFacts, hook: &HookChoice, numbers: &Numbers) -> Option<Finding> {
    let Placement::Native(present) = &facts.proxy else { return None };
    if !numbers.is_native || !hook.is_kept || !matches!(present.hook, ProxyHook::Other(_)) {
        return None;
    }
    Some(Finding {
        rule: Rule::TwoHandlers,
        severity: Severity::Warning,
        subject: Subject::ProxyHook,
        message:
            "the preStop hook of istio-proxy is no exec hook: beside Istio's own exec hook it makes two handlers, \
                  which the API server rejects"
                .to_owned(),
        remedy: "remove the hook, or set replaceHooks".to_owned(),
    })
}

/// Without the drain hook Envoy closes its listeners `drainDuration` after SIGTERM.
fn drain_beyond_drain_duration(
    facts: &PodFacts,
    apps: &AppHooks,
    hook: &HookChoice,
    numbers: &Numbers,
) -> Option<Finding> {
    let listeners_close = match hook.in_force {
        None | Some(ProxyExec::Sleep(_) | ProxyExec::Other(_) | ProxyExec::Ends { by: ProxyEnd::Signal, .. }) => true,
        Some(ProxyExec::Drain | ProxyExec::Sigterm | ProxyExec::Ends { .. }) => false,
    };
    let needed = apps.longest.minus(numbers.hook?);
    let open = facts.drain_duration.unwrap_or(BUILTIN_DRAIN_DURATION);
    if numbers.is_native || !listeners_close || needed <= open {
        return None;
    }
    Some(Finding {
        rule: Rule::DrainBeyondDrainDuration,
        severity: Severity::Warning,
        subject: Subject::ProxyConfig,
        message: format!(
            "Envoy takes new connections for {open} after SIGTERM, and the apps' preStop hooks run for {needed} then"
        ),
        remedy: format!("set drainDuration in proxy.istio.io/config to {needed} or more, or use preStop: drain"),
    })
}

fn grace_beyond_cover(facts: &PodFacts, policy: &Policy, numbers: &Numbers) -> Option<Finding> {
    let Grace::Explicit(grace) = facts.grace else { return None };
    let cover = numbers.cover()?;
    let usable = grace.minus(policy.margin);
    let is_asked_for = policy.drain.is_some() || policy.exact || numbers.exits_on_idle || numbers.hook.is_none();
    if is_asked_for || usable <= LONGEST_GUESS || cover >= usable {
        return None;
    }
    Some(Finding {
        rule: Rule::GraceBeyondCover,
        severity: Severity::Info,
        subject: Subject::GracePeriod,
        message: format!("the app may use {usable} of its grace period of {grace}, and the proxy stays for {cover}"),
        remedy: format!("set drain, up to {usable}, if requests or the shutdown of the app take longer than {cover}"),
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
