use super::{Finding, Subject};

rule! {
    /// An istio-proxy override is in a pod that gets no sidecar.
    ///
    /// # What it does
    ///
    /// It looks for a container `istio-proxy` with the image `auto` or no image, in a pod that is not injected.
    ///
    /// # Why it is bad
    ///
    /// Without injection it is an ordinary container, and no registry has an image called `auto`. The pod does not
    /// become ready.
    ///
    /// # Example
    ///
    /// ```yaml
    /// metadata:
    ///   labels: {sidecar.istio.io/inject: "false"}
    /// spec:
    ///   containers:
    ///   - {name: istio-proxy, image: auto}
    /// ```
    ///
    /// # Remedy
    ///
    /// Remove the container, or let the pod be injected.
    ///
    /// # What fix does
    ///
    /// Nothing: the pod is left alone. With `remove` an override of istio-drain is removed.
    ///
    /// # Source
    ///
    /// istio/istio#35789; Istio's analyzers IST0146 and IST0147
    "override-without-injection", Warning, Certain, Advice
}

pub(crate) fn found() -> Finding {
    RULE.found(
        Subject::ProxyContainer,
        "`istio-proxy` should be merged into a sidecar, but none is injected: the kubelet would pull an image called \
         `auto`",
        "remove the container, or let the pod be injected",
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
