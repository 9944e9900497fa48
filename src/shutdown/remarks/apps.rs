//! Remarks on the preStop hooks of the apps.

use crate::istio::Feature;
use crate::kubernetes::{Handler, meant_command};
use crate::rules::{
    Subject, hook_command_in_one_word, hook_needs_a_binary, no_endpoint_delay, port_15020_race, sleep_action_too_new,
    tcp_socket_hook, unknown_hook_length,
};

use super::super::app_hooks::{AppHooks, Delay, lacks_sleep_action};
use super::super::{AppHook, AppSleep, Change, Finding, PodFacts, Policy, Seconds, mode};

pub(super) fn all(facts: &PodFacts, policy: &Policy, apps: &AppHooks) -> Vec<Finding> {
    let mut findings = unknown_app_hooks(facts, policy);
    findings.extend(sleep_actions(facts, policy, apps));
    findings.extend(sleep_commands(apps));
    findings.extend(no_delay(facts, policy, apps));
    findings.extend(hooks_that_fail(facts));
    findings.extend(hook_through_agent(facts, policy));
    findings
}

fn unknown_app_hooks(facts: &PodFacts, policy: &Policy) -> Vec<Finding> {
    let unread = facts.app_hooks.iter().filter(|hook| !hook.length().is_exact());
    unread
        .filter_map(|hook| {
            let read = hook.length().known().map(Seconds::new);
            unknown_hook_length::found(&hook.container, read, policy.pre_stop_estimate)
        })
        .collect()
}

/// Findings on the `sleep` action if the target is known to lack it.
fn sleep_actions(facts: &PodFacts, policy: &Policy, apps: &AppHooks) -> Vec<Finding> {
    let Some(release) = policy.kubernetes.filter(|_| lacks_sleep_action(policy)) else { return Vec::new() };
    let is_given = |container: &str| {
        apps.given.iter().any(|change| matches!(change, Change::AppHook(name, _) if name == container))
    };
    let actions = facts.app_hooks.iter().filter(|hook| matches!(hook.handler, Some(Handler::Sleep(_))));
    let stay = actions.filter(|hook| !is_given(&hook.container));
    stay.map(|hook| sleep_action_too_new::present(&hook.container, release)).collect()
}

/// Findings on a `sleep` command for an app whose image is not known.
fn sleep_commands(apps: &AppHooks) -> impl Iterator<Item = Finding> {
    apps.given.iter().filter_map(|change| match change {
        Change::AppHook(container, AppSleep::Command(_)) => Some(hook_needs_a_binary::of_app(container)),
        _ => None,
    })
}

/// The finding on a pod whose apps have no hook and get none.
fn no_delay(facts: &PodFacts, policy: &Policy, apps: &AppHooks) -> Option<Finding> {
    if !facts.app_hooks.is_empty() || !apps.given.is_empty() || facts.hookless_apps.is_empty() {
        return None;
    }
    let gets_traffic = facts.hookless_apps.iter().any(|app| app.gets_traffic);
    match Delay::of(facts, policy) {
        Delay::Withheld if gets_traffic => Some(no_endpoint_delay::withheld()),
        Delay::Withheld | Delay::Default => Some(no_endpoint_delay::no_traffic()),
        Delay::Stated(_) | Delay::None => None,
    }
}

fn hook_through_agent(facts: &PodFacts, policy: &Policy) -> Option<Finding> {
    let is_rewritten = policy.has(Feature::AppHooksRewritten) && !facts.keeps_app_http;
    let is_http = |app: &&AppHook| matches!(app.handler, Some(Handler::HttpGet { .. }));
    let app = facts.app_hooks.iter().find(is_http).filter(|_| is_rewritten && !mode::is_native(facts, policy))?;
    Some(port_15020_race::found(&app.container))
}

fn hooks_that_fail(facts: &PodFacts) -> impl Iterator<Item = Finding> {
    facts.app_hooks.iter().filter_map(|app| match app.handler.as_ref()? {
        Handler::TcpSocket => Some(tcp_socket_hook::found(&app.container)),
        Handler::Exec(command) => {
            let meant = meant_command(command)?;
            Some(hook_command_in_one_word::found(
                Subject::AppHook(app.container.clone()),
                &app.container,
                command,
                &meant,
            ))
        }
        _ => None,
    })
}
