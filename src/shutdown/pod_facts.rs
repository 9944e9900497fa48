//! The facts about one pod template, in terms of the domain.

use crate::istio::{
    Effective, MeshHook, OtherRevision, ProxyExec, Setting, SettingOrigin, SidecarMode, app_hook_length,
};
use crate::kubernetes::{Handler, HookLength};

use super::{Resources, Seconds};

/// The facts about one pod template that matter for its shutdown.
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
    /// The pod template of a live workload can't be changed. The object must be deleted and created again.
    pub is_fixed: bool,
    /// When a new pod replaces a deleted one.
    pub successor: Successor,
    /// How long the pod's nodes let it shut down; `None` if it names no nodes with a limit.
    pub node_limit: Option<NodeLimit>,
    /// The input shows that the pod is injected.
    pub is_injection_seen: bool,
    /// The pod runs: its proxy container is all that there is of the proxy.
    pub is_running: bool,
    /// Where the template has an `istio-proxy` already.
    pub proxy: Placement,
    /// The settings of the proxy.
    pub settings: Effective,
    /// The port of the agent, if the annotation `status.sidecar.istio.io/port` states one.
    pub status_port: Option<u16>,
    /// The mesh config is in the input, so a setting that it lacks has Istio's default.
    pub is_mesh_config_seen: bool,
    /// Other revisions of the mesh, those with the shortest drain first and those with the longest last.
    pub others: Vec<OtherRevision>,
    /// The annotation `sidecar.istio.io/nativeSidecar`.
    pub native_annotation: Option<String>,
    /// The preStop hook that the mesh gives to every istio-proxy.
    pub mesh_hook: Option<Setting<MeshHook>>,
    /// What the injector's template calls the proxy, if it is not `istio-proxy`: no override is merged then.
    pub proxy_name: Option<String>,
    /// HTTP and TCP probes and hooks of apps don't go through the agent's port 15020.
    pub keeps_app_http: bool,
    /// An app runs as the proxy's user, so their sockets can't be distinguished.
    pub shares_proxy_user: bool,
    /// Another native sidecar runs beside the proxy.
    pub has_other_sidecar: bool,
    /// `shareProcessNamespace: true`: PID 1 is then the pause container, not the agent.
    pub shares_process_namespace: bool,
}

impl PodFacts {
    /// The hook that the injector's template makes of the pod's own annotation, as a command.
    pub(crate) fn annotated_hook(&self) -> Option<&[String]> {
        match &self.mesh_hook {
            Some(Setting { value: MeshHook::Exec(command), origin: SettingOrigin::Annotation(_), .. }) => Some(command),
            _ => None,
        }
    }

    /// How long the mesh's hook delays SIGTERM to a classic proxy; `None` if no hook of the mesh is visible.
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
    /// Only when the old one is gone. The reason, as a clause.
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

/// `terminationGracePeriodSeconds` in the manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grace {
    /// Not there: the API server fills in 30.
    Default,
    /// Written out. Negative values are stored as 1, as the API server does.
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
    /// Its handler; `None` if the API does not know it, or if there are several.
    pub handler: Option<Handler>,
}

/// An app container without a preStop hook.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HooklessApp {
    /// The container's name.
    pub container: String,
    /// It may get requests: it declares ports or a network readiness probe, or a Service selects the pod.
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

/// Where `istio-proxy` is in the template.
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
    /// The container, in either list.
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
    /// Apart from its hook, it has only fields that this tool writes, so it can be removed as a whole.
    pub bare: bool,
    /// Its preStop hook.
    pub hook: ProxyHook,
    /// Its `resources`, if they have only requests and limits.
    pub resources: Option<Resources>,
}

/// The preStop hook of an `istio-proxy` override, as written. The plan decides whose it is.
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
    /// Its effect on the proxy; `None` if there is no hook.
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
