use super::{Finding, Subject};

rule! {
    /// The pinned sidecar mode contradicts the manifest.
    "pin-contradicts-container", Warning, Certain, Policy("sidecar")
}

/// Pinned as native, with a hook of another type than exec.
pub(crate) fn by_hook() -> Finding {
    RULE.found(
        Subject::Workload,
        "the preStop hook of istio-proxy is not an exec hook, so the API server would reject a native sidecar with \
         it: the pod is not pinned as native",
        "remove the hook, or set replaceHooks",
    )
}

/// Pinned as classic, with the proxy among the init containers.
pub(crate) fn by_list() -> Finding {
    RULE.found(
        Subject::Workload,
        "istio-proxy is one of the init containers, so its sidecar can't be pinned as classic",
        "move it to `containers`, or set sidecar: native",
    )
}
