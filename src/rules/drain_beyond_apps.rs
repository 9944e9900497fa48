use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// `drain` keeps the proxy for longer than the apps stay.
    ///
    /// # What it does
    ///
    /// It compares `drain` of the policy with the time when the last app may be gone: the longest preStop hook, plus
    /// the time that the policy allows the apps after SIGTERM.
    ///
    /// # Why it is bad
    ///
    /// A request needs its app as well as its proxy. An app that exits at SIGTERM takes its requests with it, however
    /// long the proxy stays.
    ///
    /// # Example
    ///
    /// `drain: 60s` for an app without a preStop hook.
    ///
    /// # Remedy
    ///
    /// Set `longestRequest`. Apps without a hook then sleep for that time, and the proxy stays for it.
    ///
    /// # What fix does
    ///
    /// It writes the drain duration as stated.
    ///
    /// # Source
    ///
    /// Measured with a real agent and a real Envoy: an app that exits at SIGTERM lost its open requests with every
    /// setting of the proxy
    "drain-beyond-apps", Info, Likely("the app ends its requests at SIGTERM"), Policy("longestRequest")
}

/// The apps may be gone after `until`.
pub(crate) fn found(drain: Seconds, until: Seconds) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("drain {drain} keeps the proxy, but the apps may be gone after {until}: longer requests are then lost"),
        "set longestRequest, which makes both the apps and the proxy stay",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_times_are_named() {
        let found = found(Seconds::new(60), Seconds::new(5));
        assert!(found.message.starts_with("drain 60s keeps the proxy, but the apps may be gone after 5s"));
    }
}
