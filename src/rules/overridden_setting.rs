use crate::istio::SettingOrigin;
use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// A setting is overridden by one that wins over the annotation.
    ///
    /// # What it does
    ///
    /// It looks at the `env` of the istio-proxy container and at ProxyConfig resources that select the pod. Both win
    /// over `proxyMetadata` of the annotation.
    ///
    /// # Why it is bad
    ///
    /// The value in `proxy.istio.io/config` has no effect. The proxy may exit too early.
    ///
    /// # Example
    ///
    /// ```yaml
    /// - name: istio-proxy
    ///   env:
    ///   - name: MINIMUM_DRAIN_DURATION
    ///     value: 5s
    /// ```
    ///
    /// # Remedy
    ///
    /// Correct the value where the message says, or remove it.
    ///
    /// # What fix does
    ///
    /// It writes the annotation, and leaves the setting that wins.
    ///
    /// # Source
    ///
    /// istio/istio `pilot/pkg/model/proxy_config.go` (`EffectiveProxyConfig`), `pilot/cmd/pilot-agent/config/config.go`
    "overridden-setting", Warning, Certain, Advice
}

/// Exit on idle is turned off.
pub(crate) fn exit_on_idle(origin: &SettingOrigin) -> Finding {
    RULE.found(
        Subject::ProxyContainer,
        format!(
            "exitOnIdle has no effect: {origin} turns EXIT_ON_ZERO_ACTIVE_CONNECTIONS off, and wins over the annotation"
        ),
        "remove the variable there",
    )
}

/// The least time that the proxy stays is `set`, and it is needed for `needed`.
pub(crate) fn minimum_drain(origin: &SettingOrigin, set: Seconds, needed: Seconds) -> Finding {
    RULE.found(
        Subject::ProxyContainer,
        format!(
            "{origin} sets MINIMUM_DRAIN_DURATION to {set}, and wins over the annotation: the proxy is needed for \
             {needed}"
        ),
        format!("set it to {needed} there, or remove it"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_needed_time_is_the_remedy() {
        let found = minimum_drain(&SettingOrigin::Declared, Seconds::new(5), Seconds::new(45));
        assert_eq!(found.remedy, "set it to 45s there, or remove it");
        assert!(exit_on_idle(&SettingOrigin::Declared).message.contains("EXIT_ON_ZERO_ACTIVE_CONNECTIONS"));
    }
}
