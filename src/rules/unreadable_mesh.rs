use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// A setting of an object that configures the mesh can't be read, so it is ignored.
    "unreadable-mesh", Warning, Certain, Advice
}

/// The text in `field` is not YAML.
pub(crate) fn text(field: &str) -> Finding {
    let message = format!("the text in `{field}` can't be read as YAML, so it is ignored");
    RULE.found(Subject::Workload, message, "correct the text")
}

/// The value of `field` is not a duration.
pub(crate) fn duration(field: &str, why: &dyn Display) -> Finding {
    let message = format!("`{field}` is not a valid duration, so it is ignored: {why}");
    RULE.found(Subject::Workload, message, "correct the duration")
}

/// The value of `field` is not one of those that are `accepted`.
pub(crate) fn value(field: &str, accepted: &str) -> Finding {
    let message = format!("`{field}` must be {accepted}, so it is ignored");
    RULE.found(Subject::Workload, message, "correct the value")
}
