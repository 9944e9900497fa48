//! Remarks on the preStop hook of istio-proxy.

use crate::istio::{Feature, MeshHook, ProxyEnd, ProxyExec, REQUEST_PORTS, Setting, SidecarMode};

use super::super::app_hooks::AppHooks;
use super::super::hook_choice::{HookChoice, Instead};
use super::super::numbers::Numbers;
use super::super::{Finding, PodFacts, Policy, ProxyHook, Rule, Seconds, Severity, Subject, image, mode};

pub(super) fn all(
    facts: &PodFacts,
    policy: &Policy,
    apps: &AppHooks,
    hook: &HookChoice,
    numbers: &Numbers,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(hook.instead.and_then(|why| instead(why, policy)));
    findings.extend(foreign_hook_kept(facts, hook, numbers));
    findings.extend(mesh_hook(facts, hook, numbers));
    findings.extend(lacks_binary(facts, policy, hook));
    findings.extend(unknown_proxy_hook(facts, policy, hook, numbers));
    findings.extend(ends_proxy(policy, apps, hook, numbers));
    findings.extend(sigterm_in_unknown_mode(facts, policy, hook, numbers));
    findings.extend(native_drain_hook(facts, policy, hook, numbers));
    findings.extend(two_handlers(facts, policy, hook, numbers));
    findings
}

fn instead(instead: Instead, policy: &Policy) -> Option<Finding> {
    let named = if policy.pre_stop == super::super::PreStop::Sleep { "sleep" } else { "kill" };
    let (rule, severity, message, remedy) = match instead {
        Instead::HookOfUnknownLength => (
            Rule::SleepWithoutLength,
            Severity::Info,
            "preStop: sleep needs to know how long the preStop hooks of the apps take: the drain hook is used instead"
                .to_owned(),
            "set preStopEstimate to the longest they may take",
        ),
        Instead::NothingToWaitFor => (
            Rule::SleepWithoutLength,
            Severity::Info,
            "preStop: sleep waits for the preStop hooks of the apps and there are none: the drain hook is used instead"
                .to_owned(),
            "",
        ),
        Instead::SharedProcesses => (
            Rule::SharedProcessNamespace,
            Severity::Info,
            "shareProcessNamespace is true, so `kill` can't reach the agent: the drain hook is used instead of SIGTERM"
                .to_owned(),
            "",
        ),
        Instead::NoBinary => (
            Rule::HookNeedsABinary,
            Severity::Info,
            format!("the proxy's image is distroless and has no `{named}`: the drain hook is used instead"),
            "use preStop: drain, or declare proxyImage: default if the image is another one",
        ),
        Instead::NotSeen => (
            Rule::InjectionNotSeen,
            Severity::Info,
            "it can't be seen that this pod is injected, so it gets no istio-proxy container".to_owned(),
            "add the Namespace to the input, or name its labels in `namespaces`",
        ),
        Instead::AdminPort(port) => (
            Rule::AdminPortOutOfReach,
            Severity::Info,
            format!(
                "Envoy's admin interface is on port {port}, and `pilot-agent request` asks {} only: no drain hook is \
                 written, and Envoy starts to drain when the agent gets SIGTERM",
                REQUEST_PORTS.map(|port| port.to_string()).join(", ")
            ),
            "leave proxyAdminPort at 15000",
        ),
        Instead::TooOld(release) => (
            Rule::IstioTooOld,
            Severity::Warning,
            format!(
                "Istio {release} does not merge an istio-proxy container into its own (needs {}): no hook is \
                 written",
                Feature::OverrideMerge.since()
            ),
            "use preStop: none, or upgrade Istio",
        ),
        // Told with all that is known of the hooks.
        Instead::MeshHandler => return None,
    };
    Some(Finding { rule, severity, subject: Subject::Workload, message, remedy: remedy.to_owned() })
}

/// A hook that is there is spoken of in its place. One that is written only now has none yet, and is to have the same place on
/// every run.
const fn subject(hook: &HookChoice) -> Subject {
    if hook.is_kept { Subject::ProxyHook } else { Subject::Workload }
}

fn foreign_hook_kept(facts: &PodFacts, hook: &HookChoice, numbers: &Numbers) -> Option<Finding> {
    let is_istios_own =
        numbers.is_native && matches!(hook.in_force, Some(ProxyExec::Ends { by: ProxyEnd::AgentDrain, .. }));
    if !hook.is_kept || facts.is_gateway || is_istios_own {
        return None;
    }
    let length = hook.length().known().filter(|seconds| *seconds > 0);
    let length = length.map_or_else(String::new, |seconds| format!(" of {}", Seconds::new(seconds)));
    Some(Finding {
        rule: Rule::ForeignHookKept,
        severity: Severity::Info,
        subject: Subject::ProxyHook,
        message: format!("the preStop hook{length} of istio-proxy is not one that istio-drain writes, so it is kept"),
        remedy: "set replaceHooks to have it replaced".to_owned(),
    })
}

/// What becomes of the exec hook of the mesh.
fn mesh_hook(facts: &PodFacts, hook: &HookChoice, numbers: &Numbers) -> Option<Finding> {
    let Some(Setting { value: MeshHook::Exec(command), origin }) = &facts.mesh_hook else { return None };
    let command = command.join(" ");
    if hook.is_of_mesh && numbers.is_native {
        return Some(Finding {
            rule: Rule::MeshHookOnNative,
            severity: Severity::Warning,
            subject: Subject::Workload,
            message: format!(
                "the preStop hook `{command}` of {origin} takes the place of the one with which Istio drains native \
                 sidecars: the proxy goes on as if nothing was up until the apps are gone, and drains only then"
            ),
            remedy: "take the hook out of the mesh's `global.proxy.lifecycle`".to_owned(),
        });
    }
    let is_replaced = !hook.command.is_empty() && !hook.is_of_mesh;
    is_replaced.then(|| Finding {
        rule: Rule::MeshHookReplaced,
        severity: Severity::Info,
        subject: subject(hook),
        message: format!("the pod's own hook takes the place of the preStop hook `{command}` of {origin}"),
        remedy: String::new(),
    })
}

/// Somebody's own command in an image without it.
fn lacks_binary(facts: &PodFacts, policy: &Policy, hook: &HookChoice) -> Option<Finding> {
    let program = image::missing_binary(&hook.command).filter(|_| image::is_distroless(facts, policy))?;
    Some(Finding {
        rule: Rule::HookNeedsABinary,
        severity: Severity::Warning,
        subject: subject(hook),
        message: format!(
            "the preStop hook of istio-proxy runs `{program}`, which a distroless image of the proxy lacks: the hook \
             fails, and SIGTERM follows at once"
        ),
        remedy: "use preStop: drain, or declare proxyImage: default if the image is another one".to_owned(),
    })
}

fn unknown_proxy_hook(facts: &PodFacts, policy: &Policy, hook: &HookChoice, numbers: &Numbers) -> Option<Finding> {
    if numbers.hook.is_some() {
        return None;
    }
    let grace = numbers.grace_in_force(facts.grace);
    let least = numbers.lasting.value() + policy.margin;
    let other_way = match (hook.is_of_mesh, hook.is_kept) {
        (true, _) => "let the pod have a hook of its own",
        (_, true) => "set replaceHooks",
        (_, false) => "use a command whose length can be read",
    };
    Some(Finding {
        rule: Rule::UnknownProxyHookLength,
        severity: Severity::Warning,
        subject: subject(hook),
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
        subject: subject(hook),
        message: format!(
            "the preStop hook of istio-proxy {how}: the proxy may be gone after {after}, and is needed for {until}"
        ),
        remedy: match (hook.is_of_mesh, hook.is_kept) {
            (true, _) => "take the hook out of the mesh's `global.proxy.lifecycle`",
            (_, true) => "remove the hook, or set replaceHooks",
            (_, false) => "use preStop: drain",
        }
        .to_owned(),
    })
}

/// The SIGTERM hook is harmless on a classic sidecar only.
fn sigterm_in_unknown_mode(facts: &PodFacts, policy: &Policy, hook: &HookChoice, numbers: &Numbers) -> Option<Finding> {
    let is_sigterm = hook.in_force == Some(ProxyExec::Sigterm) && !hook.is_of_mesh;
    if !is_sigterm || mode::of(facts, policy) != SidecarMode::Unknown {
        return None;
    }
    Some(Finding {
        rule: Rule::HookKillsNativeProxy,
        severity: Severity::Warning,
        subject: subject(hook),
        message: format!(
            "whether the sidecar is native is not known, and on a native one the SIGTERM hook ends the proxy after {}, \
             whether the apps are gone or not",
            numbers.lasting.value()
        ),
        remedy: "set sidecar: classic if that is what the mesh injects, or use preStop: drain".to_owned(),
    })
}

/// Istio's own hook on a native sidecar, where nothing takes its place, asks the port of the pod's annotation. Nothing is lost where that
/// fails: the apps are gone when the agent, which nobody told to drain, waits for its drain duration.
fn native_drain_hook(facts: &PodFacts, policy: &Policy, hook: &HookChoice, numbers: &Numbers) -> Option<Finding> {
    let is_istios = numbers.is_native && hook.in_force.is_none() && facts.mesh_hook.is_none();
    let port = *facts.settings.status_port.in_force()?;
    if !is_istios || policy.lacks(Feature::DrainHook) || REQUEST_PORTS.contains(&port) {
        return None;
    }
    Some(Finding {
        rule: Rule::NativeDrainHookFails,
        severity: Severity::Warning,
        subject: Subject::Workload,
        message: format!(
            "Istio's own drain hook asks the agent on port {port} (annotation status.sidecar.istio.io/port), which `pilot-agent request` \
             refuses: there is no early drain, and the pod lingers for {} after the apps have gone, or until its grace period is over",
            numbers.lasting.value()
        ),
        remedy: "take the annotation out, or use 15020".to_owned(),
    })
}

const REMOVE_OR_REPLACE: &str = "remove the hook, or set replaceHooks";

/// Handlers of two types in one hook: merging keeps both, and the API server rejects the pod.
fn two_handlers(facts: &PodFacts, policy: &Policy, hook: &HookChoice, numbers: &Numbers) -> Option<Finding> {
    let present = facts.proxy.present().map(|present| &present.hook);
    let keeps = |is: fn(&ProxyHook) -> bool| hook.is_kept && present.is_some_and(is);
    let is_unknown = mode::of(facts, policy) == SidecarMode::Unknown;
    let may_have_native_hook = (numbers.is_native || is_unknown) && !policy.lacks(Feature::DrainHook);
    let (subject, what, remedy) = match &facts.mesh_hook {
        Some(Setting { value: MeshHook::Other(handler), origin }) => {
            let of_mesh = format!("the mesh gives istio-proxy a preStop hook of type {handler} ({origin})");
            if keeps(|hook| matches!(hook, ProxyHook::Exec(_))) {
                let beside = "beside it the exec hook of this pod makes two handlers, which the API server rejects";
                (Subject::ProxyHook, format!("{of_mesh}: {beside}"), REMOVE_OR_REPLACE)
            } else if hook.instead == Some(Instead::MeshHandler) {
                let beside = "an exec hook beside it would make two handlers, which the API server rejects, so none is \
                              written, and the grace period is that of a proxy without a hook";
                let remedy = "make it an exec hook, or take it out of the mesh's `global.proxy.lifecycle`";
                (Subject::Workload, format!("{of_mesh}: {beside}"), remedy)
            } else {
                return None;
            }
        }
        mesh_hook if keeps(|hook| matches!(hook, ProxyHook::Other(_))) => {
            let (whose, remedy) = match mesh_hook {
                Some(Setting { origin, .. }) => (format!("the exec hook of {origin}"), REMOVE_OR_REPLACE),
                None if !may_have_native_hook => return None,
                None if is_unknown => (
                    "the exec hook that Istio gives to native sidecars, should this be one,".to_owned(),
                    "remove the hook, set replaceHooks, or set sidecar: classic if that is what the mesh injects",
                ),
                None => ("Istio's own exec hook".to_owned(), REMOVE_OR_REPLACE),
            };
            let message = format!(
                "the preStop hook of istio-proxy is no exec hook: beside {whose} it makes two handlers, which the API \
                 server rejects"
            );
            (Subject::ProxyHook, message, remedy)
        }
        _ => return None,
    };
    let severity = Severity::Warning;
    Some(Finding { rule: Rule::TwoHandlers, severity, subject, message: what, remedy: remedy.to_owned() })
}
