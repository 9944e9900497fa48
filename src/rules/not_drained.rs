use super::{Finding, Subject};

rule! {
    /// A workload lacks the settings that the policy asks for.
    ///
    /// # Why it is bad
    ///
    /// Its proxy drains for Istio's default of 5 seconds, however long the app takes to shut down.
    ///
    /// # What fix does
    ///
    /// It writes the settings.
    "not-drained", Error, Certain, Edit
}

pub(crate) fn found(changes: &str) -> Finding {
    RULE.found(Subject::Workload, format!("needs {changes}"), "run istio-drain over it without `check`")
}
