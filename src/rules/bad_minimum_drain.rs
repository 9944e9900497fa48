use super::{Finding, Subject};

rule! {
    /// The shortest drain of a proxy that exits when it is idle is not a valid duration.
    ///
    /// # What it does
    ///
    /// It reads `MINIMUM_DRAIN_DURATION` as the agent does: as a duration of Go, such as `30s`. A number without a unit
    /// can't be read.
    ///
    /// # Why it is bad
    ///
    /// The agent uses its default of 5 seconds instead, so the proxy may exit too early.
    ///
    /// # Example
    ///
    /// ```yaml
    /// proxyMetadata:
    ///   EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"
    ///   MINIMUM_DRAIN_DURATION: "30"
    /// ```
    ///
    /// # Remedy
    ///
    /// Write the unit: `"30s"`.
    ///
    /// # What fix does
    ///
    /// It replaces the value with the minimum that the pod needs.
    ///
    /// # Source
    ///
    /// istio/istio `pilot/cmd/pilot-agent/options/options.go`, which registers the variable as a `time.Duration`
    "bad-minimum-drain", Warning, Certain, Advice
}

pub(crate) fn found(subject: Subject, value: &str) -> Finding {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let (why, remedy) = if is_number {
        ("it has no unit", format!("write \"{value}s\""))
    } else {
        ("it is not a valid duration", "write a duration such as \"30s\"".to_owned())
    };
    RULE.found(subject, format!("`MINIMUM_DRAIN_DURATION` is `{value}`: {why}, so the agent uses 5s"), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_gets_its_unit() {
        assert_eq!(found(Subject::ProxyConfig, "30").remedy, "write \"30s\"");
        assert_eq!(found(Subject::ProxyConfig, "").remedy, "write a duration such as \"30s\"");
    }
}
