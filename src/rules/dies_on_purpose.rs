use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// A pod with a very short grace period and no preStop hook is left alone, so that it stops fast.
    ///
    /// # What it does
    ///
    /// It looks for an explicit grace period of 5 seconds or less without any preStop hook and without a `drain` for
    /// the workload. That counts as a choice, which a longer grace period would undo.
    ///
    /// # Why it is bad
    ///
    /// It is not bad if it is intended. Requests that are open at the deletion are lost after these few seconds.
    ///
    /// # Example
    ///
    /// ```yaml
    /// spec:
    ///   terminationGracePeriodSeconds: 0
    ///   containers:
    ///   - name: cache
    ///     image: cache:2
    /// ```
    ///
    /// # Remedy
    ///
    /// Set `drain` for the workload, by a rule or by the annotation `istio-drain.dev/drain`, if it should shut down
    /// gracefully.
    ///
    /// # What fix does
    ///
    /// Nothing is written for the pod.
    ///
    /// # Source
    ///
    /// Kubernetes, Pod Lifecycle, "Termination of Pods"
    "dies-on-purpose", Info, Certain, Policy("drain")
}

pub(crate) fn found(grace: Seconds) -> Finding {
    RULE.found(
        Subject::GracePeriod,
        format!(
            "the grace period is {grace} and no container has a preStop hook: the pod is left alone, so that it \
                 stops fast"
        ),
        "set drain for it if it should shut down gracefully",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grace_period_is_named() {
        let found = found(Seconds::new(5));
        assert_eq!(found.subject, Subject::GracePeriod);
        assert!(found.message.starts_with("the grace period is 5s and no container"), "{}", found.message);
    }
}
