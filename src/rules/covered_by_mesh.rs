use crate::istio::{EXIT_ON_IDLE, MINIMUM_DRAIN, SettingOrigin};

use super::{Finding, Remedy, Subject};

rule! {
    /// A setting of the pod says what the mesh says already.
    ///
    /// # What it does
    ///
    /// It compares `terminationDrainDuration`, `drainDuration`, `EXIT_ON_ZERO_ACTIVE_CONNECTIONS`,
    /// `MINIMUM_DRAIN_DURATION` and the preStop hook of the pod with those of the mesh.
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
    /// Once the mesh is live with its value, run with `dropCovered` and without `writeMesh`.
    ///
    /// # What fix does
    ///
    /// It takes out the settings and the hook that it wrote itself where `dropCovered` is set without `writeMesh`, and
    /// else leaves them: the mesh has to be live before its pods are.
    ///
    /// # Source
    ///
    /// istio/istio `pilot/pkg/model/proxy_config.go` (`EffectiveProxyConfig`)
    "covered-by-mesh", Info, Style, Policy("dropCovered")
}

/// `origin` sets the drain duration that the pod sets, too.
pub(crate) fn found(origin: &SettingOrigin) -> Finding {
    setting("terminationDrainDuration", origin)
}

/// `origin` sets the drain duration of Envoy that the pod sets, too.
pub(crate) fn drain_duration(origin: &SettingOrigin) -> Finding {
    setting("drainDuration", origin)
}

/// `origin` turns exit on idle on or off as the pod does.
pub(crate) fn exit_on_idle(origin: &SettingOrigin) -> Finding {
    setting(EXIT_ON_IDLE, origin)
}

/// `origin` sets the minimum time before an exit on idle that the pod sets, too.
pub(crate) fn minimum_drain(origin: &SettingOrigin) -> Finding {
    setting(MINIMUM_DRAIN, origin)
}

const REMEDY: &str = "once the mesh is live with it, run with dropCovered and without writeMesh";

fn setting(name: &str, origin: &SettingOrigin) -> Finding {
    RULE.found(
        Subject::ProxyConfig,
        format!("{origin} sets {name} to the same, so the pod needs no setting of its own"),
        REMEDY,
    )
}

/// `origin` gives every istio-proxy the hook that the pod's override has. `is_kept`: the hook is somebody else's, which
/// `dropCovered` leaves.
pub(crate) fn hook(origin: &SettingOrigin, is_kept: bool) -> Finding {
    let message =
        format!("the hook is that of {origin}, which every istio-proxy has, so the pod needs none of its own");
    match is_kept {
        true => RULE
            .found(Subject::ProxyHook, message, "take the hook out once the mesh is live with it")
            .by(Remedy::Advice),
        false => RULE.found(Subject::ProxyHook, message, REMEDY),
    }
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
