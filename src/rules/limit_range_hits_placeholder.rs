use super::{Finding, Subject};

rule! {
    /// A LimitRange fills in the resources of the placeholder for istio-proxy.
    ///
    /// # What it does
    ///
    /// It looks for LimitRanges of the workload's namespace with defaults for containers, where the pod has, or gets, an
    /// `istio-proxy` container without `resources`.
    ///
    /// # Why it is bad
    ///
    /// The API server applies the LimitRange before Istio injects, and Istio merges the placeholder over its own container: the
    /// proxy gets the LimitRange's defaults, whatever the mesh or annotations such as `sidecar.istio.io/proxyCPU` say.
    ///
    /// # Example
    ///
    /// ```yaml
    /// kind: LimitRange
    /// spec:
    ///   limits:
    ///   - {type: Container, default: {cpu: 100m}}
    /// ```
    ///
    /// # Remedy
    ///
    /// `resources` of the policy writes the proxy's own into the placeholder; `preStop: none` needs no placeholder.
    ///
    /// # What fix does
    ///
    /// It writes the placeholder with the `resources` of the policy, or without any.
    ///
    /// # Source
    ///
    /// <https://kubernetes.io/docs/concepts/policy/limit-range/>, istio/istio#51187
    "limit-range-hits-placeholder", Warning, Certain, Policy("resources")
}

/// `fills` is what the LimitRange of that name fills in.
pub(crate) fn found(name: &str, fills: &[String]) -> Finding {
    RULE.found(
        Subject::Workload,
        format!(
            "the LimitRange `{name}` fills in {} at the placeholder for istio-proxy, and that takes the place of what the mesh \
             and the pod's annotations give the proxy",
            fills.join(", ")
        ),
        "set resources of the policy to what the proxy needs, or preStop to `none`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_what_is_filled_in() {
        let found = found("defaults", &["default.cpu 100m".to_owned()]);
        assert!(found.message.contains("`defaults` fills in default.cpu 100m at"), "{}", found.message);
    }
}
