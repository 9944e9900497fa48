//! The arithmetic: from facts and policy to what has to be written.
//!
//! Whole seconds, rounded up. For one pod:
//!
//! - `P`: the longest known preStop hook of the apps. One that can't be read counts as `preStopEstimate`, and as 0
//!   without one.
//! - `A`: `appShutdown`, what an app may take after SIGTERM. `M`: `margin`, what the agent needs after the drain.
//! - `G0`: the grace period now, 30 where there is none. `D0`: the drain duration now, 5 where the pod has none.
//! - `h`: the length of the preStop hook that istio-proxy ends up with; 0 for the drain and the SIGTERM hook.
//! - `F`: how long the proxy must stay: `max(drain, P + A)`. Without `drain` also for what the app may use of its grace
//!   period, up to 30s: `max(P + A, min(G0 - M, 30))`; but not with `exact`, with `preStop: sleep`, or where the proxy
//!   exits on idle.
//!
//! Then `D = max(D0, F - h)` and `G = max(G0, h + D + M)`. That is all: `preStop: sleep` is `h = P`, a hook that is
//! kept has the `h` that was read off it. Nothing that is there is lowered, unless `exact` is set: then `D = F - h` and
//! `G = h + D + M`.
//!
//! - Where `h` can't be read it counts as 0 for `D`, and the grace period stays as it is.
//! - Where the proxy exits on idle, Istio ignores `D`: instead the minimum is `max(5, F - h, the minimum now)`, and
//!   takes the place of `D` in `G`. The agent has no upper bound then; `G` is the bound.
//! - A native proxy outlives the apps, and ignores `D`: `G = max(G0, P + A + M)`. The annotation is written all the
//!   same, since it is right should the proxy turn out to be a classic one.
//! - The SIGTERM hook gets `drainDuration: D` where `P` is over 45s, the time for which Envoy takes new connections.
//! - An explicit grace period of 5s or less without any app hook and without `drain` is a wish to die fast: nothing is
//!   written. `exact` may have written such a one itself, so it says nothing there.
//! - A grace period of 0 is never written, since it means no graceful shutdown at all: 1 is the least.
//!
//! # Cases
//!
//! `-` is nothing. App hooks are seconds, `40+` at least 40, `?` unknown. Under "there" stands what the template has
//! already: `D` the drain duration, `DD` `drainDuration`, `idle` exit on idle (with its minimum), `shared` the process
//! namespace, `bare`, `full` or `native` an istio-proxy with nothing else, with other things or as native sidecar, and
//! its hook. Changes are named the same way, with `turn on` for exit on idle; `- hook` and `- override` take away.
//!
//! | case | grace | app hooks | there | policy | changes | findings |
//! |---|---|---|---|---|---|---|
//! | nothing special | - | - | - | - | D 28, hook drain, G 30 | - |
//! | default grace, written out | 30 | - | - | - | D 28, hook drain | - |
//! | hook shorter than grace | - | 10 | - | - | D 28, hook drain, G 30 | - |
//! | hook longer than grace | - | 40 | - | - | D 45, hook drain, G 47 | - |
//! | hook as long as grace | 30 | 30 | - | - | D 35, hook drain, G 37 | - |
//! | hook of at least | - | 40+ | - | - | D 45, hook drain, G 47 | - |
//! | several containers | - | 10, 40, 20 | - | - | D 45, hook drain, G 47 | - |
//! | unknown hook | - | ? | - | - | D 28, hook drain, G 30 | unknown-hook-length |
//! | unknown hook beside a known one | - | 40, ? | - | - | D 45, hook drain, G 47 | unknown-hook-length |
//! | unknown hook, estimated | - | ? | - | estimate 50 | D 55, hook drain, G 57 | unknown-hook-length |
//! | two unknown hooks | - | ?, ? | - | - | D 28, hook drain, G 30 | unknown-hook-length, unknown-hook-length |
//! | small grace | 10 | - | - | - | D 8, hook drain | - |
//! | small grace, hook | 5 | 3 | - | - | D 8, hook drain, G 10 | - |
//! | large grace | 32 | - | - | - | D 30, hook drain | - |
//! | grace beyond the cover | 60 | - | - | - | D 30, hook drain | grace-beyond-cover |
//! | grace beyond the cover of a hook | 120 | 40 | - | - | D 45, hook drain | grace-beyond-cover |
//! | large grace, covered on demand | 60 | - | - | drain 58 | D 58, hook drain | - |
//! | large grace, covered already | 60 | - | D 58 | - | hook drain | - |
//! | dies on purpose | 5 | - | - | - | - | dies-on-purpose |
//! | dies at once on purpose | 0 | - | D 7 | sigterm | - | dies-on-purpose |
//! | small grace, asked for exactly | 5 | - | D 5 | exact, margin 0 | hook drain | - |
//! | dies on purpose, but not with drain | 5 | - | - | drain 20 | D 20, hook drain, G 22 | - |
//! | drain | - | - | - | drain 90 | D 90, hook drain, G 92 | - |
//! | drain shorter than the hook | - | 40 | - | drain 20 | D 45, hook drain, G 47 | - |
//! | drain below what is there | - | - | D 60 | drain 20 | hook drain, G 62 | - |
//! | app shutdown and margin | - | 40 | - | app 20, margin 5 | D 60, hook drain, G 65 | - |
//! | drain duration too short | - | 40 | D 10 | - | D 45, hook drain, G 47 | - |
//! | drain duration just right | - | 40 | D 45 | - | hook drain, G 47 | - |
//! | drain duration longer | - | 40 | D 100 | - | hook drain, G 102 | - |
//! | exact | 60 | 40 | D 100 | exact | D 45, hook drain, G 47 | - |
//! | exact with drain | 60 | 10 | D 100 | exact, drain 20 | D 20, hook drain, G 22 | - |
//! | exact, no hook | - | - | - | exact | D 5, hook drain, G 7 | - |
//! | exact, nothing at all | - | - | - | exact, app 0, margin 0 | D 0, hook drain, G 1 | - |
//! | all there already | 47 | 40 | D 45, bare drain | - | - | - |
//! | override without a hook | - | - | full | - | D 28, hook drain, G 30 | - |
//! | the recipe of the guides | - | 40 | - | drain 40, app 0, margin 0, sigterm | D 40, hook sigterm, G 40 | hook-eats-grace |
//! | just enough time after SIGTERM | - | 40 | - | app 0 | D 40, hook drain, G 42 | - |
//! | too little time after SIGTERM | - | 40 | - | app 1, margin 0 | D 41, hook drain, G 41 | hook-eats-grace |
//! | sigterm | - | 40 | - | sigterm | D 45, hook sigterm, G 47 | - |
//! | sigterm, hook over 45 | - | 60 | - | sigterm | D 65, DD 65, hook sigterm, G 67 | - |
//! | sigterm, drainDuration too short | - | 60 | DD 60 | sigterm | D 65, DD 65, hook sigterm, G 67 | - |
//! | sigterm, drainDuration enough | - | 60 | DD 65 | sigterm | D 65, hook sigterm, G 67 | - |
//! | sigterm, shared processes | - | - | shared | sigterm | D 28, hook drain, G 30 | shared-process-namespace |
//! | sigterm there, shared processes | 30 | - | D 28, shared, bare sigterm | sigterm | hook drain | shared-process-namespace |
//! | sleep | - | 40 | - | sleep | D 5, hook sleep 40, G 47 | - |
//! | sleep with drain | - | 40 | - | sleep, drain 60 | D 20, hook sleep 40, G 62 | - |
//! | sleep with a short drain | - | 40 | - | sleep, drain 30 | D 5, hook sleep 40, G 47 | - |
//! | sleep, drain duration there | - | 40 | D 20 | sleep | hook sleep 40, G 62 | - |
//! | sleep, nothing to wait for | - | - | - | sleep | D 28, hook drain, G 30 | sleep-without-length |
//! | sleep, unknown hook | - | 40, ? | - | sleep | D 45, hook drain, G 47 | unknown-hook-length, sleep-without-length |
//! | sleep, estimated hook | - | ? | - | sleep, estimate 20 | D 5, hook sleep 20, G 30 | unknown-hook-length |
//! | sleep, another length there | 47 | 40 | D 5, bare sleep 30 | sleep | hook sleep 40 | - |
//! | sleep, the length there | 47 | 40 | D 5, full sleep 40 | sleep | - | - |
//! | exec of known length | - | 40 | - | exec sleep 10 | D 35, hook exec sleep 10, G 47 | - |
//! | exec longer than needed | - | - | - | exec sleep 60 | D 5, hook exec sleep 60, G 67 | - |
//! | exec longer than needed, exact | - | - | - | exec sleep 60, exact | D 0, hook exec sleep 60, G 62 | - |
//! | exec of unknown length | - | 40 | - | exec /wait.sh | D 45, hook exec /wait.sh | unknown-proxy-hook-length, hook-eats-grace |
//! | exec there already | 47 | 40 | D 35, full sleep 10 | exec sleep 10 | - | - |
//! | exec that ends the proxy | - | - | - | exec pilot-agent request POST drain | D 28, hook exec pilot-agent request POST drain, G 30 | ends-proxy-early |
//! | none | - | 40 | - | none | D 45, G 47 | - |
//! | none, hook over 45 | - | 60 | - | none | D 65, G 67 | drain-beyond-drain-duration |
//! | none, hook over 45, drainDuration enough | - | 60 | DD 60 | none | D 65, G 67 | - |
//! | none, our hook there, bare | 30 | - | D 28, bare drain | none | - override | - |
//! | none, our sleep there, bare | 30 | - | D 28, bare sleep 9 | none | - override | - |
//! | none, our hook there, not bare | 30 | - | D 28, full sigterm | none | - hook | - |
//! | none, override without a hook | 30 | - | D 28, bare | none | - | - |
//! | none, foreign hook | - | 40 | full sleep 10 | none | D 35, G 47 | - |
//! | none, foreign hook, replaced | - | 40 | full sleep 10 | none, replace | D 45, - hook, G 47 | - |
//! | none, foreign hook, bare, replaced | - | 40 | bare /wait.sh | none, replace | D 45, - override, G 47 | - |
//! | from sigterm to drain | 47 | 40 | D 45, bare sigterm | - | hook drain | - |
//! | from drain to sigterm | 47 | 40 | D 45, full drain | sigterm | hook sigterm | - |
//! | from sleep to drain | 47 | 40 | D 5, bare sleep 40 | - | D 45, hook drain | - |
//! | from drain to sleep | 47 | 40 | D 45, bare drain | sleep | hook sleep 40, G 87 | - |
//! | from drain to sleep, exact | 47 | 40 | D 45, bare drain | sleep, exact | D 5, hook sleep 40 | - |
//! | kept hook | - | 40 | full sleep 10 | - | D 35, G 47 | - |
//! | kept hook, longer than needed | - | - | full sleep 60 | - | D 5, G 67 | - |
//! | kept hook, drain duration longer | - | 40 | D 60, full sleep 10 | - | G 72 | - |
//! | kept hook of unknown length | - | - | full /wait.sh | - | D 28 | unknown-proxy-hook-length |
//! | kept hook, sleep is not served through | - | 40 | full sleep 10 | sleep | D 35, G 47 | - |
//! | kept hook, over 45 after it | - | 80 | full sleep 10 | - | D 75, G 87 | drain-beyond-drain-duration |
//! | kept hook, another handler | - | 40 | full other 10 | - | D 35, G 47 | - |
//! | kept hook, replaced | - | 40 | full sleep 10 | replace | D 45, hook drain, G 47 | - |
//! | kept hook, unknown, replaced | - | 40 | full /wait.sh | replace | D 45, hook drain, G 47 | - |
//! | kept hook that ends the proxy | - | - | full pilot-agent request POST quitquitquit | - | D 28, G 30 | ends-proxy-early |
//! | kept hook that signals the agent | - | 40 | full kill -15 1 | - | D 45, G 47 | - |
//! | idle | - | 40 | - | idle | turn on idle 45, hook drain, G 47 | - |
//! | idle, no hook | - | - | - | idle | turn on idle 5, hook drain, G 30 | - |
//! | idle with drain | - | - | - | idle, drain 60 | turn on idle 60, hook drain, G 62 | - |
//! | idle, drain duration there | - | - | D 100 | idle | turn on idle 5, hook drain, G 30 | - |
//! | idle there | - | 40 | idle | - | idle 45, hook drain, G 47 | - |
//! | idle there, minimum longer | - | 40 | idle 60 | - | hook drain, G 62 | - |
//! | idle there, minimum longer, exact | 100 | 40 | idle 60 | exact | idle 45, hook drain, G 47 | - |
//! | idle there, large grace | 600 | - | idle 5 | - | hook drain | - |
//! | idle, sigterm, hook over 45 | - | 60 | - | idle, sigterm | DD 65, turn on idle 65, hook sigterm, G 67 | - |
//! | idle, sleep | - | 40 | - | idle, sleep | turn on idle 5, hook sleep 40, G 47 | - |
//! | idle, kept hook | - | 40 | full sleep 10 | idle | turn on idle 35, G 47 | - |
//! | native | - | 40 | native | - | D 45, G 47 | - |
//! | native, no hook | - | - | native | - | D 28, G 30 | - |
//! | native, with drain | - | - | native | drain 90 | D 90, G 30 | - |
//! | native, large grace | 120 | - | native | - | D 30 | - |
//! | native, exact | 120 | 40 | D 100, native | exact | D 45, G 47 | - |
//! | native, our hook | 30 | - | D 28, native drain | - | - hook | - |
//! | native, our hook, bare | 30 | - | D 28, native bare sigterm | sigterm | - hook | - |
//! | native, the drain of the agent | 30 | - | D 28, native pilot-agent request POST drain | replace | - | - |
//! | native, foreign hook that ends it | 30 | - | D 28, native kill -15 1 | - | - | hook-kills-native-proxy |
//! | native, foreign hook that ends it, replaced | 30 | - | D 28, native kill -15 1 | replace | - hook | - |
//! | native, foreign hook that does not | 30 | - | D 28, native sleep 10 | - | - | - |
//! | native, another handler | 30 | - | D 28, native other 10 | - | - | two-handlers |
//! | native, idle | - | 40 | native | idle | turn on idle 45, G 47 | - |

use std::fmt;

use crate::istio::ProxyExec;

use super::hook_choice::{self, HookChoice};
use super::numbers::{AppHooks, BUILTIN_DRAIN_DURATION, Numbers};
use super::{Drain, Finding, Grace, PodFacts, Policy, Seconds, remarks};

/// With an explicit grace period up to this, no hook and no `drain`, a pod is meant to die fast.
const DIES_ON_PURPOSE: Seconds = Seconds::new(5);

/// One thing to write into the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// `terminationDrainDuration` in `proxy.istio.io/config`.
    Drain(Seconds),
    /// `drainDuration` in `proxy.istio.io/config`.
    DrainDuration(Seconds),
    /// `proxyMetadata` entries of `proxy.istio.io/config`.
    ExitOnIdle {
        /// Write `EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"`; else it is in force already.
        turn_on: bool,
        /// `MINIMUM_DRAIN_DURATION`.
        minimum: Seconds,
    },
    /// `terminationGracePeriodSeconds`.
    Grace(Seconds),
    /// The exec command of the preStop hook of `istio-proxy`; whatever handler is there is replaced, and
    /// the override container is added where there is none.
    Hook(Vec<String>),
    /// The hook is taken off an override that holds other things too.
    RemoveHook,
    /// The override that an earlier run wrote is taken out.
    RemoveOverride,
}

/// Prints what is written, in the manifest's own words.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drain(seconds) => write!(f, "terminationDrainDuration {seconds}"),
            Self::DrainDuration(seconds) => write!(f, "drainDuration {seconds}"),
            Self::ExitOnIdle { minimum, .. } => write!(f, "exit on idle after at least {minimum}"),
            Self::Grace(seconds) => write!(f, "terminationGracePeriodSeconds {}", seconds.get()),
            Self::Hook(command) => write!(f, "preStop hook `{}` on istio-proxy", command.join(" ")),
            Self::RemoveHook => f.write_str("no preStop hook on istio-proxy"),
            Self::RemoveOverride => f.write_str("no istio-proxy container"),
        }
    }
}

/// What is to be done with one workload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In the order in which they are written: annotation, container, grace period. Only what differs from what is
    /// there.
    pub changes: Vec<Change>,
    /// What is worth telling about it.
    pub findings: Vec<Finding>,
}

/// Works out what the pod needs. Total, and stable: planned again over what it wrote, it changes nothing.
pub fn plan(facts: &PodFacts, policy: &Policy) -> Plan {
    if let Grace::Explicit(grace) = facts.grace
        && grace <= DIES_ON_PURPOSE
        && facts.app_hooks.is_empty()
        && policy.drain.is_none()
        && !policy.exact
    {
        return Plan { changes: Vec::new(), findings: vec![remarks::dies_on_purpose(grace)] };
    }
    let apps = AppHooks::of(facts, policy);
    let hook = hook_choice::choose(facts, policy, &apps);
    let numbers = Numbers::of(facts, policy, &apps, &hook);
    let findings = remarks::all(facts, policy, &apps, &hook, &numbers);
    Plan { changes: changes(facts, &apps, hook, &numbers), findings }
}

fn changes(facts: &PodFacts, apps: &AppHooks, hook: HookChoice, numbers: &Numbers) -> Vec<Change> {
    let lasting = numbers.lasting;
    let mut changes = Vec::new();
    if !numbers.exits_on_idle && facts.drain != Some(Drain(lasting)) {
        changes.push(Change::Drain(lasting));
    }
    let is_signalled = !numbers.is_native && hook.in_force == Some(ProxyExec::Sigterm);
    if is_signalled && apps.longest > BUILTIN_DRAIN_DURATION && facts.drain_duration < Some(lasting) {
        changes.push(Change::DrainDuration(lasting));
    }
    let minimum = facts.exit_on_idle.and_then(|idle| idle.minimum);
    if numbers.exits_on_idle && (facts.exit_on_idle.is_none() || minimum != Some(lasting)) {
        changes.push(Change::ExitOnIdle { turn_on: facts.exit_on_idle.is_none(), minimum: lasting });
    }
    changes.extend(hook.change);
    changes.extend(numbers.grace.filter(|&grace| facts.grace != Grace::Explicit(grace)).map(Change::Grace));
    changes
}
