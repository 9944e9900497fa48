//! The hooks that this tool writes on istio-proxy: for each its command, and what it does.
//!
//! All other rooms ask [`WrittenHook::acts`] what a hook does. So a new hook is described here, its word is in
//! `shutdown/resolved_policy`, and `shutdown/hook_choice` says in which pods it works.

use super::commands::{drain_command, is_drain, is_sigterm, sigterm_command, sleep_command};
use super::wait::{wait_command, waits};

/// A hook, known by exactly its command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WrittenHook {
    /// Envoy starts to drain at once.
    Drain,
    /// SIGTERM to the agent.
    Sigterm,
    /// The proxy serves for these seconds. Anybody may have written it.
    Sleep(u64),
    /// Envoy drains, and SIGTERM is delayed until the apps are gone, at least for these seconds. If it fails, it delays
    /// nothing.
    Wait(u64),
}

/// What such a hook does, where nothing keeps it from that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HookActs {
    /// It asks Envoy to drain as it starts, so that the listeners stay open where the release can do that.
    pub drains_envoy: bool,
    /// It sends SIGTERM to the agent as it starts.
    pub signals_agent: bool,
    /// It asks the agent to drain as it ends, so that the proxy exits at SIGTERM.
    pub drains_agent: bool,
    /// It delays SIGTERM until the apps are gone.
    pub waits_for_apps: bool,
    /// How long it delays SIGTERM at least, in seconds.
    pub delay: u64,
}

/// The ports that commands ask. `None` is the default port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProxyPorts {
    /// Envoy's admin interface.
    pub admin: Option<u16>,
    /// The agent's status port.
    pub status: Option<u16>,
}

impl ProxyPorts {
    /// The agent's port unless an annotation names another (istio/istio `pkg/bootstrap`; `global.proxy.statusPort` of
    /// the charts).
    pub(crate) fn status(self) -> u16 {
        self.status.unwrap_or(15020)
    }
}

impl WrittenHook {
    /// The hook with that command, whatever ports it asks.
    pub(crate) fn of(command: &[String]) -> Option<Self> {
        if is_drain(command) {
            return Some(Self::Drain);
        }
        if is_sigterm(command) {
            return Some(Self::Sigterm);
        }
        if let Some(least) = waits(command) {
            return Some(Self::Wait(least));
        }
        let [_, seconds] = command else { return None };
        let seconds = seconds.parse().ok()?;
        (*command == sleep_command(seconds)).then_some(Self::Sleep(seconds))
    }

    /// Its command.
    pub(crate) fn command(self, ports: ProxyPorts) -> Vec<String> {
        match self {
            Self::Drain => drain_command(ports.admin),
            Self::Sigterm => sigterm_command(),
            Self::Sleep(seconds) => sleep_command(seconds),
            Self::Wait(least) => wait_command(ports.admin, ports.status(), least),
        }
    }

    /// What it does.
    pub(crate) const fn acts(self) -> HookActs {
        const NOTHING: HookActs = HookActs {
            drains_envoy: false,
            signals_agent: false,
            drains_agent: false,
            waits_for_apps: false,
            delay: 0,
        };
        match self {
            Self::Drain => HookActs { drains_envoy: true, ..NOTHING },
            Self::Sigterm => HookActs { signals_agent: true, ..NOTHING },
            Self::Sleep(delay) => HookActs { delay, ..NOTHING },
            Self::Wait(delay) => {
                HookActs { drains_envoy: true, drains_agent: true, waits_for_apps: true, delay, ..NOTHING }
            }
        }
    }

    /// Nobody else writes this command. A `sleep` may be anybody's.
    pub(crate) const fn is_distinctive(self) -> bool {
        !matches!(self, Self::Sleep(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_recognised() {
        let other = ProxyPorts { admin: Some(15001), status: Some(15021) };
        for hook in [WrittenHook::Drain, WrittenHook::Sigterm, WrittenHook::Sleep(u64::MAX), WrittenHook::Wait(40)] {
            for ports in [ProxyPorts::default(), other] {
                assert_eq!(WrittenHook::of(&hook.command(ports)), Some(hook), "{ports:?}");
            }
        }
        let default = ProxyPorts { admin: Some(15000), status: Some(15020) };
        assert_eq!(WrittenHook::Drain.command(default), WrittenHook::Drain.command(ProxyPorts::default()));
        assert!(WrittenHook::Drain.command(other).contains(&"--debug-port=15001".to_owned()));
        assert_eq!(WrittenHook::of(&[]), None);
    }
}
