//! What the user wants, resolved: every field has its value.

use super::Seconds;

/// The hook that istio-proxy gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PreStop {
    /// Envoy starts to drain at once and keeps its listeners; right in both sidecar modes.
    Drain,
    /// `kill -SIGTERM 1`, the recipe of the guides; classic sidecars only.
    Sigterm,
    /// The proxy sleeps for as long as the apps' own hooks run; classic sidecars only.
    Sleep,
    /// No container override at all: annotation and grace period only.
    None,
    /// The user's own command, never empty.
    Exec(Vec<String>),
}

/// How one workload is to shut down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The hook to write on istio-proxy.
    pub pre_stop: PreStop,
    /// How long the proxy must stay at least: the longest request plus the delay until the pod's endpoints are gone.
    pub drain: Option<Seconds>,
    /// `A`: what an app may take from SIGTERM to its end.
    pub app_shutdown: Seconds,
    /// `M`: what the agent needs after the drain to go in order.
    pub margin: Seconds,
    /// Lower what is there, too, to exactly the computed numbers.
    pub exact: bool,
    /// Replace hooks on istio-proxy that this tool did not write.
    pub replace_hooks: bool,
    /// Stands for the length of an app hook that can't be read.
    pub pre_stop_estimate: Option<Seconds>,
    /// Let the proxy go as soon as it has no connections left.
    pub exit_on_idle: bool,
}

impl Policy {
    /// What holds where nothing is configured.
    pub const fn builtin() -> Self {
        Self {
            pre_stop: PreStop::Drain,
            drain: None,
            app_shutdown: Seconds::new(5),
            margin: Seconds::new(2),
            exact: false,
            replace_hooks: false,
            pre_stop_estimate: None,
            exit_on_idle: false,
        }
    }
}
