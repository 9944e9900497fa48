//! Remarks on hooks of apps that end the proxy.

use crate::istio::{Feature, ProxyEnd, app_call};
use crate::rules::app_hook_ends_proxy;

use super::super::numbers::Numbers;
use super::super::{AppHook, Finding, PodFacts, Policy, Seconds};

pub(super) fn all(facts: &PodFacts, policy: &Policy, numbers: &Numbers) -> Vec<Finding> {
    facts.app_hooks.iter().filter_map(|hook| of(hook, facts, policy, numbers)).collect()
}

fn of(hook: &AppHook, facts: &PodFacts, policy: &Policy, numbers: &Numbers) -> Option<Finding> {
    let call = app_call(hook.handler.as_ref()?, facts.shares_process_namespace)?;
    let Some(by) = call.end else { return Some(app_hook_ends_proxy::refused(&hook.container)) };
    let after = Seconds::new(call.after.known().unwrap_or_default());
    let drained = after + numbers.lasting.value();
    let quits_at_once = Feature::QuitAtOnce.is_in(policy.target());
    let gone = match by {
        // A native sidecar gets SIGTERM last; a classic one before that, unless its own hook takes longer.
        ProxyEnd::AgentDrain if numbers.is_native || numbers.hook.is_some_and(|held| held < after) => return None,
        ProxyEnd::AgentDrain => numbers.hook.unwrap_or(after),
        ProxyEnd::AgentQuit if quits_at_once == Some(false) => drained,
        ProxyEnd::AgentQuit | ProxyEnd::EnvoyQuit => after,
        ProxyEnd::Signal => drained,
    };
    let until = numbers.needed;
    (gone < until).then(|| app_hook_ends_proxy::found(&hook.container, by, [gone, until], quits_at_once))
}
