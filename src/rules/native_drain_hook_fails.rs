use super::{Finding, Subject};

rule! {
    /// Istio's own hook on a native sidecar asks a port that it can't reach.
    ///
    /// # What it does
    ///
    /// It reads the annotation `status.sidecar.istio.io/port`. Istio's own hook asks the agent on that port by
    /// `pilot-agent request`, which accepts only 15000, 15004, 15020 and 15021.
    ///
    /// # Why it is bad
    ///
    /// The hook fails, so there is no early drain. No request is lost, but the agent waits for its drain duration after
    /// the apps are gone.
    ///
    /// # Example
    ///
    /// ```yaml
    /// annotations:
    ///   status.sidecar.istio.io/port: "15999"
    /// ```
    ///
    /// # Remedy
    ///
    /// Remove the annotation, or use 15020.
    ///
    /// # What fix does
    ///
    /// It leaves the annotation.
    ///
    /// # Source
    ///
    /// The istiod chart, `files/injection-template.yaml`; istio/istio `pilot/cmd/pilot-agent/app/request.go`
    "native-drain-hook-fails", Warning, Certain, Advice
}

/// The agent listens on `port`.
pub(crate) fn found(port: u16) -> Finding {
    RULE.found(
        Subject::Workload,
        format!(
            "Istio's own drain hook asks the agent on port {port} (annotation status.sidecar.istio.io/port), which \
             `pilot-agent request` refuses: there is no early drain, and the pod stays for its whole drain duration \
             after the apps have gone, or until its grace period is over"
        ),
        "remove the annotation, or use 15020",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_named() {
        let message = found(15999).message;
        assert!(message.contains("on port 15999"), "{message}");
    }
}
