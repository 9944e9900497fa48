use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// `drain` keeps the proxy for longer than the apps stay.
    ///
    /// # Why it is bad
    ///
    /// A request needs its app as well as its proxy. An app that exits at SIGTERM takes its requests with it, however long
    /// the proxy stays.
    ///
    /// # Remedy
    ///
    /// `longestRequest` makes apps without a hook sleep for it, and the proxy stay for it.
    "drain-beyond-apps", Info, Likely("the app ends its requests at SIGTERM"), Policy("longestRequest")
}

/// The apps may be gone after `until`.
pub(crate) fn found(drain: Seconds, until: Seconds) -> Finding {
    RULE.found(
        Subject::Workload,
        format!(
            "drain {drain} keeps the proxy, and the apps may be gone after {until}: requests that take longer are lost \
             with them"
        ),
        "set longestRequest, which makes apps and proxy stay for it",
    )
}
