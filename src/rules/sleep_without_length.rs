use super::{Finding, Remedy, Subject};

rule! {
    /// `preStop: sleep` has no app hook of known length to wait for, so the drain hook is used instead.
    ///
    /// # What it does
    ///
    /// It works out how long the hook of istio-proxy would have to sleep: as long as the longest preStop hook of the
    /// apps.
    ///
    /// # Why it is bad
    ///
    /// It is not bad: the drain hook is right in this case. This note says why the pod does not get what the policy
    /// asks for.
    ///
    /// # Example
    ///
    /// `preStop: sleep` for an app whose hook is `["/drain.sh"]`.
    ///
    /// # Remedy
    ///
    /// Set `preStopEstimate` to the longest time that the hooks may take.
    ///
    /// # What fix does
    ///
    /// It writes the drain hook.
    ///
    /// # Source
    ///
    /// istio-drain's own rule
    "sleep-without-length", Info, Certain, Policy("preStopEstimate")
}

/// How long the hooks take is not known.
pub(crate) fn unknown() -> Finding {
    RULE.found(
        Subject::Workload,
        "preStop: sleep needs to know how long the preStop hooks of the apps take: the drain hook is used instead",
        "set preStopEstimate (--pre-stop-estimate) to the longest time that they may take",
    )
}

/// There are no hooks.
pub(crate) fn nothing_to_wait_for() -> Finding {
    RULE.found(
        Subject::Workload,
        "preStop: sleep waits for the preStop hooks of the apps, but no app has one: the drain hook is used instead",
        "use preStop: drain",
    )
    .by(Remedy::Policy("preStop"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_that_is_not_known_has_a_remedy() {
        assert!(unknown().remedy.contains("preStopEstimate"));
        assert_eq!(nothing_to_wait_for().remedy, "use preStop: drain");
    }
}
