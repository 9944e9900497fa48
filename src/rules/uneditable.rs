use std::fmt::Display;

use super::{Finding, Severity, Subject};

rule! {
    /// The text can't be edited safely.
    ///
    /// # What it does
    ///
    /// It covers all reasons that have no rule of their own, such as a value where a mapping is expected, or a
    /// `proxy.istio.io/config` with several documents or with two spellings of one field.
    ///
    /// # Why it is bad
    ///
    /// An edit would be a guess, and users find a wrong edit only in production.
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

/// A reason that has no rule of its own.
pub(crate) fn found(what: &dyn Display) -> Finding {
    RULE.refused(what, "make the change by hand")
}

/// `proxy.istio.io/config` holds several YAML documents.
pub(crate) fn documents(number: usize) -> Finding {
    let what = format!("`proxy.istio.io/config` holds {number} YAML documents, but Istio reads only the first");
    Finding { subject: Subject::ProxyConfig, ..RULE.refused(&what, "keep only the first") }
}

/// `proxy.istio.io/config` has a field in both of its spellings.
pub(crate) fn both_spellings([camel, snake]: [&str; 2]) -> Finding {
    let what = format!("`proxy.istio.io/config` has both `{camel}` and `{snake}`, but Istio reads only the first");
    Finding { subject: Subject::ProxyConfig, ..RULE.refused(&what, "remove one of the two") }
}

/// Values that may be those of any chart.
pub(crate) fn unknown_chart() -> Finding {
    let what = "no key of these values shows whether the chart is istiod, base or gateway";
    RULE.refused(&what, "add a key of the chart, such as `meshConfig: {}` for istiod or `service: {}` for a gateway")
}

/// A list of containers that is something else, which the API server rejects.
pub(crate) fn not_a_list(field: &str) -> Finding {
    let remedy = format!("write each container as an item: `{field}: [{{name: …}}]`");
    RULE.refused(&format!("`{field}` is not a list"), &remedy).at(Severity::Warning)
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
