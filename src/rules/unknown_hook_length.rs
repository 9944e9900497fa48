use crate::kubernetes::Seconds;

use super::{Finding, Severity, Subject};

rule! {
    /// The length of an app's preStop hook can't be read, so the drain may be too short.
    ///
    /// # What it does
    ///
    /// It reads the lengths of the hooks of apps: `sleep 15` in its spellings, also in a shell, and the `sleep` action.
    /// In `sleep 15 && ./drain.sh`, only the length of the sleep is known.
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
pub(crate) fn found(container: &str, read: Option<Seconds>, estimate: Option<Seconds>) -> Finding {
    let unread = match read {
        Some(read) => {
            format!(
                "the preStop hook of container `{container}` takes at least {read}, and the rest of its length can't \
                 be read"
            )
        }
        None => format!("the length of the preStop hook of container `{container}` can't be read"),
    };
    let subject = Subject::AppHook(container.to_owned());
    let counted = read.unwrap_or_default();
    match estimate {
        Some(estimate) if estimate >= counted => {
            RULE.found(subject, format!("{unread}, so preStopEstimate {estimate} is used"), "").at(Severity::Info)
        }
        Some(estimate) => RULE.found(
            subject,
            format!("{unread}, so it counts as {counted}: preStopEstimate {estimate} is shorter"),
            "set preStopEstimate to the longest time that it may take, or wait with `sleep` for a fixed time",
        ),
        None => RULE.found(
            subject,
            format!("{unread}, so it counts as {counted}"),
            "set preStopEstimate to the longest time that it may take, or wait with `sleep` for a fixed time",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_that_is_used_is_a_note() {
        let found = |read, estimate| found("web", read, estimate);
        assert_eq!(found(None, None).severity, Severity::Warning);
        assert_eq!(found(None, Some(Seconds::new(20))).severity, Severity::Info);
        let shorter = found(Some(Seconds::new(30)), Some(Seconds::new(20)));
        assert_eq!(shorter.severity, Severity::Warning);
        assert!(shorter.message.contains("it counts as 30s: preStopEstimate 20s is shorter"), "{}", shorter.message);
    }
}
