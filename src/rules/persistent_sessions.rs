use super::{Finding, Subject};

rule! {
    /// A Service keeps the sessions of its clients on a pod while that pod shuts down.
    ///
    /// # What it does
    ///
    /// It looks for Services with the label `istio.io/persistent-session` or `istio.io/persistent-session-header` that
    /// select the pod.
    ///
    /// # Why it is bad
    ///
    /// Istio sends a terminating endpoint that still serves as a draining one, so clients with a session go on sending
    /// to it. The usual delay of five seconds is made for clients that turn away.
    ///
    /// # Example
    ///
    /// ```yaml
    /// kind: Service
    /// metadata:
    ///   labels: {istio.io/persistent-session: shop-session}
    /// ```
    ///
    /// # Remedy
    ///
    /// Set `longestRequest`, or `appPreStop` and `drain`, to how long a session may go on.
    ///
    /// # What fix does
    ///
    /// It edits the workload as it does without sessions: how long they last is not visible.
    ///
    /// # Source
    ///
    /// istio/istio `pilot/pkg/features/experimental.go` (`PersistentSessionLabel`), `pilot/pkg/xds/endpoints`
    "persistent-sessions", Info, Likely("clients keep their sessions"), Policy("longestRequest")
}

pub(crate) fn found() -> Finding {
    RULE.found(
        Subject::Workload,
        "a Service keeps the sessions of clients on the pod while it shuts down, so they go on sending to it",
        "set `longestRequest`, or `appPreStop` and `drain`, to how long a session may go on",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_about_the_whole_workload() {
        assert_eq!(found().subject, Subject::Workload);
    }
}
