use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// The sleep of an app stays when everything else is removed.
    ///
    /// # What it does
    ///
    /// Nobody can tell a sleep that was written by default from one that the app came with.
    "app-sleep-kept", Info, Certain, Policy("appPreStop")
}

pub(crate) fn found(container: &str, seconds: Seconds) -> Finding {
    RULE.found(
        Subject::AppHook(container.to_owned()),
        format!(
            "the preStop sleep of {seconds} of container `{container}` stays: whether it is the app's own is not known"
        ),
        format!("state appPreStop: {seconds} to have it removed"),
    )
}
