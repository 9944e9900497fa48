//! Remarks on the preStop hooks of the apps.

use crate::istio::Feature;
use crate::kubernetes::{Handler, HookLength};
use crate::rules::{port_15020_race, sleep_action_too_new, tcp_socket_hook, unknown_hook_length};

use super::super::app_hooks::{AppHooks, lacks_sleep_action};
use super::super::{AppHook, AppSleep, Change, Finding, PodFacts, Policy, mode};

pub(super) fn all(facts: &PodFacts, policy: &Policy, apps: &AppHooks) -> Vec<Finding> {
    let mut findings = unknown_app_hooks(facts, policy);
    findings.extend(sleep_actions(facts, policy, apps));
    findings.extend(hooks_that_fail(facts));
    findings.extend(hook_through_agent(facts, policy));
    findings
}

fn unknown_app_hooks(facts: &PodFacts, policy: &Policy) -> Vec<Finding> {
    let unknown = facts.app_hooks.iter().filter(|hook| hook.length() == HookLength::Unknown);
    unknown.map(|hook| unknown_hook_length::found(&hook.container, policy.pre_stop_estimate)).collect()
}

/// The `sleep` action, where it is not known to be there, or known not to be.
fn sleep_actions(facts: &PodFacts, policy: &Policy, apps: &AppHooks) -> Vec<Finding> {
    let Some(release) = policy.kubernetes.filter(|_| lacks_sleep_action(policy)) else {
        let first = apps.given.iter().find_map(|change| match change {
            Change::AppHook(container, AppSleep::Action(_)) if policy.kubernetes.is_none() => Some(container),
            _ => None,
        });
        return first.map(|container| sleep_action_too_new::written(container)).into_iter().collect();
    };
    let is_given = |container: &str| {
        apps.given.iter().any(|change| matches!(change, Change::AppHook(name, _) if name == container))
    };
    let actions = facts.app_hooks.iter().filter(|hook| matches!(hook.handler, Some(Handler::Sleep(_))));
    let stay = actions.filter(|hook| !is_given(&hook.container));
    stay.map(|hook| sleep_action_too_new::present(&hook.container, release)).collect()
}

fn hook_through_agent(facts: &PodFacts, policy: &Policy) -> Option<Finding> {
    let is_rewritten = policy.has(Feature::AppHooksRewritten) && !facts.keeps_app_http;
    let is_http = |app: &&AppHook| app.handler == Some(Handler::HttpGet);
    let app = facts.app_hooks.iter().find(is_http).filter(|_| is_rewritten && !mode::is_native(facts, policy))?;
    Some(port_15020_race::found(&app.container))
}

fn hooks_that_fail(facts: &PodFacts) -> impl Iterator<Item = Finding> {
    let sockets = facts.app_hooks.iter().filter(|app| app.handler == Some(Handler::TcpSocket));
    sockets.map(|app| tcp_socket_hook::found(&app.container))
}
