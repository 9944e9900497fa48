//! What a timeline rests on: each fact with who says so.

use crate::istio::{EXIT_ON_IDLE, Layered, MINIMUM_DRAIN, MeshHook, Origin, SidecarMode};
use crate::kubernetes::{Handler, HookLength};
use crate::shutdown::{Grace, PodFacts, ProxyHook, ProxySettings};

use super::scenario::Scenario;

/// Where a fact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
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
pub struct Premise {
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
    pub const fn name(self) -> &'static str {
        match self {
            Self::SetHere => "set here",
            Self::Mesh => "mesh",
            Self::BuiltIn => "built-in",
            Self::Assumed => "assumed",
        }
    }

    /// Its name for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::SetHere => "setHere",
            Self::Mesh => "mesh",
            Self::BuiltIn => "builtIn",
            Self::Assumed => "assumed",
        }
    }

    const fn of(origin: &Origin) -> Self {
        match origin {
            Origin::Environment | Origin::Override | Origin::ProxyConfigOfWorkload(_) | Origin::Annotation(_) => {
                Self::SetHere
            }
            Origin::ProxyConfigOfNamespace(_) | Origin::ProxyConfigOfRoot(_) | Origin::Declared | Origin::Mesh(_) => {
                Self::Mesh
            }
            Origin::BuiltIn => Self::BuiltIn,
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
        all.push(sidecar(mode, is_guess));
        all.push(proxy_hook(facts, mode));
        all.extend(settings(&facts.settings));
    }
    all.extend(clients(facts, scenario));
    all
}

fn grace(facts: &PodFacts) -> Premise {
    let (standing, by) = match facts.grace {
        Grace::Default => (Standing::BuiltIn, "Kubernetes' default"),
        Grace::Explicit(_) => (Standing::SetHere, "the pod template"),
    };
    let seconds = facts.grace.effective().get();
    premise("terminationGracePeriodSeconds", format!("{seconds} s"), standing, by)
}

fn hooks(facts: &PodFacts) -> impl Iterator<Item = Premise> + '_ {
    let hooked = facts.app_hooks.iter().map(|hook| {
        let what = hook.handler.as_ref().map_or_else(|| "no handler that is known".to_owned(), handler);
        let value = format!("{what} ({})", length(hook.length()));
        premise(format!("preStop hook of {}", hook.container), value, Standing::SetHere, "the pod template")
    });
    let hookless = facts.hookless_apps.iter().map(|app| {
        premise(format!("preStop hook of {}", app.container), "none", Standing::SetHere, "the pod template")
    });
    hooked.chain(hookless)
}

fn sidecar(mode: SidecarMode, is_guess: bool) -> Premise {
    let (value, what) = match mode {
        SidecarMode::Native => ("native", "it gets SIGTERM when the apps have gone"),
        SidecarMode::Classic | SidecarMode::Unknown => ("classic", "it gets SIGTERM with the apps"),
    };
    let (standing, by) = if is_guess {
        (Standing::Assumed, "not visible here; the other kind is shown, too")
    } else {
        (Standing::SetHere, what)
    };
    premise("sidecar", value, standing, by)
}

fn proxy_hook(facts: &PodFacts, mode: SidecarMode) -> Premise {
    let name = "preStop hook of istio-proxy";
    let own = facts.proxy.present().map(|present| &present.hook);
    match (own, &facts.mesh_hook) {
        (Some(ProxyHook::Exec(command)), _) => premise(name, command.join(" "), Standing::SetHere, "the pod template"),
        (Some(ProxyHook::Other(time)), _) => premise(name, length(*time), Standing::SetHere, "the pod template"),
        (_, Some(hook)) => {
            let value = match &hook.value {
                MeshHook::Exec(command) => command.join(" "),
                MeshHook::Other(handler) => handler.clone(),
            };
            premise(name, value, Standing::of(&hook.origin), hook.origin.to_string())
        }
        _ if mode == SidecarMode::Native => {
            premise(name, "pilot-agent request POST drain", Standing::BuiltIn, "Istio's template since 1.21")
        }
        _ => premise(name, "none", Standing::BuiltIn, "Istio's template"),
    }
}

fn settings(settings: &ProxySettings) -> Vec<Premise> {
    fn of<T: Clone + ToString>(name: &'static str, setting: &Layered<T>, default: T) -> Premise {
        let (value, origin) = (setting.in_force().cloned().unwrap_or(default), setting.origin());
        premise(name, value.to_string(), Standing::of(&origin), origin.to_string())
    }
    let is_idle = settings.exit_on_idle.in_force() == Some(&true);
    let mut all = if is_idle {
        vec![
            of(EXIT_ON_IDLE, &settings.exit_on_idle, false),
            of(MINIMUM_DRAIN, &settings.minimum, ProxySettings::MINIMUM),
        ]
    } else {
        vec![of("terminationDrainDuration", &settings.drain, ProxySettings::DRAIN)]
    };
    all.push(of("drainDuration", &settings.drain_duration, ProxySettings::DRAIN_DURATION));
    all
}

fn clients(facts: &PodFacts, scenario: &Scenario) -> Vec<Premise> {
    let standing = |is_stated: bool| if is_stated { Standing::SetHere } else { Standing::Assumed };
    let seconds = |time: std::time::Duration| format!("{} s", time.as_secs_f64());
    let release = |release: Option<crate::kubernetes::Release>| {
        release.map_or_else(|| "not known; behaves as a recent one".to_owned(), |release| release.to_string())
    };
    let has = |is_so: bool, yes: &str, no: &str| if is_so { yes.to_owned() } else { no.to_owned() };
    let mut all = vec![premise(
        "endpointDelay: clients go on sending for",
        seconds(scenario.endpoints_gone()),
        standing(scenario.endpoint_delay.is_some()),
        "",
    )];
    let end = scenario.app_end();
    if !facts.is_gateway {
        let (ends, time) = (format!("at SIGTERM it {}", end.clause()), seconds(scenario.app_time()));
        all.push(premise("appEnd: the app", ends, standing(scenario.app_end.is_some()), ""));
        all.push(premise("appTime: the app ends within", time, standing(scenario.app_time.is_some()), ""));
        let calls = has(scenario.calls_out(), "until its end", "not while it shuts down");
        all.push(premise("callsOut: the app calls others", calls, standing(scenario.calls_out.is_some()), ""));
    }
    let longest = seconds(scenario.longest_request());
    all.push(premise("longestRequest: a request takes", longest, standing(scenario.longest_request.is_some()), ""));
    let streams = has(scenario.streams, "some, until the app closes them", "none");
    all.push(premise("streams: WebSockets", streams, standing(scenario.streams), ""));
    let retries = has(scenario.retries, "is tried again on another pod", "is lost");
    all.push(premise("retries: a refused request", retries, standing(scenario.retries), ""));
    let target = scenario.target;
    all.push(premise("Istio", release(target.istio), standing(target.istio.is_some()), ""));
    all.push(premise("Kubernetes", release(target.kubernetes), standing(target.kubernetes.is_some()), ""));
    all
}

fn handler(handler: &Handler) -> String {
    match handler {
        Handler::Exec(command) => command.join(" "),
        Handler::Sleep(seconds) => format!("sleep action of {seconds}"),
        Handler::HttpGet { .. } => "httpGet".to_owned(),
        Handler::TcpSocket => "tcpSocket, which the kubelet can't run".to_owned(),
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
