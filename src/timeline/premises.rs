//! What a timeline rests on: each fact with who says so.

use crate::istio::{EXIT_ON_IDLE, Layered, MINIMUM_DRAIN, MeshHook, SettingOrigin, SidecarMode};
use crate::kubernetes::{Handler, HookLength};
use crate::shutdown::{Effective, Grace, PodFacts, ProxyHook};

use super::scenario::{Scenario, clause};

/// Where a fact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Standing {
    /// The workload, or a flag or the policy.
    SetHere,
    /// The mesh around it.
    Mesh,
    /// Istio's or Kubernetes' own default.
    BuiltIn,
    /// Nothing shows it.
    Assumed,
}

/// One fact that the timeline rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Premise {
    /// What is set, in the words of where it is set.
    pub name: String,
    /// To what.
    pub value: String,
    /// Where that comes from.
    pub standing: Standing,
    /// The same in detail; empty where there is none.
    pub by: String,
}

impl Standing {
    /// What people call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SetHere => "set here",
            Self::Mesh => "mesh",
            Self::BuiltIn => "built-in",
            Self::Assumed => "assumed",
        }
    }

    /// Its name for programs.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::SetHere => "setHere",
            Self::Mesh => "mesh",
            Self::BuiltIn => "builtIn",
            Self::Assumed => "assumed",
        }
    }

    const fn of(origin: &SettingOrigin) -> Self {
        match origin {
            SettingOrigin::Environment
            | SettingOrigin::Override
            | SettingOrigin::ProxyConfigOfWorkload(_)
            | SettingOrigin::Annotation(_)
            | SettingOrigin::OfPod(_) => Self::SetHere,
            SettingOrigin::ProxyConfigOfNamespace(_)
            | SettingOrigin::ProxyConfigOfRoot(_)
            | SettingOrigin::Declared
            | SettingOrigin::Mesh(_) => Self::Mesh,
            SettingOrigin::BuiltIn => Self::BuiltIn,
        }
    }
}

fn premise(name: impl Into<String>, value: impl Into<String>, standing: Standing, by: impl Into<String>) -> Premise {
    Premise { name: name.into(), value: value.into(), standing, by: by.into() }
}

/// All of them, in the order in which they are shown.
pub(super) fn premises(facts: &PodFacts, scenario: &Scenario, mode: SidecarMode, is_guess: bool) -> Vec<Premise> {
    let mut all = vec![grace(facts)];
    all.extend(hooks(facts));
    if !facts.is_ambient {
        all.push(sidecar(facts, mode, is_guess));
        all.push(proxy_hook(facts, mode));
        all.extend(settings(&facts.settings));
    }
    all.extend(clients(facts, scenario));
    all
}

/// Where a pod's own fields stand.
const fn stated_by(facts: &PodFacts) -> &'static str {
    if facts.is_running { "the pod" } else { "the pod template" }
}

fn grace(facts: &PodFacts) -> Premise {
    let (standing, by) = match facts.grace {
        Grace::Default => (Standing::BuiltIn, "Kubernetes' default"),
        Grace::Explicit(_) => (Standing::SetHere, stated_by(facts)),
    };
    let seconds = facts.grace.effective().get();
    premise("terminationGracePeriodSeconds", format!("{seconds} s"), standing, by)
}

fn hooks(facts: &PodFacts) -> impl Iterator<Item = Premise> + '_ {
    let hooked = facts.app_hooks.iter().map(|hook| {
        let what = hook.handler.as_ref().map_or_else(|| "no handler that is known".to_owned(), handler);
        let value = format!("{what} ({})", length(hook.length()));
        premise(format!("preStop hook of {}", hook.container), value, Standing::SetHere, stated_by(facts))
    });
    let hookless = facts
        .hookless_apps
        .iter()
        .map(|app| premise(format!("preStop hook of {}", app.container), "none", Standing::SetHere, stated_by(facts)));
    hooked.chain(hookless)
}

fn sidecar(facts: &PodFacts, mode: SidecarMode, is_guess: bool) -> Premise {
    let value = match mode {
        SidecarMode::Native => "native: it gets SIGTERM when the apps have gone",
        SidecarMode::Classic | SidecarMode::Unknown => "classic: it gets SIGTERM with the apps",
    };
    let (standing, by) = if is_guess {
        (Standing::Assumed, "not visible here; the other kind is shown, too")
    } else if facts.is_running {
        (Standing::SetHere, "the pod")
    } else {
        (Standing::SetHere, "the policy, the pod or the mesh")
    };
    premise("sidecar", value, standing, by)
}

fn proxy_hook(facts: &PodFacts, mode: SidecarMode) -> Premise {
    let name = "preStop hook of istio-proxy";
    let own = facts.proxy.present().map(|present| &present.hook);
    match (own, &facts.mesh_hook) {
        (Some(ProxyHook::Exec(command)), _) => premise(name, command.join(" "), Standing::SetHere, stated_by(facts)),
        (Some(ProxyHook::Other(time)), _) => premise(name, length(*time), Standing::SetHere, stated_by(facts)),
        (_, Some(hook)) => {
            let value = match &hook.value {
                MeshHook::Exec(command) => command.join(" "),
                MeshHook::Other(handler) => handler.clone(),
            };
            premise(name, value, Standing::of(&hook.origin), hook.origin.to_string())
        }
        _ if facts.is_running => premise(name, "none", Standing::SetHere, "the pod"),
        _ if mode == SidecarMode::Native => {
            premise(name, "pilot-agent request POST drain", Standing::BuiltIn, "Istio's template since 1.21")
        }
        _ => premise(name, "none", Standing::BuiltIn, "Istio's template"),
    }
}

fn settings(settings: &Effective) -> Vec<Premise> {
    fn of<T: Clone + ToString>(name: &'static str, setting: &Layered<T>, default: T) -> Premise {
        let (value, origin) = (setting.in_force().cloned().unwrap_or(default), setting.origin());
        premise(name, value.to_string(), Standing::of(&origin), origin.to_string())
    }
    let is_idle = settings.exit_on_idle.in_force() == Some(&true);
    let mut all = if is_idle {
        vec![of(EXIT_ON_IDLE, &settings.exit_on_idle, false), of(MINIMUM_DRAIN, &settings.minimum, Effective::MINIMUM)]
    } else {
        vec![of("terminationDrainDuration", &settings.drain, Effective::DRAIN)]
    };
    all.push(of("drainDuration", &settings.drain_duration, Effective::DRAIN_DURATION));
    all
}

fn clients(facts: &PodFacts, scenario: &Scenario) -> Vec<Premise> {
    let standing = |is_stated: bool| if is_stated { Standing::SetHere } else { Standing::Assumed };
    let release = |release: Option<crate::kubernetes::Release>| {
        release.map_or_else(|| "not known; behaves as a recent one".to_owned(), |release| release.to_string())
    };
    let stated = |name: &str, value: String, is_stated: bool| premise(name, value, standing(is_stated), "");
    let time = |what: &str, time: std::time::Duration| format!("{what} {} s", time.as_secs_f64());
    let has = |is_so: bool, yes: &str, no: &str| if is_so { yes.to_owned() } else { no.to_owned() };
    let known = time("clients keep sending to the pod for", scenario.endpoints_gone());
    let mut all = vec![stated("endpointDelay", known, scenario.endpoint_delay.is_some())];
    if !facts.is_gateway {
        let ends = format!("at SIGTERM, the app {}", clause(scenario.app_end()));
        all.push(stated("appEnd", ends, scenario.app_end.is_some()));
        let takes = time("the app needs after SIGTERM", scenario.app_time());
        all.push(stated("appTime", takes, scenario.app_time.is_some()));
        let calls = has(scenario.calls_out(), "the app calls others until its end", "the app does not call others");
        all.push(stated("callsOut", calls, scenario.calls_out.is_some()));
    }
    let request = time("a request takes", scenario.longest_request());
    all.push(stated("longestRequest", request, scenario.longest_request.is_some()));
    let streams = has(scenario.streams, "there are WebSockets, until the app closes them", "there are no WebSockets");
    all.push(stated("streams", streams, scenario.streams));
    let retries = has(scenario.retries, "clients try a refused request on another pod", "a refused request is lost");
    all.push(stated("retries", retries, scenario.retries));
    let target = scenario.target;
    all.push(stated("Istio", release(target.istio), target.istio.is_some()));
    all.push(stated("Kubernetes", release(target.kubernetes), target.kubernetes.is_some()));
    all
}

fn handler(handler: &Handler) -> String {
    match handler {
        failing if failing.always_fails() => format!("{handler}, which the kubelet can't run"),
        _ => handler.to_string(),
    }
}

fn length(length: HookLength) -> String {
    match length {
        HookLength::Exactly(seconds) => format!("{seconds} s"),
        HookLength::AtLeast(seconds) => format!("at least {seconds} s"),
        HookLength::UntilAppsGone => "until the apps have gone".to_owned(),
        HookLength::Unknown => "of a length that can't be read".to_owned(),
    }
}
