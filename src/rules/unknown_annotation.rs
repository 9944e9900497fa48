use std::fmt::Display;

use super::{Finding, Severity, Subject};

rule! {
    /// An `istio-drain.dev/` annotation has no effect.
    ///
    /// # What it does
    ///
    /// It looks for annotations with that prefix whose name is not a field of the policy, and for annotations on an
    /// object whose pods are those of another workload.
    ///
    /// # Why it is bad
    ///
    /// The workload does not get the setting that its owner asked for.
    ///
    /// # Example
    ///
    /// ```yaml
    /// annotations:
    ///   istio-drain.dev/drian: 90s
    /// ```
    ///
    /// # Remedy
    ///
    /// Correct the name, or remove the annotation. If it is in the wrong place, move it to the workload that has the
    /// pods.
    ///
    /// # What fix does
    ///
    /// A wrong name is an error: the workload is not edited. An annotation in the wrong place is a warning.
    ///
    /// # Source
    ///
    /// The page of the policy, `docs/policy.md`
    "unknown-annotation", Warning, Certain, Advice
}

/// There is no annotation with that name.
pub(crate) fn found(message: String) -> Finding {
    RULE.found(Subject::Workload, message, "correct its name, or remove it").at(Severity::Error)
}

/// The annotation is on an object whose pods are those of another workload.
pub(crate) fn misplaced(name: &str, workload: &dyn Display) -> Finding {
    let message = format!("`{name}` has no effect here: the pods are those of {workload}");
    RULE.found(Subject::Workload, message, "move it there")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_wrong_name_is_an_error() {
        assert_eq!(found("x".to_owned()).severity, Severity::Error);
        assert_eq!(misplaced("istio-drain.dev/drain", &"Deployment web").severity, Severity::Warning);
    }
}
