use crate::kubernetes::Seconds;

use super::{Finding, Severity, Subject};

rule! {
    /// The length of an app's preStop hook can't be read, so the drain may be too short.
    ///
    /// # Why it is bad
    ///
    /// The proxy has to stay for as long as the hook takes. The length is read off commands such as `sleep 15` only.
    "unknown-hook-length", Warning, Likely("the hook takes time"), Policy("preStopEstimate")
}

/// The hook of `container`, for which `estimate` of the policy is used, if there is one.
pub(crate) fn found(container: &str, estimate: Option<Seconds>) -> Finding {
    let unread = format!("how long the preStop hook of container `{container}` takes can't be read");
    let subject = Subject::AppHook(container.to_owned());
    match estimate {
        Some(estimate) => {
            RULE.found(subject, format!("{unread}, so preStopEstimate {estimate} is used"), "").at(Severity::Info)
        }
        None => RULE.found(
            subject,
            format!("{unread}, so it counts as 0s"),
            "set preStopEstimate to the longest it may take, or wait with `sleep` for a fixed time",
        ),
    }
}
