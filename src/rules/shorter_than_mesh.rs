use crate::istio::SettingOrigin;
use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// The pod drains for less time than the mesh asks of all pods.
    ///
    /// # What it does
    ///
    /// It compares `terminationDrainDuration` of the pod with that of the mesh.
    ///
    /// # Why it is bad
    ///
    /// The annotation wins. A mesh that was raised for all pods has no effect on this one.
    ///
    /// # Example
    ///
    /// `terminationDrainDuration: 60s` in `meshConfig.defaultConfig`, and 30s in the annotation of a pod.
    ///
    /// # Remedy
    ///
    /// Raise the setting of the pod, or take it out, unless the pod is meant to go earlier.
    ///
    /// # What fix does
    ///
    /// It raises the setting to what the pod needs, and no further.
    ///
    /// # Source
    ///
    /// istio/istio `pilot/pkg/model/proxy_config.go` (`EffectiveProxyConfig`)
    "shorter-than-mesh", Info, Certain, Advice
}

/// The pod drains for `own`, and `origin` says `mesh`.
pub(crate) fn found(own: Seconds, mesh: Seconds, origin: &SettingOrigin) -> Finding {
    RULE.found(
        Subject::ProxyConfig,
        format!("terminationDrainDuration {own} of the pod wins over the {mesh} of {origin}"),
        "raise it or take it out, unless the pod is meant to go earlier than others",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_places_are_named() {
        let message = found(Seconds::new(30), Seconds::new(60), &SettingOrigin::Declared).message;
        assert_eq!(message, "terminationDrainDuration 30s of the pod wins over the 60s of the policy's `mesh`");
    }
}
