use super::{Finding, Subject};

rule! {
    /// The injector's template gives the proxy another name than `istio-proxy`.
    ///
    /// # What it does
    ///
    /// It reads the template `sidecar` in the injector's ConfigMap, or `mesh.proxyContainer` of the policy.
    ///
    /// # Why it is bad
    ///
    /// An override named `istio-proxy` would not be merged into the sidecar. It would stand beside it, with an image
    /// called `auto` that no registry has.
    ///
    /// # Example
    ///
    /// ```yaml
    /// templates:
    ///   sidecar: |
    ///     spec:
    ///       containers:
    ///       - name: my-proxy
    /// ```
    ///
    /// # Remedy
    ///
    /// Set `preStop: none`, and give the proxy its hook in the template. Or name the container `istio-proxy` there.
    ///
    /// # What fix does
    ///
    /// It writes annotation and grace period, and no container. An override of istio-drain is removed.
    ///
    /// # Source
    ///
    /// istio/istio `pkg/kube/inject/webhook.go` (`reapplyOverwrittenContainers`), which matches containers by name
    "proxy-of-another-name", Warning, Certain, Policy("preStop")
}

pub(crate) fn found(name: &str) -> Finding {
    RULE.found(
        Subject::Workload,
        format!(
            "the injector's template calls the proxy `{name}`, so no hook is written: an override named `istio-proxy` \
             would stand beside it"
        ),
        "set preStop to `none`, and give the proxy its hook in the template",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_given() {
        assert!(found("my-proxy").message.contains("calls the proxy `my-proxy`"));
    }
}
