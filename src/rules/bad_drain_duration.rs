use super::{Finding, Severity, Subject};

rule! {
    /// A duration in `proxy.istio.io/config` can't be read, or is below zero.
    ///
    /// # What it does
    ///
    /// It reads `terminationDrainDuration`, `drainDuration` and `parentShutdownDuration` as Istio does: as durations of
    /// Go, such as `45s` or `1m30s`.
    ///
    /// # Why it is bad
    ///
    /// The injector rejects pods with a duration that it can't read, so no pod of the workload can be created. It
    /// accepts a negative `terminationDrainDuration`. The agent then does not wait at all, and the proxy ends without
    /// any drain.
    ///
    /// # Example
    ///
    /// ```yaml
    /// proxy.istio.io/config: |
    ///   terminationDrainDuration: 45
    /// ```
    ///
    /// # Remedy
    ///
    /// Write a number with its unit: `45s`.
    ///
    /// # What fix does
    ///
    /// It does not edit a workload whose pods would be rejected. It writes a longer duration over a negative one.
    ///
    /// # Source
    ///
    /// istio/istio `pkg/kube/inject/validate.go` and `pkg/util/protomarshal`; Go's `time.ParseDuration`
    "bad-drain-duration", Error, Certain, Advice
}

/// Every release rejects it.
pub(crate) fn rejected(shown: &str, why: &str) -> Finding {
    let message = format!("Istio's injector rejects pods with this `{shown}`: {why}");
    RULE.found(Subject::ProxyConfig, message, "write a number with its unit, such as `45s` or `1m30s`")
}

/// A `parentShutdownDuration` that older releases reject.
pub(crate) fn rejected_before_1_17(shown: &str, why: &str) -> Finding {
    let finding = RULE.found(
        Subject::ProxyConfig,
        format!("Istio's injector rejects pods with this `{shown}` up to 1.16, and ignores it from 1.17 on: {why}"),
        "remove it, or write a number with its unit, such as `60s`",
    );
    finding.at(Severity::Warning).assuming("Istio is older than 1.17")
}

/// Every release accepts it, and the proxy does not drain at all.
pub(crate) fn negative(shown: &str, text: &str) -> Finding {
    let message = format!("Istio accepts `{shown}: {text}`, which is below zero: the proxy exits without any drain");
    RULE.found(Subject::ProxyConfig, message, "write `0s` or more").at(Severity::Warning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_where_every_release_rejects_it() {
        assert_eq!(rejected("terminationDrainDuration: 45", "no unit").severity, Severity::Error);
    }

    #[test]
    fn a_warning_where_some_release_takes_it() {
        assert_eq!(negative("drainDuration", "-5s").severity, Severity::Warning);
        let old = rejected_before_1_17("parentShutdownDuration: 60", "no unit");
        assert_eq!(
            (old.severity, old.confidence().assumption()),
            (Severity::Warning, Some("Istio is older than 1.17"))
        );
    }
}
