//! Loops in hooks of istio-proxy that delay SIGTERM until the apps of the pod are gone.
//!
//! | loop | what it sees |
//! |---|---|
//! | `while netstat …; do sleep 1; done`, or `ss`, `lsof`, `/proc/net/tcp` | the sockets of the pod, which shares one network namespace: those of the apps, and those of the proxy itself |
//! | `while ps …`, or `pgrep`, `pidof`, `/proc/…` | the processes of its own container, and those of the apps only with `shareProcessNamespace` |
//! | `while curl -s localhost:8080 …`, or `wget`, `nc` | whether an app answers |
//!
//! The proxy's own ports (15000 to 15099) say nothing about the apps. A loop over sockets that ignores none of them
//! runs until the grace period ends: Envoy listens on 15000, 15001, 15006, 15021 and 15090, and `pilot-agent` on 15020
//! (istio/istio `pkg/config/constants`; <https://istio.io/latest/docs/ops/deployment/application-requirements/>). A
//! loop that ignores `envoy` by name still sees the agent.

/// What a loop waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AppLoop {
    /// Until no socket is left.
    Sockets {
        /// The loop also counts the agent's sockets, so it does not end.
        counts_agent: bool,
    },
    /// Until no process is left.
    Processes,
    /// Until no app answers.
    Answers,
}

impl AppLoop {
    /// What the condition of a loop looks at; `None` if it does not look at the apps.
    pub(super) fn of(condition: &str) -> Option<Self> {
        let is_apart = |c: char| !c.is_ascii_alphanumeric() && !"-_./:[]".contains(c);
        let words =
            || condition.split(is_apart).map(|word| word.trim_start_matches('[')).filter(|word| !word.is_empty());
        let runs = |names: &[&str]| words().any(|word| names.contains(&word.rsplit('/').next().unwrap_or_default()));
        if runs(&["netstat", "ss", "lsof"]) || condition.contains("/proc/net/") {
            let ports = || condition.split(|c: char| !c.is_ascii_digit()).filter_map(port);
            let counts_agent = !condition.contains("pilot") && !ports().any(|port| !is_own_port(port));
            return Some(Self::Sockets { counts_agent });
        }
        if runs(&["curl", "wget", "nc"]) {
            let is_local = ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| condition.contains(host));
            let is_own =
                words().filter_map(|word| port(word.split(['/', '?']).find_map(|part| part.rsplit_once(':'))?.1));
            return (is_local && !is_own.into_iter().any(is_own_port)).then_some(Self::Answers);
        }
        (runs(&["ps", "pgrep", "pidof"]) || condition.contains("/proc/")).then_some(Self::Processes)
    }

    /// The programs that it needs beside a shell and `sleep`, as text for people.
    pub(crate) const fn needs(self) -> &'static str {
        match self {
            Self::Sockets { .. } => "netstat or ss",
            Self::Processes => "ps or its like",
            Self::Answers => "curl or its like",
        }
    }
}

/// A number that may be a port; smaller numbers are counts.
fn port(digits: &str) -> Option<u16> {
    digits.parse().ok().filter(|port| *port >= 80)
}

fn is_own_port(port: u16) -> bool {
    (15_000..15_100).contains(&port)
}

#[cfg(test)]
mod tests {
    use super::super::ProxyExec;
    use super::*;
    use crate::kubernetes::HookLength;

    fn read(script: &str) -> ProxyExec {
        ProxyExec::of(&["/bin/sh", "-c", script].map(str::to_owned))
    }

    #[test]
    fn loops_that_wait_for_the_apps() {
        let endless = AppLoop::Sockets { counts_agent: true };
        let sockets = AppLoop::Sockets { counts_agent: false };
        for (script, expected) in [
            ("while [ $(netstat -plunt | grep tcp | grep -v envoy | wc -l | xargs) -ne 0 ]; do sleep 1; done", endless),
            (
                "while [ $(netstat -plnt | grep tcp | egrep -v 'envoy|pilot-agent' | wc -l) -ne 0 ]; do sleep 1; done",
                sockets,
            ),
            ("while ss -Htln | grep -q :8080\ndo\n  sleep 0.5\ndone", sockets),
            (
                "sleep 5; until [ `ss -tn state established | wc -l` -le 1 ]; do echo waiting; sleep 1; done; exit 0",
                endless,
            ),
            ("while grep -q ' 0A ' /proc/net/tcp; do sleep 1; done", endless),
            ("while curl -s localhost:8080/healthz >/dev/null; do sleep 1; done", AppLoop::Answers),
            ("until ! nc -z 127.0.0.1 9000; do sleep 1; done", AppLoop::Answers),
            ("while ps aux | grep -q [j]ava; do sleep 1; done", AppLoop::Processes),
            (
                "pilot-agent request --debug-port=15020 POST drain; while pgrep java; do sleep 1; done",
                AppLoop::Processes,
            ),
            ("while pidof java; do sleep 1; done; curl -X POST localhost:15020/quitquitquit", AppLoop::Processes),
        ] {
            assert_eq!(read(script), ProxyExec::AwaitsApps(expected), "{script}");
            assert_eq!(read(script).length(), HookLength::UntilAppsGone);
        }
    }

    #[test]
    fn loops_that_do_not() {
        for script in [
            "while curl -s localhost:15000/stats | grep -q active; do sleep 1; done",
            "until curl -s http://other:8080/; do sleep 1; done",
            "while [ -e /tmp/busy ]; do sleep 1; done",
            "while netstat -tn; do sleep 1; done &",
            "while netstat -tn; do if ready; then break; fi; sleep 1; done",
            "while netstat -tn; do /look.sh; sleep 1; done",
            "while netstat -tn; do true; done",
            "while netstat -tn; do sleep 1",
        ] {
            assert_eq!(
                read(script).length(),
                if script.ends_with('&') { read(script).length() } else { HookLength::Unknown },
                "{script}"
            );
            assert!(matches!(read(script), ProxyExec::Other(_)), "{script}");
        }
    }
}
