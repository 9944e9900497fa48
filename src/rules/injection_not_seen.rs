use super::{Finding, Severity, Subject};

rule! {
    /// Whether a pod is injected can't be seen in the input, and the policy asks for pods where it can.
    ///
    /// # Why it is bad
    ///
    /// An istio-proxy container in a pod without a sidecar is a container whose image nobody has.
    "injection-not-seen", Info, Certain, Policy("unknownInjection")
}

/// With `unknownInjection: safe`.
pub(crate) fn no_container() -> Finding {
    RULE.found(
        Subject::Workload,
        "it can't be seen that this pod is injected, so it gets no istio-proxy container",
        "add the Namespace to the input, or name its labels in `namespaces`",
    )
}

/// With `unknownInjection: fail`; `reasons` says what is open.
pub(crate) fn refused(reasons: &str) -> Finding {
    let finding = RULE.found(
        Subject::Workload,
        format!("it can't be seen whether this pod is injected: {reasons}"),
        "add the Namespace to the input, name its labels in `namespaces`, or set unknownInjection to `apply`, \
         `safe` or `skip`",
    );
    finding.at(Severity::Error)
}
