//! Proxies that exit as soon as they have no connections left.
//!
//! With `EXIT_ON_ZERO_ACTIVE_CONNECTIONS` the agent waits for `MINIMUM_DRAIN_DURATION`, looks every second whether a
//! connection is left, and has no upper bound but the grace period. It ignores `terminationDrainDuration`. Where the
//! variable is in force already, by the override's env, a ProxyConfig, the annotation or the mesh, the pod is planned
//! for like that without being asked. A native proxy goes with the apps, so nothing of it is written there.
//!
//! Sources: istio/istio `pkg/envoy/agent.go` (`terminate`); the variables are there since Istio 1.12.
//!
//! # Idle
//!
//! | case | grace | app hooks | there | policy | changes | findings |
//! |---|---|---|---|---|---|---|
//! | idle | - | 40 | - | idle | DD 68, turn on idle 45, hook drain, G 47 | exit-on-idle-on-native |
//! | no hook | - | - | - | idle | turn on idle 5, hook drain, G 30 | exit-on-idle-on-native |
//! | with drain | - | - | - | idle, drain 60 | turn on idle 60, hook drain, G 62 | exit-on-idle-on-native, drain-beyond-apps |
//! | drain duration there | - | - | D 100 | idle | turn on idle 5, hook drain, G 30 | exit-on-idle-on-native, drain-ignored-by-exit-on-idle |
//! | there | - | 40 | idle | - | DD 68, idle 45, hook drain, G 47 | exit-on-idle-on-native |
//! | there, turned off | - | 40 | idle off | - | D 45, DD 68, hook drain, G 47 | - |
//! | there, turned off, asked for | - | 40 | idle off | idle | DD 68, turn on idle 45, hook drain, G 47 | exit-on-idle-on-native |
//! | there, minimum longer | - | 40 | idle 60 | - | DD 68, hook drain, G 62 | exit-on-idle-on-native |
//! | there, minimum longer, exact | 100 | 40 | idle 60 | exact | DD 68, idle 45, hook drain, G 47 | exit-on-idle-on-native |
//! | there, large grace | 600 | - | idle 5 | - | hook drain | exit-on-idle-on-native, grace-beyond-cover |
//! | sigterm, hook over 45 | - | 60 | - | idle, sigterm, classic | DD 98, turn on idle 65, hook sigterm, G 67 | - |
//! | sleep | - | 40 | - | idle, sleep | turn on idle 5, hook sleep 40, G 47 | exit-on-idle-on-native |
//! | kept hook | - | 40 | full sleep 10 | idle | DD 53, turn on idle 35, G 47 | foreign-hook-kept, exit-on-idle-on-native |
//! | by the mesh | - | 40 | mesh idle | - | DD 68, idle 45, hook drain, G 47 | exit-on-idle-on-native |
//! | by the mesh, with the minimum | - | 40 | mesh idle 45 | - | DD 68, hook drain, G 47 | exit-on-idle-on-native |
//! | by the mesh, off in the pod | - | 40 | mesh idle 45, idle off | - | D 45, DD 68, hook drain, G 47 | - |
//! | by the override | - | 40 | env idle | - | DD 68, idle 45, hook drain, G 47 | exit-on-idle-on-native |
//! | by the override, with a minimum that is too short | - | 40 | env idle 10 | - | DD 68, hook drain, G 47 | exit-on-idle-on-native, overridden-setting |
//! | by the override, with the minimum | - | 40 | env idle 60 | - | DD 68, hook drain, G 62 | exit-on-idle-on-native |
//! | off in the override | - | 40 | env idle off | idle | D 45, DD 68, hook drain, G 47 | overridden-setting |
//! | too new | - | 40 | - | idle, istio 1.11 | D 45, hook drain, G 47 | exit-on-idle-too-new |
//! | there, too new | - | 40 | idle 45 | istio 1.11 | D 45, hook drain, G 47 | exit-on-idle-too-new |
//! | new enough | - | 40 | - | idle, istio 1.12 | turn on idle 45, hook drain, G 47 | exit-on-idle-on-native |
//! | native | - | 40 | native | idle | D 45, DD 68, G 47 | exit-on-idle-on-native |

use crate::istio::Feature;

use super::sum::{Largest, Symbol, Term};
use super::{Change, Effective, PodFacts, Policy, Seconds, mode};

/// Whether the target is known to be older than the variables.
pub(super) fn is_too_new(policy: &Policy) -> bool {
    policy.lacks(Feature::ExitOnIdle)
}

/// Whether the proxy will exit when it is idle.
pub(super) fn is_in_force(facts: &PodFacts, policy: &Policy) -> bool {
    let setting = &facts.settings.exit_on_idle;
    // A native proxy exits with the apps, so the variables have no effect there.
    if is_too_new(policy) || mode::is_native(facts, policy) {
        return false;
    }
    match &setting.over {
        Some(over) => over.value,
        None => policy.exit_on_idle || setting.in_force() == Some(&true),
    }
}

/// The minimum time that the proxy stays, if it must stay for `rest`.
pub(super) fn minimum(facts: &PodFacts, policy: &Policy, rest: Term) -> Largest {
    let setting = &facts.settings.minimum;
    if let Some(over) = &setting.over {
        return Largest::of([Term::of(Symbol::MinimumNow, over.value)]);
    }
    let present = setting.in_force().copied().filter(|_| !policy.exact && is_in_force_already(facts));
    let present = present.map(|present| Term::of(Symbol::MinimumNow, present));
    Largest::of(present.into_iter().chain([rest, Term::of(Symbol::Constant, Effective::MINIMUM)]))
}

/// The change so that the proxy stays for `minimum` and then exits; `None` if it does so already.
pub(super) fn change(facts: &PodFacts, minimum: Seconds) -> Option<Change> {
    let turn_on = facts.settings.exit_on_idle.to_write(true).is_some();
    let minimum = facts.settings.minimum.to_write(minimum);
    (turn_on || minimum.is_some()).then_some(Change::ExitOnIdle { turn_on, minimum })
}

/// Whether exit on idle is in force already. A minimum without the switch has no effect, so it does not count.
fn is_in_force_already(facts: &PodFacts) -> bool {
    facts.settings.exit_on_idle.in_force() == Some(&true)
}
