//! The kinds of preStop handler that the API knows.

use std::fmt;

use super::HookLength;

/// One handler of a preStop hook, as the manifest has it (core/v1 `LifecycleHandler`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Handler {
    /// `exec`: a command, run in the container without a shell.
    Exec(Vec<String>),
    /// `sleep`: the kubelet itself waits for these seconds (on by default since Kubernetes 1.30, KEP-3960).
    Sleep(i64),
    /// `httpGet`: a request to the pod; the hook takes as long as the answer.
    HttpGet {
        /// Its number, or its name in the container.
        port: String,
        /// With its query.
        path: String,
    },
    /// `tcpSocket`: it passes validation, but the kubelet can't run it.
    TcpSocket,
}

impl Handler {
    /// The fields of the API, one for each handler.
    pub(crate) const NAMES: [&str; 4] = ["exec", "httpGet", "tcpSocket", "sleep"];

    /// The kubelet can't run it: the hook fails at once.
    pub(crate) const fn always_fails(&self) -> bool {
        matches!(self, Self::TcpSocket)
    }

    /// How long the hook takes.
    ///
    /// | handler | length | why |
    /// |---|---|---|
    /// | `exec` | as [`HookLength::of_exec`] reads it | the kubelet sets no time limit of its own |
    /// | `sleep` | exactly its seconds | `time.After(seconds)`; nothing but a shortened grace period ends it early |
    /// | `sleep` below zero | unknown | the API server rejects it |
    /// | `httpGet` | unknown | it ends with the answer of the app |
    /// | `tcpSocket` | exactly 0 | "invalid handler": it fails at once and SIGTERM follows |
    ///
    /// Source: kubernetes/kubernetes `pkg/kubelet/lifecycle/handlers.go` (`handlerRunner.Run`) and
    /// `pkg/apis/core/validation/validation.go` (`validateSleepAction`).
    pub(crate) fn length(&self) -> HookLength {
        match self {
            Self::Exec(command) => HookLength::of_exec(command),
            Self::Sleep(seconds) => u64::try_from(*seconds).map_or(HookLength::Unknown, HookLength::Exactly),
            Self::HttpGet { .. } => HookLength::Unknown,
            Self::TcpSocket => HookLength::Exactly(0),
        }
    }
}

/// Prints the field of the API, and its length as far as it is known.
impl fmt::Display for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exec(command) => f.write_str(&command.join(" ")),
            Self::Sleep(seconds) => write!(f, "sleep action of {seconds}"),
            Self::HttpGet { .. } => f.write_str("httpGet"),
            Self::TcpSocket => f.write_str("tcpSocket"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_handler_has_its_length() {
        let command = ["sleep", "40"].map(str::to_owned).to_vec();
        assert_eq!(Handler::Exec(command).length(), HookLength::Exactly(40));
        assert_eq!(Handler::Sleep(40).length(), HookLength::Exactly(40));
        assert_eq!(Handler::Sleep(0).length(), HookLength::Exactly(0));
        assert_eq!(Handler::Sleep(-1).length(), HookLength::Unknown);
        assert_eq!(Handler::HttpGet { port: "8080".to_owned(), path: "/".to_owned() }.length(), HookLength::Unknown);
        assert_eq!(Handler::TcpSocket.length(), HookLength::Exactly(0));
    }
}
