use super::{Finding, Subject};

rule! {
    /// `kill` can't reach the agent in a shared process namespace, where PID 1 is the pause container.
    ///
    /// # What it does
    ///
    /// It looks for `shareProcessNamespace: true` where the policy has `preStop: sigterm`.
    ///
    /// # Why it is bad
    ///
    /// The hook would try to signal a process of another user, and would fail.
    ///
    /// # Example
    ///
    /// ```yaml
    /// spec:
    ///   shareProcessNamespace: true
    /// ```
    ///
    /// # Remedy
    ///
    /// None is needed: the drain hook is right here. Set `preStop: drain` for the workload to make this note go away.
    ///
    /// # What fix does
    ///
    /// It writes the drain hook instead of the SIGTERM hook.
    ///
    /// # Source
    ///
    /// <https://kubernetes.io/docs/tasks/configure-pod-container/share-process-namespace/>
    "shared-process-namespace", Info, Certain, Policy("preStop")
}

pub(crate) fn found() -> Finding {
    RULE.found(
        Subject::Workload,
        "shareProcessNamespace is true, so `kill` can't reach the agent: the drain hook is used instead of SIGTERM",
        "",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_hook_is_named() {
        assert!(found().message.ends_with("the drain hook is used instead of SIGTERM"));
    }
}
