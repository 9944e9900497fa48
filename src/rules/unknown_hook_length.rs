use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// The length of an app's preStop hook can't be read, so the drain may be too short.
    ///
    /// # What it does
    ///
    /// It reads the lengths of the hooks of apps: `sleep 15` in its spellings, also in a shell, and the `sleep` action.
    /// In `sleep 15 && ./drain.sh`, only the length of the sleep is known. If `preStopEstimate` is stated, and is not
    /// shorter than the part that is known, nothing is reported: the estimate is the length.
    ///
    /// # Why it is bad
    ///
    /// The proxy must stay as long as the hook takes. If the hook takes longer than it counts, the app has no network
    /// at its end.
    ///
    /// # Example
    ///
    /// ```yaml
    /// preStop:
    ///   exec:
    ///     command: ["/drain.sh"]
    /// ```
    ///
    /// # Remedy
    ///
    /// Set `preStopEstimate` to the longest time that the hook may take, or wait with `sleep` for a fixed time.
    ///
    /// # What fix does
    ///
    /// It counts the part that can be read, or `preStopEstimate` if that is longer.
    ///
    /// # Source
    ///
    /// istio-drain's own rule
    "unknown-hook-length", Warning, Likely("the hook takes time"), Policy("preStopEstimate")
}

/// `read` is the length of the part of the hook that can be read. `estimate` of the policy counts if it is longer.
pub(crate) fn found(container: &str, read: Option<Seconds>, estimate: Option<Seconds>) -> Option<Finding> {
    let counted = read.unwrap_or_default();
    if estimate.is_some_and(|estimate| estimate >= counted) {
        return None;
    }
    let unread = match read {
        Some(read) => {
            format!(
                "the preStop hook of container `{container}` takes at least {read}, and the rest of its length can't \
                 be read"
            )
        }
        None => format!("the length of the preStop hook of container `{container}` can't be read"),
    };
    let shorter = estimate.map_or_else(String::new, |estimate| format!(": preStopEstimate {estimate} is shorter"));
    Some(RULE.found(
        Subject::AppHook(container.to_owned()),
        format!("{unread}, so it counts as {counted}{shorter}"),
        "set preStopEstimate (--pre-stop-estimate) to the longest time that it may take, or wait with `sleep` for a \
         fixed time",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_that_is_long_enough_is_believed() {
        let found = |read, estimate| found("web", read, estimate);
        assert!(found(None, None).is_some());
        assert!(found(None, Some(Seconds::new(20))).is_none());
        let shorter = found(Some(Seconds::new(30)), Some(Seconds::new(20))).unwrap();
        assert!(shorter.message.contains("it counts as 30s: preStopEstimate 20s is shorter"), "{}", shorter.message);
    }
}
