use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// The template path of a kind in the policy does not lead to a pod template.
    ///
    /// # Why it is bad
    ///
    /// Where the path is misspelt, no workload of that kind is ever edited.
    "missing-template", Warning, Certain, Policy("kinds")
}

/// None of the paths leads to one.
pub(crate) fn found(paths: impl Iterator<Item: Display>) -> Finding {
    let paths: Vec<_> = paths.map(|path| format!("`{path}`")).collect();
    let message = format!("there is no pod template at {}, where `kinds` expects one", paths.join(" or "));
    RULE.found(Subject::Workload, message, "correct the `template` of the kind")
}
