use super::{Finding, Subject};

rule! {
    /// An `istio-proxy` in `initContainers` without `restartPolicy: Always` is not a native sidecar.
    ///
    /// # Why it is bad
    ///
    /// It is merged only where the injector makes a native sidecar. Where it makes a classic one the pod has both, and
    /// never starts.
    "init-container-proxy", Warning, Certain, Advice
}

pub(crate) fn found() -> Finding {
    RULE.found(
        Subject::ProxyContainer,
        "`istio-proxy` is an init container without `restartPolicy: Always`, which is merged into a native sidecar only",
        "move it to `containers`, which is right in both sidecar modes",
    )
}
