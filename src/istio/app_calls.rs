//! What the preStop hook of an app does to istio-proxy. Both share one network namespace, so an app can ask the agent
//! and Envoy to end; with `shareProcessNamespace` it can send them signals, too.

use crate::kubernetes::{Act, Handler, HookLength, read_exec};

use super::calls::{ProxyEnd, end_by_path, end_of_proxy, is_admin_call, is_refused};

/// A request or a signal of an app's hook to the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AppCall {
    /// How it ends the proxy; `None` if the proxy refuses the request.
    pub end: Option<ProxyEnd>,
    /// The time from the start of the hook.
    pub after: HookLength,
}

/// How long the hook of an app takes; requests to the proxy take no time.
pub(crate) fn app_hook_length(handler: &Handler) -> HookLength {
    match handler {
        Handler::Exec(command) => read_exec(command, is_admin_call).length,
        other => other.length(),
    }
}

/// The first call in a hook that should end the proxy. `shares_processes`: signals reach the proxy.
///
/// The kubelet's httpGet sends a GET, and not from within the pod: both ports refuse it (istio/istio
/// `pilot/cmd/pilot-agent/status/server.go`; Envoy's admin interface listens on 127.0.0.1).
pub(crate) fn app_call(handler: &Handler, shares_processes: bool) -> Option<AppCall> {
    let command = match handler {
        Handler::Exec(command) => command,
        Handler::HttpGet { port, path } => {
            let is_call = end_by_path(port, path.trim_start_matches('/')).is_some();
            return is_call.then_some(AppCall { end: None, after: HookLength::Exactly(0) });
        }
        _ => return None,
    };
    read_exec(command, is_admin_call).steps.into_iter().find_map(|(after, act)| {
        let Act::Run { line, inside } = act else { return None };
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        let request = is_admin_call(&line).then(|| end_of_proxy(&line)).flatten();
        let end = request.or_else(|| signal(&line, &inside).filter(|_| shares_processes));
        (end.is_some() || is_refused(&line)).then_some(AppCall { end, after })
    })
}

/// A signal to the agent or to Envoy by name, or to PID 1. With shared processes PID 1 is the pause container, and all
/// containers end with it.
fn signal(line: &[&str], inside: &str) -> Option<ProxyEnd> {
    let (program, arguments) = line.split_first()?;
    if !matches!(program.rsplit('/').next(), Some("kill" | "pkill" | "killall")) {
        return None;
    }
    let names = |name: &str| inside.contains(name) || arguments.iter().any(|argument| argument.contains(name));
    if names("pilot-agent") {
        Some(ProxyEnd::Signal)
    } else {
        (names("envoy") || arguments.contains(&"1")).then_some(ProxyEnd::EnvoyQuit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exec(script: &str) -> Handler {
        Handler::Exec(["sh", "-c", script].map(str::to_owned).to_vec())
    }

    #[test]
    fn what_hooks_of_apps_do_to_the_proxy() {
        let at = |end, seconds| Some(AppCall { end, after: HookLength::Exactly(seconds) });
        for (script, shares, expected) in [
            ("sleep 10; curl -sf -XPOST http://localhost:15020/quitquitquit", false, at(Some(ProxyEnd::AgentQuit), 10)),
            (
                "sleep 3; wget -qO- --post-data= http://127.0.0.1:15000/quitquitquit",
                false,
                at(Some(ProxyEnd::EnvoyQuit), 3),
            ),
            ("curl -X POST localhost:15020/drain", false, at(Some(ProxyEnd::AgentDrain), 0)),
            ("curl localhost:15020/quitquitquit", false, at(None, 0)),
            ("curl localhost:15020/healthz/ready", false, None),
            ("curl -X POST localhost:8080/quitquitquit", false, None),
            ("kill 1", false, None),
            ("sleep 4; kill 1", true, at(Some(ProxyEnd::EnvoyQuit), 4)),
            ("kill -TERM $(pidof envoy)", false, None),
            ("pkill -f envoy", true, at(Some(ProxyEnd::EnvoyQuit), 0)),
            (
                "kill -TERM `pgrep pilot-agent`",
                true,
                Some(AppCall { end: Some(ProxyEnd::Signal), after: HookLength::Exactly(0) }),
            ),
            ("kill $(pidof nginx)", true, None),
        ] {
            assert_eq!(app_call(&exec(script), shares), expected, "{script}");
        }
        let get = |port: &str| Handler::HttpGet { port: port.to_owned(), path: "/quitquitquit".to_owned() };
        assert_eq!(app_call(&get("15020"), false), at(None, 0));
        assert_eq!(app_call(&get("8080"), false), None);
    }

    #[test]
    fn requests_to_the_proxy_take_no_time() {
        let length = |script| app_hook_length(&exec(script));
        assert_eq!(length("sleep 10; curl -XPOST localhost:15020/quitquitquit"), HookLength::Exactly(10));
        assert_eq!(length("sleep 10; curl -XPOST localhost:8080/quitquitquit"), HookLength::AtLeast(10));
    }
}
