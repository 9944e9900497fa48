use crate::istio::Feature;
use crate::kubernetes::Release;

use super::{Finding, Subject};

rule! {
    /// The `sleep` action needs Kubernetes 1.30.
    ///
    /// # Why it is bad
    ///
    /// Older API servers drop the field, or reject the pod for a hook without a handler.
    ///
    /// # Source
    ///
    /// kubernetes/enhancements KEP-3960
    "sleep-action-too-new", Warning, Certain, Policy("target.kubernetes")
}

/// The manifest has the action, and the target is older.
pub(crate) fn present(container: &str, release: Release) -> Finding {
    let since = Feature::SleepAction.since();
    RULE.found(
        Subject::AppHook(container.to_owned()),
        format!(
            "the preStop hook of container `{container}` is the sleep action, which needs Kubernetes \
             {since}, and the target is {release}: the API server drops or rejects it"
        ),
        "use an exec hook that runs `sleep`",
    )
}
