use super::{Finding, Subject};

rule! {
    /// An istio-drain.dev annotation can't be used.
    ///
    /// # What it does
    ///
    /// The annotation has a value that can't be read, or the workload and its pod template have different ones.
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
