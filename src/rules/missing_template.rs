use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// The template path of a kind in the policy does not lead to a pod template.
    ///
    /// # What it does
    ///
    /// It follows the `template` path of each custom kind in each object of that kind.
    ///
    /// # Why it is bad
    ///
    /// If the path is misspelt, no workload of that kind is ever edited.
    ///
    /// # Example
    ///
    /// `kinds: [{group: example.com, kind: Shop, template: spec.tmplate}]`
    ///
    /// # Remedy
    ///
    /// Correct the `template` of the kind.
    ///
    /// # What fix does
    ///
    /// Nothing: the object stays as it is.
    ///
    /// # Source
    ///
    /// The page of the policy, `docs/policy.md` (`kinds`)
    "missing-template", Warning, Certain, Policy("kinds")
}

/// None of the paths leads to one.
pub(crate) fn found(paths: impl Iterator<Item: Display>) -> Finding {
    let paths: Vec<_> = paths.map(|path| format!("`{path}`")).collect();
    let message = format!("there is no pod template at {}, where `kinds` expects one", paths.join(" or "));
    RULE.found(Subject::Workload, message, "correct the `template` of the kind")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_paths_are_named() {
        let message = found(["spec.a", "spec.b"].iter()).message;
        assert_eq!(message, "there is no pod template at `spec.a` or `spec.b`, where `kinds` expects one");
    }
}
