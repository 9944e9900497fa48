use super::{Finding, Subject};

rule! {
    /// `istio-proxy` is in the pod more than once, so the API server rejects the pod.
    ///
    /// # What it does
    ///
    /// It counts the containers and init containers with that name.
    ///
    /// # Why it is bad
    ///
    /// The names of containers must be unique in a pod. No pod of the workload can be created.
    ///
    /// # Example
    ///
    /// An `istio-proxy` in `containers` and another one in `initContainers`.
    ///
    /// # Remedy
    ///
    /// Keep one of them, in `containers`.
    ///
    /// # What fix does
    ///
    /// Nothing: it refuses to edit the workload.
    ///
    /// # Source
    ///
    /// kubernetes/kubernetes `pkg/apis/core/validation`
    "two-proxies", Error, Certain, Advice
}

pub(crate) fn found(times: usize) -> Finding {
    let message = format!("`istio-proxy` is in the pod {times} times, so the API server rejects it");
    RULE.found(Subject::ProxyContainer, message, "keep one of them, in `containers`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_counted() {
        assert!(found(2).message.starts_with("`istio-proxy` is in the pod 2 times"));
    }
}
