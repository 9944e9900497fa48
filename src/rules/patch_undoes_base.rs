use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// A kustomize patch sets what the workload that it is for needs at shutdown.
    ///
    /// # Why it is bad
    ///
    /// A patch wins over its base. What was written into the base is gone from the build, or too small there.
    ///
    /// # Remedy
    ///
    /// Take the field out of the patch, or give it a value that is large enough: `kubectl kustomize OVERLAY | istio-drain
    /// explain` shows which one.
    "patch-undoes-base", Warning, Likely("the base needs more than the patch says"), Advice
}

pub(crate) fn found(what: &str) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("this kustomize patch sets {what}, which can undo what its base was given"),
        "take it out of the patch, or pipe what is built: kubectl kustomize OVERLAY | istio-drain",
    )
}

/// A kustomization that may list patches, and is not YAML.
pub(crate) fn unreadable(error: &dyn Display) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("this kustomization can't be read, so what it patches is not known: {error}"),
        "mend it, so that patches are told from workloads",
    )
}
