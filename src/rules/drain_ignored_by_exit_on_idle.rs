use crate::istio::SettingOrigin;
use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// The drain duration is ignored, because the proxy exits as soon as it is idle.
    ///
    /// # What it does
    ///
    /// It looks for `terminationDrainDuration` in a pod in which `EXIT_ON_ZERO_ACTIVE_CONNECTIONS` is on.
    ///
    /// # Why it is bad
    ///
    /// No request is lost. But a reader of the manifest believes that the duration counts. In fact
    /// `MINIMUM_DRAIN_DURATION` counts.
    ///
    /// # Example
    ///
    /// ```yaml
    /// proxy.istio.io/config: |
    ///   terminationDrainDuration: 60s
    ///   proxyMetadata:
    ///     EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"
    /// ```
    ///
    /// # Remedy
    ///
    /// Remove one of the two.
    ///
    /// # What fix does
    ///
    /// It leaves both, and writes the minimum that the pod needs.
    ///
    /// # Source
    ///
    /// istio/istio `pkg/envoy/agent.go` (`terminate`)
    "drain-ignored-by-exit-on-idle", Info, Style, Advice
}

/// `drain` is ignored; the proxy stays for `lasting` at least.
pub(crate) fn found(drain: Seconds, lasting: Seconds) -> Finding {
    RULE.found(
        Subject::ProxyConfig,
        format!(
            "the proxy exits when it is idle, so terminationDrainDuration {drain} has no effect: it stays for at \
             least {lasting}"
        ),
        "remove one of the two",
    )
}

/// The pod exits when it is idle, by `idle`, and `drain` of the mesh, by `origin`, is ignored.
pub(crate) fn of_mesh(drain: Seconds, origin: &SettingOrigin, idle: &SettingOrigin, lasting: Seconds) -> Finding {
    RULE.found(
        Subject::ProxyConfig,
        format!(
            "by {idle} the proxy exits when it is idle, so terminationDrainDuration {drain} of {origin} has no effect \
             on it: it stays for at least {lasting}"
        ),
        "remove one of the two",
    )
}

/// By `idle`, which is not the pod, the proxy exits when it is idle, and the pod's own `drain` is ignored.
pub(crate) fn by_mesh(drain: Seconds, idle: &SettingOrigin, lasting: Seconds) -> Finding {
    RULE.found(
        Subject::ProxyConfig,
        format!(
            "by {idle} the proxy exits when it is idle, so terminationDrainDuration {drain} of the pod has no effect: \
             it stays for at least {lasting}"
        ),
        "remove one of the two",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_instead_is_named() {
        let found = found(Seconds::new(60), Seconds::new(5));
        assert!(found.message.contains("terminationDrainDuration 60s has no effect"), "{}", found.message);
        assert!(found.message.ends_with("at least 5s"), "{}", found.message);
    }
}
