use super::{Finding, Subject};

rule! {
    /// `terminationGracePeriodSeconds` is not a whole number.
    ///
    /// # What it does
    ///
    /// It reads the grace period as kubectl does.
    ///
    /// # Why it is bad
    ///
    /// The API server rejects the object.
    ///
    /// # Example
    ///
    /// ```yaml
    /// terminationGracePeriodSeconds: "30"
    /// ```
    ///
    /// # Remedy
    ///
    /// Write it as a number without quotes, such as `30`.
    ///
    /// # What fix does
    ///
    /// Nothing: it refuses to edit the workload.
    ///
    /// # Source
    ///
    /// Kubernetes, `PodSpec.terminationGracePeriodSeconds` (int64)
    "unreadable-grace-period", Error, Certain, Advice
}

pub(crate) fn found() -> Finding {
    RULE.found(
        Subject::GracePeriod,
        "`terminationGracePeriodSeconds` is not a whole number",
        "write it as a number without quotes, such as 30",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_points_at_the_grace_period() {
        assert_eq!(found().subject, Subject::GracePeriod);
    }
}
