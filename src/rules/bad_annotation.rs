use super::{Finding, Subject};

rule! {
    /// An `istio-drain.dev/` annotation can't be used.
    ///
    /// # What it does
    ///
    /// It reads the annotations with which a workload sets fields of the policy for itself. A value that can't be read
    /// is an error. Two different values, on the workload and on its pod template, are an error too.
    ///
    /// # Why it is bad
    ///
    /// The workload would get other settings than its owner asked for.
    ///
    /// # Example
    ///
    /// ```yaml
    /// annotations:
    ///   istio-drain.dev/drain: "90"
    /// ```
    ///
    /// The unit is missing: `90s`.
    ///
    /// # Remedy
    ///
    /// Correct the annotation, or remove it. If two differ, keep one of them.
    ///
    /// # What fix does
    ///
    /// Nothing: the workload is not edited until the annotation is correct.
    ///
    /// # Source
    ///
    /// The page of the policy, `docs/policy.md`, lists the fields and their values
    "bad-annotation", Error, Certain, Advice
}

/// The value is wrong.
pub(crate) fn value(message: String) -> Finding {
    RULE.found(Subject::Workload, message, "correct the annotation, or remove it")
}

/// The workload and its pod template differ.
pub(crate) fn conflict(message: String) -> Finding {
    RULE.found(Subject::Workload, message, "keep one of the two")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_has_its_remedy() {
        assert_eq!(value("x".to_owned()).remedy, "correct the annotation, or remove it");
        assert_eq!(conflict("x".to_owned()).remedy, "keep one of the two");
    }
}
