use super::{Finding, Subject};

rule! {
    /// `terminationGracePeriodSeconds` is not a whole number.
    "unreadable-grace-period", Error, Certain, Advice
}

pub(crate) fn found() -> Finding {
    RULE.found(
        Subject::GracePeriod,
        "`terminationGracePeriodSeconds` is not a whole number",
        "write it as a number without quotes, such as 30",
    )
}
