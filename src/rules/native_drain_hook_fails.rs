use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// Istio's own hook on a native sidecar asks a port that it can't reach.
    ///
    /// # What it does
    ///
    /// The hook asks the agent on the port of an annotation, and `pilot-agent request` takes a few ports only. No
    /// request is lost where it fails: the agent waits for its drain duration after the apps are gone.
    ///
    /// # Source
    ///
    /// the istiod chart's `files/injection-template.yaml`; istio/istio `pilot/cmd/pilot-agent/request`
    "native-drain-hook-fails", Warning, Certain, Advice
}

/// The agent listens on `port`, and drains for `lasting`.
pub(crate) fn found(port: u16, lasting: Seconds) -> Finding {
    RULE.found(
        Subject::Workload,
        format!(
            "Istio's own drain hook asks the agent on port {port} (annotation status.sidecar.istio.io/port), which \
             `pilot-agent request` refuses: there is no early drain, and the pod lingers for {lasting} after the apps \
             have gone, or until its grace period is over"
        ),
        "remove the annotation, or use 15020",
    )
}
