use crate::istio::Origin;
use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// A setting is overridden by one that wins over the annotation.
    ///
    /// # Why it is bad
    ///
    /// The value in `proxy.istio.io/config` has no effect: a variable in the container's own `env` wins.
    "overridden-setting", Warning, Certain, Advice
}

/// Exit on idle is turned off.
pub(crate) fn exit_on_idle(origin: &Origin) -> Finding {
    RULE.found(
        Subject::ProxyContainer,
        format!(
            "exitOnIdle does nothing here: {origin} turns EXIT_ON_ZERO_ACTIVE_CONNECTIONS off, and wins over the \
             annotation"
        ),
        "remove the variable there",
    )
}

/// The least time that the proxy stays is `set`, and it is needed for `needed`.
pub(crate) fn minimum_drain(origin: &Origin, set: Seconds, needed: Seconds) -> Finding {
    RULE.found(
        Subject::ProxyContainer,
        format!(
            "{origin} sets MINIMUM_DRAIN_DURATION to {set}, and wins over the annotation: the proxy is needed for \
             {needed}"
        ),
        format!("set it to {needed} there, or remove it"),
    )
}
