use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// A kustomize patch sets what the workload that it patches needs at shutdown.
    ///
    /// # What it does
    ///
    /// It looks for preStop hooks, the grace period and `proxy.istio.io/config` in kustomize patches, which are left
    /// alone otherwise.
    ///
    /// # Why it is bad
    ///
    /// A patch wins over its base. What was written into the base is gone from the build, or too small there.
    ///
    /// # Example
    ///
    /// ```yaml
    /// kind: Deployment
    /// spec:
    ///   template:
    ///     spec:
    ///       terminationGracePeriodSeconds: 20
    /// ```
    ///
    /// # Remedy
    ///
    /// Take the field out of the patch, or give it a value that is large enough. `kubectl kustomize OVERLAY |
    /// istio-drain explain` shows which one that is.
    ///
    /// # What fix does
    ///
    /// Nothing: patches are not edited.
    ///
    /// # Source
    ///
    /// <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/>
    "patch-undoes-base", Warning, Likely("the base needs more than the patch says"), Advice
}

pub(crate) fn found(what: &str) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("this kustomize patch sets {what}, which can undo what its base was given"),
        "remove it from the patch, or run over the build: kubectl kustomize OVERLAY | istio-drain",
    )
}

/// A kustomization that may list patches, and is not YAML.
pub(crate) fn unreadable(error: &dyn Display) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("this kustomization can't be read, so what it patches is not known: {error}"),
        "correct it, so that patches can be distinguished from workloads",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_named() {
        assert!(found("terminationGracePeriodSeconds").message.contains("sets terminationGracePeriodSeconds,"));
    }
}
