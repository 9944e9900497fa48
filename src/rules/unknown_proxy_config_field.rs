use crate::kubernetes::Release;

use super::{Finding, Subject};

rule! {
    /// A field of `proxy.istio.io/config` is not known, so Istio ignores it.
    ///
    /// # What it does
    ///
    /// It compares the names of the fields with those that any release of Istio knows, in both spellings.
    ///
    /// # Why it is bad
    ///
    /// A misspelt setting has no effect, and nothing says so.
    ///
    /// # Example
    ///
    /// ```yaml
    /// proxy.istio.io/config: |
    ///   terminationDrainDurations: 60s
    /// ```
    ///
    /// # Remedy
    ///
    /// Correct the name, or remove the field.
    ///
    /// # What fix does
    ///
    /// It writes the fields that the pod needs, and leaves the unknown one.
    ///
    /// # Source
    ///
    /// istio/api `mesh/v1alpha1/proxy.proto`; istio/istio `pkg/util/protomarshal` (`ApplyYAML`)
    "unknown-proxy-config-field", Warning, Certain, Advice
}

/// A name that no release knows. `meant` is the name that was probably meant.
pub(crate) fn found(shown: &str, meant: Option<&str>) -> Finding {
    let did_you_mean = meant.map_or_else(String::new, |meant| format!(" (did you mean `{meant}`?)"));
    let message = format!("Istio does not know `{shown}` and ignores it{did_you_mean}");
    RULE.found(Subject::ProxyConfig, message, "correct the name, or remove it")
}

/// `parentShutdownDuration`, which only older releases know.
pub(crate) fn gone(shown: &str) -> Finding {
    let message = format!("`{shown}` has no effect: Istio 1.17 removed it");
    RULE.found(Subject::ProxyConfig, message, "remove it")
}

/// A field that only newer releases know.
pub(crate) fn too_new(shown: &str, since: Release) -> Finding {
    let message = format!("`{shown}` has no effect: Istio knows it from {since} on");
    RULE.found(Subject::ProxyConfig, message, "remove it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered() {
        assert!(found("drainDurations", Some("drainDuration")).message.ends_with("(did you mean `drainDuration`?)"));
        assert!(found("x", None).message.ends_with("does not know `x` and ignores it"));
        assert!(gone("parentShutdownDuration").message.contains("Istio 1.17 removed it"));
    }
}
