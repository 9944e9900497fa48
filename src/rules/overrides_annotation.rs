use super::{Finding, Subject};

rule! {
    /// The injector's own annotation for overrides wins over the istio-proxy container of the manifest.
    ///
    /// # What it does
    ///
    /// It looks for `proxy.istio.io/overrides` on the pod template. The injector keeps the overrides of a pod in that
    /// annotation, in case the pod is injected again. It reads the annotation before it looks at the manifest.
    ///
    /// # Why it is bad
    ///
    /// The container of the manifest has no effect, and its hook has none either.
    ///
    /// # Example
    ///
    /// A manifest that was copied from a running pod, with all its annotations.
    ///
    /// # Remedy
    ///
    /// Remove the annotation.
    ///
    /// # What fix does
    ///
    /// It leaves the annotation.
    ///
    /// # Source
    ///
    /// istio/istio `pkg/kube/inject/webhook.go` (`reapplyOverwrittenContainers`)
    "overrides-annotation", Warning, Certain, Advice
}

pub(crate) fn found() -> Finding {
    RULE.found(
        Subject::Workload,
        "the injector's own annotation proxy.istio.io/overrides holds an `istio-proxy`: Istio uses it instead of the \
         container of the manifest, whose hook has no effect",
        "remove the annotation",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_annotation_is_named() {
        assert!(found().message.contains("annotation proxy.istio.io/overrides"));
    }
}
