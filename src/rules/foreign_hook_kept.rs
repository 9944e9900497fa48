use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// A preStop hook of istio-proxy that istio-drain did not write is kept.
    ///
    /// # What it does
    ///
    /// It compares the hook of the override with the hooks that istio-drain writes. Any other hook may have a reason,
    /// so it is kept, and its length counts.
    ///
    /// # Why it is bad
    ///
    /// It is not bad if the hook is right. A hook from a guide may end the proxy early, or need a program that the
    /// image lacks. Other rules check that.
    ///
    /// # Example
    ///
    /// ```yaml
    /// - name: istio-proxy
    ///   image: auto
    ///   lifecycle:
    ///     preStop:
    ///       exec:
    ///         command: ["sleep", "10"]
    /// ```
    ///
    /// # Remedy
    ///
    /// Set `replaceHooks` to replace it.
    ///
    /// # What fix does
    ///
    /// It keeps the hook, unless `replaceHooks` is set. The drain duration is shorter by its length.
    ///
    /// # Source
    ///
    /// istio-drain's own rule; istio/istio `pkg/kube/inject/webhook.go` merges the hook over the injected one
    "foreign-hook-kept", Info, Certain, Policy("replaceHooks")
}

/// `length` is `None` if it is unknown or zero.
pub(crate) fn found(length: Option<Seconds>) -> Finding {
    let length = length.map_or_else(String::new, |length| format!(" of {length}"));
    RULE.found(
        Subject::ProxyHook,
        format!("the preStop hook{length} of istio-proxy is not one that istio-drain writes, so it is kept"),
        "set replaceHooks to replace it",
    )
}

/// What the injector's template makes of the pod's own annotation.
pub(crate) fn of_annotation(length: Option<Seconds>) -> Finding {
    let length = length.map_or_else(String::new, |length| format!(" of {length}"));
    RULE.found(
        Subject::Annotation("sidecar.istio.io/preStopCommand".to_owned()),
        format!("the injector makes a preStop hook{length} of `sidecar.istio.io/preStopCommand`, so it is kept"),
        "set replaceHooks to have the same hook in an override, which needs no custom template",
    )
}

/// A hook of the whole mesh.
pub(crate) fn of_mesh() -> Finding {
    RULE.found(
        Subject::Workload,
        "the preStop hook of global.proxy.lifecycle is not one that istio-drain writes, so it is kept",
        "set replaceHooks to have it replaced",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_named_where_it_is_known() {
        assert!(found(Some(Seconds::new(10))).message.starts_with("the preStop hook of 10s of istio-proxy"));
        assert!(found(None).message.starts_with("the preStop hook of istio-proxy"));
    }
}
