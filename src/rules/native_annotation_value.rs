use crate::istio::{Feature, Target};

use super::{Finding, Subject};

rule! {
    /// `sidecar.istio.io/nativeSidecar` is neither `true` nor `false`, which releases of Istio read differently.
    ///
    /// # What it does
    ///
    /// It reads the value of the annotation for the releases that `target.istio` allows.
    ///
    /// # Why it is bad
    ///
    /// Up to Istio 1.26 the injector's template makes a classic sidecar for any value except `true`. From 1.27 on it
    /// makes a native one for any value except `false`. An override in `containers` is moved only for exactly `true`:
    /// with `yes` the pod has istio-proxy twice, and is rejected.
    ///
    /// # Example
    ///
    /// ```yaml
    /// annotations:
    ///   sidecar.istio.io/nativeSidecar: "yes"
    /// ```
    ///
    /// # Remedy
    ///
    /// Write `"true"` or `"false"`.
    ///
    /// # What fix does
    ///
    /// It writes no container, because the API server might reject the pod. The annotation stays.
    ///
    /// # Source
    ///
    /// The istiod chart, `files/injection-template.yaml`; istio/istio `pkg/kube/inject/inject.go` (`RunTemplate`)
    "native-annotation-value", Warning, Certain, Advice
}

/// The annotation is `value`, for the releases of `target`.
pub(crate) fn found(value: &str, target: Target) -> Finding {
    let means = match (Feature::NativeAnnotation.is_in(target), Feature::NativeByNodes.is_in(target)) {
        (Some(false), _) => "nothing to this release of Istio, and a native sidecar from 1.27 on",
        (_, Some(false)) => "a classic sidecar to this release of Istio, and a native one from 1.27 on",
        (_, Some(true)) => "a native sidecar",
        _ => "a classic sidecar up to Istio 1.26 and a native one from 1.27 on",
    };
    RULE.found(
        Subject::Workload,
        format!(
            "the annotation sidecar.istio.io/nativeSidecar is `{value}`, which means {means}; the API server would \
             then reject a pod with an istio-proxy in `containers`, so none is written"
        ),
        "write \"true\" or \"false\"",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_named() {
        assert!(
            found("yes", Target::default())
                .message
                .contains("is `yes`, which means a classic sidecar up to Istio 1.26")
        );
    }
}
