use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// The grace period stays when everything else is removed.
    ///
    /// # What it does
    ///
    /// It names the grace period that stays after `remove`.
    ///
    /// # Why it is bad
    ///
    /// It does no harm: a pod ends as soon as its containers have exited. The grace period stays because its value
    /// before istio-drain is not known.
    ///
    /// # Example
    ///
    /// `remove: true` for a Deployment with `terminationGracePeriodSeconds: 47`.
    ///
    /// # Remedy
    ///
    /// Lower it by hand if nothing else needs it.
    ///
    /// # What fix does
    ///
    /// It keeps the grace period.
    ///
    /// # Source
    ///
    /// Kubernetes, Pod Lifecycle, "Termination of Pods"
    "grace-kept", Info, Certain, Advice
}

pub(crate) fn found(grace: Seconds) -> Finding {
    RULE.found(
        Subject::GracePeriod,
        format!("the grace period stays at {grace}: its earlier value is not known"),
        "lower it by hand if nothing else needs it",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grace_period_is_named() {
        assert_eq!(found(Seconds::new(47)).message, "the grace period stays at 47s: its earlier value is not known");
    }
}
