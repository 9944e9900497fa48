//! The commands that are written as preStop hooks of istio-proxy. `written_hook` says what they do. The command that
//! waits is in `wait`.

/// The hook that makes Envoy drain from the start. `pilot-agent` is in every proxy image, also in distroless ones.
/// `admin_port` is Envoy's, if it is not the default port, which the agent uses by itself.
pub(crate) fn drain_command(admin_port: Option<u16>) -> Vec<String> {
    let mut command = owned(DRAIN);
    if let Some(port) = admin_port.filter(|port| *port != ADMIN_PORT) {
        command.insert(2, format!("--debug-port={port}"));
    }
    command
}

const DRAIN: [&str; 4] = ["pilot-agent", "request", "POST", "drain_listeners?inboundonly&graceful&skip_exit"];

/// Whether a command is that of [`drain_command`] for any port.
pub(super) fn is_drain(command: &[String]) -> bool {
    let port = command.get(2).and_then(|word| word.strip_prefix("--debug-port="));
    *command == DRAIN || port.is_some() && *command == drain_command(port.and_then(|port| port.parse().ok()))
}

/// The default port of Envoy's admin interface (istio/api `mesh/v1alpha1/proxy.proto`, `proxyAdminPort`).
const ADMIN_PORT: u16 = 15000;

/// The ports that `pilot-agent request` accepts; it refuses any other `--debug-port` (istio/istio#36025, in 1.13 and in
/// the last patches of 1.11 and 1.12; `pilot/cmd/pilot-agent/app/request.go`).
pub(crate) const REQUEST_PORTS: [u16; 4] = [ADMIN_PORT, 15004, 15020, 15021];

/// The hook of many guides: SIGTERM to the agent, which is PID 1 unless processes are shared.
pub(crate) fn sigterm_command() -> Vec<String> {
    owned(SIGTERM)
}

const SIGTERM: [&str; 3] = ["kill", "-SIGTERM", "1"];

/// Whether a command is that of [`sigterm_command`].
pub(super) fn is_sigterm(command: &[String]) -> bool {
    *command == SIGTERM
}

/// The hook that keeps the proxy serving for `seconds`.
pub(crate) fn sleep_command(seconds: u64) -> Vec<String> {
    owned(["sleep", &seconds.to_string()])
}

fn owned<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).to_vec()
}
