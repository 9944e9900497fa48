use crate::istio::Origin;

use super::{Finding, Subject};

rule! {
    /// A hook of the mesh replaces the one with which Istio drains native sidecars early.
    ///
    /// # Why it is bad
    ///
    /// A native proxy gets SIGTERM only when all apps are gone. Without Istio's own hook it does not tell its clients
    /// to go elsewhere before that.
    ///
    /// # Source
    ///
    /// istio/istio#47226, the istiod chart's `files/injection-template.yaml`
    "mesh-hook-on-native", Warning, Certain, Advice
}

pub(crate) fn found(command: &str, origin: &Origin) -> Finding {
    RULE.found(
        Subject::Workload,
        format!(
            "the preStop hook `{command}` of {origin} replaces the one with which Istio drains native sidecars: \
             the proxy starts to drain only when the apps are gone"
        ),
        "remove the hook from the mesh's `global.proxy.lifecycle`",
    )
}
