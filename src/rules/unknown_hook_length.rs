use crate::kubernetes::Seconds;

use super::{Finding, Severity, Subject};

rule! {
    /// The length of an app's preStop hook can't be read, so the drain may be too short.
    ///
    /// # Why it is bad
    ///
    /// The proxy has to stay for as long as the hook takes. The length is read off commands such as `sleep 15` only; of
    /// `sleep 15 && ./drain.sh` only the sleep is known.
    "unknown-hook-length", Warning, Likely("the hook takes time"), Policy("preStopEstimate")
}

/// The hook of `container`, of which the part `read` could be read, if any. `estimate` of the policy is used, if there is
/// one and it is longer.
pub(crate) fn found(container: &str, read: Option<Seconds>, estimate: Option<Seconds>) -> Finding {
    let unread = match read {
        Some(read) => {
            format!(
                "the preStop hook of container `{container}` takes at least {read}, and how much longer can't be read"
            )
        }
        None => format!("how long the preStop hook of container `{container}` takes can't be read"),
    };
    let subject = Subject::AppHook(container.to_owned());
    let counted = read.unwrap_or_default();
    match estimate {
        Some(estimate) if estimate >= counted => {
            RULE.found(subject, format!("{unread}, so preStopEstimate {estimate} is used"), "").at(Severity::Info)
        }
        Some(estimate) => RULE.found(
            subject,
            format!("{unread}, so it counts as {counted}: preStopEstimate {estimate} is less"),
            "set preStopEstimate to the longest it may take, or wait with `sleep` for a fixed time",
        ),
        None => RULE.found(
            subject,
            format!("{unread}, so it counts as {counted}"),
            "set preStopEstimate to the longest it may take, or wait with `sleep` for a fixed time",
        ),
    }
}
