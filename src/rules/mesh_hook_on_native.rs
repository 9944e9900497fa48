use crate::istio::SettingOrigin;

use super::{Finding, Subject};

rule! {
    /// A hook of the mesh replaces the one with which Istio drains native sidecars early.
    ///
    /// # What it does
    ///
    /// It looks for `global.proxy.lifecycle` in a mesh whose sidecars are native.
    ///
    /// # Why it is bad
    ///
    /// A native proxy gets SIGTERM only when all apps are gone. Without Istio's own hook it does not ask its clients to
    /// go elsewhere before that.
    ///
    /// # Example
    ///
    /// ```yaml
    /// global:
    ///   proxy:
    ///     lifecycle:
    ///       preStop: {exec: {command: ["sleep", "10"]}}
    /// ```
    ///
    /// # Remedy
    ///
    /// Remove the hook from `global.proxy.lifecycle` of the mesh.
    ///
    /// # What fix does
    ///
    /// Nothing: it leaves the hooks of the mesh as they are.
    ///
    /// # Source
    ///
    /// istio/istio#47226; the istiod chart, `files/injection-template.yaml`
    "mesh-hook-on-native", Warning, Certain, Advice
}

pub(crate) fn found(command: &str, origin: &SettingOrigin) -> Finding {
    RULE.found(
        Subject::Workload,
        format!(
            "the preStop hook `{command}` of {origin} replaces the one with which Istio drains native sidecars: \
             the proxy starts to drain only when the apps are gone"
        ),
        "remove the hook from the mesh's `global.proxy.lifecycle`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hook_is_named() {
        assert!(found("sleep 10", &SettingOrigin::Declared).message.starts_with("the preStop hook `sleep 10` of "));
    }
}
