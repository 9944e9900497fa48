use crate::istio::SettingOrigin;
use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// The mesh sets a drain duration that is long enough.
    ///
    /// # What it does
    ///
    /// It compares the drain duration of the mesh with the one that the pod needs.
    ///
    /// # Why it is bad
    ///
    /// It is not bad: this note says why nothing is written.
    ///
    /// # Example
    ///
    /// `terminationDrainDuration: 60s` in `meshConfig.defaultConfig`, and an app with a preStop hook of 40 seconds.
    ///
    /// # Remedy
    ///
    /// None is needed.
    ///
    /// # What fix does
    ///
    /// It writes no drain duration for the pod. It writes a hook if Envoy would close its listeners too early, and
    /// raises a grace period that is too short.
    ///
    /// # Source
    ///
    /// istio/istio `pilot/pkg/model/proxy_config.go` (`EffectiveProxyConfig`)
    "mesh-drains-already", Info, Certain, Advice
}

/// The mesh drains for `drain`. `has_hook`: the pod has or gets a hook all the same.
pub(crate) fn found(drain: Seconds, origin: &SettingOrigin, has_hook: bool) -> Finding {
    let needs = if has_hook { "no setting for it" } else { "neither a setting nor a hook of its own" };
    let message = format!("the mesh already drains for {drain} ({origin}), so the pod needs {needs}");
    RULE.found(Subject::Workload, message, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_is_not_denied() {
        let message = |has_hook| found(Seconds::new(60), &SettingOrigin::Declared, has_hook).message;
        assert!(message(true).ends_with("the pod needs no setting for it"), "{}", message(true));
        assert!(message(false).ends_with("neither a setting nor a hook of its own"), "{}", message(false));
    }
}
