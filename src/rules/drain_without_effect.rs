use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// `drain` is shorter than the time that the proxy stays anyway.
    ///
    /// # What it does
    ///
    /// `drain` is a minimum. The hooks of the apps and `cover` may ask for more.
    "drain-without-effect", Info, Style, Policy("drain")
}

/// The proxy stays for `stays`.
pub(crate) fn found(drain: Seconds, stays: Seconds) -> Finding {
    let message = format!("drain {drain} is a minimum and has no effect: the proxy stays for {stays}");
    RULE.found(Subject::Workload, message, "raise it, leave it out, or set cover to 0s")
}
