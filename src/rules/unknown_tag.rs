use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// A node on the way to an edit has an unknown tag.
    "unknown-tag", Error, Certain, Advice
}

pub(crate) fn found(what: &dyn Display) -> Finding {
    RULE.refused(what, "remove the tag")
}

/// The name of the container that `place` leads to has a tag.
pub(crate) fn container_name(place: &str) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("the name of `{place}` has a tag, so it can't be said whether it is `istio-proxy`"),
        "remove the tag",
    )
}
