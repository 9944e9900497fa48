//! Which preStop hook istio-proxy ends up with.
//!
//! | what is there | what the policy wants | what happens |
//! |---|---|---|
//! | nothing | a hook | it is written |
//! | exactly that hook | a hook | nothing |
//! | one of ours | another hook | the hook is replaced |
//! | one of ours | none | it is removed, with the whole override if that is bare |
//! | somebody else's | anything | it is kept; with `replaceHooks` it is treated as ours |
//! | on a native sidecar, one of ours | anything | the hook is taken off: Istio's own hook is the right one there |
//! | on a native sidecar, somebody else's | anything | it is kept; with `replaceHooks` it is taken off |
//! | what the injector's template makes of `sidecar.istio.io/preStopCommand` | anything | it is kept; with `replaceHooks` an override gets the same command, or the hook that is stated |
//! | on a gateway | anything | what is there stays |
//!
//! These hooks count as ours: the drain hook and the SIGTERM hook in any place, `sleep N` in a bare override, and the
//! command of the current policy's `preStop: {exec: …}`. A plain sleep in an override with other fields may be the
//! user's own. The command of an earlier policy can't be recognised, and is kept as somebody else's. An override in the
//! init containers is never removed as a whole, because it shows that the proxy is native.
//!
//! # Hooks
//!
//! The columns are those of the table of [`plan`](super::plan()).
//!
//! | case | grace | app hooks | there | policy | changes | findings |
//! |---|---|---|---|---|---|---|
//! | sigterm | - | 40 | - | sigterm, classic | D 45, hook sigterm, G 47 | drain-beyond-drain-duration |
//! | sigterm, hook over 45 | - | 60 | - | sigterm, classic | D 65, DD 98, hook sigterm, G 67 | - |
//! | sigterm, drainDuration too short | - | 60 | DD 60 | sigterm, classic | D 65, hook sigterm, G 67 | drain-beyond-drain-duration |
//! | sigterm, drainDuration enough | - | 60 | DD 65 | sigterm, classic | D 65, hook sigterm, G 67 | drain-beyond-drain-duration |
//! | sigterm, shared processes | - | - | shared | sigterm, classic | D 28, hook drain, G 30 | shared-process-namespace |
//! | sigterm there, shared processes | 30 | - | D 28, shared, bare sigterm | sigterm | hook drain | shared-process-namespace |
//! | sigterm, distroless | - | - | - | sigterm, distroless | D 28, hook drain, G 30 | hook-needs-a-binary |
//! | sigterm, distroless by the annotation | - | - | image distroless | sigterm | D 28, hook drain, G 30 | hook-needs-a-binary |
//! | sigterm, distroless by the mesh | - | - | mesh image distroless | sigterm | D 28, hook drain, G 30 | hook-needs-a-binary |
//! | sigterm, distroless by the mesh, but declared | - | - | mesh image distroless | sigterm, classic, image default | D 28, hook sigterm, G 30 | - |
//! | sleep | - | 40 | - | sleep | D 5, hook sleep 40, G 47 | - |
//! | sleep with drain | - | 40 | - | sleep, drain 60 | D 20, hook sleep 40, G 62 | drain-beyond-apps |
//! | sleep with a short drain | - | 40 | - | sleep, drain 30 | D 5, hook sleep 40, G 47 | drain-without-effect |
//! | sleep, drain duration there | - | 40 | D 20 | sleep | hook sleep 40, G 62 | - |
//! | sleep, nothing to wait for | - | - | - | sleep | D 28, hook drain, G 30 | sleep-without-length |
//! | sleep, unknown hook | - | 40, ? | - | sleep | D 45, DD 68, hook drain, G 47 | unknown-hook-length, sleep-without-length |
//! | sleep, estimated hook | - | ? | - | sleep, estimate 20 | D 5, hook sleep 20, G 30 | - |
//! | sleep, another length there | 47 | 40 | D 5, bare sleep 30 | sleep | hook sleep 40 | - |
//! | sleep, the length there | 47 | 40 | D 5, full sleep 40 | sleep | - | - |
//! | sleep, distroless | - | 40 | - | sleep, distroless | D 45, DD 68, hook drain, G 47 | hook-needs-a-binary |
//! | exec of known length | - | 40 | - | exec sleep 10 | D 35, DD 53, hook exec sleep 10, G 47 | - |
//! | exec longer than needed | - | - | - | exec sleep 60 | D 5, hook exec sleep 60, G 67 | - |
//! | exec longer than needed, exact | - | - | - | exec sleep 60, exact | D 0, hook exec sleep 60, G 62 | - |
//! | exec of unknown length | - | 40 | - | exec /wait.sh | D 45, DD 68, hook exec /wait.sh | unknown-proxy-hook-length, hook-eats-grace |
//! | exec there already | 47 | 40 | D 35, DD 53, full sleep 10 | exec sleep 10 | - | - |
//! | exec that ends the proxy | - | - | - | exec pilot-agent request POST drain | D 28, hook exec pilot-agent request POST drain, G 30 | ends-proxy-early |
//! | exec, distroless | - | - | - | exec sleep 10, distroless | D 28, hook exec sleep 10, G 30 | hook-needs-a-binary |
//! | exec of what is in every image, distroless | 30 | - | D 28 | exec pilot-agent request GET stats, distroless | hook exec pilot-agent request GET stats | - |
//! | wait | - | 40 | - | wait | D 45, DD 71, hook wait 45, G 47 | - |
//! | wait, no hook | - | - | - | wait | D 28, hook wait 5, G 30 | - |
//! | wait, exact | 90 | 40 | - | wait, exact | D 45, DD 71, hook wait 45, G 47 | - |
//! | wait, there | 47 | 40 | D 45, DD 71, bare wait 45 | wait | - | - |
//! | wait, another length there | 47 | 40 | D 45, DD 71, full wait 10 | wait | hook wait 45 | - |
//! | from wait to drain | 47 | 40 | D 45, DD 71, full wait 45 | - | hook drain | - |
//! | wait, large grace | 120 | 10 | - | wait | D 40, DD 180, hook wait 15 | - |
//! | wait, native | - | 40 | is native | wait | D 45, DD 68, G 47 | - |
//! | wait, our hook there, native | 47 | 40 | D 45, DD 71, is native, bare wait 45 | wait | - override | - |
//! | wait, exits on idle | - | 40 | idle | wait | DD 71, idle 45, hook wait 45, G 47 | - |
//! | wait, an older Istio | - | - | - | wait, istio 1.20 | D 28, hook drain, G 30 | wait-not-possible |
//! | wait, a status port that can't be asked | - | - | status 15999 | wait | D 28, hook drain, G 30 | wait-not-possible |
//! | wait, a job | - | - | job | wait | D 28, hook drain, G 30 | wait-not-possible, classic-proxy-keeps-job |
//! | wait, distroless | - | - | - | wait, distroless | D 28, hook drain, G 30 | wait-not-possible |
//! | wait, beside another native sidecar | - | - | sidecar | wait | D 28, hook drain, G 30 | wait-not-possible |
//! | wait, beside another native sidecar, native | - | 40 | is native, sidecar | wait | D 45, DD 68, G 47 | - |
//! | wait, the same user | - | - | same | wait | D 28, hook drain, G 30 | wait-not-possible |
//! | wait, admin port out of reach | - | - | port 15001 | wait | D 28, G 30 | admin-port-out-of-reach |
//! | none | - | 40 | - | none | D 45, DD 68, G 47 | - |
//! | none, hook over 45 | - | 60 | - | none | D 65, DD 98, G 67 | - |
//! | none, hook over 45, drainDuration enough | - | 60 | DD 60 | none | D 65, DD 98, G 67 | - |
//! | none, our hook there, bare | 30 | - | D 28, bare drain | none | - override | - |
//! | none, our sleep there, bare | 30 | - | D 28, bare sleep 9 | none | - override | - |
//! | none, our hook there, not bare | 30 | - | D 28, full sigterm | none | - hook | - |
//! | none, override without a hook | 30 | - | D 28, bare | none | - | - |
//! | none, foreign hook | - | 40 | full sleep 10 | none | D 35, DD 53, G 47 | foreign-hook-kept |
//! | none, foreign hook, replaced | - | 40 | full sleep 10 | none, replace | D 45, DD 68, - hook, G 47 | - |
//! | none, foreign hook, bare, replaced | - | 40 | bare /wait.sh | none, replace | D 45, DD 68, - override, G 47 | - |
//! | kept hook | - | 40 | full sleep 10 | - | D 35, DD 53, G 47 | foreign-hook-kept |
//! | kept hook, longer than needed | - | - | full sleep 60 | - | D 5, G 67 | foreign-hook-kept |
//! | kept hook, drain duration longer | - | 40 | D 60, full sleep 10 | - | DD 53, G 72 | foreign-hook-kept |
//! | kept hook of unknown length | - | - | full /wait.sh | - | D 28 | foreign-hook-kept, unknown-proxy-hook-length |
//! | kept hook, sleep is not served through | - | 40 | full sleep 10 | sleep | D 35, DD 53, G 47 | foreign-hook-kept |
//! | kept hook, over 45 after it | - | 80 | full sleep 10 | - | D 75, DD 113, G 87 | foreign-hook-kept |
//! | a loop that waits for the apps | - | 40 | full netstat | - | G 47 | hook-awaits-apps |
//! | a loop that waits for the apps, large grace | 120 | 60 | full netstat | - | - | hook-awaits-apps |
//! | a loop that waits for the apps, exact | 120 | 40 | D 9, full netstat | exact | G 47 | hook-awaits-apps |
//! | a loop that waits for the apps, native | 60 | 40 | full netstat | native | - | hook-awaits-apps |
//! | a loop that waits for the apps, replaced | - | 40 | full netstat | replace | D 45, DD 68, hook drain, G 47 | - |
//! | a loop over processes that it does not see | - | 40 | full ps | - | D 45, DD 68 | foreign-hook-kept, hook-awaits-apps, unknown-proxy-hook-length, hook-eats-grace |
//! | a loop over shared processes | - | 40 | shared, full ps | - | G 47 | hook-awaits-apps |
//! | a loop of the mesh | - | 40 | mesh netstat | none | G 47 | hook-awaits-apps |
//! | a loop that waits for the apps, distroless | - | 40 | full netstat | distroless | D 45, DD 68, G 47 | foreign-hook-kept, hook-awaits-apps, hook-needs-a-binary |
//! | a command in one word | - | - | full one word | - | D 28, G 30 | foreign-hook-kept, hook-command-in-one-word |
//! | a drain that is not graceful | - | - | full abrupt | - | D 28, G 30 | foreign-hook-kept, drain-without-graceful |
//! | the agent quits | - | 10 | full curl -XPOST localhost:15020/quitquitquit | - | D 28, G 30 | foreign-hook-kept, ends-proxy-early |
//! | the agent quits after its drain | - | 10 | full curl -XPOST localhost:15020/quitquitquit | istio 1.25 | D 28, G 30 | foreign-hook-kept |
//! | a hook by the annotation | - | 30 | annotated sleep 30 | - | D 5, G 37 | foreign-hook-kept |
//! | a hook by the annotation, our hook there | 37 | 30 | annotated sleep 30, D 5, bare drain | - | - override | foreign-hook-kept |
//! | a hook by the annotation, replaced | - | 30 | annotated sleep 30 | replace | D 5, hook sleep 30, G 37 | - |
//! | a hook by the annotation, replaced before | 37 | 30 | annotated sleep 30, D 5, bare sleep 30 | replace | - | - |
//! | a hook by the annotation, replaced by another | - | 30 | annotated sleep 30 | replace, sigterm, classic | D 35, hook sigterm, G 37 | mesh-hook-replaced, drain-beyond-drain-duration |
//! | a loop by the annotation | - | 40 | annotated netstat | - | G 47 | hook-awaits-apps |
//! | a loop by the annotation, replaced | - | 40 | annotated netstat | replace, wait | D 45, DD 71, hook wait 45, G 47 | mesh-hook-replaced |
//! | resources | - | - | - | cpu 100m | D 28, hook drain, cpu 100m, G 30 | - |
//! | resources, there | 30 | - | D 28, cpu 100m, bare drain | cpu 100m | - | - |
//! | resources, changed | 30 | - | D 28, cpu 100m, bare drain | cpu 200m | cpu 200m | - |
//! | resources, not asked for any more | 30 | - | D 28, cpu 100m, bare drain | - | - | - |
//! | resources, no hook any more | 30 | - | D 28, cpu 100m, bare drain | none, cpu 100m | - override | - |
//! | resources of somebody else's override | 30 | - | D 28, full | cpu 100m | hook drain | - |
//! | resources, no override | - | - | - | none, cpu 100m | D 28, G 30 | - |
//! | injection not seen, safe | - | - | unseen | safe | D 28, G 30 | injection-not-seen |
//! | injection not seen, safe, our override there | 30 | - | unseen, D 28, bare drain | safe | - override | injection-not-seen |
//! | injection not seen, safe, an override without a hook | 30 | - | unseen, D 28, bare | safe | - override | injection-not-seen |
//! | injection seen, safe | - | - | - | safe | D 28, hook drain, G 30 | - |
//! | injection not seen, applied | - | - | unseen | - | D 28, hook drain, G 30 | - |

use crate::istio::{
    Feature, MeshHook, ProxyEnd, ProxyExec, ProxyPorts, REQUEST_PORTS, Setting, SidecarMode, WrittenHook,
};
use crate::kubernetes::{HookLength, Release};

use super::app_hooks::AppHooks;
use super::covered;
use super::needs::{Needs, until_apps_are_gone};
use super::{
    Change, HookOwner, Override, Part, Placement, PodFacts, Policy, PreStop, ProxyHook, UnknownInjection, idle, image,
    mode,
};

/// The hook that will be in force, and the change for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HookChoice {
    /// The change that it needs.
    pub change: Option<Change>,
    /// The effect of the hook; `None` if there is none.
    pub in_force: Option<ProxyExec>,
    /// The command of the hook; empty if there is no hook, or if it is not a command.
    pub command: Vec<String>,
    /// Somebody else's hook stays.
    pub is_kept: bool,
    /// The hook in force is the one that the mesh gives to every istio-proxy.
    pub is_of_mesh: bool,
    /// The pod's own hook runs what the mesh's hook runs.
    pub is_mesh_command: bool,
    /// The image of the proxy is known to lack its program: it fails, and SIGTERM follows at once.
    pub fails: bool,
    /// It is the hook of `preStop: sleep`: the proxy serves normally until the apps' hooks have ended.
    pub serves_through_hooks: bool,
    /// Why it is not the hook that the policy names.
    pub instead: Option<Instead>,
}

/// Why another hook, or none, replaces the one that the policy names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instead {
    /// `preStop: sleep`, and the length of an app's hook is not known.
    HookOfUnknownLength,
    /// `preStop: sleep`, and no app has a hook that takes time.
    NothingToWaitFor,
    /// `preStop: sigterm`, and PID 1 is not the agent.
    SharedProcesses,
    /// The hook runs a program that is not in the image.
    NoBinary,
    /// `preStop: wait` is not possible.
    NoWait(NoWait),
    /// No hook: the mesh has one with a handler of another type.
    MeshHandler,
    /// No hook: the input does not show whether the pod is injected, and without a sidecar the container can't start.
    NotSeen,
    /// No hook: the drain hook can't reach Envoy's admin interface, which is on this port.
    AdminPort(u16),
    /// No hook: the injector calls the proxy otherwise, so nothing would merge it.
    OtherName,
    /// No hook: Istio is too old to merge it.
    TooOld(Release),
}

/// Why `preStop: wait` is not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoWait {
    /// The agent of this release can't be asked to drain.
    TooOld(Release),
    /// `pilot-agent request` does not accept this status port.
    StatusPort(u16),
    /// Pods of a Job end by themselves.
    Job,
    /// The image has no shell.
    NoShell,
    /// A classic proxy goes before another native sidecar, so it would wait for the sockets of that one.
    OtherSidecar,
    /// Sockets of the apps can't be distinguished from the proxy's.
    SameUser,
}

/// The preStop hook that istio-proxy runs once the plan is written, for explanations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HookInForce {
    /// Whose it is.
    pub owner: HookOwner,
    /// Its command; empty where it is not a command.
    pub command: Vec<String>,
    /// `h`: how long it delays what follows.
    pub length: HookLength,
}

impl HookChoice {
    /// The hook, for explanations.
    pub(super) fn described(&self) -> Option<HookInForce> {
        self.in_force.map(|_| HookInForce { owner: self.owner(), command: self.command.clone(), length: self.length() })
    }

    /// Whose hook it is.
    pub(super) fn owner(&self) -> HookOwner {
        match self {
            Self { is_of_mesh: true, .. } => HookOwner::Mesh,
            Self { is_kept: true, .. } => HookOwner::Foreign,
            Self { change: Some(Change::Hook(_)), .. } => HookOwner::New,
            _ => HookOwner::Present,
        }
    }

    /// `h`: how long the hook delays what follows.
    pub(super) fn length(&self) -> HookLength {
        self.in_force.filter(|_| !self.fails).map_or(HookLength::Exactly(0), ProxyExec::length)
    }
}

/// Decides on the hook of istio-proxy.
pub(super) fn choose(facts: &PodFacts, policy: &Policy, apps: &AppHooks, needs: &Needs) -> HookChoice {
    let is_native = mode::is_native(facts, policy);
    let existing = facts.proxy.present();
    let mut wanted = Wanted::of(facts, policy, apps, needs);
    wanted.command = wanted.command.filter(|command| !policy.drop_covered || !covered::is_of_mesh(facts, command));
    let mut choice = HookChoice {
        change: None,
        in_force: wanted.command.as_deref().map(ProxyExec::of),
        command: wanted.command.clone().unwrap_or_default(),
        is_kept: false,
        is_of_mesh: false,
        is_mesh_command: false,
        fails: false,
        serves_through_hooks: wanted.serves_through_hooks,
        instead: wanted.instead,
    };
    match existing.map(|existing| (existing, Existing::of(existing, wanted.command.as_deref(), policy))) {
        Some((_, Existing::AsWanted)) => {}
        Some((existing, Existing::Ours | Existing::Foreign(_))) if facts.is_gateway => choice.keep(&existing.hook),
        Some((existing, Existing::Foreign(exec))) if !policy.replace_hooks || is_drain_of_native(is_native, exec) => {
            choice.keep(&existing.hook);
        }
        Some((existing, Existing::Ours | Existing::Foreign(_))) if wanted.command.is_none() => {
            choice.change = Some(Change::Remove(removed(&facts.proxy, existing, policy)));
        }
        // Only our image and pull policy: harmless with a sidecar, but it can't start without one.
        Some((existing, Existing::None)) if existing.bare && wanted.instead == Some(Instead::NotSeen) => {
            let part = removed(&facts.proxy, existing, policy);
            choice.change = (part == Part::Override).then_some(Change::Remove(part));
        }
        Some((_, Existing::None | Existing::Ours | Existing::Foreign(_))) | None => {
            choice.change = wanted.command.map(Change::Hook);
        }
    }
    if let (None, Some(Setting { value: MeshHook::Exec(command), .. })) = (choice.in_force, &facts.mesh_hook) {
        choice.in_force = Some(ProxyExec::of(command));
        choice.command.clone_from(command);
        choice.is_of_mesh = true;
    }
    choice.is_mesh_command =
        matches!(&facts.mesh_hook, Some(Setting { value: MeshHook::Exec(command), .. }) if *command == choice.command);
    choice.fails = image::missing_binary(&choice.command).is_some() && image::is_distroless(facts, policy);
    choice
}

impl HookChoice {
    /// Whether a hook of the pod replaces the mesh's hook.
    pub(super) fn displaces_mesh_hook(&self) -> bool {
        !self.command.is_empty() && !self.is_of_mesh && !self.is_mesh_command
    }

    /// Keeps the existing hook.
    fn keep(&mut self, hook: &ProxyHook) {
        self.in_force = hook.exec();
        self.command = match hook {
            ProxyHook::Exec(command) => command.clone(),
            ProxyHook::None | ProxyHook::Other(_) => Vec::new(),
        };
        self.is_kept = self.in_force.is_some();
        self.serves_through_hooks = false;
        self.instead = self.instead.filter(|instead| matches!(instead, Instead::MeshHandler));
    }
}

/// Whether the hook is one that this tool writes, or exactly the one that it would write now.
pub(super) fn is_written(existing: &Override, facts: &PodFacts, policy: &Policy) -> bool {
    let apps = AppHooks::of(facts, policy);
    let wanted = Wanted::of(facts, policy, &apps, &Needs::of(facts, policy, &apps)).command;
    let is_wanted = wanted.is_some_and(|wanted| existing.hook == ProxyHook::Exec(wanted));
    is_wanted || is_ours(existing, policy)
}

/// The part to remove with the hook. An override with other resources than the policy's is not ours.
pub(super) fn removed(placement: &Placement, existing: &Override, policy: &Policy) -> Part {
    let has_own_resources = existing.resources.is_some() && existing.resources != policy.resources;
    match placement {
        Placement::Container(_) if existing.bare && !has_own_resources => Part::Override,
        _ => Part::Hook,
    }
}

/// Istio itself gives a native sidecar a hook with the agent's drain, so such a hook does no harm there.
const fn is_drain_of_native(is_native: bool, exec: ProxyExec) -> bool {
    is_native && matches!(exec, ProxyExec::Ends { by: ProxyEnd::AgentDrain, .. })
}

/// The hook that the policy asks for in this pod.
struct Wanted {
    command: Option<Vec<String>>,
    serves_through_hooks: bool,
    instead: Option<Instead>,
}

impl Wanted {
    const NOTHING: Self = Self { command: None, serves_through_hooks: false, instead: None };

    fn of(facts: &PodFacts, policy: &Policy, apps: &AppHooks, needs: &Needs) -> Self {
        if let Some(nothing) = Self::nothing(facts, policy) {
            return nothing;
        }
        let shared = facts.shares_process_namespace;
        let ports = ports(facts);
        let written = |hook: WrittenHook| Self::command(hook.command(ports));
        let drain = || match ports.admin {
            Some(port) if !REQUEST_PORTS.contains(&port) => {
                Self { instead: Some(Instead::AdminPort(port)), ..Self::NOTHING }
            }
            _ => written(WrittenHook::Drain),
        };
        let instead = |why| {
            let drain = drain();
            Self { instead: drain.instead.or(Some(why)), ..drain }
        };
        let lacks_binaries = image::is_distroless(facts, policy);
        if let Some(annotated) = facts.annotated_hook() {
            let waits = matches!(ProxyExec::of(annotated), ProxyExec::AwaitsApps(_));
            match &policy.pre_stop {
                _ if !policy.replace_hooks => return Self::NOTHING,
                PreStop::Drain if !waits => return Self::command(annotated.to_vec()),
                _ => {}
            }
        }
        match &policy.pre_stop {
            PreStop::None => Self::NOTHING,
            PreStop::Exec(command) if shared && WrittenHook::of(command) == Some(WrittenHook::Sigterm) => {
                instead(Instead::SharedProcesses)
            }
            PreStop::Exec(command) if command.is_empty() => Self::NOTHING,
            PreStop::Exec(command) => Self::command(command.clone()),
            PreStop::Wait => match no_wait(facts, policy) {
                Some(why) => instead(Instead::NoWait(why)),
                // If Envoy's admin interface can't be reached, nothing drains before SIGTERM.
                None if drain().instead.is_some() => drain(),
                None => written(WrittenHook::Wait(until_apps_are_gone(policy, apps).value().get())),
            },
            PreStop::Sigterm if shared => instead(Instead::SharedProcesses),
            PreStop::Sigterm | PreStop::Sleep if lacks_binaries => instead(Instead::NoBinary),
            PreStop::Sigterm => written(WrittenHook::Sigterm),
            PreStop::Drain if mesh_suffices(facts, policy, needs) => Self::NOTHING,
            PreStop::Drain => drain(),
            PreStop::Sleep if !apps.all_known => instead(Instead::HookOfUnknownLength),
            PreStop::Sleep if apps.longest.get() == 0 => instead(Instead::NothingToWaitFor),
            PreStop::Sleep => Self { serves_through_hooks: true, ..written(WrittenHook::Sleep(apps.longest.get())) },
        }
    }

    /// The choice if no hook may be written at all.
    fn nothing(facts: &PodFacts, policy: &Policy) -> Option<Self> {
        let withheld = |instead| Some(Self { instead: Some(instead), ..Self::NOTHING });
        let wants_none = match &policy.pre_stop {
            PreStop::None => true,
            PreStop::Exec(command) => command.is_empty(),
            _ => false,
        };
        if facts.is_gateway || mode::is_native(facts, policy) || wants_none {
            return Some(Self::NOTHING);
        }
        if let Some(Setting { value: MeshHook::Other(_), .. }) = &facts.mesh_hook {
            return withheld(Instead::MeshHandler);
        }
        if facts.proxy_name.is_some() {
            return withheld(Instead::OtherName);
        }
        if !facts.is_injection_seen && policy.unknown_injection == UnknownInjection::Safe {
            return withheld(Instead::NotSeen);
        }
        // If the container is not merged, it has no image.
        let too_old = policy.istio.filter(|_| !policy.has(Feature::OverrideMerge));
        too_old.and_then(|release| withheld(Instead::TooOld(release)))
    }

    fn command(command: Vec<String>) -> Self {
        Self { command: Some(command), ..Self::NOTHING }
    }
}

/// The ports that hooks of a pod ask.
fn ports(facts: &PodFacts) -> ProxyPorts {
    ProxyPorts { admin: facts.settings.admin_port.in_force().copied(), status: facts.status_port }
}

/// The command of the policy's hook, as far as it can be one for all pods.
pub(super) fn command_for_all(policy: &Policy) -> Option<Vec<String>> {
    let admin = policy.mesh.proxy.admin_port.as_ref().map(|port| port.value);
    let hook = match &policy.pre_stop {
        PreStop::Drain => WrittenHook::Drain,
        PreStop::Sigterm => WrittenHook::Sigterm,
        PreStop::Sleep => WrittenHook::Sleep(policy.drain?.get()),
        PreStop::Wait => WrittenHook::Wait(policy.app_shutdown.get()),
        PreStop::Exec(command) => return Some(command.clone()),
        PreStop::None => return None,
    };
    Some(hook.command(ProxyPorts { admin, status: None }))
}

/// Why `preStop: wait` can't be written for a pod.
fn no_wait(facts: &PodFacts, policy: &Policy) -> Option<NoWait> {
    let too_old = policy.istio.filter(|_| policy.lacks(Feature::DrainHook)).map(NoWait::TooOld);
    let port = Some(ports(facts).status()).filter(|port| !REQUEST_PORTS.contains(port)).map(NoWait::StatusPort);
    let of_pod = [
        facts.shares_proxy_user.then_some(NoWait::SameUser),
        facts.runs_to_completion.then_some(NoWait::Job),
        image::is_distroless(facts, policy).then_some(NoWait::NoShell),
        (facts.has_other_sidecar && facts.mode != SidecarMode::Native).then_some(NoWait::OtherSidecar),
    ];
    of_pod.into_iter().chain([too_old, port]).flatten().next()
}

/// Whether the mesh makes every proxy stay long enough. Without a hook the agent gets SIGTERM at once and starts to
/// drain, so a hook would add nothing.
fn mesh_suffices(facts: &PodFacts, policy: &Policy, needs: &Needs) -> bool {
    let drain = &facts.settings.drain;
    let of_mesh = drain.under.as_ref().filter(|_| drain.own.is_none() && drain.over.is_none());
    !policy.exact
        && !idle::is_in_force(facts, policy)
        && facts.mesh_hook.is_none()
        && of_mesh.is_some_and(|drain| drain.value >= needs.stay.value())
}

/// The existing hook compared with the wanted one.
enum Existing {
    None,
    AsWanted,
    Ours,
    Foreign(ProxyExec),
}

impl Existing {
    fn of(existing: &Override, wanted: Option<&[String]>, policy: &Policy) -> Self {
        match &existing.hook {
            ProxyHook::Exec(command) if wanted == Some(command) => Self::AsWanted,
            hook => match hook.exec() {
                None => Self::None,
                Some(_) if is_ours(existing, policy) => Self::Ours,
                Some(foreign) => Self::Foreign(foreign),
            },
        }
    }
}

/// Whether the hook is one that this tool writes, with this policy or in general.
pub(super) fn is_ours(existing: &Override, policy: &Policy) -> bool {
    match existing.hook.exec() {
        Some(ProxyExec::Written(hook)) if hook.is_distinctive() || existing.bare => true,
        _ => match (&policy.pre_stop, &existing.hook) {
            (PreStop::Exec(wanted), ProxyHook::Exec(command)) => wanted == command,
            _ => false,
        },
    }
}
