use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// The sleep of an app stays when everything else is removed.
    ///
    /// # What it does
    ///
    /// It looks for `sleep` actions, and for the command `sleep 5`, when `remove` takes the recipe out.
    /// istio-drain or the owner of the app may have written the hook: both look the same.
    ///
    /// # Why it is bad
    ///
    /// It does no harm. A sleep that istio-drain wrote stays in the manifest, though, until somebody removes it.
    ///
    /// # Example
    ///
    /// ```yaml
    /// preStop:
    ///   sleep:
    ///     seconds: 5
    /// ```
    ///
    /// # Remedy
    ///
    /// Set `appPreStop` to its length beside `remove: true` to remove the sleep too.
    ///
    /// # What fix does
    ///
    /// It keeps the sleep.
    ///
    /// # Source
    ///
    /// istio-drain's own rule: it removes only what it surely wrote itself
    "app-sleep-kept", Info, Certain, Policy("appPreStop")
}

pub(crate) fn found(container: &str, seconds: Seconds) -> Finding {
    RULE.found(
        Subject::AppHook(container.to_owned()),
        format!("the preStop sleep of {seconds} of container `{container}` stays: it may be the app's own"),
        format!("set appPreStop to {seconds} to remove it"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_names_the_length() {
        assert_eq!(found("web", Seconds::new(5)).remedy, "set appPreStop to 5s to remove it");
    }
}
