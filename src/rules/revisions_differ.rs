use crate::istio::OtherRevision;
use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// Two revisions of the mesh drain for different times, and the pod is right for only one of them.
    ///
    /// # What it does
    ///
    /// It looks at pods that have their drain duration from the mesh, and at the other revisions in the input or in
    /// `revisions` of the policy: whether they drain for as long as the pod needs, and whether its grace period is long
    /// enough for them.
    ///
    /// # Why it is bad
    ///
    /// Whoever upgrades by revision moves pods from one to the other by a label or a tag, and restarts them. Nothing in
    /// their manifests changes, so nobody looks at their shutdown again.
    ///
    /// # Example
    ///
    /// `terminationDrainDuration: 60s` in the ConfigMap `istio`, nothing in the ConfigMap `istio-canary`, and an app
    /// whose preStop hook takes 40 seconds.
    ///
    /// # Remedy
    ///
    /// Set the same drain duration in both revisions, before pods move.
    ///
    /// # What fix does
    ///
    /// It plans for the revision that the pod has now. With `writeMesh` it writes the drain duration into both.
    ///
    /// # Source
    ///
    /// istio/istio `manifests/charts/istio-control/istio-discovery/templates/configmap.yaml`: each revision has a mesh
    /// config of its own
    "revisions-differ", Warning, Likely("the pod moves to that revision"), Advice
}

/// On the other revision the proxy drains for less than the `needed` time. `here` is the drain of the pod's own.
pub(crate) fn too_short(other: &OtherRevision, here: Seconds, needed: Seconds) -> Finding {
    let OtherRevision { name, drain } = other;
    let (there, origin) = (drain.value, &drain.origin);
    RULE.found(
        Subject::Workload,
        format!(
            "on the revision {name} the proxy drains for {there} ({origin}), not for {here} as on its own: the pod \
             needs {needed}"
        ),
        "set terminationDrainDuration there, too, before pods move",
    )
    .beside(drain.place.as_ref())
}

/// On the other revision the proxy drains for longer than the grace period lasts.
pub(crate) fn beyond_grace(other: &OtherRevision, grace: Seconds) -> Finding {
    let OtherRevision { name, drain } = other;
    let (there, origin) = (drain.value, &drain.origin);
    RULE.found(
        Subject::GracePeriod,
        format!("on the revision {name} the proxy drains for {there} ({origin}), but the grace period is {grace}"),
        "raise the grace period above that before pods move",
    )
    .beside(drain.place.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::istio::{Setting, SettingOrigin};

    #[test]
    fn revision_and_times_are_named() {
        let drain = Setting::new(Seconds::new(5), SettingOrigin::BuiltIn);
        let message =
            too_short(&OtherRevision { name: "canary".to_owned(), drain }, Seconds::new(60), Seconds::new(45)).message;
        assert_eq!(
            message,
            "on the revision canary the proxy drains for 5s (Istio's default), not for 60s as on its own: the pod \
             needs 45s"
        );
    }
}
