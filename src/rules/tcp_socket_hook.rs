use super::{Finding, Subject};

rule! {
    /// A `tcpSocket` preStop hook fails at once.
    ///
    /// # What it does
    ///
    /// It looks for preStop hooks of apps with the handler `tcpSocket`.
    ///
    /// # Why it is bad
    ///
    /// The API server accepts the hook, but the kubelet can't run it ("invalid handler"). SIGTERM follows at once,
    /// while clients still send requests.
    ///
    /// # Example
    ///
    /// ```yaml
    /// preStop:
    ///   tcpSocket: {port: 5672}
    /// ```
    ///
    /// # Remedy
    ///
    /// Use the `sleep` action, or an exec hook.
    ///
    /// # What fix does
    ///
    /// It counts the hook as 0 seconds, and leaves it as it is.
    ///
    /// # Source
    ///
    /// kubernetes/kubernetes `pkg/kubelet/lifecycle/handlers.go` (`Run`)
    "tcp-socket-hook", Warning, Certain, Advice
}

pub(crate) fn found(container: &str) -> Finding {
    RULE.found(
        Subject::AppHook(container.to_owned()),
        format!(
            "the preStop hook of container `{container}` is a tcpSocket, which the kubelet can't run: it fails at \
             once, and SIGTERM follows"
        ),
        "use the sleep action, or an exec hook",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_container_is_named() {
        assert_eq!(found("queue").subject, Subject::AppHook("queue".to_owned()));
    }
}
