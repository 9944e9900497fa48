use crate::istio::SettingOrigin;

use super::{Finding, Remedy, Subject};

rule! {
    /// A setting of the pod says what the mesh says already.
    ///
    /// # What it does
    ///
    /// It compares `terminationDrainDuration`, `drainDuration` and the preStop hook of the pod with those of the mesh.
    ///
    /// # Why it is bad
    ///
    /// No request is lost because of it. It is one more place to change when the mesh changes.
    ///
    /// # Example
    ///
    /// `terminationDrainDuration: 40s` in `meshConfig.defaultConfig` and in the annotation of a pod.
    ///
    /// # Remedy
    ///
    /// Set `dropCovered` once the mesh is live with its value.
    ///
    /// # What fix does
    ///
    /// It takes the two settings out where `dropCovered` is set without `writeMesh`, and else leaves them: the mesh has
    /// to be live before its pods are.
    ///
    /// # Source
    ///
    /// istio/istio `pilot/pkg/model/proxy_config.go` (`EffectiveProxyConfig`)
    "covered-by-mesh", Info, Style, Policy("dropCovered")
}

/// `origin` sets the drain duration that the pod sets, too.
pub(crate) fn found(origin: &SettingOrigin) -> Finding {
    RULE.found(
        Subject::ProxyConfig,
        format!("{origin} sets terminationDrainDuration to the same, so the pod needs no setting of its own"),
        "set dropCovered once the mesh is live with it",
    )
}

/// `origin` sets the drain duration of Envoy that the pod sets, too.
pub(crate) fn drain_duration(origin: &SettingOrigin) -> Finding {
    RULE.found(
        Subject::ProxyConfig,
        format!("{origin} sets drainDuration to the same, so the pod needs no setting of its own"),
        "set dropCovered once the mesh is live with it",
    )
}

/// `origin` gives every istio-proxy the hook that the pod's override has.
pub(crate) fn hook(origin: &SettingOrigin) -> Finding {
    RULE.found(
        Subject::ProxyHook,
        format!("the hook is that of {origin}, which every istio-proxy has, so the pod needs none of its own"),
        "take the hook out once the mesh is live with it",
    )
    .by(Remedy::Advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_and_its_origin_are_named() {
        let message = found(&SettingOrigin::Declared).message;
        assert_eq!(
            message,
            "the policy's `mesh` sets terminationDrainDuration to the same, so the pod needs no setting of its own"
        );
    }
}
