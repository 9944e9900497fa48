use super::{Finding, Subject};

rule! {
    /// A hook for the whole mesh replaces the one that delays the apps until the proxy is ready.
    ///
    /// # What it does
    ///
    /// The injector writes one `lifecycle` into istio-proxy: `global.proxy.lifecycle` of the charts if it is set,
    /// otherwise the postStart hook of `holdApplicationUntilProxyStarts`. The rule looks for meshes that set both.
    ///
    /// # Why it is bad
    ///
    /// The setting is on, but the apps start before the proxy is ready, and their first calls fail.
    ///
    /// # Example
    ///
    /// ```yaml
    /// global:
    ///   proxy:
    ///     holdApplicationUntilProxyStarts: true
    ///     lifecycle:
    ///       preStop: {exec: {command: ["sleep", "10"]}}
    /// ```
    ///
    /// # Remedy
    ///
    /// Add `postStart: {exec: {command: [pilot-agent, wait]}}` to `global.proxy.lifecycle`.
    ///
    /// # What fix does
    ///
    /// Nothing: it leaves the hooks of the mesh as they are.
    ///
    /// # Source
    ///
    /// istio/istio `manifests/charts/istio-control/istio-discovery/files/injection-template.yaml`; istio/istio#37541
    "hold-hook-hidden", Warning, Certain, Advice
}

/// `hold` and `lifecycle` name the objects with these settings.
pub(crate) fn found(hold: &str, lifecycle: &str) -> Finding {
    RULE.found(
        Subject::Workload,
        format!(
            "holdApplicationUntilProxyStarts has no effect: {hold} sets it, and global.proxy.lifecycle of {lifecycle}, \
             which has no postStart hook, replaces it"
        ),
        "add postStart: {exec: {command: [pilot-agent, wait]}} to global.proxy.lifecycle",
    )
}

/// The same, if the sidecar may also be native. A native sidecar starts before the apps anyway.
pub(crate) fn on_classic(hold: &str, lifecycle: &str) -> Finding {
    found(hold, lifecycle).assuming("the sidecar is classic")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_native_sidecar_starts_first_anyway() {
        assert_eq!(found("A", "B").confidence().assumption(), None);
        assert_eq!(on_classic("A", "B").confidence().assumption(), Some("the sidecar is classic"));
    }
}
