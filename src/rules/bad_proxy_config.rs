use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// `proxy.istio.io/config` can't be read, so Istio's injector rejects the pod.
    ///
    /// # What it does
    ///
    /// It reads the annotation as Istio does: one YAML or JSON mapping in a string, whose fields have the types of
    /// `ProxyConfig`.
    ///
    /// # Why it is bad
    ///
    /// The injector answers the API server with an error, and no pod of the workload can be created.
    ///
    /// # Example
    ///
    /// ```yaml
    /// proxy.istio.io/config: |
    ///   concurrency: [2]
    /// ```
    ///
    /// # Remedy
    ///
    /// Correct the annotation, or the field that the message names.
    ///
    /// # What fix does
    ///
    /// Nothing: it refuses to edit the workload.
    ///
    /// # Source
    ///
    /// istio/istio `pkg/config/mesh/mesh.go` (`ApplyProxyConfig`), `pkg/kube/inject/validate.go`
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

/// The value of one field. `shown` is its path.
pub(crate) fn field(shown: &str, why: &str) -> Finding {
    let message = format!("Istio's injector rejects pods with this `{shown}`: {why}");
    RULE.found(Subject::ProxyConfig, message, "correct the value, or remove it")
}

/// The text can't be edited.
pub(crate) fn unedited(why: &dyn Display) -> Finding {
    RULE.refused(why, "correct the text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_what_is_wrong() {
        assert!(text(&"not YAML").message.ends_with("`proxy.istio.io/config`: not YAML"));
        assert!(field("concurrency: x", "not a number").message.ends_with("`concurrency: x`: not a number"));
        assert_eq!(unedited(&"two texts").message, "can't be edited safely: two texts");
    }
}
