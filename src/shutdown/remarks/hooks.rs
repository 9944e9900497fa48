//! Remarks on the preStop hook of istio-proxy.

use crate::istio::{Feature, MeshHook, ProxyEnd, ProxyExec, REQUEST_PORTS, Setting, SidecarMode};
use crate::kubernetes::{HookLength, meant_command};
use crate::rules::two_handlers::ExecHook;
use crate::rules::{
    admin_port_out_of_reach, drain_without_graceful, ends_proxy_early, foreign_hook_kept, hook_awaits_apps,
    hook_command_in_one_word, hook_kills_native_proxy, hook_needs_a_binary, injection_not_seen, istio_too_old,
    mesh_hook_on_native, mesh_hook_replaced, native_drain_hook_fails, proxy_of_another_name, shared_process_namespace,
    sleep_without_length, two_handlers, unknown_proxy_hook_length, wait_not_possible,
};

use super::super::hook_choice::{HookChoice, Instead, NoWait};
use super::super::numbers::Numbers;
use super::super::pod_draft::PodDraft;
use super::super::{Finding, PodFacts, Policy, PreStop, ProxyHook, Seconds, image, mode};

pub(super) fn all(draft: &PodDraft<'_>) -> Vec<Finding> {
    let PodDraft { facts, policy, hook, numbers, .. } = *draft;
    let mut findings = Vec::new();
    findings.extend(hook.instead.and_then(|why| instead(why, facts, policy)));
    findings.extend(foreign_hook(facts, hook, numbers));
    findings.extend(awaits_apps(hook, numbers));
    findings.extend(fails_at_once(hook));
    findings.extend(ProxyExec::drains_abruptly(&hook.command).then(|| drain_without_graceful::found(hook.owner())));
    findings.extend(mesh_hook(facts, hook, numbers));
    findings.extend(lacks_binary(facts, policy, hook));
    findings.extend(unknown_length(draft));
    findings.extend(ends_proxy(draft));
    findings.extend(sigterm_in_unknown_mode(draft));
    findings.extend(native_drain_hook(draft));
    findings.extend(handlers(draft));
    findings
}

fn instead(instead: Instead, facts: &PodFacts, policy: &Policy) -> Option<Finding> {
    let named = if policy.pre_stop == PreStop::Sleep { "sleep" } else { "kill" };
    match instead {
        Instead::HookOfUnknownLength => Some(sleep_without_length::unknown()),
        Instead::NothingToWaitFor => Some(sleep_without_length::nothing_to_wait_for()),
        Instead::SharedProcesses => Some(shared_process_namespace::found()),
        Instead::NoBinary => Some(hook_needs_a_binary::not_written(named)),
        Instead::NoWait(why) => Some(match why {
            NoWait::SameUser => wait_not_possible::same_user(),
            NoWait::Job => wait_not_possible::of_job(),
            NoWait::OtherSidecar => wait_not_possible::other_sidecar(),
            NoWait::NoShell => wait_not_possible::no_shell(),
            NoWait::TooOld(release) => wait_not_possible::too_old(release),
            NoWait::StatusPort(port) => wait_not_possible::status_port(port),
        }),
        Instead::NotSeen => Some(injection_not_seen::no_container()),
        Instead::AdminPort(port) => Some(admin_port_out_of_reach::found(port)),
        Instead::TooOld(release) => Some(istio_too_old::no_override(release)),
        Instead::OtherName => facts.proxy_name.as_deref().map(proxy_of_another_name::found),
        // Part of the findings on handlers.
        Instead::MeshHandler => None,
    }
}

fn foreign_hook(facts: &PodFacts, hook: &HookChoice, numbers: &Numbers) -> Option<Finding> {
    let is_istios_own =
        numbers.is_native && matches!(hook.in_force, Some(ProxyExec::Ends { by: ProxyEnd::AgentDrain, .. }));
    let length = hook.length().known().filter(|seconds| *seconds > 0).map(Seconds::new);
    if hook.is_of_mesh && facts.annotated_hook().is_some() && !numbers.is_native && !numbers.awaits_apps {
        return Some(foreign_hook_kept::of_annotation(length));
    }
    if !hook.is_kept || facts.is_gateway || is_istios_own || numbers.awaits_apps {
        return None;
    }
    Some(foreign_hook_kept::found(length))
}

/// A loop that waits for the apps to go.
fn awaits_apps(hook: &HookChoice, numbers: &Numbers) -> Option<Finding> {
    let Some(ProxyExec::AwaitsApps(by)) = hook.in_force else { return None };
    Some(hook_awaits_apps::found(hook.owner().subject(), by, numbers.awaits_apps))
}

/// The finding on a command whose first word is not the name of a program.
fn fails_at_once(hook: &HookChoice) -> Option<Finding> {
    let meant = meant_command(&hook.command)?;
    Some(hook_command_in_one_word::found(hook.owner().subject(), "istio-proxy", &hook.command, &meant))
}

/// The finding on the exec hook of the mesh.
fn mesh_hook(facts: &PodFacts, hook: &HookChoice, numbers: &Numbers) -> Option<Finding> {
    let present = facts.mesh_hook.as_ref()?;
    let Setting { value: MeshHook::Exec(command), origin, .. } = present else { return None };
    let command = command.join(" ");
    if hook.is_of_mesh && numbers.is_native {
        return Some(mesh_hook_on_native::found(&command, origin).beside(present.place.as_ref()));
    }
    let held = facts.mesh_hook_length().and_then(HookLength::known);
    let found = || {
        mesh_hook_replaced::found(hook.owner(), &command, origin, numbers.is_native, held)
            .beside(present.place.as_ref())
    };
    hook.displaces_mesh_hook().then(found)
}

/// The finding on a user's command that the image lacks.
fn lacks_binary(facts: &PodFacts, policy: &Policy, hook: &HookChoice) -> Option<Finding> {
    let program = image::missing_binary(&hook.command).filter(|_| image::is_distroless(facts, policy))?;
    Some(hook_needs_a_binary::fails(hook.owner(), program))
}

fn unknown_length(draft: &PodDraft<'_>) -> Option<Finding> {
    let PodDraft { facts, policy, hook, numbers, .. } = *draft;
    if numbers.hook.is_some() || numbers.awaits_apps {
        return None;
    }
    let least = numbers.lasting.value() + policy.margin;
    Some(unknown_proxy_hook_length::found(hook.owner(), numbers.grace_in_force(facts.grace), least))
}

fn ends_proxy(draft: &PodDraft<'_>) -> Option<Finding> {
    let PodDraft { policy, apps, hook, numbers, .. } = *draft;
    let ProxyExec::Ends { by, after } = hook.in_force? else { return None };
    let after = Seconds::new(after.known().unwrap_or_default());
    let by = if by == ProxyEnd::AgentQuit && policy.lacks(Feature::QuitAtOnce) { ProxyEnd::Signal } else { by };
    match (by, numbers.is_native) {
        (ProxyEnd::AgentDrain, true) | (ProxyEnd::Signal, false) => None,
        (ProxyEnd::AgentDrain | ProxyEnd::AgentQuit | ProxyEnd::EnvoyQuit, false) => {
            let until = numbers.needed;
            (after < until).then(|| ends_proxy_early::found(hook.owner(), by, after, until))
        }
        (ProxyEnd::AgentQuit | ProxyEnd::EnvoyQuit | ProxyEnd::Signal, true) => {
            let until = apps.longest + policy.app_shutdown;
            (after < until).then(|| hook_kills_native_proxy::found(hook.owner(), by, after, until))
        }
    }
}

/// The finding on the SIGTERM hook, which does harm on a native sidecar.
fn sigterm_in_unknown_mode(draft: &PodDraft<'_>) -> Option<Finding> {
    let PodDraft { facts, policy, hook, numbers, .. } = *draft;
    let acts = hook.in_force.and_then(ProxyExec::acts);
    let is_sigterm = acts.is_some_and(|acts| acts.signals_agent) && !hook.is_of_mesh;
    let is_unknown = mode::of(facts, policy) == SidecarMode::Unknown;
    (is_sigterm && is_unknown).then(|| hook_kills_native_proxy::if_native(hook.owner(), numbers.lasting.value()))
}

/// Istio's own hook on a native sidecar, where nothing takes its place, asks the port of the pod's annotation.
fn native_drain_hook(draft: &PodDraft<'_>) -> Option<Finding> {
    let PodDraft { facts, policy, hook, numbers, .. } = *draft;
    let is_istios = numbers.is_native && hook.in_force.is_none() && facts.mesh_hook.is_none();
    let port = facts.status_port?;
    if !is_istios || policy.lacks(Feature::DrainHook) || REQUEST_PORTS.contains(&port) {
        return None;
    }
    Some(native_drain_hook_fails::found(port))
}

/// Handlers of two types in one hook: merging keeps both, and the API server rejects the pod.
fn handlers(draft: &PodDraft<'_>) -> Option<Finding> {
    let PodDraft { facts, policy, hook, numbers, .. } = *draft;
    let present = facts.proxy.present().map(|present| &present.hook);
    let keeps = |is: fn(&ProxyHook) -> bool| hook.is_kept && present.is_some_and(is);
    let is_unknown = mode::of(facts, policy) == SidecarMode::Unknown;
    let may_have_native_hook = (numbers.is_native || is_unknown) && !policy.lacks(Feature::DrainHook);
    match &facts.mesh_hook {
        Some(present @ Setting { value: MeshHook::Other(handler), origin, .. }) => {
            if keeps(|hook| matches!(hook, ProxyHook::Exec(_))) {
                Some(two_handlers::pod_beside_mesh(handler, origin).beside(present.place.as_ref()))
            } else {
                let is_none = hook.instead == Some(Instead::MeshHandler);
                is_none.then(|| two_handlers::none_beside_mesh(handler, origin).beside(present.place.as_ref()))
            }
        }
        _ if !keeps(|hook| matches!(hook, ProxyHook::Other(_))) => None,
        Some(present) => Some(two_handlers::beside(ExecHook::Mesh(&present.origin)).beside(present.place.as_ref())),
        None if !may_have_native_hook => None,
        None if is_unknown => Some(two_handlers::beside(ExecHook::IstioIfNative)),
        None => Some(two_handlers::beside(ExecHook::Istio)),
    }
}
