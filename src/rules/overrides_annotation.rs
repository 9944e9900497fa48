use super::{Finding, Subject};

rule! {
    /// The injector's own annotation for overrides wins over the istio-proxy container of the manifest.
    ///
    /// # What it does
    ///
    /// The injector keeps the overrides of a pod in an annotation, to have them when it is injected again. It takes them
    /// from there wherever it is, before those of the manifest.
    ///
    /// # Source
    ///
    /// istio/istio `pkg/kube/inject/webhook.go` (`reapplyOverwrittenContainers`)
    "overrides-annotation", Warning, Certain, Advice
}

pub(crate) fn found() -> Finding {
    RULE.found(
        Subject::Workload,
        "the annotation proxy.istio.io/overrides, which is the injector's own, holds an `istio-proxy`: Istio uses that \
         one instead of the container of the manifest with its hook",
        "remove the annotation",
    )
}
