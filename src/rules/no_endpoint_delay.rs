use super::{Finding, Subject};

rule! {
    /// No app waits until the pod's endpoints are gone.
    ///
    /// # What it does
    ///
    /// It looks for pods whose apps have no preStop hook and get none. Either nothing in the input shows that they get
    /// requests, or the kind may not know the `sleep` action.
    ///
    /// # Why it is bad
    ///
    /// Clients keep sending requests to a pod for some seconds after its deletion. An app that is gone by then refuses
    /// them. Its proxy answers 503, which Istio does not retry.
    ///
    /// # Example
    ///
    /// A Deployment without `ports`, readiness probe and Service, whose app still gets requests.
    ///
    /// # Remedy
    ///
    /// Set `appPreStop: 5s`, which gives each app without a hook a sleep of 5 seconds. `appPreStop: 0s` says that none
    /// is needed.
    ///
    /// # What fix does
    ///
    /// It writes a sleep if the input shows that the app gets requests, or if `appPreStop` is set.
    ///
    /// # Source
    ///
    /// Measured with a real agent and a real Envoy: 85 of 341 requests were lost without a delay, none with 5 seconds
    "no-endpoint-delay", Info, Likely("the pod gets requests"), Policy("appPreStop")
}

/// Nothing in the input shows that the pod gets requests.
pub(crate) fn no_traffic() -> Finding {
    RULE.found(
        Subject::Workload,
        "no app waits until the pod's endpoints are gone, and none gets a delay: no container declares ports or has a \
         network readiness probe, and no Service in the input selects the pod",
        "set appPreStop to 5s if the pod gets requests, to 0s if it gets none",
    )
}

/// The schema of the pod's kind may drop the sleep action.
pub(crate) fn withheld() -> Finding {
    RULE.found(
        Subject::Workload,
        "no app waits until the pod's endpoints are gone: the sleep action is not written for a kind of this group as \
         long as target.kubernetes is not known, because older schemas drop it",
        "set target.kubernetes, or appPreStop",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_name_the_field_that_helps() {
        assert!(no_traffic().remedy.contains("appPreStop"));
        assert!(withheld().remedy.contains("appPreStop"));
    }
}
