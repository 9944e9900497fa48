use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// The grace period of a gateway can't be written where its drain is.
    ///
    /// # What it does
    ///
    /// With `gateways: true` and `drain` it looks at the gateways of an IstioOperator, which gets the drain in
    /// `k8s.podAnnotations`, and at Gateways of the Gateway API, which get it in `infrastructure.annotations`. Neither
    /// has a field for the grace period.
    ///
    /// # Why it is bad
    ///
    /// The pods keep the grace period of 30 seconds, or of 2 seconds for waypoints, and a longer drain is cut off.
    ///
    /// # Example
    ///
    /// An IstioOperator with an ingress gateway, and `drain: 60s`.
    ///
    /// # Remedy
    ///
    /// Set `spec.template.spec.terminationGracePeriodSeconds` of the Deployment: in `k8s.overlays`, or in the text
    /// `data.deployment` of a ConfigMap that the Gateway names as `infrastructure.parametersRef`.
    ///
    /// # What fix does
    ///
    /// It writes the drain, and leaves the overlays. If the ConfigMap of the Gateway or of its class is in the input,
    /// the grace period is written there.
    ///
    /// # Source
    ///
    /// istio/istio `operator/pkg/apis/types.go` (`KubernetesResources`),
    /// `pilot/pkg/config/kube/gateway/deploymentcontroller.go`
    "gateway-grace-by-hand", Warning, Certain, Advice
}

/// The gateway `name` drains for longer than its default grace period, and needs `needed`. `is_operator`: an
/// IstioOperator describes it.
pub(crate) fn found(name: &str, is_operator: bool, needed: Seconds) -> Finding {
    let (what, place) = match is_operator {
        true => ("an IstioOperator", "k8s.overlays"),
        false => ("a Gateway", "data.deployment of a ConfigMap that its infrastructure.parametersRef names"),
    };
    RULE.found(
        Subject::Workload,
        format!("the gateway `{name}` needs a grace period of {needed}, which {what} has no field for"),
        format!(
            "set spec.template.spec.terminationGracePeriodSeconds of its Deployment to {} in {place}",
            needed.get()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_named() {
        assert!(found("ingress", true, Seconds::new(62)).remedy.contains(" to 62 in k8s.overlays"));
        assert!(found("public", false, Seconds::new(62)).remedy.contains(" to 62 in data.deployment"));
    }
}
