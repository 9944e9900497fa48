use super::{Finding, Subject};

rule! {
    /// An istio-proxy override is in a pod that gets no sidecar.
    ///
    /// # Why it is bad
    ///
    /// Without injection it is a container like any other, and no registry has an image called `auto`.
    "override-without-injection", Warning, Certain, Advice
}

pub(crate) fn found() -> Finding {
    RULE.found(
        Subject::ProxyContainer,
        "`istio-proxy` is there to be merged into a sidecar, but none is injected: the kubelet would pull an image \
         called `auto`",
        "remove the container, or let the pod be injected",
    )
}
