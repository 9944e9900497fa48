use super::{Finding, Subject};

rule! {
    /// What is written into an object of the mesh can be taken out again, but not everything that stood there comes
    /// back.
    ///
    /// # What it does
    ///
    /// Where `writeMesh` edits an object, it takes the same out again, as `remove` would, and compares the bytes.
    ///
    /// # Why it is bad
    ///
    /// No request is lost because of it. A later `remove` leaves an object that differs from today's: a shorter
    /// duration that was raised is gone, and so are the words for nothing, such as `~`.
    ///
    /// # Example
    ///
    /// `mesh: ~` in the ConfigMap `istio`, or `terminationDrainDuration: 20s` with `drain: 40s`.
    ///
    /// # Remedy
    ///
    /// None is needed. The old text is in version control.
    ///
    /// # What fix does
    ///
    /// It writes the object. What it writes into `{}` and into empty quotes stays in them, so those come back.
    ///
    /// # Source
    ///
    /// `src/transform/undo.rs`
    "not-brought-back", Info, Style, Advice
}

/// `what` stands where something is written.
pub(crate) fn found(what: &str) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("`--remove` takes out what is written here, but does not bring {what} back"),
        "keep the old text in version control",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_is_named() {
        assert!(found("`mesh: null`").message.ends_with("does not bring `mesh: null` back"));
    }
}
