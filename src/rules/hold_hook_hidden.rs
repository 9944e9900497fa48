use super::{Finding, Subject};

rule! {
    /// A hook for the whole mesh takes the place of the one that holds the apps back until the proxy is ready.
    ///
    /// # What it does
    ///
    /// The injector writes one `lifecycle` into istio-proxy: `global.proxy.lifecycle` of the charts where it is set, and only else
    /// the postStart hook of `holdApplicationUntilProxyStarts`.
    ///
    /// # Why it is bad
    ///
    /// The setting is on, and the apps start before the proxy is ready: their first calls fail.
    ///
    /// # Example
    ///
    /// `global.proxy.lifecycle: {preStop: {exec: {command: [sleep, "10"]}}}` with `holdApplicationUntilProxyStarts: true`.
    ///
    /// # Remedy
    ///
    /// Add `postStart: {exec: {command: [pilot-agent, wait]}}` to `global.proxy.lifecycle`.
    ///
    /// # What fix does
    ///
    /// Nothing: the settings of the mesh are not edited.
    ///
    /// # Source
    ///
    /// istio/istio `manifests/charts/istio-control/istio-discovery/files/injection-template.yaml`; istio/istio#37541.
    "hold-hook-hidden", Warning, Certain, Advice
}

/// The settings, by who makes them.
pub(crate) fn found(hold: &str, lifecycle: &str) -> Finding {
    RULE.found(
        Subject::Workload,
        format!(
            "holdApplicationUntilProxyStarts has no effect: {hold} sets it, and global.proxy.lifecycle of {lifecycle}, \
             which has no postStart hook, takes its place"
        ),
        "add postStart: {exec: {command: [pilot-agent, wait]}} to global.proxy.lifecycle",
    )
}

/// The same where the sidecar may be a native one, which starts before the apps anyway.
pub(crate) fn on_classic(hold: &str, lifecycle: &str) -> Finding {
    found(hold, lifecycle).assuming("the sidecar is a classic one")
}
