//! Reads a container's preStop hook.

use k8s_openapi::api::core::v1::{Lifecycle, LifecycleHandler};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::kubernetes::{Handler, HookLength};
use crate::object;
use crate::shutdown::ProxyHook;
use crate::yaml::{NodeId, NodeKind, Resolved, Tree};

/// The handlers of a preStop hook. The API server allows exactly one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Handlers {
    /// The names of the fields that are set, in their alphabetical order: `exec`, `sleep`, ….
    pub names: Vec<String>,
    /// The handler. `None` if there are several, or if the API does not know it.
    pub handler: Option<Handler>,
}

/// The preStop hook of a container; `None` where it has none.
pub(super) fn read(tree: &Tree<'_>, container: NodeId) -> Option<Handlers> {
    let lifecycle = tree.get(container, "lifecycle")?;
    let pre_stop = tree.get(lifecycle, "preStop")?;
    let is_set = |value: NodeId| tree.scalar(value) != Some(Resolved::Null);
    let entries = tree.entries(pre_stop).iter().filter(|(_, value)| is_set(*value));
    let mut names: Vec<_> = entries.filter_map(|(key, _)| tree.str(*key)).map(str::to_owned).collect();
    names.sort_unstable();
    let is_mapping = matches!(tree.node(pre_stop).kind, NodeKind::Mapping { .. });
    if names.is_empty() && (is_mapping || !is_set(pre_stop)) {
        return None;
    }
    let view: Option<Lifecycle> = object::json(tree, lifecycle).and_then(|json| serde_json::from_value(json).ok());
    let handler = view.and_then(|lifecycle| lifecycle.pre_stop).and_then(one_handler);
    Some(Handlers { names, handler })
}

/// The handler of a hook that has exactly one.
fn one_handler(hook: LifecycleHandler) -> Option<Handler> {
    match hook {
        LifecycleHandler { exec: Some(exec), http_get: None, sleep: None, tcp_socket: None } => {
            Some(Handler::Exec(exec.command.unwrap_or_default()))
        }
        LifecycleHandler { exec: None, http_get: None, sleep: Some(sleep), tcp_socket: None } => {
            Some(Handler::Sleep(sleep.seconds))
        }
        LifecycleHandler { exec: None, http_get: Some(request), sleep: None, tcp_socket: None } => {
            let port = match request.port {
                IntOrString::Int(port) => port.to_string(),
                IntOrString::String(port) => port,
            };
            Some(Handler::HttpGet { port, path: request.path.unwrap_or_default() })
        }
        LifecycleHandler { exec: None, http_get: None, sleep: None, tcp_socket: Some(_) } => Some(Handler::TcpSocket),
        _ => None,
    }
}

impl Handlers {
    /// The hook as a domain type, for istio-proxy.
    pub(super) fn of_proxy(self) -> ProxyHook {
        self.handler.map_or(ProxyHook::Other(HookLength::Unknown), ProxyHook::from)
    }
}
