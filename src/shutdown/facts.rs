//! What is known about one pod template, in the domain's words.

use crate::kubernetes::{Handler, HookLength};

use super::Seconds;

/// One pod template, as far as its shutdown goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodFacts {
    /// `terminationGracePeriodSeconds`.
    pub grace: Grace,
    /// The preStop hooks of the app containers, in the order of the manifest; containers without one are not listed.
    pub app_hooks: Vec<AppHook>,
    /// Where an `istio-proxy` stands in this template already.
    pub proxy: Placement,
    /// `terminationDrainDuration` of the pod's own `proxy.istio.io/config`; `None` where it has none.
    pub drain: Option<Drain>,
    /// `drainDuration` of the same annotation, rounded up; `None` where it has none.
    pub drain_duration: Option<Seconds>,
    /// Set where the pod itself makes the proxy exit as soon as it is idle.
    pub exit_on_idle: Option<ExitOnIdle>,
    /// `shareProcessNamespace: true`: PID 1 is then the pause container, not the agent.
    pub shares_process_namespace: bool,
}

/// `terminationGracePeriodSeconds` as the manifest has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grace {
    /// Not there: the API server fills in 30.
    Default,
    /// Written out. Negative values are there as 1, which is what the API server makes of them.
    Explicit(Seconds),
}

impl Grace {
    /// What the API server fills in.
    pub const DEFAULT: Seconds = Seconds::new(30);

    /// `G0`: the grace period that holds now.
    pub const fn effective(self) -> Seconds {
        match self {
            Self::Default => Self::DEFAULT,
            Self::Explicit(seconds) => seconds,
        }
    }
}

/// `terminationDrainDuration` as the pod's annotation has it, rounded up to whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drain(pub Seconds);

impl Drain {
    /// What the agent takes where nothing is set (istio/api `mesh/v1alpha1/proxy.proto`).
    pub const BUILTIN: Seconds = Seconds::new(5);
}

/// `EXIT_ON_ZERO_ACTIVE_CONNECTIONS` is in force for the pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitOnIdle {
    /// `MINIMUM_DRAIN_DURATION` where the pod sets it, rounded up.
    pub minimum: Option<Seconds>,
}

impl ExitOnIdle {
    /// `MINIMUM_DRAIN_DURATION` where nothing is set (istio/istio `pilot/cmd/pilot-agent/options/options.go`).
    pub const BUILTIN_MINIMUM: Seconds = Seconds::new(5);
}

/// The preStop hook of one app container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppHook {
    /// The container's name.
    pub container: String,
    /// How long the hook takes.
    pub length: HookLength,
}

/// Where `istio-proxy` stands in the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Nowhere: a container override must be added to set a hook.
    Absent,
    /// An override in `containers`, which Istio merges over its own container.
    Container(Override),
    /// In `initContainers` with `restartPolicy: Always`: the proxy is a native sidecar.
    Native(Override),
}

/// An `istio-proxy` container in the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Beside its hook, whosever it is, it holds nothing but what this tool writes: it can be taken out as a whole.
    pub bare: bool,
    /// Its preStop hook.
    pub hook: ProxyHook,
}

/// The preStop hook of an `istio-proxy` override, as it stands there. Whose it is, is for the plan to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyHook {
    /// There is none.
    None,
    /// An exec handler with this command.
    Exec(Vec<String>),
    /// Another kind of handler, of this length.
    Other(HookLength),
}

impl From<Handler> for ProxyHook {
    fn from(handler: Handler) -> Self {
        match handler {
            Handler::Exec(command) => Self::Exec(command),
            other => Self::Other(other.length()),
        }
    }
}
