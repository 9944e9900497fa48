use std::fmt::Display;

use super::{Finding, Severity, Subject};

rule! {
    /// An istio-drain.dev annotation has no effect.
    "unknown-annotation", Warning, Certain, Advice
}

/// There is no annotation of that name.
pub(crate) fn found(message: String) -> Finding {
    RULE.found(Subject::Workload, message, "correct its name, or remove it").at(Severity::Error)
}

/// The annotation is on an object whose pods are those of another workload.
pub(crate) fn misplaced(name: &str, workload: &dyn Display) -> Finding {
    let message = format!("`{name}` does nothing here: the pods are those of {workload}");
    RULE.found(Subject::Workload, message, "move it there")
}
