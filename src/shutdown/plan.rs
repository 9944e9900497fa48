//! The arithmetic: from facts and policy to what has to be written.
//!
//! Whole seconds, rounded up. For one pod:
//!
//! - `P`: the longest known preStop hook of the apps. One that can't be read counts as `preStopEstimate`, and as 0
//!   without one.
//! - `A`: `appShutdown`, what an app may take after SIGTERM. `M`: `margin`, what the agent needs after the drain.
//! - `G0`: the grace period now, 30 where there is none. `D0`: the drain duration now: that of the pod, else of the
//!   mesh, else 5.
//! - `h`: the length of the preStop hook that istio-proxy ends up with; 0 for the drain and the SIGTERM hook.
//! - `F`: how long the proxy must stay: `max(drain, P + A, min(G0 - M, P + cover))`. The app may use its whole grace
//!   period, so the proxy stays for it, up to `cover` (30s) after the last hook; `cover` 0 leaves that out. So do
//!   `exact`, `preStop: sleep`, and a proxy that exits on idle: there it is `max(drain, P + A)`.
//!
//! Then `D = max(D0, F - h)` and `G = max(G0, h + D + M)`. That is all: `preStop: sleep` is `h = P`, and a hook that is
//! kept has the `h` that was read off it. Nothing that is there is lowered, unless `exact` is set: then `D = F - h` and
//! `G = h + D + M`.
//!
//! - Where `h` can't be read it counts as 0 for `D`, and the grace period stays as it is.
//! - Where the pod's hook replaces one that the mesh gives, of known length, `D` is at least that length and the drain
//!   duration of the mesh, less `h`: so long the proxy stayed before. Not with `exact`.
//! - Where the proxy exits on idle, Istio ignores `D`: instead the minimum is `max(5, F - h, the minimum now)`, and
//!   replaces `D` in `G`. The agent has no upper bound then; `G` is the bound.
//! - A native proxy outlives the apps, and ignores `D`: `G = max(G0, P + A + M)`. The annotation is written all the
//!   same, since it is right should the proxy turn out to be a classic one.
//! - `drainDuration` goes with long hooks in every mode; see `drain_duration`.
//! - A gateway has no app beside it: `D = max(D0, drain)`, `G = max(G0, D + M)`, and nothing without `drain`. It drains
//!   without `skip_exit`, so a `D` over 45s takes `drainDuration: D` with it.
//! - An explicit grace period of 5s or less without any app hook and without `drain` is a wish to die fast: nothing is
//!   written. `exact` may have written such a period itself, so it says nothing there.
//! - A grace period of 0 is never written, since it means no graceful shutdown at all: 1 is the least.
//!
//! # Cases
//!
//! More of them stand with what they are about: hooks in `hook_choice`, modes in `mode`, exit on idle in `idle`, hooks
//! of apps in `app_hooks`, the mesh in `remarks/settings`, removals in `removal`.
//!
//! `-` is nothing. App hooks are seconds of some command, `40+` at least 40, `?` unknown, `action 5` and `command 5` as
//! they are written here, `http` and `tcp` handlers of these types, `none` an app without one. Under "there" stands
//! what the template has already: `D` the drain duration, `DD` `drainDuration`, `PSD` `parentShutdownDuration`, `idle`
//! exit on idle (with its minimum), `mesh` and `env` what the mesh or the override's environment set, `shared` the
//! process namespace, `bare`, `full` or `native` an istio-proxy with nothing else, with other things or as native
//! sidecar, and its hook. Changes are named the same way, with `turn on` for exit on idle; what is taken away has a
//! dash before it.
//!
//! | case | grace | app hooks | there | policy | changes | findings |
//! |---|---|---|---|---|---|---|
//! | nothing special | - | - | - | - | D 28, hook drain, G 30 | - |
//! | default grace, written out | 30 | - | - | - | D 28, hook drain | - |
//! | hook shorter than grace | - | 10 | - | - | D 28, hook drain, G 30 | - |
//! | hook longer than grace | - | 40 | - | - | D 45, DD 68, hook drain, G 47 | - |
//! | hook as long as grace | 30 | 30 | - | - | D 35, DD 53, hook drain, G 37 | - |
//! | hook of at least | - | 40+ | - | - | D 45, DD 68, hook drain, G 47 | unknown-hook-length |
//! | hook of at least, estimated | - | 10+ | - | estimate 50 | D 55, DD 83, hook drain, G 57 | - |
//! | hook of at least, estimated as less | - | 40+ | - | estimate 20 | D 45, DD 68, hook drain, G 47 | unknown-hook-length |
//! | hook of known length, estimated | - | 10 | - | estimate 50 | D 28, hook drain, G 30 | - |
//! | hook of more than thirty years | - | 9223372036 | - | margin 0, app 0 | D 1000000000, DD 1500000000, hook drain, G 1000000000 | hook-eats-grace, grace-over-node-limit |
//! | hook in one word | - | one word | - | - | D 28, hook drain, G 30 | hook-command-in-one-word |
//! | an app ends the agent | - | quit 10 | - | - | D 28, hook drain, G 30 | app-hook-ends-proxy |
//! | an app ends the agent, which drains | - | quit 10 | - | istio 1.25 | D 28, hook drain, G 30 | - |
//! | an app ends the agent, which drains no more | - | quit 10 | - | istio 1.26 | D 28, hook drain, G 30 | app-hook-ends-proxy |
//! | an app ends a native agent | - | quit 10 | - | native | D 28, G 30 | app-hook-ends-proxy |
//! | an app asks by GET | - | get 10 | - | - | D 28, hook drain, G 30 | app-hook-ends-proxy |
//! | an app ends Envoy | - | envoy 10 | - | istio 1.25 | D 28, hook drain, G 30 | app-hook-ends-proxy |
//! | an app drains the agent after SIGTERM | - | agent 10 | - | - | D 28, hook drain, G 30 | - |
//! | an app drains the agent before SIGTERM | - | agent 10 | - | sleep | D 5, hook sleep 10, G 30 | app-hook-ends-proxy |
//! | several containers | - | 10, 40, 20 | - | - | D 45, DD 68, hook drain, G 47 | - |
//! | unknown hook | - | ? | - | - | D 28, hook drain, G 30 | unknown-hook-length |
//! | unknown hook beside a known one | - | 40, ? | - | - | D 45, DD 68, hook drain, G 47 | unknown-hook-length |
//! | unknown hook, estimated | - | ? | - | estimate 50 | D 55, DD 83, hook drain, G 57 | - |
//! | two unknown hooks | - | ?, ? | - | - | D 28, hook drain, G 30 | unknown-hook-length, unknown-hook-length |
//! | small grace | 10 | - | - | - | D 8, hook drain | - |
//! | small grace, hook | 5 | 3 | - | - | D 8, hook drain, G 10 | - |
//! | large grace | 32 | - | - | - | D 30, hook drain | - |
//! | no cover | 60 | 10 | - | cover 0 | D 15, hook drain | - |
//! | no cover beyond what is needed | - | 10 | - | cover 5 | D 15, hook drain, G 30 | - |
//! | more cover | 120 | 10 | - | cover 60 | D 70, hook drain | - |
//! | cover and drain | 120 | 10 | - | cover 10, drain 30 | D 30, hook drain | drain-beyond-apps |
//! | grace beyond the cover | 60 | - | - | - | D 30, hook drain | grace-beyond-cover |
//! | grace beyond the cover of a hook | 120 | 40 | - | - | D 70, DD 68, hook drain | grace-beyond-cover |
//! | large grace, covered on demand | 60 | - | - | drain 58 | D 58, hook drain | drain-beyond-apps |
//! | large grace, covered already | 60 | - | D 58 | - | hook drain | - |
//! | dies on purpose | 5 | - | - | - | - | dies-on-purpose |
//! | dies at once on purpose | 0 | - | D 7 | sigterm | - | dies-on-purpose |
//! | small grace, asked for exactly | 5 | - | D 5 | exact, margin 0 | hook drain | - |
//! | dies on purpose, but not with drain | 5 | - | - | drain 20 | D 20, hook drain, G 22 | drain-beyond-apps |
//! | drain | - | - | - | drain 90 | D 90, hook drain, G 92 | drain-beyond-apps |
//! | drain shorter than the hook | - | 40 | - | drain 20 | D 45, DD 68, hook drain, G 47 | drain-without-effect |
//! | drain below what is there | - | - | D 60 | drain 20 | hook drain, G 62 | drain-without-effect |
//! | app shutdown and margin | - | 40 | - | app 20, margin 5 | D 60, DD 90, hook drain, G 65 | - |
//! | drain duration too short | - | 40 | D 10 | - | D 45, DD 68, hook drain, G 47 | - |
//! | drain duration just right | - | 40 | D 45 | - | DD 68, hook drain, G 47 | - |
//! | drain duration longer | - | 40 | D 100 | - | DD 68, hook drain, G 102 | - |
//! | exact | 60 | 40 | D 100 | exact | D 45, DD 68, hook drain, G 47 | - |
//! | exact with drain | 60 | 10 | D 100 | exact, drain 20 | D 20, hook drain, G 22 | drain-beyond-apps |
//! | exact, no hook | - | - | - | exact | D 5, hook drain, G 7 | - |
//! | exact, nothing at all | - | - | - | exact, app 0, margin 0 | D 0, hook drain, G 1 | - |
//! | all there already | 47 | 40 | D 45, DD 68, bare drain | - | - | - |
//! | override without a hook | - | - | full | - | D 28, hook drain, G 30 | - |
//! | the recipe of the guides | - | 40 | - | drain 40, app 0, margin 0, sigterm, classic | D 40, hook sigterm, G 40 | drain-beyond-drain-duration, hook-eats-grace |
//! | just enough time after SIGTERM | - | 40 | - | app 0 | D 40, DD 60, hook drain, G 42 | - |
//! | too little time after SIGTERM | - | 40 | - | app 1, margin 0 | D 41, DD 62, hook drain, G 41 | hook-eats-grace |
//! | from sigterm to drain | 47 | 40 | D 45, bare sigterm | - | DD 68, hook drain | - |
//! | from drain to sigterm | 47 | 40 | D 45, full drain | sigterm, classic | hook sigterm | drain-beyond-drain-duration |
//! | from sleep to drain | 47 | 40 | D 5, bare sleep 40 | - | D 45, DD 68, hook drain | - |
//! | from drain to sleep | 47 | 40 | D 45, bare drain | sleep | hook sleep 40, G 87 | - |
//! | from drain to sleep, exact | 47 | 40 | D 45, bare drain | sleep, exact | D 5, hook sleep 40 | - |
//! | from long sigterm to drain | 67 | 60 | D 65, DD 65, bare sigterm | - | DD 98, hook drain | - |
//! | from long sigterm, on an old Istio | 67 | 60 | D 65, DD 65, PSD 80, is native, bare sigterm | - | DD 98, - override | - |
//! | from long sigterm to none | 67 | 60 | D 65, DD 65, bare sigterm | none | DD 98, - override | - |
//! | from sigterm to drain, a drainDuration of its own | 67 | 60 | D 65, DD 90, bare sigterm | - | DD 98, hook drain | - |
//! | from long sigterm to native | 67 | 60 | D 65, DD 65, is native, bare sigterm | - | DD 98, - override | - |
//! | from exec to drain | 47 | 40 | D 35, DD 53, full sleep 10 | - | - | foreign-hook-kept |
//!
//! # Gateways
//!
//! | case | grace | app hooks | there | policy | changes | findings |
//! |---|---|---|---|---|---|---|
//! | a gateway | - | - | gateway, full | gateways, drain 60 | D 60, DD 60, G 62 | - |
//! | a gateway that drains for less | - | - | gateway, full | gateways, drain 45 | D 45, G 47 | - |
//! | a gateway, drainDuration enough | - | - | gateway, mesh DD 70, full | gateways, drain 60 | D 60, G 62 | - |
//! | a gateway of an old Istio | - | - | gateway, full | gateways, drain 60, istio 1.16 | D 60, DD 60, PSD 75, G 62 | - |
//! | drains long enough | 90 | - | gateway, D 80, DD 80, full | gateways, drain 60 | - | drain-without-effect |
//! | drains long enough, refuses earlier | 90 | - | gateway, D 80, full | gateways, drain 60 | DD 80 | drain-without-effect |
//! | exact | 90 | - | gateway, D 80, full | gateways, drain 60, exact | D 60, DD 60, G 62 | - |
//! | without drain | - | - | gateway, full | gateways | - | gateway-without-drain |
//! | with a hook | - | - | gateway, full sleep 10 | gateways, drain 60 | D 50, DD 50, G 62 | - |
//! | with our hook | - | - | gateway, full drain | gateways, drain 60, none | D 60, DD 60, G 62 | - |
//! | exits on idle | - | - | gateway, idle 5, full | gateways, drain 60 | DD 60, idle 60, G 62 | - |
//! | other policies don't matter | - | - | gateway, full | gateways, drain 60, sigterm, pre 5, cpu 100m, native, pin | D 60, DD 60, G 62 | - |
//!
//! # Releases
//!
//! | case | grace | app hooks | there | policy | changes | findings |
//! |---|---|---|---|---|---|---|
//! | drain hook without skip_exit | - | 60 | - | istio 1.20 | D 65, DD 65, hook drain, G 67 | - |
//! | drain hook without skip_exit, short | - | 40 | - | istio 1.20 | D 45, hook drain, G 47 | - |
//! | drain hook with skip_exit | - | 60 | - | istio 1.21 | D 65, hook drain, G 67 | - |
//! | parentShutdownDuration | - | 60 | - | istio 1.16, sigterm, classic | D 65, DD 65, PSD 80, hook sigterm, G 67 | - |
//! | parentShutdownDuration, long enough | - | 50 | - | istio 1.16, sigterm, classic | D 55, DD 55, hook sigterm, G 57 | - |
//! | parentShutdownDuration of its own | - | 60 | PSD 70 | istio 1.16, sigterm, classic | D 65, DD 65, hook sigterm, G 67 | - |
//! | no parentShutdownDuration any more | - | 60 | - | istio 1.17, sigterm, classic | D 65, DD 65, hook sigterm, G 67 | - |
//! | overrides are merged | - | - | - | istio 1.10 | D 28, hook drain, G 30 | - |
//! | overrides are not merged | - | - | - | istio 1.9 | D 28, G 30 | istio-too-old |
//! | overrides are not merged, ours there | 30 | - | D 28, bare drain | istio 1.9 | - override | istio-too-old |
//! | no drain duration | - | - | - | istio 1.6, none | D 28, G 30 | istio-too-old |
//! | app hook through the agent | - | http | - | istio 1.25 | D 28, hook drain, G 30 | unknown-hook-length, port-15020-race |
//! | app hook through the agent, estimated | - | http | - | istio 1.25, estimate 20 | D 28, hook drain, G 30 | port-15020-race |
//! | app hook through the agent, there | 30 | http | D 5, bare sleep 20 | istio 1.25, estimate 20 | D 28, hook drain | port-15020-race |
//! | app hook through the agent, no time | - | tcp | - | istio 1.25 | D 28, hook drain, G 30 | tcp-socket-hook |
//! | app hook through the agent, distroless | - | http | - | istio 1.25, estimate 20, distroless | D 28, hook drain, G 30 | port-15020-race |
//! | app hook through the agent, sigterm | - | http | - | istio 1.25, estimate 20, sigterm, classic | D 28, hook sigterm, G 30 | port-15020-race |
//! | app hook through the agent, native | - | http | native | istio 1.25, estimate 20 | D 28, G 30 | - |
//! | app hook not through the agent | - | http | - | istio 1.24, estimate 20 | D 28, hook drain, G 30 | - |
//! | app hook not through the agent, by setting | - | http | keeps http | istio 1.25, estimate 20 | D 28, hook drain, G 30 | - |

use crate::rules::{dies_on_purpose, gateway_without_drain};

use super::app_hooks::AppHooks;
use super::hook_choice;
use super::needs::{Needs, until_apps_are_gone};
use super::numbers::Numbers;
use super::pod_draft::PodDraft;
use super::sum::Largest;
use super::{AppSleep, Assumed, Change, Grace, Placement, Plan, PodFacts, Policy, Seconds};
use super::{covered, drain_duration, idle, mode, remarks, removal};

/// A pod with an explicit grace period up to this, no hook and no `drain` should stop fast.
const DIES_ON_PURPOSE: Seconds = Seconds::new(5);

/// Works out what the pod needs. Total, and stable: planned again over what it wrote, it changes nothing.
pub(crate) fn plan(facts: &PodFacts, policy: &Policy) -> Plan {
    if policy.remove {
        return removal::plan(facts, policy);
    }
    if let Grace::Explicit(grace) = facts.grace
        && grace <= DIES_ON_PURPOSE
        && facts.app_hooks.is_empty()
        && policy.drain.is_none()
        && !policy.exact
    {
        return Plan { findings: vec![dies_on_purpose::found(grace)], ..Plan::default() };
    }
    if facts.is_gateway && policy.drain.is_none() {
        return Plan { findings: vec![gateway_without_drain::found()], ..Plan::default() };
    }
    let (without, parts) = covered::taken_out(facts);
    if policy.drop_covered && !parts.is_empty() {
        return covered::dropped(plan(&without, policy), parts);
    }
    let apps = AppHooks::of(facts, policy);
    if facts.is_ambient {
        return ambient(facts, policy, apps);
    }
    let needs = Needs::of(facts, policy, &apps);
    let hook = hook_choice::choose(facts, policy, &apps, &needs);
    let numbers = Numbers::of(facts, policy, &apps, needs, &hook);
    let draft = PodDraft { facts, policy, apps: &apps, hook: &hook, numbers: &numbers };
    let findings = remarks::all(&draft);
    let changes = changes(&draft);
    let assumed = Assumed {
        mesh_drain: changes.iter().any(|change| matches!(change, Change::Drain(_)))
            && facts.settings.drain.under.is_none()
            && !facts.is_mesh_config_seen
            && !numbers.is_native,
        ..assumed_of_apps(policy, &changes)
    };
    Plan { changes, findings, assumed, hook: hook.described(), numbers: Some(numbers) }
}

/// The plan for a pod without a sidecar: the hooks of its apps, and a grace period that is long enough for them.
fn ambient(facts: &PodFacts, policy: &Policy, apps: AppHooks) -> Plan {
    let findings = remarks::apps(facts, policy, &apps);
    let needed = until_apps_are_gone(policy, &apps).value() + policy.margin;
    let grace = if policy.exact { needed } else { needed.max(facts.grace.effective()) };
    let mut changes = apps.given;
    if !changes.is_empty() && facts.grace != Grace::Explicit(grace) {
        changes.push(Change::Grace(grace));
    }
    Plan { assumed: assumed_of_apps(policy, &changes), changes, findings, ..Plan::default() }
}

fn assumed_of_apps(policy: &Policy, changes: &[Change]) -> Assumed {
    let is_action = |change: &Change| matches!(change, Change::AppHook(_, AppSleep::Action(_)));
    Assumed { sleep_action: policy.kubernetes.is_none() && changes.iter().any(is_action), ..Assumed::default() }
}

fn changes(draft: &PodDraft<'_>) -> Vec<Change> {
    let PodDraft { facts, policy, apps, hook, numbers } = *draft;
    let settings = &facts.settings;
    let lasting = numbers.lasting.value();
    let mut changes = Vec::new();
    if !numbers.exits_on_idle && !numbers.awaits_apps {
        changes.extend(settings.drain.to_write(lasting).map(Change::Drain));
    }
    changes.extend(drain_duration::changes(draft));
    if numbers.exits_on_idle {
        changes.extend(idle::change(facts, lasting));
    }
    changes.extend(mode::change(facts, policy));
    let runs = !hook.command.is_empty() && !hook.is_of_mesh && !facts.is_gateway;
    changes.extend(hook.change.clone());
    // Resources come and go with a hook, in an override that can be taken out as a whole.
    let holds = match &facts.proxy {
        Placement::Absent => runs.then_some(None),
        Placement::Container(present) => (runs && present.bare).then_some(present.resources.as_ref()),
        Placement::Native(_) => None,
    };
    if let (Some(wanted), Some(present)) = (&policy.resources, holds)
        && present != Some(wanted)
    {
        changes.push(Change::Resources(wanted.clone()));
    }
    changes.extend(apps.given.iter().cloned());
    let grace = numbers.grace.as_ref().map(Largest::value);
    changes.extend(grace.filter(|&grace| facts.grace != Grace::Explicit(grace)).map(Change::Grace));
    changes
}
