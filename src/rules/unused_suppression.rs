use super::{Finding, Subject};

rule! {
    /// A suppression names a rule that has no finding in its place.
    ///
    /// # What it does
    ///
    /// It looks for comments of the form `# istio-drain: ignore[rule-a, rule-b] reason`, on the line of a finding or
    /// above it. It also looks for the annotation `istio-drain.dev/ignore` on a workload or its pod template. It
    /// reports each rule that they name and that has no finding there.
    ///
    /// # Why it is bad
    ///
    /// A suppression that is no longer needed hides the next finding of that rule.
    ///
    /// # Example
    ///
    /// ```yaml
    /// spec:
    ///   # istio-drain: ignore[not-drained] nobody calls it
    ///   template:
    /// ```
    ///
    /// # Remedy
    ///
    /// Remove the rule from the comment or the annotation.
    ///
    /// # What fix does
    ///
    /// Nothing.
    ///
    /// # Source
    ///
    /// docs/check.md
    "unused-suppression", Warning, Certain, Advice
}

/// The rule has no finding there.
pub(crate) fn found(id: &str) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("there is no finding of `{id}` here to ignore"),
        "remove the rule from the \
                                           list",
    )
}

/// No rule has that id.
pub(crate) fn unknown(id: &str, nearest: Option<&str>) -> Finding {
    let remedy = nearest.map_or("see `istio-drain rules`".to_owned(), |id| format!("did you mean `{id}`?"));
    RULE.found(Subject::Workload, format!("`{id}` is not the id of a rule, so nothing is ignored for it"), remedy)
}

/// The suppression has no reason.
pub(crate) fn without_reason(id: &str) -> Finding {
    let message = format!("`{id}` is ignored without a reason");
    RULE.found(Subject::Workload, message, "write the reason after the bracket").at(super::Severity::Info).of_style()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named() {
        assert!(found("two-handlers").message.contains("`two-handlers`"));
        assert_eq!(unknown("not-draind", Some("not-drained")).remedy, "did you mean `not-drained`?");
        assert_eq!(without_reason("two-handlers").confidence().name(), "style");
    }
}
