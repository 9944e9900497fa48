use super::{Finding, Subject};

rule! {
    /// A field of `proxy.istio.io/config` is not known, so Istio ignores it.
    ///
    /// # Why it is bad
    ///
    /// A misspelt setting has no effect, and nothing says so.
    ///
    /// # Source
    ///
    /// istio/api `mesh/v1alpha1/proxy.proto`
    "unknown-proxy-config-field", Warning, Certain, Advice
}

/// A name that no release knows, and the one that was probably meant.
pub(crate) fn found(shown: &str, meant: Option<&str>) -> Finding {
    let did_you_mean = meant.map_or_else(String::new, |meant| format!(" (did you mean `{meant}`?)"));
    let message = format!("Istio ignores `{shown}`, which it doesn't know{did_you_mean}");
    RULE.found(Subject::ProxyConfig, message, "correct the name, or remove it")
}

/// `parentShutdownDuration`, which only older releases know.
pub(crate) fn gone(shown: &str) -> Finding {
    let message = format!("`{shown}` has no effect: Istio 1.17 removed it");
    RULE.found(Subject::ProxyConfig, message, "remove it")
}
