use super::{Finding, Subject};

rule! {
    /// A variable that set the drain duration up to Istio 1.8 is still there.
    ///
    /// # What it does
    ///
    /// It looks for `TERMINATION_DRAIN_DURATION_SECONDS` in `proxyMetadata` and in the environment of istio-proxy. It
    /// set how long the proxy drains. Istio 1.9 replaced it by the field `terminationDrainDuration` of the proxy's
    /// configuration.
    ///
    /// # Why it is bad
    ///
    /// The proxy ends after 5 seconds, whatever the variable says.
    ///
    /// # Example
    ///
    /// ```yaml
    /// proxyMetadata:
    ///   TERMINATION_DRAIN_DURATION_SECONDS: "60"
    /// ```
    ///
    /// # Remedy
    ///
    /// Remove the variable, and set `drain` in the policy to the time.
    ///
    /// # What fix does
    ///
    /// It writes `terminationDrainDuration` as the policy says, and leaves the variable.
    ///
    /// # Source
    ///
    /// istio/istio `pilot/cmd/pilot-agent` reads the variable up to 1.8 only
    "dead-drain-variable", Warning, Certain, Advice
}

pub(crate) const NAME: &str = "TERMINATION_DRAIN_DURATION_SECONDS";

/// `subject` is the annotation, or the container whose environment has it.
pub(crate) fn found(subject: Subject, value: &str) -> Finding {
    let seconds =
        value.parse::<u64>().map_or_else(|_| "as `drain`".to_owned(), |value| format!("as `drain: {value}s`"));
    RULE.found(
        subject,
        format!("`{NAME}` has no effect: Istio has not read it since 1.9"),
        format!("remove it, and state the time {seconds}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_says_the_same_time() {
        assert_eq!(found(Subject::ProxyConfig, "60").remedy, "remove it, and state the time as `drain: 60s`");
        assert_eq!(found(Subject::ProxyConfig, "x").remedy, "remove it, and state the time as `drain`");
    }
}
