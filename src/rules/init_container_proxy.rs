use super::{Finding, Subject};

rule! {
    /// An `istio-proxy` in `initContainers` without `restartPolicy: Always` is not a native sidecar.
    ///
    /// # What it does
    ///
    /// It looks for an init container with that name that lacks the restart policy of a native sidecar.
    ///
    /// # Why it is bad
    ///
    /// The injector merges the container only into a native sidecar. With a classic sidecar, the pod has both
    /// containers, and the API server rejects it.
    ///
    /// # Example
    ///
    /// ```yaml
    /// initContainers:
    /// - name: istio-proxy
    ///   image: auto
    /// ```
    ///
    /// # Remedy
    ///
    /// Move it to `containers`, which is right in both sidecar modes.
    ///
    /// # What fix does
    ///
    /// It leaves the container where it is.
    ///
    /// # Source
    ///
    /// istio/istio `pkg/kube/inject/webhook.go` (`reapplyOverwrittenContainers`); kubernetes/enhancements KEP-753
    "init-container-proxy", Warning, Certain, Advice
}

pub(crate) fn found() -> Finding {
    RULE.found(
        Subject::ProxyContainer,
        "`istio-proxy` is an init container without `restartPolicy: Always`, which is merged only into a native \
         sidecar",
        "move it to `containers`, which is right in both sidecar modes",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_about_the_container() {
        assert_eq!(found().subject, Subject::ProxyContainer);
    }
}
