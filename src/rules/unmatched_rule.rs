use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// A rule of the policy matches no workload of the input.
    ///
    /// # What it does
    ///
    /// It counts the workloads that each rule of `workloads` matches first.
    ///
    /// # Why it is bad
    ///
    /// The rule may be misspelt. The workloads that it is meant for then get the settings of all others.
    ///
    /// # Example
    ///
    /// ```yaml
    /// workloads:
    /// - name: wbe
    ///   drain: 90s
    /// ```
    ///
    /// # Remedy
    ///
    /// Correct the rule, or remove it. A rule above it may match first. The kind must be one of `kinds`.
    ///
    /// # What fix does
    ///
    /// It edits the workloads as if the rule were not there.
    ///
    /// # Source
    ///
    /// The page of the policy, `docs/policy.md` (`workloads`)
    "unmatched-rule", Warning, Certain, Policy("workloads")
}

/// The rule of that name; `has_namespace` says that it is for a namespace.
pub(crate) fn found(name: &dyn Display, matcher: &dyn Display, has_namespace: bool) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("{name} ({matcher}) matches no workload"),
        match has_namespace {
            true => {
                "correct it or remove it; objects that name no namespace match no `namespace`: see `defaultNamespace`"
            }
            false => "correct it or remove it; the kind must be one of `kinds`, and a rule above it may match first",
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_for_a_namespace_may_lack_the_default() {
        assert!(found(&"workloads[0]", &"namespace: shop", true).remedy.contains("defaultNamespace"));
        assert!(!found(&"workloads[0]", &"name: web", false).remedy.contains("defaultNamespace"));
    }
}
