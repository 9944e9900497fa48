use super::{Finding, Severity, Subject};

rule! {
    /// A duration in `proxy.istio.io/config` can't be read, or is below zero.
    ///
    /// # Why it is bad
    ///
    /// The injector rejects pods with a duration that it can't read. It takes negative ones, and the agent's sleep of
    /// such a time is over at once.
    "bad-drain-duration", Error, Certain, Advice
}

/// No release takes it.
pub(crate) fn rejected(shown: &str, why: &str) -> Finding {
    let message = format!("Istio's injector rejects pods with this `{shown}`: {why}");
    RULE.found(Subject::ProxyConfig, message, "write a number with its unit, such as `45s` or `1m30s`")
}

/// A `parentShutdownDuration` that older releases don't take.
pub(crate) fn rejected_before_1_17(shown: &str, why: &str) -> Finding {
    let finding = RULE.found(
        Subject::ProxyConfig,
        format!("Istio's injector rejects pods with this `{shown}` up to 1.16, and ignores it from 1.17 on: {why}"),
        "remove it, or write a number with its unit, such as `60s`",
    );
    finding.at(Severity::Warning).assuming("Istio is older than 1.17")
}

/// Every release takes it, and there is no drain.
pub(crate) fn negative(shown: &str, text: &str) -> Finding {
    let message = format!("Istio takes `{shown}: {text}`, which is below zero: the proxy ends without any drain");
    RULE.found(Subject::ProxyConfig, message, "write `0s` or more").at(Severity::Warning)
}
