//! How long a preStop hook takes, read from its command line.
//!
//! The kubelet runs an exec command without a shell and without a time limit of its own, and sends SIGTERM when the
//! command or the grace period ends (kubernetes/kubernetes `pkg/kubelet/kuberuntime/kuberuntime_container.go`,
//! `executePreStopHook`; `pkg/kubelet/lifecycle/handlers.go`). What a program does is not known here, but nearly all
//! hooks wait with `sleep`.
//!
//! # Forms
//!
//! Only certain times count, on the assumption that commands succeed. "At least" is a lower bound: the hook sleeps that
//! long, and does something else too.
//!
//! | command | length |
//! |---|---|
//! | `["sleep", "40"]` | exactly 40 |
//! | `["/bin/sleep", "40"]` | exactly 40 |
//! | `["sleep", "40s"]` | exactly 40 |
//! | `["sleep", "1m", "30"]` | exactly 90 |
//! | `["sleep", "1.5"]` | exactly 2 |
//! | `["sleep", "2h"]` | exactly 7200 |
//! | `["sleep", "1d"]` | exactly 86400 |
//! | `["sleep", "0"]` | exactly 0 |
//! | `["sleep", "99999999999999999999999999999999999999999999999"]` | exactly 18446744073709551615 |
//! | `["sleep", "inf"]` | unknown |
//! | `["sleep", "x"]` | unknown |
//! | `["sleep", "-5"]` | unknown |
//! | `["sleep"]` | unknown |
//! | `["sleep 40"]` | exactly 0 |
//! | `["/bin/sleep 40"]` | exactly 0 |
//! | `["sh -c", "sleep 40"]` | exactly 0 |
//! | `["/bin/sh /drain.sh"]` | exactly 0 |
//! | `["/opt/my app/drain"]` | unknown |
//! | `["/opt/my app/drain", "now"]` | unknown |
//! | `["busybox", "sleep", "5"]` | exactly 5 |
//! | `["env", "A=b", "sleep", "5"]` | exactly 5 |
//! | `["nice", "-n", "5", "sleep", "5"]` | exactly 5 |
//! | `["tini", "-g", "--", "sleep", "5"]` | exactly 5 |
//! | `["env", "-S", "sleep 5"]` | unknown |
//! | `["true"]` | exactly 0 |
//! | `["/bin/true"]` | exactly 0 |
//! | `["echo", "x"]` | exactly 0 |
//! | `["kill", "-SIGTERM", "1"]` | exactly 0 |
//! | `["nginx", "-s", "quit"]` | unknown |
//! | `["/drain.sh"]` | unknown |
//! | `["timeout", "30", "sleep", "60"]` | unknown |
//! | `[]` | unknown |
//! | `[""]` | unknown |
//! | `["sh", "-c", "sleep 40"]` | exactly 40 |
//! | `["/bin/bash", "-ec", "sleep 40"]` | exactly 40 |
//! | `["bash", "-euo", "pipefail", "-c", "sleep 40"]` | exactly 40 |
//! | `["sh", "-x", "-c", "--", "sleep 40"]` | exactly 40 |
//! | `["sh", "-c", "sleep 40", "name", "argument"]` | exactly 40 |
//! | `["busybox", "sh", "-c", "sleep 40"]` | exactly 40 |
//! | `["sh", "-c", "sh -c 'sleep 40'"]` | exactly 40 |
//! | `["sh", "-c", "sleep", "40"]` | unknown |
//! | `["sh", "-c sleep 40"]` | unknown |
//! | `["sh", "/drain.sh"]` | unknown |
//! | `["sh", "-n", "-c", "sleep 40"]` | unknown |
//! | `["sh"]` | unknown |
//! | `["sh", "-c"]` | unknown |
//! | `["sh", "-c", ""]` | exactly 0 |
//! | `["sh", "-c", "exit 0"]` | exactly 0 |
//! | `["sh", "-c", "sleep 10; sleep 5\nsleep 1 && sleep 2"]` | exactly 18 |
//! | `["sh", "-c", "sleep 0.5; sleep 0.5"]` | exactly 1 |
//! | `["sh", "-c", "sleep 5 >/dev/null 2>&1"]` | exactly 5 |
//! | `["sh", "-c", "# wait for it\nsleep 5 # and go"]` | exactly 5 |
//! | `["sh", "-c", "'sleep' \"5\""]` | exactly 5 |
//! | `["sh", "-c", "echo \"sleep 40\""]` | exactly 0 |
//! | `["sh", "-c", "set -e; export A=b; cd /tmp; echo $A; touch x; sleep 5; rm x; date"]` | exactly 5 |
//! | `["sh", "-c", "exec sleep 5; sleep 6"]` | exactly 5 |
//! | `["sh", "-c", "sleep 5; exit 0; sleep 6"]` | exactly 5 |
//! | `["sh", "-c", "sleep 5 && exit 0; sleep 6"]` | exactly 5 |
//! | `["sh", "-c", "kill -15 1; sleep 15s"]` | exactly 15 |
//! | `["sh", "-c", "sleep 40 &"]` | exactly 0 |
//! | `["sh", "-c", "sleep 40 && sleep 5 & sleep 1"]` | exactly 1 |
//! | `["sh", "-c", "sleep 40 & wait"]` | unknown |
//! | `["sh", "-c", "sleep 10; sleep 40 & wait"]` | at least 10 |
//! | `["sh", "-c", "sleep 10; wait"]` | exactly 10 |
//! | `["sh", "-c", "sleep 40 \|\| true"]` | exactly 40 |
//! | `["sh", "-c", "nginx -s quit \|\| true; sleep 40"]` | at least 40 |
//! | `["sh", "-c", "false \|\| sleep 40"]` | unknown |
//! | `["sh", "-c", "sleep 5; nginx -s quit \|\| exit 1; sleep 40"]` | at least 5 |
//! | `["sh", "-c", "[ -e /x ] && sleep 40; sleep 5"]` | at least 5 |
//! | `["sh", "-c", "! nginx -t && sleep 40; sleep 5"]` | at least 5 |
//! | `["sh", "-c", "sleep 40; nginx -s quit"]` | at least 40 |
//! | `["sh", "-c", "nginx -s quit; sleep 40"]` | at least 40 |
//! | `["sh", "-c", "nginx -s quit"]` | unknown |
//! | `["sh", "-c", "exec nginx -s quit; sleep 40"]` | unknown |
//! | `["sh", "-c", "sleep 5 && kill -TERM $(pidof vault)"]` | at least 5 |
//! | `["sh", "-c", "kill `pidof vault`; sleep 5"]` | at least 5 |
//! | `["sh", "-c", "sleep $DELAY"]` | unknown |
//! | `["sh", "-c", "sleep ${DELAY:-20}; sleep 5"]` | at least 5 |
//! | `["sh", "-c", "sleep 10; $COMMAND; sleep 5"]` | at least 10 |
//! | `["sh", "-c", "sleep 10; if true; then sleep 5; fi"]` | at least 10 |
//! | `["sh", "-c", "sleep 10; while pgrep x; do sleep 1; done"]` | at least 10 |
//! | `["sh", "-c", "while pgrep x; do sleep 1; done; sleep 10"]` | at least 10 |
//! | `["sh", "-c", "until curl -s x; do true; sleep 1; done && sleep 10"]` | unknown |
//! | `["sh", "-c", "while pgrep x; do kill 1; sleep 1; done; sleep 10"]` | unknown |
//! | `["sh", "-c", "sleep 10; case x in y) sleep 5;; esac"]` | at least 10 |
//! | `["sh", "-c", "f() { sleep 5; }; f"]` | unknown |
//! | `["sh", "-c", "(sleep 5)"]` | unknown |
//! | `["sh", "-c", "sleep 10; (sleep 5)"]` | at least 10 |
//! | `["sh", "-c", "sleep 10 && { sleep 5; }"]` | at least 10 |
//! | `["sh", "-c", "sleep 10 && { sleep 5; } &"]` | unknown |
//! | `["sh", "-c", "sleep 10 && (sleep 5) &"]` | unknown |
//! | `["sh", "-c", "sleep 10 \| cat"]` | unknown |
//! | `["sh", "-c", "sleep 5; echo x \| nc localhost 1; sleep 5"]` | at least 10 |
//! | `["sh", "-c", "sleep 10; cat <<END\nsleep 5\nEND"]` | at least 10 |
//! | `["sh", "-c", "trap 'exit 0' TERM; sleep 40"]` | unknown |
//! | `["sh", "-c", "sleep 10; eval sleep 5"]` | at least 10 |
//! | `["sh", "-c", "timeout 30 sleep 60"]` | unknown |
//! | `["sh", "-c", "sleep 5; 'unbalanced"]` | at least 5 |
//! | `["sh", "-c", "sleep 5\r\n"]` | unknown |

use super::Seconds;
use super::exec::read_exec;

/// How long a hook takes, in whole seconds rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HookLength {
    /// Exactly that long.
    Exactly(u64),
    /// At least that long; the rest can't be read.
    AtLeast(u64),
    /// It delays SIGTERM until the apps of the pod are gone. Only a hook of istio-proxy does that.
    UntilAppsGone,
    /// Can't be read.
    Unknown,
}

impl HookLength {
    /// The length of an exec hook, as in the table of the module. Every command has a result, and none is guessed.
    pub(crate) fn of_exec(command: &[String]) -> Self {
        read_exec(command, |_| false).length
    }

    /// The seconds that it certainly takes, at most [`Seconds::LONGEST`]; `None` if nothing is known.
    pub(crate) fn known(self) -> Option<u64> {
        match self {
            Self::Exactly(seconds) | Self::AtLeast(seconds) => Some(seconds.min(Seconds::LONGEST.get())),
            Self::UntilAppsGone | Self::Unknown => None,
        }
    }

    /// Whether the whole length is known.
    pub(crate) const fn is_exact(self) -> bool {
        matches!(self, Self::Exactly(_))
    }
}

#[cfg(test)]
mod tests {
    use super::super::doc_table;
    use super::*;

    /// Reads `["a", "b"]`, with the escapes of JSON that the table needs.
    fn command(cell: &str) -> Vec<String> {
        let inner = cell.strip_prefix("`[").and_then(|rest| rest.strip_suffix("]`")).expect("a list in back-quotes");
        let mut words = Vec::new();
        let mut chars = inner.chars();
        while chars.by_ref().any(|c| c == '"') {
            let mut word = String::new();
            while let Some(c) = chars.next().filter(|&c| c != '"') {
                word.push(match c {
                    '\\' => match chars.next().expect("an escape") {
                        'n' => '\n',
                        'r' => '\r',
                        other => other,
                    },
                    plain => plain,
                });
            }
            words.push(word);
        }
        words
    }

    fn length(cell: &str) -> HookLength {
        let seconds = |text: &str| text.parse().expect("a number");
        match cell.split_once(' ') {
            Some(("exactly", number)) => HookLength::Exactly(seconds(number)),
            Some(("at", bound)) => HookLength::AtLeast(seconds(bound.trim_start_matches("least "))),
            _ => {
                assert_eq!(cell, "unknown");
                HookLength::Unknown
            }
        }
    }

    #[test]
    fn every_form_of_the_table() {
        let rows = doc_table::rows(include_str!("hook_length.rs"), "Forms");
        assert!(rows.len() > 80);
        for row in rows {
            let [form, expected] = row.as_slice() else { panic!("{row:?}") };
            assert_eq!(HookLength::of_exec(&command(form)), length(expected), "{form}");
        }
    }

    #[test]
    fn known_counts_a_bound_as_a_length() {
        assert_eq!(HookLength::Exactly(4).known(), Some(4));
        assert_eq!(HookLength::AtLeast(4).known(), Some(4));
        assert_eq!(HookLength::Unknown.known(), None);
        assert_eq!(HookLength::Exactly(u64::MAX).known(), Some(1_000_000_000));
    }

    /// Any text has a length. The scripts consist of all pieces that mean something to a shell.
    #[test]
    fn total_on_any_input() {
        const PIECES: [&str; 28] = [
            "sleep", " ", "9", "\n", ";", "&", "|", "&&", "<", ">", "(", ")", "$", "{", "}", "`", "'", "\"", "\\", "#",
            "!", "exit", "if ", "sh -c ", "wait", "é", "\u{0}", "=",
        ];
        let mut state = 1_u64;
        for _ in 0..20_000 {
            let mut script = String::new();
            for _ in 0..12 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                script.push_str(PIECES[usize::try_from(state >> 33).unwrap_or(0) % PIECES.len()]);
            }
            let _ = HookLength::of_exec(&["sh".to_owned(), "-c".to_owned(), script.clone()]);
            let _ = HookLength::of_exec(&[script]);
        }
    }
}
