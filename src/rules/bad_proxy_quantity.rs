use crate::kubernetes::Release;

use super::{Finding, Severity, Subject};

rule! {
    /// The resources that an annotation asks for the proxy are not valid, so Istio's injector rejects the pod.
    ///
    /// # What it does
    ///
    /// It reads `sidecar.istio.io/proxyCPU`, `proxyMemory`, `proxyCPULimit` and `proxyMemoryLimit` as Kubernetes reads
    /// quantities.
    ///
    /// # Why it is bad
    ///
    /// From Istio 1.29 on the injector answers the API server with an error, and no pod of the workload can be created.
    /// Older releases put the text into the pod as it is, and the API server rejects that.
    ///
    /// # Example
    ///
    /// ```yaml
    /// annotations:
    ///   sidecar.istio.io/proxyMemory: 128MB
    /// ```
    ///
    /// # Remedy
    ///
    /// Write a quantity: `128Mi`, `100m`.
    ///
    /// # What fix does
    ///
    /// Nothing: it leaves the annotation. Where `target.istio` is 1.29 or later, it refuses to edit the workload.
    ///
    /// # Source
    ///
    /// istio/istio#58928, `pkg/kube/inject/validate.go` (`validateResourceQuantity`)
    "bad-proxy-quantity", Error, Certain, Advice
}

/// `since` is the first release that validates it; `is_certain` is whether the target is such a release.
pub(crate) fn found(name: &str, value: &str, since: Release, is_certain: bool) -> Finding {
    let message = format!("`{name}` is `{value}`, which is not a quantity, and Istio rejects the pod from {since} on");
    let finding =
        RULE.found(Subject::Annotation(name.to_owned()), message, "write a quantity such as `100m` or `128Mi`");
    if is_certain { finding } else { finding.at(Severity::Warning) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_an_error_where_the_release_validates() {
        let severity = |is_certain| found("a", "128MB", Release::new(1, 29), is_certain).severity;
        assert_eq!((severity(true), severity(false)), (Severity::Error, Severity::Warning));
    }
}
