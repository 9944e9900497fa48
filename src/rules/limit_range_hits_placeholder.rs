use super::{Finding, Subject};

rule! {
    /// A LimitRange fills in the resources of the placeholder for istio-proxy.
    ///
    /// # What it does
    ///
    /// It looks for LimitRanges with defaults for containers in the workload's namespace, if the pod has or gets an
    /// `istio-proxy` container without `resources`.
    ///
    /// # Why it is bad
    ///
    /// The API server applies the LimitRange before Istio injects. Istio then merges the placeholder over its own
    /// container. So the proxy gets the defaults of the LimitRange, even if the mesh or annotations such as
    /// `sidecar.istio.io/proxyCPU` set other values.
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
    /// Set `resources` in the policy: they are written into the placeholder. Or set `preStop: none`, which needs no
    /// placeholder.
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

/// `fills` lists the resources that the LimitRange `name` fills in.
pub(crate) fn found(name: &str, fills: &[String]) -> Finding {
    RULE.found(
        Subject::Workload,
        format!(
            "the LimitRange `{name}` fills in {} of the placeholder for istio-proxy, which replaces the values of the \
             mesh and of the pod's annotations",
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
        assert!(found.message.contains("`defaults` fills in default.cpu 100m of the"), "{}", found.message);
    }
}
