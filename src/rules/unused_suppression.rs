use super::{Finding, Subject};

rule! {
    /// A finding is to be ignored that is not there.
    ///
    /// # What it does
    ///
    /// It looks for comments of the form `# istio-drain: ignore[rule-a, rule-b] reason`, on the line of a finding or above
    /// it, and for the annotation `istio-drain.dev/ignore` on a workload or its pod template, and tells of each rule that
    /// they name and that finds nothing there.
    ///
    /// # Why it is bad
    ///
    /// What nobody needs any more hides the next finding of that rule.
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
    /// Take the rule out of the comment or the annotation.
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

/// No finding of that rule is there.
pub(crate) fn found(id: &str) -> Finding {
    RULE.found(Subject::Workload, format!("there is no finding of `{id}` here to be ignored"), "take the rule out")
}

/// There is no rule of that id.
pub(crate) fn unknown(id: &str, nearest: Option<&str>) -> Finding {
    let remedy = nearest.map_or("see `istio-drain rules`".to_owned(), |id| format!("did you mean `{id}`?"));
    RULE.found(Subject::Workload, format!("`{id}` is not the id of a rule, so nothing is ignored for it"), remedy)
}

/// Nobody says why.
pub(crate) fn without_reason(id: &str) -> Finding {
    let message = format!("`{id}` is ignored without a reason");
    RULE.found(Subject::Workload, message, "write the reason behind the bracket").at(super::Severity::Info).of_style()
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
