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

/// The schema of its kind may drop what would be written.
pub(crate) fn withheld() -> Finding {
    RULE.found(
        Subject::Workload,
        "no app waits until the pod's endpoints are gone: the sleep action is not written into a kind of this group \
         while target.kubernetes is not known, since older schemas drop it",
        "set target.kubernetes, or appPreStop",
    )
}
