use crate::istio::SettingOrigin;

use super::{Finding, Subject};

rule! {
    /// A setting of the pod says what the mesh says already.
    ///
    /// # What it does
    ///
    /// It compares `terminationDrainDuration` of the pod with that of the mesh.
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
    /// It takes the setting out where `dropCovered` is set, and else leaves it. The same goes for `drainDuration`.
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
