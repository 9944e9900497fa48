use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// `drain` is shorter than the time that the proxy stays anyway.
    ///
    /// # What it does
    ///
    /// It compares `drain` of the policy with the drain duration that the pod gets. `drain` is a minimum: the hooks of
    /// the apps and `cover` may ask for more.
    ///
    /// # Why it is bad
    ///
    /// No request is lost. But the value has no effect, and the proxy stays longer than somebody wanted.
    ///
    /// # Example
    ///
    /// `drain: 20s` for an app with a preStop hook of 40 seconds.
    ///
    /// # Remedy
    ///
    /// Raise it, leave it out, or set `cover: 0s`.
    ///
    /// # What fix does
    ///
    /// It writes the longer time.
    ///
    /// # Source
    ///
    /// istio-drain's own arithmetic, as in docs/numbers.md
    "drain-without-effect", Info, Style, Policy("drain")
}

/// The proxy stays for `stays`.
pub(crate) fn found(drain: Seconds, stays: Seconds) -> Finding {
    let message = format!("drain {drain} is a minimum and has no effect: the proxy stays for {stays}");
    RULE.found(Subject::Workload, message, "raise it, leave it out, or set cover to 0s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_times_are_named() {
        let message = found(Seconds::new(20), Seconds::new(45)).message;
        assert_eq!(message, "drain 20s is a minimum and has no effect: the proxy stays for 45s");
    }
}
