use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// The grace period lets an app run longer than the proxy stays.
    ///
    /// # What it does
    ///
    /// It compares the grace period with the drain duration. The drain duration ends `cover` (30 seconds by default)
    /// after the last hook.
    ///
    /// # Why it is bad
    ///
    /// An app that uses its whole grace period has no network in the last part of it. Requests that it still serves
    /// fail, and so do its own calls.
    ///
    /// # Example
    ///
    /// `terminationGracePeriodSeconds: 120` for an app that takes two minutes to shut down.
    ///
    /// # Remedy
    ///
    /// If the app needs more time than the proxy stays, set `drain` to that time.
    ///
    /// # What fix does
    ///
    /// It writes a drain duration that ends `cover` after the last hook, or `drain` if that is longer.
    ///
    /// # Source
    ///
    /// Measured with a real agent and a real Envoy: an app that worked on for 50 seconds after SIGTERM lost its calls
    /// after 30 seconds
    "grace-beyond-cover", Info, Likely("the app needs all of its grace period"), Policy("drain")
}

/// The app may use `usable` of the grace period. The proxy stays for `stays`, or may be gone by then if it exits on
/// idle.
pub(crate) fn found(grace: Seconds, usable: Seconds, stays: Seconds, exits_on_idle: bool) -> Finding {
    let (what, rest) = (if exits_on_idle { "may be gone after" } else { "stays for" }, usable.minus(stays));
    RULE.found(
        Subject::GracePeriod,
        format!(
            "the app may use {usable} of its grace period of {grace}, but the proxy {what} {stays}: for {rest} the app \
             has no proxy"
        ),
        format!("set drain, up to {usable}, if requests or the shutdown of the app take longer than {stays}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uncovered_time_is_named() {
        let [grace, usable, stays] = [60, 58, 30].map(Seconds::new);
        assert!(
            found(grace, usable, stays, false)
                .message
                .ends_with("but the proxy stays for 30s: for 28s the app has no proxy")
        );
        assert!(found(grace, usable, stays, true).message.contains("may be gone after 30s"));
    }
}
