use crate::istio::Feature;
use crate::kubernetes::Release;

use super::{Finding, Subject};

rule! {
    /// The `sleep` action needs Kubernetes 1.30.
    ///
    /// # What it does
    ///
    /// If an app uses the `sleep` action, it compares `target.kubernetes` with the first release that has it.
    ///
    /// # Why it is bad
    ///
    /// Older API servers drop the field, or reject the pod for a hook without a handler. The app then stops at once.
    ///
    /// # Example
    ///
    /// ```yaml
    /// preStop:
    ///   sleep:
    ///     seconds: 15
    /// ```
    ///
    /// # Remedy
    ///
    /// Use an exec hook that runs `sleep`.
    ///
    /// # What fix does
    ///
    /// It leaves the hook. If it adds a sleep of its own, it writes an exec hook for such a target.
    ///
    /// # Source
    ///
    /// kubernetes/enhancements KEP-3960
    "sleep-action-too-new", Warning, Certain, Advice
}

/// The manifest has the action, and the target is older.
pub(crate) fn present(container: &str, release: Release) -> Finding {
    let since = Feature::SleepAction.since();
    RULE.found(
        Subject::AppHook(container.to_owned()),
        format!(
            "the preStop hook of container `{container}` is the sleep action, which needs Kubernetes {since}, but the \
             target is {release}: the API server drops or rejects it"
        ),
        "use an exec hook that runs `sleep`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_releases_are_named() {
        let message = present("web", Release::new(1, 28)).message;
        assert!(message.contains("needs Kubernetes 1.30") && message.contains("the target is 1.28"), "{message}");
    }
}
