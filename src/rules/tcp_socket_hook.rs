use super::{Finding, Subject};

rule! {
    /// A tcpSocket preStop hook fails at once.
    ///
    /// # Why it is bad
    ///
    /// The API server takes it, and the kubelet has nothing to run it with ("invalid handler"). SIGTERM follows at once,
    /// while clients still send requests.
    ///
    /// # Source
    ///
    /// kubernetes/kubernetes `pkg/kubelet/lifecycle/handlers.go`
    "tcp-socket-hook", Warning, Certain, Advice
}

pub(crate) fn found(container: &str) -> Finding {
    RULE.found(
        Subject::AppHook(container.to_owned()),
        format!(
            "the preStop hook of container `{container}` is a tcpSocket, which the kubelet can't run: it fails at once, \
             and SIGTERM follows"
        ),
        "use the sleep action, or an exec hook",
    )
}
