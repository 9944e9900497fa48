use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// The drain duration is ignored, since the proxy exits as soon as it is idle.
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
            "the proxy exits when it is idle, so terminationDrainDuration {drain} does nothing: it stays for {lasting} \
             at least"
        ),
        "remove one of the two",
    )
}
