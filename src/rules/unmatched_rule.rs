use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// A rule of the policy matches no workload of the input.
    ///
    /// # Why it is bad
    ///
    /// It may be misspelt, and then the workloads that it was written for get the settings of all others.
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
