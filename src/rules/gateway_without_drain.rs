use super::{Finding, Subject};

rule! {
    /// A gateway is edited only if its drain time is set.
    ///
    /// # What it does
    ///
    /// It looks for gateways for which the policy has `gateways: true` and no `drain`.
    ///
    /// # Why it is bad
    ///
    /// The manifest does not say how long the clients of a gateway and the load balancer in front of it need. A guess
    /// would be too short for some, and slow down every rollout of the others.
    ///
    /// # Example
    ///
    /// ```yaml
    /// spec:
    ///   gateways: true
    /// ```
    ///
    /// # Remedy
    ///
    /// Set `drain` in a rule for the gateways: the longest request plus the time that the load balancer needs to
    /// notice.
    ///
    /// # What fix does
    ///
    /// Nothing: the gateway stays as it is.
    ///
    /// # Source
    ///
    /// The `gateway` chart of Istio, `templates/deployment.yaml`; istio/istio#47779
    "gateway-without-drain", Info, Certain, Policy("drain")
}

pub(crate) fn found() -> Finding {
    RULE.found(
        Subject::Workload,
        "the drain time of this gateway is not known, so it is left as it is",
        "set drain to the longest request plus the time that the load balancer needs to notice",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_about_the_whole_workload() {
        assert_eq!((found().subject, found().severity), (Subject::Workload, super::super::Severity::Info));
    }
}
