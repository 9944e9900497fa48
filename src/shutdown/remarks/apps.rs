//! Remarks on the preStop hooks of the apps.

use crate::istio::Feature;
use crate::kubernetes::{Handler, HookLength};

use super::super::app_hooks::{AppHooks, lacks_sleep_action};
use super::super::{AppHook, AppSleep, Change, Finding, PodFacts, Policy, Rule, Severity, Subject, mode};

pub(super) fn all(facts: &PodFacts, policy: &Policy, apps: &AppHooks) -> Vec<Finding> {
    let mut findings = unknown_app_hooks(facts, policy);
    findings.extend(sleep_actions(facts, policy, apps));
    findings.extend(hooks_that_fail(facts));
    findings.extend(hook_through_agent(facts, policy));
    findings
}

fn unknown_app_hooks(facts: &PodFacts, policy: &Policy) -> Vec<Finding> {
    let unknown = facts.app_hooks.iter().filter(|hook| hook.length() == HookLength::Unknown);
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

/// The `sleep` action, where it is not known to be there, or known not to be.
fn sleep_actions(facts: &PodFacts, policy: &Policy, apps: &AppHooks) -> Vec<Finding> {
    let since = Feature::SleepAction.since();
    let is_given = |container: &str| {
        apps.given.iter().any(|change| matches!(change, Change::AppHook(name, _) if name == container))
    };
    let finding = |severity, container: &str, message: String, remedy: &str| Finding {
        rule: Rule::SleepActionTooNew,
        severity,
        subject: Subject::AppHook(container.to_owned()),
        message,
        remedy: remedy.to_owned(),
    };
    let Some(release) = policy.kubernetes.filter(|_| lacks_sleep_action(policy)) else {
        let first = apps.given.iter().find_map(|change| match change {
            Change::AppHook(container, AppSleep::Action(_)) if policy.kubernetes.is_none() => Some(container),
            _ => None,
        });
        let message = format!("appPreStop is written as the sleep action, which needs Kubernetes {since}");
        let remedy = "set target.kubernetes; for older releases the command `sleep` is written";
        return first.map(|container| finding(Severity::Info, container, message, remedy)).into_iter().collect();
    };
    let actions = facts.app_hooks.iter().filter(|hook| matches!(hook.handler, Some(Handler::Sleep(_))));
    actions
        .filter(|hook| !is_given(&hook.container))
        .map(|hook| {
            let container = &hook.container;
            let message = format!(
                "the preStop hook of container `{container}` is the sleep action, which needs Kubernetes \
                 {since}, and the target is {release}: the API server drops or rejects it"
            );
            finding(Severity::Warning, container, message, "use an exec hook that runs `sleep`")
        })
        .collect()
}

/// The listener of port 15020 closes when a classic proxy gets SIGTERM, and a request in progress goes on (measured: 28 of 28 hooks ended
/// well).
fn hook_through_agent(facts: &PodFacts, policy: &Policy) -> Option<Finding> {
    let is_rewritten = policy.has(Feature::AppHooksRewritten) && !facts.keeps_app_http;
    let is_http = |app: &&AppHook| app.handler == Some(Handler::HttpGet);
    let app = facts.app_hooks.iter().find(is_http).filter(|_| is_rewritten && !mode::is_native(facts, policy))?;
    let container = &app.container;
    Some(Finding {
        rule: Rule::Port15020Race,
        severity: Severity::Info,
        subject: Subject::AppHook(container.clone()),
        message: format!(
            "the preStop hook of container `{container}` goes through port 15020 of istio-proxy, which closes at \
             SIGTERM: a request in progress goes on, and 28 of 28 such hooks ended well when it was measured"
        ),
        remedy: String::new(),
    })
}

/// "invalid handler" (kubernetes/kubernetes `pkg/kubelet/lifecycle/handlers.go`).
fn hooks_that_fail(facts: &PodFacts) -> impl Iterator<Item = Finding> {
    facts.app_hooks.iter().filter(|app| app.handler == Some(Handler::TcpSocket)).map(|app| {
        let container = &app.container;
        Finding {
            rule: Rule::TcpSocketHook,
            severity: Severity::Warning,
            subject: Subject::AppHook(container.clone()),
            message: format!(
                "the preStop hook of container `{container}` is a tcpSocket, which the kubelet can't run: it fails at \
                 once, and SIGTERM follows"
            ),
            remedy: "use the sleep action, or an exec hook".to_owned(),
        }
    })
}
