use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// The text can't be edited safely.
    ///
    /// # What it does
    ///
    /// It is for all reasons that no other rule has a name for: a value where a mapping is expected, or
    /// `proxy.istio.io/config` with several documents or two spellings of one field.
    ///
    /// # Why it is bad
    ///
    /// An edit would be a guess, and a wrong edit is found in production.
    ///
    /// # Example
    ///
    /// ```yaml
    /// metadata:
    ///   annotations: none
    /// ```
    ///
    /// # Remedy
    ///
    /// Make the change by hand, or write the text in the usual way.
    ///
    /// # What fix does
    ///
    /// Nothing: it refuses to edit the workload.
    ///
    /// # Source
    ///
    /// istio-drain's own rule: refuse, never guess
    "uneditable", Error, Certain, Advice
}

/// What no other rule has a name for.
pub(crate) fn found(what: &dyn Display) -> Finding {
    RULE.refused(what, "make the change by hand")
}

/// `proxy.istio.io/config` holds several YAML documents.
pub(crate) fn documents(number: usize) -> Finding {
    let what = format!("`proxy.istio.io/config` holds {number} YAML documents, of which Istio reads the first only");
    Finding { subject: Subject::ProxyConfig, ..RULE.refused(&what, "keep the first one only") }
}

/// `proxy.istio.io/config` has a field in both of its spellings.
pub(crate) fn both_spellings([camel, snake]: [&str; 2]) -> Finding {
    let what = format!("`proxy.istio.io/config` has both `{camel}` and `{snake}`, of which Istio reads the first only");
    Finding { subject: Subject::ProxyConfig, ..RULE.refused(&what, "remove one of the two") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_about_the_annotation_points_at_it() {
        assert_eq!(found(&"a list").subject, Subject::Workload);
        assert_eq!(documents(2).subject, Subject::ProxyConfig);
        assert_eq!(both_spellings(["drainDuration", "drain_duration"]).subject, Subject::ProxyConfig);
    }
}
