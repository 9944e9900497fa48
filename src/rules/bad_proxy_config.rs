use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// `proxy.istio.io/config` can't be read, so Istio's injector rejects the pod.
    ///
    /// # Source
    ///
    /// istio/istio `pkg/config/mesh/mesh.go` (`ApplyProxyConfig`)
    "bad-proxy-config", Error, Certain, Advice
}

/// The whole text.
pub(crate) fn text(why: &dyn Display) -> Finding {
    RULE.found(
        Subject::ProxyConfig,
        format!("Istio's injector rejects pods with this `proxy.istio.io/config`: {why}"),
        "correct the annotation; its value is a string that holds one YAML or JSON mapping",
    )
}

/// The value of one field, which `shown` leads to.
pub(crate) fn field(shown: &str, why: &str) -> Finding {
    let message = format!("Istio's injector rejects pods with this `{shown}`: {why}");
    RULE.found(Subject::ProxyConfig, message, "correct the value, or remove it")
}

/// The text can't be edited.
pub(crate) fn unedited(why: &dyn Display) -> Finding {
    RULE.refused(why, "correct the text")
}
