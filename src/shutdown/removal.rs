//! `--remove`: everything that this tool writes is taken out again.
//!
//! There are no marker annotations, so what is ours is known by its form:
//!
//! | what | is taken out |
//! |---|---|
//! | `terminationDrainDuration` | always: it is what the tool is for |
//! | `EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"` with `MINIMUM_DRAIN_DURATION` | where both are in the annotation |
//! | `drainDuration` | where it is longer than what the pod would have without it, and equal to one of the above, to 1.5 (P + A), or to 1.5 G beside the hook that waits |
//! | `parentShutdownDuration` | where it is 15s longer than such a `drainDuration` |
//! | the hook of istio-proxy | the drain hook, the SIGTERM hook, `sleep N` in a bare override, and what the policy would write now |
//! | the override | where it holds nothing else, or else only the policy's `resources` |
//! | the annotation `sidecar.istio.io/nativeSidecar` | where the policy has `pinSidecar` and the mode that it says |
//! | `sleep` hooks of apps | where the policy states that length by `appPreStop` or `longestRequest`; else they stay, and a note says so |
//! | `terminationGracePeriodSeconds` | never: what was there before is not known, and a longer one does no harm |
//!
//! An annotation that nothing is left in goes, and so do empty `annotations`.
//!
//! # Removals
//!
//! The columns are those of the table of [`plan`](super::plan()); each policy has `remove`.
//!
//! | case | grace | app hooks | there | policy | changes | findings |
//! |---|---|---|---|---|---|---|
//! | nothing there | - | - | - | remove | - | - |
//! | the recipe | 47 | 40 | D 45, bare drain | remove | - drain, - override | grace-kept |
//! | the recipe in another's override | 47 | 40 | D 45, full drain | remove | - drain, - hook | grace-kept |
//! | with resources | 30 | - | D 28, cpu 100m, bare drain | cpu 100m, remove | - drain, - override | grace-kept |
//! | with resources of its own | 30 | - | D 28, cpu 100m, bare drain | remove | - drain, - hook | grace-kept |
//! | sigterm | 67 | 60 | D 65, DD 65, bare sigterm | remove | - drain, - drainDuration, - override | grace-kept |
//! | sigterm on an old Istio | 67 | 60 | D 65, DD 65, PSD 80, bare sigterm | remove | - drain, - drainDuration, - parentShutdown, - override | grace-kept |
//! | a drainDuration of its own | 47 | 40 | D 45, DD 60, bare drain | remove | - drain, - override | grace-kept |
//! | sleep | 47 | 40 | D 5, bare sleep 40 | remove | - drain, - override | grace-kept |
//! | sleep in another's override | 47 | 40 | D 5, full sleep 40 | sleep, remove | - drain, - hook | grace-kept |
//! | a sleep that may be anybody's | - | 40 | full sleep 40 | remove | - | - |
//! | the hook that waits | 47 | 40 | D 45, DD 71, full wait 3 | remove | - drain, - drainDuration, - hook | grace-kept |
//! | exec of the policy | 30 | - | D 28, bare /wait.sh | exec /wait.sh, remove | - drain, - override | grace-kept |
//! | exec of nobody | - | - | full /wait.sh | remove | - | - |
//! | exit on idle | 47 | 40 | idle 45, bare drain | remove | - idle, - minimum, - override | grace-kept |
//! | exit on idle of its own | - | - | idle | remove | - | - |
//! | exit on idle by the mesh | - | - | mesh idle 45 | remove | - | - |
//! | a pin | 30 | - | D 28, pin true | pin, native, remove | - drain, - pin | grace-kept |
//! | a pin that may be anybody's | 30 | - | D 28, pin true | remove | - drain | grace-kept |
//! | hooks of apps | 30 | action 5, command 5, 5, action 9 | D 28 | pre 5, remove | - drain, - app-0, - app-1 | grace-kept |
//! | the longest request | 87 | action 45 | D 80 | longest 40, remove | - drain, - app-0 | grace-kept |
//! | sleeps that may be anybody's | 30 | action 5, action 9 | D 28 | remove | - drain | app-sleep-kept, app-sleep-kept, grace-kept |
//! | native | 30 | - | D 28, native bare drain | remove | - drain, - hook | grace-kept |
//! | a gateway | 60 | - | gateway, D 58, full | gateways, remove | - drain | grace-kept |

use crate::rules::{app_sleep_kept, grace_kept};

use super::app_hooks::{AppHooks, Delay, sleep_of};
use super::hook_choice::{is_written, removed};
use super::resolved_policy::ENDPOINT_DELAY;
use super::{AppSleep, Change, Finding, Grace, Part, Plan, PodFacts, Policy, Sidecar, drain_duration, mode};

/// What has to be taken out.
pub(super) fn plan(facts: &PodFacts, policy: &Policy) -> Plan {
    let mut parts = Vec::new();
    let settings = &facts.settings;
    if settings.drain.own.is_some() {
        parts.push(Part::Drain);
    }
    parts.extend(drain_duration::written(facts, policy, &AppHooks::of(facts, policy)));
    if settings.exit_on_idle.own == Some(true) && settings.minimum.own.is_some() {
        parts.extend([Part::ExitOnIdle, Part::Minimum]);
    }
    parts.extend(of_pin(facts, policy));
    if !facts.is_gateway {
        parts.extend(of_proxy(facts, policy));
        parts.extend(of_apps(facts, policy));
    }
    let mut findings = Vec::new();
    if !parts.is_empty() {
        findings.extend(kept_sleeps(facts, policy));
        if let Grace::Explicit(grace) = facts.grace {
            findings.push(grace_kept::found(grace));
        }
    }
    Plan { changes: parts.into_iter().map(Change::Remove).collect(), findings, ..Plan::default() }
}

fn of_pin(facts: &PodFacts, policy: &Policy) -> Option<Part> {
    let declared = match policy.sidecar {
        Sidecar::Auto => return None,
        Sidecar::Classic => mode::text(false),
        Sidecar::Native => mode::text(true),
    };
    (policy.pin_sidecar && facts.native_annotation.as_deref() == Some(declared)).then_some(Part::Pin)
}

fn of_proxy(facts: &PodFacts, policy: &Policy) -> Option<Part> {
    let present = facts.proxy.present()?;
    is_written(present, facts, policy).then(|| removed(&facts.proxy, present, policy))
}

/// The sleeps of apps that have the form of ours, with the container of each.
fn sleeps(facts: &PodFacts) -> impl Iterator<Item = (&str, AppSleep)> {
    facts.app_hooks.iter().filter_map(|hook| Some((hook.container.as_str(), sleep_of(hook.handler.as_ref()?)?)))
}

fn of_apps(facts: &PodFacts, policy: &Policy) -> Vec<Part> {
    let stated = sleeps(facts).filter(|(_, sleep)| policy.app_delay() == Some(sleep.seconds()));
    stated.map(|(container, _)| Part::AppHook(container.to_owned())).collect()
}

/// What an earlier run may have written: the default, or what was stated then. A command may, too, but is far more
/// often the app's own, so that only the default's length counts.
fn kept_sleeps(facts: &PodFacts, policy: &Policy) -> Vec<Finding> {
    let may_be_ours = policy.app_delay().is_none() && Delay::of(facts, policy) != Delay::None;
    let is_likely = |sleep: AppSleep| matches!(sleep, AppSleep::Action(_)) || sleep.seconds() == ENDPOINT_DELAY;
    let kept = sleeps(facts).filter(|(_, sleep)| may_be_ours && is_likely(*sleep));
    kept.map(|(container, sleep)| app_sleep_kept::found(container, sleep.seconds())).collect()
}
