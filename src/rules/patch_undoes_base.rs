use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// A kustomize patch sets fields that its workload needs at shutdown.
    ///
    /// # What it does
    ///
    /// It looks for preStop hooks, the grace period and `proxy.istio.io/config` in kustomize patches. Otherwise patches
    /// are left alone.
    ///
    /// # Why it is bad
    ///
    /// A patch wins over its base. In the build, the edits of the base are gone, or the values are too small.
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
    /// Remove the field from the patch, or give it a value that is large enough.
    /// `kubectl kustomize OVERLAY | istio-drain explain --numbers` shows the values that are needed.
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
        format!("this kustomize patch sets {what}, which can undo the edits of its base"),
        "remove it from the patch, or run over the build: kubectl kustomize OVERLAY | istio-drain",
    )
}

/// A kustomization that may list patches, but can't be read as YAML.
pub(crate) fn unreadable(error: &dyn Display) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("this kustomization can't be read, so its patches are not known: {error}"),
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
