use super::{Finding, Severity, Subject};

rule! {
    /// Whether a pod is injected can't be seen in the input, and the policy asks for pods where it can.
    ///
    /// # What it does
    ///
    /// It looks for labels of the pod and of its Namespace. The policy says by `unknownInjection` what to do where they
    /// do not decide: this rule is about `safe` and `fail`.
    ///
    /// # Why it is bad
    ///
    /// An istio-proxy container in a pod without a sidecar can't start: no registry has its image `auto`.
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
