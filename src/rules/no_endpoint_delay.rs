use super::{Finding, Subject};

rule! {
    /// No app waits until the pod's endpoints are gone.
    ///
    /// # Why it is bad
    ///
    /// Others go on sending requests to a pod for some seconds after its deletion. An app that is gone by then refuses
    /// them, and its proxy answers 503, which Istio does not retry.
    ///
    /// # Remedy
    ///
    /// `appPreStop: 5s` gives each app without a hook a sleep of 5s; `0s` says that none is needed.
    "no-endpoint-delay", Info, Likely("the pod gets requests"), Policy("appPreStop")
}

/// Nothing in the input shows that requests come to the pod.
pub(crate) fn no_traffic() -> Finding {
    RULE.found(
        Subject::Workload,
        "no app waits until the pod's endpoints are gone, and none is given a delay: no container declares ports or has \
         a readiness probe over the network, and no Service in the input selects the pod",
        "set appPreStop to 5s if the pod gets requests, to 0s if it gets none",
    )
}

/// The schema of its kind may drop what would be written.
pub(crate) fn withheld() -> Finding {
    RULE.found(
        Subject::Workload,
        "no app waits until the pod's endpoints are gone: the sleep action is not written into a kind of this group \
         while target.kubernetes is not known, since older schemas drop it",
        "set target.kubernetes, or appPreStop",
    )
}
