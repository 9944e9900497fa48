use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// A node on the way to an edit has an unknown tag.
    ///
    /// # What it does
    ///
    /// It looks for YAML tags other than those of the core schema on the way to an edit.
    ///
    /// # Why it is bad
    ///
    /// A tag changes what a value means, and readers treat unknown ones differently.
    ///
    /// # Example
    ///
    /// ```yaml
    /// metadata: !team {name: web}
    /// ```
    ///
    /// # Remedy
    ///
    /// Remove the tag.
    ///
    /// # What fix does
    ///
    /// Nothing: it refuses to edit the workload.
    ///
    /// # Source
    ///
    /// YAML 1.2 section 3.2.1.2 (tags) and section 10.3 (core schema)
    "unknown-tag", Error, Certain, Advice
}

pub(crate) fn found(what: &dyn Display) -> Finding {
    RULE.refused(what, "remove the tag")
}

/// The name of the container that `place` leads to has a tag.
pub(crate) fn container_name(place: &str) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("the name of `{place}` has a tag, so it is not clear whether it is `istio-proxy`"),
        "remove the tag",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_is_the_same() {
        assert_eq!(found(&"!team").remedy, container_name("spec.containers[0]").remedy);
    }
}
