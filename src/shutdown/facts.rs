//! What is known about one pod template, in the domain's words.

use crate::istio::{Effective, MeshHook, ProxyExec, Setting, SidecarMode, app_hook_length};
use crate::kubernetes::{Handler, HookLength};

use super::{Resources, Seconds};

/// One pod template, as far as its shutdown goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PodFacts {
    /// `terminationGracePeriodSeconds`.
    pub grace: Grace,
    /// The preStop hooks of the app containers, in the order of the manifest; containers without one are not listed.
    pub app_hooks: Vec<AppHook>,
    /// The app containers without a preStop hook.
    pub hookless_apps: Vec<HooklessApp>,
    /// Which kind of sidecar the pod gets.
    pub mode: SidecarMode,
    /// The proxy is a gateway, not a sidecar.
    pub is_gateway: bool,
    /// The workload is of one of Kubernetes' own kinds; the schemas of others may know less.
    pub is_built_in: bool,
    /// The pod is in an ambient mesh, without a sidecar.
    pub is_ambient: bool,
    /// The pods run to completion: those of Jobs.
    pub runs_to_completion: bool,
    /// The pod template of a live workload can't be changed: it has to be deleted and made again.
    pub is_fixed: bool,
    /// When a new pod replaces one that goes.
    pub successor: Successor,
    /// The nodes that the pod is for leave it no more time than that; `None` where it names no such nodes.
    pub node_limit: Option<NodeLimit>,
    /// It can be seen that the pod is injected, not only assumed.
    pub is_injection_seen: bool,
    /// The pod runs: its proxy container is all that there is of the proxy.
    pub is_running: bool,
    /// Where an `istio-proxy` stands in this template already.
    pub proxy: Placement,
    /// The settings of the proxy.
    pub settings: Effective,
    /// The port on which the agent is asked, where the annotation `status.sidecar.istio.io/port` names one.
    pub status_port: Option<u16>,
    /// The mesh config is in the input, so that what it leaves out is Istio's default.
    pub is_mesh_config_seen: bool,
    /// The annotation `sidecar.istio.io/nativeSidecar`.
    pub native_annotation: Option<String>,
    /// The preStop hook that the mesh gives to every istio-proxy.
    pub mesh_hook: Option<Setting<MeshHook>>,
    /// Probes and hooks of apps that ask for a URL or a port are not sent through the agent's port 15020.
    pub keeps_app_http: bool,
    /// An app runs as the user that the proxy runs as, so that their sockets can't be distinguished.
    pub shares_proxy_user: bool,
    /// Another native sidecar runs beside the proxy.
    pub has_other_sidecar: bool,
    /// `shareProcessNamespace: true`: PID 1 is then the pause container, not the agent.
    pub shares_process_namespace: bool,
}

impl PodFacts {
    /// How long the mesh's hook holds off SIGTERM to a classic proxy; `None` where the mesh is not seen to give it one.
    pub(crate) fn mesh_hook_length(&self) -> Option<HookLength> {
        self.mesh_hook.as_ref().map(|hook| match &hook.value {
            MeshHook::Exec(command) => ProxyExec::of(command).length(),
            MeshHook::Other(_) => HookLength::Unknown,
        })
    }
}

/// When a rollout starts the pod that replaces another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Successor {
    /// While the old one is still there.
    Beside,
    /// Only when the old one has gone, for the reason that this clause gives.
    After(&'static str),
}

/// How long some nodes let a pod shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeLimit {
    /// How long.
    pub seconds: Seconds,
    /// Which nodes these are: "a spot node of GKE".
    pub who: &'static str,
}

/// `terminationGracePeriodSeconds` as the manifest has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grace {
    /// Not there: the API server fills in 30.
    Default,
    /// Written out. Negative values are there as 1, which is what the API server makes of them.
    Explicit(Seconds),
}

impl Grace {
    /// What the API server fills in.
    pub(crate) const DEFAULT: Seconds = Seconds::new(30);

    /// `G0`: the grace period that holds now.
    pub(crate) const fn effective(self) -> Seconds {
        match self {
            Self::Default => Self::DEFAULT,
            Self::Explicit(seconds) => seconds,
        }
    }
}

/// The preStop hook of one app container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AppHook {
    /// The container's name.
    pub container: String,
    /// What it does; `None` where it is not a handler that the API knows, or more than one.
    pub handler: Option<Handler>,
}

/// An app container without a preStop hook.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HooklessApp {
    /// The container's name.
    pub container: String,
    /// Requests may come to it: it declares ports or a readiness probe over the network, or a Service selects the pod.
    pub gets_traffic: bool,
}

impl AppHook {
    /// It asks for a URL or a port.
    pub(crate) const fn asks_over_network(&self) -> bool {
        matches!(self.handler, Some(Handler::HttpGet { .. } | Handler::TcpSocket))
    }

    /// How long the hook takes.
    pub(crate) fn length(&self) -> HookLength {
        self.handler.as_ref().map_or(HookLength::Unknown, app_hook_length)
    }
}

/// Prints what it does, in short.
impl std::fmt::Display for AppHook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.handler {
            Some(handler) => handler.fmt(f),
            None => f.write_str("no handler that is known"),
        }
    }
}

/// Where `istio-proxy` stands in the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    /// Nowhere: a container override must be added to set a hook.
    Absent,
    /// An override in `containers`, which Istio merges over its own container.
    Container(Override),
    /// In `initContainers` with `restartPolicy: Always`: the proxy is a native sidecar.
    Native(Override),
}

impl Placement {
    /// The container, in whichever list.
    pub(crate) const fn present(&self) -> Option<&Override> {
        match self {
            Self::Absent => None,
            Self::Container(present) | Self::Native(present) => Some(present),
        }
    }
}

/// An `istio-proxy` container in the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Override {
    /// Beside its hook, whosever it is, it holds nothing but what this tool writes: it can be taken out as a whole.
    pub bare: bool,
    /// Its preStop hook.
    pub hook: ProxyHook,
    /// Its `resources`, where they are nothing but requests and limits.
    pub resources: Option<Resources>,
}

/// The preStop hook of an `istio-proxy` override, as it is written. Whose it is, is for the plan to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProxyHook {
    /// There is none.
    None,
    /// An exec handler with this command.
    Exec(Vec<String>),
    /// Another kind of handler, of this length.
    Other(HookLength),
}

impl ProxyHook {
    /// What it does to the proxy; `None` where there is none.
    pub(crate) fn exec(&self) -> Option<ProxyExec> {
        match self {
            Self::None => None,
            Self::Exec(command) => Some(ProxyExec::of(command)),
            Self::Other(length) => Some(ProxyExec::Other(*length)),
        }
    }
}

impl From<Handler> for ProxyHook {
    fn from(handler: Handler) -> Self {
        match handler {
            Handler::Exec(command) => Self::Exec(command),
            other => Self::Other(other.length()),
        }
    }
}
