//! The commands that a preStop hook of istio-proxy runs, and what they do to the proxy.
//!
//! | command | effect | source |
//! |---|---|---|
//! | `pilot-agent request POST drain_listeners?inboundonly&graceful&skip_exit` | Envoy starts to drain inbound and never closes its listeners; the agent's own drain later changes nothing | Envoy admin interface; tried on Envoy 1.40 |
//! | `kill -SIGTERM 1` | the agent drains and exits after `terminationDrainDuration`; a second SIGTERM changes nothing | istio/istio `pkg/cmd/cmd.go` (`WaitSignalFunc`) |
//! | `sleep N` | the proxy serves in full for N seconds, then SIGTERM | the kubelet |
//! | `pilot-agent request POST drain` (port 15020) | drains, and the SIGTERM that follows makes the agent exit at once: "already drained". Right on a native sidecar, where SIGTERM comes last; on a classic one the proxy is gone as soon as the hook ends | istio/istio `pkg/envoy/agent.go` (`terminate`) |
//! | `POST quitquitquit` on 15020 or 15000 | the agent or Envoy exits: no drain on 15000, nor on 15020 since Istio 1.26 | istio/istio `pilot/cmd/pilot-agent/status/server.go` |

use crate::kubernetes::{Act, ExecReading, HookLength, read_exec};

use super::app_loop::AppLoop;
use super::calls::{ProxyEnd, end_of_proxy, is_abrupt_drain, is_admin_call};
use super::written_hook::{HookActs, WrittenHook};

/// The effect of a preStop command on istio-proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyExec {
    /// A command that this tool writes.
    Written(WrittenHook),
    /// Another command that ends the proxy.
    Ends {
        /// How.
        by: ProxyEnd,
        /// When, counted from the start of the hook.
        after: HookLength,
    },
    /// Another command that waits until the apps are gone.
    AwaitsApps(AppLoop),
    /// Any other command, with its length.
    Other(HookLength),
}

impl ProxyExec {
    /// The effect of a command, as far as it can be read.
    pub(crate) fn of(command: &[String]) -> Self {
        if let Some(written) = WrittenHook::of(command) {
            return Self::Written(written);
        }
        let ExecReading { length, steps } = read_exec(command, is_admin_call);
        let decisive = |(at, act): &(HookLength, Act)| match act {
            Act::Run { line, .. } => {
                let line: Vec<&str> = line.iter().map(String::as_str).collect();
                Some(Self::Ends { by: end_of_proxy(&line)?, after: *at })
            }
            Act::Loop { condition } => AppLoop::of(condition).map(Self::AwaitsApps),
        };
        let mut decisive = steps.iter().filter_map(decisive);
        match decisive.next() {
            // The agent exits when the hook is over.
            Some(Self::Ends { by: ProxyEnd::AgentDrain, .. }) => decisive
                .find(|act| matches!(act, Self::AwaitsApps(_)))
                .unwrap_or(Self::Ends { by: ProxyEnd::AgentDrain, after: length }),
            Some(found) => found,
            None => Self::Other(length),
        }
    }

    /// The command drains Envoy without `graceful`, so that its listeners close at once.
    pub(crate) fn drains_abruptly(command: &[String]) -> bool {
        read_exec(command, is_admin_call).steps.iter().any(|(_, act)| match act {
            Act::Run { line, .. } => is_abrupt_drain(&line.iter().map(String::as_str).collect::<Vec<_>>()),
            Act::Loop { .. } => false,
        })
    }

    /// What it does, if it is a command that this tool writes.
    pub(crate) fn acts(self) -> Option<HookActs> {
        match self {
            Self::Written(hook) => Some(hook.acts()),
            _ => None,
        }
    }

    /// How long the hook delays what follows: the drain of the agent, or the end of the proxy.
    pub(crate) const fn length(self) -> HookLength {
        match self {
            // It ends when the apps end. So its time can't be counted as a delay of the drain.
            Self::Written(hook) if hook.acts().waits_for_apps => HookLength::Exactly(0),
            Self::Written(hook) => HookLength::Exactly(hook.acts().delay),
            Self::Ends { after, .. } => after,
            Self::AwaitsApps(_) => HookLength::UntilAppsGone,
            Self::Other(length) => length,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(command: &[&str], expected: ProxyExec) {
        let command: Vec<String> = command.iter().map(|&word| word.to_owned()).collect();
        assert_eq!(ProxyExec::of(&command), expected, "{command:?}");
    }

    fn shell(script: &str) -> [&str; 3] {
        ["/bin/sh", "-c", script]
    }

    const fn ends(by: ProxyEnd, after: u64) -> ProxyExec {
        ProxyExec::Ends { by, after: HookLength::Exactly(after) }
    }

    #[test]
    fn other_spellings_are_somebody_elses() {
        check(&["sleep", "040"], ProxyExec::Other(HookLength::Exactly(40)));
        check(&["/bin/sleep", "40"], ProxyExec::Other(HookLength::Exactly(40)));
        check(&shell("sleep 40"), ProxyExec::Other(HookLength::Exactly(40)));
        check(&["kill", "-15", "1"], ends(ProxyEnd::Signal, 0));
        check(&["pilot-agent", "request", "POST", "drain_listeners"], ProxyExec::Other(HookLength::Exactly(0)));
        check(&[], ProxyExec::Other(HookLength::Unknown));
    }

    #[test]
    fn what_ends_the_proxy() {
        let agent_drain = ["pilot-agent", "request", "--debug-port=15020", "POST", "drain"];
        check(&agent_drain, ends(ProxyEnd::AgentDrain, 0));
        check(&["/usr/local/bin/pilot-agent", "request", "POST", "/drain"], ends(ProxyEnd::AgentDrain, 0));
        check(&["pilot-agent", "request", "POST", "quitquitquit"], ends(ProxyEnd::EnvoyQuit, 0));
        check(
            &["pilot-agent", "request", "--debug-port", "15020", "POST", "quitquitquit"],
            ends(ProxyEnd::AgentQuit, 0),
        );
        check(&["curl", "-sXPOST", "http://localhost:15020/quitquitquit"], ends(ProxyEnd::AgentQuit, 0));
        check(&["curl", "-X", "POST", "127.0.0.1:15000/quitquitquit"], ends(ProxyEnd::EnvoyQuit, 0));
        check(&shell("sleep 20; curl -fsI -X POST http://localhost:15020/quitquitquit"), ends(ProxyEnd::AgentQuit, 20));
        check(&shell("wget --post-data= -qO- http://localhost:15020/drain; sleep 5"), ends(ProxyEnd::AgentDrain, 5));
        check(&shell("sleep 20 && kill -s TERM 1; sleep 30"), ends(ProxyEnd::Signal, 20));
        check(&["kill", "1"], ends(ProxyEnd::Signal, 0));
    }

    #[test]
    fn what_does_not() {
        let no_path_of_envoy = ["pilot-agent", "request", "--debug-port=15000", "POST", "drain"];
        check(&no_path_of_envoy, ProxyExec::Other(HookLength::Exactly(0)));
        check(&["curl", "http://localhost:8080/drain"], ProxyExec::Other(HookLength::Unknown));
        check(&["curl", "http://localhost:15020/healthz/ready"], ProxyExec::Other(HookLength::Exactly(0)));
        // Both accept only POST.
        check(&["curl", "http://localhost:15020/quitquitquit"], ProxyExec::Other(HookLength::Exactly(0)));
        check(&["pilot-agent", "request", "GET", "quitquitquit"], ProxyExec::Other(HookLength::Exactly(0)));
        check(&["kill", "-9", "1"], ProxyExec::Other(HookLength::Exactly(0)));
        check(&["kill", "-TERM", "17"], ProxyExec::Other(HookLength::Exactly(0)));
        check(&shell("sleep 5; [ -e /x ] && kill 1"), ProxyExec::Other(HookLength::Exactly(5)));
    }

    #[test]
    fn what_can_not_be_read_is_said_to_be() {
        let after_something = shell("prepare; pilot-agent request POST quitquitquit");
        check(&after_something, ProxyExec::Ends { by: ProxyEnd::EnvoyQuit, after: HookLength::Unknown });
    }
}
