//! Remarks on the settings of the proxy.
//!
//! # Mesh
//!
//! The columns are those of the table of [`plan`](super::super::plan()); `mesh` is what the mesh sets.
//!
//! | case | grace | app hooks | there | policy | changes | findings |
//! |---|---|---|---|---|---|---|
//! | the mesh drains long enough | - | - | mesh D 60 | - | G 62 | mesh-drains-already |
//! | the mesh drains long enough, grace does, too | 90 | 10 | mesh D 60 | - | - | mesh-drains-already, grace-beyond-cover |
//! | the mesh drains too short for the grace | 90 | 40 | mesh D 60 | - | D 70, DD 68, hook drain | grace-beyond-cover |
//! | drainDuration of the mesh, far too short | - | 40 | mesh DD 6 | sigterm, classic | D 45, DD 68, hook sigterm, G 47 | - |
//! | drainDuration of the mesh, far too short, on an older Istio | - | 40 | mesh DD 6 | sigterm, classic, istio 1.24 | D 45, DD 45, hook sigterm, G 47 | - |
//! | drainDuration of the mesh, far too short, listeners stay | - | - | mesh DD 6 | - | D 28, DD 8, hook drain, G 30 | - |
//! | the mesh drains long enough, all there | 62 | - | mesh D 60 | - | - | mesh-drains-already |
//! | the mesh drains long enough, our hook there | 62 | - | mesh D 60, bare drain | - | - override | mesh-drains-already |
//! | the mesh drains long enough, also for drain | 62 | - | mesh D 60 | drain 50 | - | mesh-drains-already, drain-without-effect |
//! | the mesh drains long enough, listeners don't | - | 50 | mesh D 60 | - | DD 83, G 62 | mesh-drains-already |
//! | the mesh drains long enough, another hook is asked for | 62 | - | mesh D 60 | sigterm, classic | hook sigterm | mesh-drains-already |
//! | the mesh drains too short | - | 40 | mesh D 20 | - | D 45, DD 68, hook drain, G 47 | - |
//! | the pod's own is shorter | - | - | mesh D 60, D 30 | - | hook drain, G 32 | - |
//! | exact | - | - | mesh D 60 | exact | D 5, hook drain, G 7 | - |
//! | on a native sidecar | - | - | mesh D 60, native | - | G 30 | - |
//! | drainDuration of the mesh | - | 60 | mesh DD 70 | sigterm, classic | D 65, hook sigterm, G 67 | drain-beyond-drain-duration |
//! | drainDuration of the mesh, too short | - | 60 | mesh DD 50 | sigterm, classic | D 65, DD 98, hook sigterm, G 67 | - |
//! | admin port | - | - | port 15004 | - | D 28, hook drain at 15004, G 30 | - |
//! | admin port of the mesh, hook of the default port there | 30 | - | mesh port 15004, D 28, bare drain | - | hook drain at 15004 | - |
//! | admin port, there | 30 | - | port 15004, D 28, bare drain at 15004 | - | - | - |
//! | admin port no longer | 30 | - | D 28, bare drain at 15004 | - | hook drain | - |
//! | admin port out of reach | - | 40 | port 15001 | - | D 45, DD 68, G 47 | admin-port-out-of-reach |
//! | admin port out of reach, our hook there | 30 | - | mesh port 15001, D 28, bare drain at 15001 | - | - override | admin-port-out-of-reach |
//! | admin port out of reach, our hook in another's override | 30 | - | port 15001, D 28, full drain | - | - hook | admin-port-out-of-reach |
//! | admin port out of reach, a long hook | - | 60 | port 15001 | - | D 65, DD 98, G 67 | admin-port-out-of-reach |
//! | admin port out of reach, a hook of the mesh | - | 40 | port 15001, mesh sleep 10 | - | D 35, DD 53, G 47 | admin-port-out-of-reach |
//! | admin port out of reach, sigterm | - | 40 | port 15001 | sigterm, classic | D 45, hook sigterm, G 47 | drain-beyond-drain-duration |
//! | admin port out of reach, no sigterm | - | - | port 15001, shared | sigterm, classic | D 28, G 30 | admin-port-out-of-reach |
//! | admin port out of reach, native | - | 40 | port 15001, native | - | D 45, DD 68, G 47 | - |
//! | a hook of the mesh, replaced | - | 40 | mesh sleep 10 | - | D 45, DD 68, hook drain, G 47 | mesh-hook-replaced |
//! | a hook of the mesh, in force | - | 40 | mesh sleep 10 | none | D 35, DD 53, G 47 | - |
//! | a hook of the mesh of unknown length | - | 40 | mesh /wait.sh | none | D 45, DD 68 | unknown-proxy-hook-length, hook-eats-grace |
//! | a hook of the mesh, native | - | 40 | mesh sleep 10, native | - | D 45, DD 68, G 47 | mesh-hook-on-native |
//! | a hook of the mesh that ends a native proxy | - | 40 | mesh kill -15 1, native | - | D 45, DD 68, G 47 | mesh-hook-on-native, hook-kills-native-proxy |
//! | a handler of another type | - | 40 | mesh other | - | D 45, DD 68, G 47 | two-handlers |
//! | a handler of another type, our hook there | - | 40 | mesh other, bare drain | - | D 45, DD 68, - override, G 47 | two-handlers |
//! | a handler of another type, a foreign hook there | 47 | 40 | mesh other, D 35, DD 53, full sleep 10 | - | - | foreign-hook-kept, two-handlers |
//! | a handler of another type, no hook wanted | - | 40 | mesh other | none | D 45, DD 68, G 47 | - |
//! | a handler of another type, native | - | 40 | mesh other, native | - | D 45, DD 68, G 47 | - |
//! | a foreign handler of another type | 47 | 40 | mesh sleep 3, D 35, DD 53, full other 10 | - | - | foreign-hook-kept, two-handlers |

use crate::istio::{Feature, SidecarMode};

use super::super::app_hooks::AppHooks;
use super::super::hook_choice::HookChoice;
use super::super::mode::{self, Pin};
use super::super::numbers::Numbers;
use super::super::{Finding, PodFacts, Policy, Rule, Severity, Subject, drain_duration, idle};

pub(super) fn all(
    facts: &PodFacts,
    policy: &Policy,
    apps: &AppHooks,
    hook: &HookChoice,
    numbers: &Numbers,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(pin(facts, policy));
    findings.extend(drain_too_new(policy));
    findings.extend(exit_on_idle_too_new(facts, policy));
    findings.extend(exit_on_idle_on_native(facts, policy, numbers));
    findings.extend(overridden(facts, policy, numbers));
    findings.extend(drain_ignored(facts, numbers));
    findings.extend(mesh_drains_already(facts, hook, numbers));
    findings.extend(drain_beyond_drain_duration(facts, policy, apps, hook, numbers));
    findings
}

fn pin(facts: &PodFacts, policy: &Policy) -> Option<Finding> {
    let (rule, message, remedy) = match mode::pinned(facts, policy)? {
        Pin::Write(_) => return None,
        Pin::NothingDeclared => (
            Rule::PinWithoutMode,
            "pinSidecar writes the declared mode of the sidecar, and none is declared".to_owned(),
            "set sidecar: classic or sidecar: native",
        ),
        Pin::TooNew(release) => (
            Rule::NativeAnnotationTooNew,
            format!(
                "Istio {release} does not read the annotation sidecar.istio.io/nativeSidecar (needs {}), so it is not \
                 written",
                Feature::NativeAnnotation.since()
            ),
            "upgrade Istio, or leave pinSidecar out",
        ),
        Pin::NoNativeOnNodes(release) => (
            Rule::NativeAnnotationTooNew,
            format!(
                "Kubernetes {release} does not run native sidecars (needs {}), and with the annotation no app would start, so \
                 it is not written",
                Feature::SidecarContainers.since()
            ),
            "set sidecar: classic, or upgrade Kubernetes",
        ),
        Pin::TwoHandlers => (
            Rule::PinContradictsContainer,
            "the preStop hook of istio-proxy is no exec hook, which a native sidecar is rejected with, so it is not pinned as native"
                .to_owned(),
            "remove the hook, or set replaceHooks",
        ),
        Pin::Contradiction => (
            Rule::PinContradictsContainer,
            "istio-proxy stands among the init containers, so its sidecar can't be pinned as classic".to_owned(),
            "move it to `containers`, or set sidecar: native",
        ),
    };
    let (severity, subject) = (Severity::Warning, Subject::Workload);
    Some(Finding { rule, severity, subject, message, remedy: remedy.to_owned() })
}

fn drain_too_new(policy: &Policy) -> Option<Finding> {
    let release = policy.istio.filter(|_| policy.lacks(Feature::TerminationDrainDuration))?;
    Some(Finding {
        rule: Rule::IstioTooOld,
        severity: Severity::Warning,
        subject: Subject::ProxyConfig,
        message: format!(
            "Istio {release} does not know terminationDrainDuration (needs {})",
            Feature::TerminationDrainDuration.since()
        ),
        remedy: "upgrade Istio".to_owned(),
    })
}

fn exit_on_idle_too_new(facts: &PodFacts, policy: &Policy) -> Option<Finding> {
    let release = policy.istio.filter(|_| idle::is_too_new(policy))?;
    let severity = match (policy.exit_on_idle, facts.settings.exit_on_idle.in_force()) {
        (true, _) => Severity::Error,
        (false, Some(true)) => Severity::Warning,
        (false, _) => return None,
    };
    Some(Finding {
        rule: Rule::ExitOnIdleTooNew,
        severity,
        subject: Subject::ProxyConfig,
        message: format!(
            "Istio {release} does not know EXIT_ON_ZERO_ACTIVE_CONNECTIONS (needs {}): the proxy goes by \
             terminationDrainDuration",
            Feature::ExitOnIdle.since()
        ),
        remedy: "upgrade Istio, or leave exit on idle out".to_owned(),
    })
}

/// A native proxy goes with the apps. Where our drain hook took the place of Istio's, the agent waits for its minimum after them.
fn exit_on_idle_on_native(facts: &PodFacts, policy: &Policy, numbers: &Numbers) -> Option<Finding> {
    let (message, remedy) = match mode::of(facts, policy) {
        SidecarMode::Native if policy.exit_on_idle => (
            "exitOnIdle does nothing on a native sidecar, which goes with the apps: nothing is written for it"
                .to_owned(),
            "leave it out for native sidecars",
        ),
        SidecarMode::Unknown if numbers.exits_on_idle => (
            format!(
                "should the sidecar be native, the pod lingers for MINIMUM_DRAIN_DURATION {} after the apps have gone, or \
                 until its grace period is over",
                numbers.lasting.value()
            ),
            "say which kind of sidecar it is by `sidecar`",
        ),
        _ => return None,
    };
    Some(Finding {
        rule: Rule::ExitOnIdleOnNative,
        severity: Severity::Info,
        subject: Subject::Workload,
        message,
        remedy: remedy.to_owned(),
    })
}

/// What would have to be written and would do nothing.
fn overridden(facts: &PodFacts, policy: &Policy, numbers: &Numbers) -> Option<Finding> {
    let settings = &facts.settings;
    let finding = |message, remedy: String| {
        let (rule, severity, subject) = (Rule::OverriddenSetting, Severity::Warning, Subject::ProxyContainer);
        Some(Finding { rule, severity, subject, message, remedy })
    };
    if !numbers.exits_on_idle {
        let over = settings.exit_on_idle.over.as_ref();
        let over = over.filter(|_| policy.exit_on_idle && !numbers.is_native && !idle::is_too_new(policy))?;
        let message = format!(
            "exitOnIdle does nothing here: {} turns EXIT_ON_ZERO_ACTIVE_CONNECTIONS off, and wins over the annotation",
            over.origin
        );
        return finding(message, "remove the variable there".to_owned());
    }
    let over = settings.minimum.over.as_ref()?;
    let needed = numbers.needed.minus(numbers.hook.unwrap_or_default());
    if numbers.is_native || over.value >= needed {
        return None;
    }
    let message = format!(
        "{} sets MINIMUM_DRAIN_DURATION to {}, and wins over the annotation: the proxy is needed for {needed}",
        over.origin, over.value
    );
    finding(message, format!("set it to {needed} there, or remove it"))
}

fn drain_ignored(facts: &PodFacts, numbers: &Numbers) -> Option<Finding> {
    let drain = facts.settings.drain.own.filter(|_| numbers.exits_on_idle)?;
    Some(Finding {
        rule: Rule::DrainIgnoredByExitOnIdle,
        severity: Severity::Info,
        subject: Subject::ProxyConfig,
        message: format!(
            "the proxy exits when it is idle, so terminationDrainDuration {drain} does nothing: it stays for {} at least",
            numbers.lasting.value()
        ),
        remedy: "remove one of the two".to_owned(),
    })
}

fn mesh_drains_already(facts: &PodFacts, hook: &HookChoice, numbers: &Numbers) -> Option<Finding> {
    let drain = &facts.settings.drain;
    let under = drain.under.as_ref().filter(|_| drain.own.is_none())?;
    let is_enough = !numbers.exits_on_idle && !numbers.is_native && under.value == numbers.lasting.value();
    is_enough.then(|| Finding {
        rule: Rule::MeshDrainsAlready,
        severity: Severity::Info,
        subject: Subject::Workload,
        message: format!(
            "the mesh already drains for {} ({}), so the pod needs {}",
            under.value,
            under.origin,
            if hook.command.is_empty() { "neither a setting nor a hook of its own" } else { "no setting for it" }
        ),
        remedy: String::new(),
    })
}

/// What the SIGTERM hook of the guides leaves as it is while the release is not known.
fn drain_beyond_drain_duration(
    facts: &PodFacts,
    policy: &Policy,
    apps: &AppHooks,
    hook: &HookChoice,
    numbers: &Numbers,
) -> Option<Finding> {
    let (needed, present) = drain_duration::shortfall(facts, policy, apps, hook, numbers)?;
    Some(Finding {
        rule: Rule::DrainBeyondDrainDuration,
        severity: Severity::Info,
        subject: Subject::ProxyConfig,
        message: format!(
            "from Istio {} on (inferred) Envoy closes idle connections and WebSockets in the last third of \
             drainDuration {present}, and the apps may need them for {}",
            Feature::ConnectionDrain.since(),
            apps.longest + policy.app_shutdown
        ),
        remedy: format!("set target.istio, or drainDuration in proxy.istio.io/config to {needed} or more"),
    })
}
