use super::{Finding, Subject};

rule! {
    /// A gateway is only edited where its drain time is set.
    ///
    /// # What it does
    ///
    /// How long the clients of a gateway and the load balancer in front of it need can't be read off a manifest.
    "gateway-without-drain", Info, Certain, Policy("drain")
}

pub(crate) fn found() -> Finding {
    RULE.found(
        Subject::Workload,
        "how long this gateway has to drain is not known, so it is left as it is",
        "set drain to the longest request plus the time that the load balancer takes to notice",
    )
}
