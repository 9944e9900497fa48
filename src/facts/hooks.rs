//! Reads a container's preStop hook.

use k8s_openapi::api::core::v1::{ExecAction, HTTPGetAction, SleepAction, TCPSocketAction};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::{Value, from_value};

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
    Some(Handlers { names, handler: handler(tree, pre_stop) })
}

/// The only handler that the API knows, merged or not; `None` if there are several, or none.
fn handler(tree: &Tree<'_>, pre_stop: NodeId) -> Option<Handler> {
    let Value::Object(mut fields) = object::json(tree, pre_stop)? else { return None };
    let mut known = Handler::NAMES.iter().filter_map(|name| Some((*name, fields.remove(*name)?)));
    let mut known = known.by_ref().filter(|(_, value)| !value.is_null());
    let (name, value) = known.next()?;
    if known.next().is_some() { None } else { of(name, value) }
}

/// The handler in a field of the API.
fn of(field: &str, json: Value) -> Option<Handler> {
    Some(match field {
        "exec" => Handler::Exec(from_value::<ExecAction>(json).ok()?.command.unwrap_or_default()),
        "sleep" => Handler::Sleep(from_value::<SleepAction>(json).ok()?.seconds),
        "tcpSocket" => from_value::<TCPSocketAction>(json).ok().map(|_| Handler::TcpSocket)?,
        "httpGet" => {
            let request = from_value::<HTTPGetAction>(json).ok()?;
            let port = match request.port {
                IntOrString::Int(port) => port.to_string(),
                IntOrString::String(port) => port,
            };
            Handler::HttpGet { port, path: request.path.unwrap_or_default() }
        }
        _ => return None,
    })
}

impl Handlers {
    /// The hook as a domain type, for istio-proxy.
    pub(super) fn of_proxy(self) -> ProxyHook {
        self.handler.map_or(ProxyHook::Other(HookLength::Unknown), ProxyHook::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Source, parse_all};

    #[test]
    fn one_handler_is_read_wherever_it_is_written() {
        let check = |pre_stop: &str, expected: Option<u64>| {
            let text = format!("x: &x {{sleep: {{seconds: 5}}}}\nlifecycle: {{preStop: {pre_stop}}}\n");
            let tree = parse_all(Source::embedded(&text)).unwrap();
            let found = read(&tree, tree.roots()[0]).and_then(|hook| hook.handler);
            let seconds = found.map(|handler| match handler {
                Handler::Sleep(seconds) => u64::try_from(seconds).unwrap(),
                other => panic!("{other:?}"),
            });
            assert_eq!(seconds, expected, "{pre_stop}");
        };
        check("{sleep: {seconds: 5}}", Some(5));
        check("*x", Some(5));
        check("{<<: *x}", Some(5));
        check("{<<: *x, sleep: {seconds: 7}}", Some(7));
        check("{<<: *x, exec: null}", Some(5));
        check("{<<: *x, exec: {command: [true]}}", None);
        check("{sleep: {seconds: 5}, fooAction: {}}", Some(5));
        check("{sleep: 5}", None);
        check("{}", None);
    }
}
