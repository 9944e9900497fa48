//! The requests and signals that end the proxy, or make it drain, as command lines send them.

/// How a hook ends the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyEnd {
    /// The agent was asked to drain, so it exits as soon as SIGTERM comes.
    AgentDrain,
    /// The agent was asked to quit. Up to Istio 1.25 it drains first, as it does at SIGTERM.
    AgentQuit,
    /// Envoy was asked to quit and does so at once. The agent exits with it.
    EnvoyQuit,
    /// PID 1, the agent, got SIGTERM or SIGINT: it drains for its drain duration and exits.
    Signal,
}

/// A request to the agent or to Envoy's admin interface.
struct AdminCall<'a> {
    /// Empty if none is given; the port is then that of Envoy's admin interface.
    port: &'a str,
    /// Without the leading slash.
    path: &'a str,
    is_post: bool,
}

impl AdminCall<'_> {
    fn of<'a>(line: &[&'a str]) -> Option<AdminCall<'a>> {
        agent_request(line).or_else(|| local_url(line))
    }

    /// How it ends the proxy. Both ports take such requests by POST only (istio/istio
    /// `pilot/cmd/pilot-agent/status/server.go`, Envoy's admin interface).
    fn end(&self) -> Option<ProxyEnd> {
        end_by_path(self.port, self.path).filter(|_| self.is_post)
    }
}

/// How a POST request with this path and port ends the proxy; `None` for other ports.
pub(super) fn end_by_path(port: &str, path: &str) -> Option<ProxyEnd> {
    match (path.split(['?', '#']).next()?, port) {
        ("quitquitquit", "15020") => Some(ProxyEnd::AgentQuit),
        ("quitquitquit", "" | "15000") => Some(ProxyEnd::EnvoyQuit),
        ("drain", "" | "15020") => Some(ProxyEnd::AgentDrain),
        _ => None,
    }
}

/// Whether a request would end the proxy if it had the right method.
pub(super) fn is_refused(line: &[&str]) -> bool {
    AdminCall::of(line).is_some_and(|call| !call.is_post && end_by_path(call.port, call.path).is_some())
}

/// A drain of Envoy without `graceful`: it closes its listeners at once (Envoy admin interface, `drain_listeners`).
pub(super) fn is_abrupt_drain(line: &[&str]) -> bool {
    AdminCall::of(line).is_some_and(|call| {
        let (path, query) = call.path.split_once('?').unwrap_or((call.path, ""));
        call.is_post && path == "drain_listeners" && !query.split('&').any(|part| part == "graceful")
    })
}

/// A request to the agent or to Envoy's admin interface; both answer at once.
pub(super) fn is_admin_call(line: &[&str]) -> bool {
    AdminCall::of(line).is_some()
}

/// How a program ends the proxy, if it does.
pub(super) fn end_of_proxy(line: &[&str]) -> Option<ProxyEnd> {
    match AdminCall::of(line) {
        Some(call) => call.end(),
        None => signals_agent(line).then_some(ProxyEnd::Signal),
    }
}

/// `pilot-agent request [--debug-port=N] METHOD PATH` (istio/istio `pilot/cmd/pilot-agent/app/request.go`).
fn agent_request<'a>(line: &[&'a str]) -> Option<AdminCall<'a>> {
    let (program, arguments) = line.split_first()?;
    let (["request"], arguments) = arguments.split_at_checked(1)? else { return None };
    if program.rsplit('/').next() != Some("pilot-agent") {
        return None;
    }
    let mut port = "";
    let mut operands = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.strip_prefix("--debug-port") {
            Some("") => port = arguments.next()?,
            Some(value) => port = value.strip_prefix('=')?,
            None if argument.starts_with('-') => {}
            None => operands.push(*argument),
        }
    }
    let [method, path] = operands.as_slice() else { return None };
    Some(AdminCall { port, path: path.trim_start_matches('/'), is_post: *method == "POST" })
}

/// The request of `curl` or `wget` to one of the proxy's own ports.
fn local_url<'a>(line: &[&'a str]) -> Option<AdminCall<'a>> {
    let (program, arguments) = line.split_first()?;
    if !matches!(program.rsplit('/').next(), Some("curl" | "wget")) {
        return None;
    }
    let (port, path) = arguments.iter().find_map(|argument| {
        let address = argument.strip_prefix("http://").unwrap_or(argument);
        let (host, rest) = address.split_once(':')?;
        let (port, path) = rest.split_once('/')?;
        let is_own = matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0") && matches!(port, "15000" | "15020");
        is_own.then_some((port, path))
    })?;
    let posts = |argument: &&str| {
        argument.contains("POST") || ["-d", "--data", "--post-", "--json"].iter().any(|flag| argument.starts_with(flag))
    };
    Some(AdminCall { port, path: path.trim_start_matches('/'), is_post: arguments.iter().any(posts) })
}

/// Whether it is a `kill` of PID 1 with SIGTERM or SIGINT, in any spelling. Both end the agent.
fn signals_agent(line: &[&str]) -> bool {
    let Some((program, arguments)) = line.split_first() else { return false };
    if program.rsplit('/').next() != Some("kill") {
        return false;
    }
    let (signal, processes) = match arguments {
        ["-s" | "-n" | "--signal", signal, processes @ ..] => (*signal, processes),
        [option, processes @ ..] if option.starts_with('-') && *option != "--" => {
            (option.trim_start_matches('-').trim_start_matches("signal="), processes)
        }
        processes => ("TERM", processes),
    };
    let signal = signal.to_ascii_uppercase();
    let ends = matches!(signal.strip_prefix("SIG").unwrap_or(&signal), "TERM" | "15" | "INT" | "2");
    ends && processes.contains(&"1")
}
