//! Which preStop hook istio-proxy ends up with.
//!
//! | what is there | what the policy wants | what happens |
//! |---|---|---|
//! | nothing | a hook | it is written |
//! | exactly that hook | a hook | nothing |
//! | one of ours | another hook | it is written over it |
//! | one of ours | none | it is taken off, with the whole override where that is bare |
//! | somebody else's | anything | it is kept; with `replaceHooks` it is treated as ours |
//! | on a native sidecar, one of ours | anything | the hook is taken off, the override stays: Istio's own hook is the right one there |
//! | on a native sidecar, somebody else's | anything | it is kept; with `replaceHooks` it is taken off |
//!
//! Ours are the drain hook and the SIGTERM hook, wherever they stand, and `sleep N` in a bare override: a plain sleep
//! in an override that holds other things too may well be the user's own.

use crate::istio::{ProxyEnd, ProxyExec, drain_command, sigterm_command, sleep_command};
use crate::kubernetes::HookLength;

use super::numbers::AppHooks;
use super::{Change, Override, Placement, PodFacts, Policy, PreStop, ProxyHook};

/// The hook that will be in force, and how it comes there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HookChoice {
    /// What has to be changed for it.
    pub change: Option<Change>,
    /// What the hook does; `None` where the manifest has none.
    pub in_force: Option<ProxyExec>,
    /// Somebody else's hook stays.
    pub is_kept: bool,
    /// It is the hook of `preStop: sleep`: the proxy serves in full until the apps' hooks are over.
    pub serves_through_hooks: bool,
    /// Why it is not the hook that the policy names.
    pub instead: Option<Instead>,
}

/// Why the drain hook takes the place of the one that the policy names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instead {
    /// `preStop: sleep`, and the length of an app's hook is not known.
    HookOfUnknownLength,
    /// `preStop: sleep`, and no app has a hook that takes time.
    NothingToWaitFor,
    /// `preStop: sigterm`, and PID 1 is not the agent.
    SharedProcesses,
}

impl HookChoice {
    /// `h`: how long the hook holds off what comes after it.
    pub(super) fn length(&self) -> HookLength {
        self.in_force.map_or(HookLength::Exactly(0), ProxyExec::length)
    }
}

/// Decides on the hook of istio-proxy.
pub(super) fn choose(facts: &PodFacts, policy: &Policy, apps: &AppHooks) -> HookChoice {
    let (existing, is_native) = match &facts.proxy {
        Placement::Absent => (None, false),
        Placement::Container(existing) => (Some(existing), false),
        Placement::Native(existing) => (Some(existing), true),
    };
    let wanted = if is_native { Wanted::NOTHING } else { Wanted::of(facts, policy, apps) };
    let mut choice = HookChoice {
        change: None,
        in_force: wanted.command.as_deref().map(ProxyExec::of),
        is_kept: false,
        serves_through_hooks: wanted.serves_through_hooks,
        instead: wanted.instead,
    };
    match existing.map(|existing| (existing, Existing::of(existing, wanted.command.as_deref()))) {
        Some((_, Existing::AsWanted)) => {}
        Some((_, Existing::Foreign(exec))) if !policy.replace_hooks || is_drain_of_native(is_native, exec) => {
            choice = HookChoice {
                in_force: Some(exec),
                is_kept: true,
                serves_through_hooks: false,
                instead: None,
                ..choice
            };
        }
        Some((existing, Existing::Ours | Existing::Foreign(_))) if wanted.command.is_none() => {
            // An override among the init containers stays: it is what says that the proxy is a native one.
            let whole = existing.bare && !is_native;
            choice.change = Some(if whole { Change::RemoveOverride } else { Change::RemoveHook });
        }
        Some((_, Existing::None | Existing::Ours | Existing::Foreign(_))) | None => {
            choice.change = wanted.command.map(Change::Hook);
        }
    }
    choice
}

/// The agent's own drain is what Istio itself puts on a native sidecar, so it is never in the way there.
fn is_drain_of_native(is_native: bool, exec: ProxyExec) -> bool {
    is_native && matches!(exec, ProxyExec::Ends { by: ProxyEnd::AgentDrain, .. })
}

/// The hook that the policy comes to for this pod.
struct Wanted {
    command: Option<Vec<String>>,
    serves_through_hooks: bool,
    instead: Option<Instead>,
}

impl Wanted {
    const NOTHING: Self = Self { command: None, serves_through_hooks: false, instead: None };

    fn of(facts: &PodFacts, policy: &Policy, apps: &AppHooks) -> Self {
        let shared = facts.shares_process_namespace;
        match &policy.pre_stop {
            PreStop::None => Self::NOTHING,
            PreStop::Drain => Self::command(drain_command()),
            PreStop::Sigterm if shared => Self::drain_instead(Instead::SharedProcesses),
            PreStop::Exec(command) if shared && *command == sigterm_command() => {
                Self::drain_instead(Instead::SharedProcesses)
            }
            PreStop::Sigterm => Self::command(sigterm_command()),
            PreStop::Sleep if !apps.all_known => Self::drain_instead(Instead::HookOfUnknownLength),
            PreStop::Sleep if apps.longest.get() == 0 => Self::drain_instead(Instead::NothingToWaitFor),
            PreStop::Sleep => Self { serves_through_hooks: true, ..Self::command(sleep_command(apps.longest.get())) },
            PreStop::Exec(command) if command.is_empty() => Self::NOTHING,
            PreStop::Exec(command) => Self::command(command.clone()),
        }
    }

    fn command(command: Vec<String>) -> Self {
        Self { command: Some(command), ..Self::NOTHING }
    }

    fn drain_instead(instead: Instead) -> Self {
        Self { instead: Some(instead), ..Self::command(drain_command()) }
    }
}

/// What stands there, seen from what is wanted.
enum Existing {
    None,
    AsWanted,
    Ours,
    Foreign(ProxyExec),
}

impl Existing {
    fn of(existing: &Override, wanted: Option<&[String]>) -> Self {
        match &existing.hook {
            ProxyHook::None => Self::None,
            ProxyHook::Exec(command) if wanted == Some(command) => Self::AsWanted,
            ProxyHook::Exec(command) => match ProxyExec::of(command) {
                ProxyExec::Drain | ProxyExec::Sigterm => Self::Ours,
                ProxyExec::Sleep(_) if existing.bare => Self::Ours,
                foreign => Self::Foreign(foreign),
            },
            ProxyHook::Other(length) => Self::Foreign(ProxyExec::Other(*length)),
        }
    }
}
