use super::{Finding, Subject};

rule! {
    /// A workload lacks the settings that the policy asks for.
    ///
    /// # What it does
    ///
    /// It plans the workload as `fix` does, and names what `fix` would write.
    ///
    /// # Why it is bad
    ///
    /// Its proxy drains for Istio's default of 5 seconds, however long the app takes to shut down. Requests are lost at
    /// each rollout.
    ///
    /// # Example
    ///
    /// A Deployment whose app has a preStop hook of 20 seconds, with no setting for its proxy.
    ///
    /// # Remedy
    ///
    /// Run istio-drain over it without `check`.
    ///
    /// # What fix does
    ///
    /// It writes the settings.
    ///
    /// # Source
    ///
    /// Measured with a real agent and a real Envoy: with an app that sleeps for 15 seconds, 207 of 362 calls were lost
    "not-drained", Error, Certain, Edit
}

pub(crate) fn found(changes: &str) -> Finding {
    RULE.found(Subject::Workload, format!("needs {changes}"), "run istio-drain over it without `check`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lacks_is_named() {
        assert_eq!(found("terminationDrainDuration 28s").message, "needs terminationDrainDuration 28s");
    }
}
