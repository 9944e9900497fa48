use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// The grace period lets an app run for longer than the proxy stays.
    ///
    /// # Why it is bad
    ///
    /// An app that uses all of its grace period has no network in the last part of it: requests that are still served
    /// then fail, and so do the app's own calls.
    "grace-beyond-cover", Info, Likely("the app needs all of its grace period"), Policy("drain")
}

/// The app may use `usable` of the grace period, and the proxy stays for `stays`, or may be gone then.
pub(crate) fn found(grace: Seconds, usable: Seconds, stays: Seconds, exits_on_idle: bool) -> Finding {
    let (what, rest) = (if exits_on_idle { "may be gone after" } else { "stays for" }, usable.minus(stays));
    RULE.found(
        Subject::GracePeriod,
        format!(
            "the app may use {usable} of its grace period of {grace}, and the proxy {what} {stays}: for {rest} the app \
             has no proxy"
        ),
        format!("set drain, up to {usable}, if requests or the shutdown of the app take longer than {stays}"),
    )
}
