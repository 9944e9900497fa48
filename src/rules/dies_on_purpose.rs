use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// A pod with a very short grace period and no preStop hook is taken to be meant to stop fast.
    ///
    /// # What it does
    ///
    /// Nothing is written for the pod: a grace period of a few seconds without any hook is a choice, and a longer one
    /// would undo it.
    "dies-on-purpose", Info, Certain, Policy("drain")
}

pub(crate) fn found(grace: Seconds) -> Finding {
    RULE.found(
        Subject::GracePeriod,
        format!("the grace period is {grace} and no container has a preStop hook: the pod is left to stop fast"),
        "set drain for it if it is meant to shut down gracefully",
    )
}
