use super::{Finding, Subject};

rule! {
    /// The mesh is edited only where its drain time is set.
    ///
    /// # What it does
    ///
    /// It looks for objects of the mesh where the policy has `writeMesh: true` and no `drain`.
    ///
    /// # Why it is bad
    ///
    /// A classic proxy always waits its whole drain duration. A time worked out of the longest workload would make
    /// every pod of the mesh linger.
    ///
    /// # Example
    ///
    /// ```yaml
    /// spec: {writeMesh: true}
    /// ```
    ///
    /// # Remedy
    ///
    /// Set `drain` to what most workloads need. Those that need more get their annotation.
    ///
    /// # What fix does
    ///
    /// It leaves the mesh config as it is.
    ///
    /// # Source
    ///
    /// istio/istio `pkg/envoy/agent.go` (`terminate`)
    "mesh-without-drain", Info, Certain, Policy("drain")
}

pub(crate) fn found() -> Finding {
    RULE.found(
        Subject::Workload,
        "how long the proxies of the mesh are to drain is not known, so its config is left as it is",
        "set drain to what most workloads need; those that need more get their annotation",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_about_the_whole_object() {
        assert_eq!((found().subject, found().severity), (Subject::Workload, super::super::Severity::Info));
    }
}
