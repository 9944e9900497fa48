use super::{Finding, Subject};

rule! {
    /// `istio-proxy` is in the pod more than once, so the API server rejects the pod.
    "two-proxies", Error, Certain, Advice
}

pub(crate) fn found(times: usize) -> Finding {
    let message = format!("`istio-proxy` is in the pod {times} times, so the API server rejects it");
    RULE.found(Subject::ProxyContainer, message, "keep one of them, in `containers`")
}
