use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// A key on the way to an edit is there twice, and readers differ in which one they use.
    "duplicate-key", Error, Certain, Advice
}

/// `is_of_object` says that the object itself has two, as where the marker between two objects is missing.
pub(crate) fn found(what: &dyn Display, is_of_object: bool) -> Finding {
    RULE.refused(
        what,
        match is_of_object {
            true => "remove one of the two, or put a line with `---` between two objects",
            false => "remove one of the two",
        },
    )
}

/// The container that `place` leads to has two names.
pub(crate) fn container_name(place: &str) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("`{place}` has two keys `name`, so it can't be said whether it is `istio-proxy`"),
        "remove one of the two",
    )
}
