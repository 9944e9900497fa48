use super::{Finding, Severity, Subject};

rule! {
    /// The input does not show whether a pod is injected, and the policy requires that it does.
    ///
    /// # What it does
    ///
    /// It looks at the labels of the pod and of its Namespace. If they don't decide, `unknownInjection` of the policy
    /// says what to do. This rule is about `safe` and `fail`.
    ///
    /// # Why it is bad
    ///
    /// An istio-proxy container in a pod without a sidecar can't start, because no registry has its image `auto`.
    ///
    /// # Example
    ///
    /// `unknownInjection: safe`, and a Deployment without its Namespace in the input.
    ///
    /// # Remedy
    ///
    /// Add the Namespace to the input, or name its labels in `namespaces` of the policy.
    ///
    /// # What fix does
    ///
    /// With `safe` it writes the drain duration and the grace period, and no container. With `fail` it refuses to edit
    /// the workload.
    ///
    /// # Source
    ///
    /// The istiod chart, `templates/mutatingwebhook.yaml`; istio/istio `pkg/kube/inject/inject.go` (`injectRequired`)
    "injection-not-seen", Info, Certain, Policy("unknownInjection")
}

/// With `unknownInjection: safe`.
pub(crate) fn no_container() -> Finding {
    RULE.found(
        Subject::Workload,
        "the input does not show that this pod is injected, so it gets no istio-proxy container",
        "add the Namespace to the input, or name its labels in `namespaces`",
    )
}

/// With `unknownInjection: fail`; `reasons` says what is open.
pub(crate) fn refused(reasons: &str) -> Finding {
    let finding = RULE.found(
        Subject::Workload,
        format!("the input does not show whether this pod is injected: {reasons}"),
        "add the Namespace to the input, name its labels in `namespaces`, or set unknownInjection to `apply`, \
         `safe` or `skip`",
    );
    finding.at(Severity::Error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fail_is_an_error() {
        assert_eq!(no_container().severity, Severity::Info);
        assert_eq!(refused("its Namespace is not in the input").severity, Severity::Error);
    }
}
