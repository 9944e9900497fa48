use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// The grace period stays when everything else is removed.
    ///
    /// # What it does
    ///
    /// What the grace period was before it was raised is not known, and one that is too long costs nothing.
    "grace-kept", Info, Certain, Advice
}

pub(crate) fn found(grace: Seconds) -> Finding {
    RULE.found(
        Subject::GracePeriod,
        format!("the grace period stays at {grace}: what it was before is not known"),
        "lower it by hand if nothing else needs it",
    )
}
