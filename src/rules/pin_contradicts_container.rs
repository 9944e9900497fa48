use super::{Finding, Remedy, Subject};

rule! {
    /// The pinned sidecar mode contradicts the manifest.
    ///
    /// # What it does
    ///
    /// It compares the mode that `pinSidecar` would write with the istio-proxy container of the manifest.
    ///
    /// # Why it is bad
    ///
    /// A native sidecar gets an exec hook from Istio. With a hook of another type it has two handlers, and the API
    /// server rejects the pod. A container among the init containers can't be merged into a classic sidecar.
    ///
    /// # Example
    ///
    /// `sidecar: native` with `pinSidecar: true`, and an `istio-proxy` with an `httpGet` hook.
    ///
    /// # Remedy
    ///
    /// Remove the hook, or set `replaceHooks`. Move a container from `initContainers` to `containers`.
    ///
    /// # What fix does
    ///
    /// It does not write the annotation that pins the mode.
    ///
    /// # Source
    ///
    /// istio/istio#51865; istio/istio `pkg/kube/inject/webhook.go`
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
    .by(Remedy::Policy("replaceHooks"))
}

/// Pinned as classic, with the proxy among the init containers.
pub(crate) fn by_list() -> Finding {
    RULE.found(
        Subject::Workload,
        "istio-proxy is one of the init containers, so its sidecar can't be pinned as classic",
        "move it to `containers`, or set sidecar: native",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_has_its_remedy() {
        assert!(by_hook().remedy.contains("replaceHooks"));
        assert!(by_list().remedy.contains("`containers`"));
    }
}
