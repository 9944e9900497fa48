use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// The grace period of a gateway can't be written where its drain is.
    ///
    /// # What it does
    ///
    /// With `gateways: true` and `drain` it looks at the gateways of an IstioOperator, which gets the drain in
    /// `k8s.podAnnotations`. The operator has no field for the grace period.
    ///
    /// # Why it is bad
    ///
    /// The pods keep the grace period of 30 seconds, and a longer drain is cut off.
    ///
    /// # Example
    ///
    /// An IstioOperator with an ingress gateway, and `drain: 60s`.
    ///
    /// # Remedy
    ///
    /// Set `spec.template.spec.terminationGracePeriodSeconds` of the Deployment in `k8s.overlays`.
    ///
    /// # What fix does
    ///
    /// It writes the drain, and leaves the overlays.
    ///
    /// # Source
    ///
    /// istio/istio `operator/pkg/apis/types.go` (`KubernetesResources`)
    "gateway-grace-by-hand", Warning, Certain, Advice
}

/// The gateway `name` drains for longer than the 30 seconds of the default, and needs `needed`.
pub(crate) fn found(name: &str, needed: Seconds) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("the gateway `{name}` needs a grace period of {needed}, which an IstioOperator has no field for"),
        format!(
            "set spec.template.spec.terminationGracePeriodSeconds of its Deployment to {} in k8s.overlays",
            needed.get()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_named() {
        assert!(found("ingress", Seconds::new(62)).remedy.contains(" to 62 in k8s.overlays"));
    }
}
