use std::fmt::Display;

use super::Finding;

rule! {
    /// An edit would be inside a YAML alias, and would change other places too.
    ///
    /// # What it does
    ///
    /// It looks for aliases (`*name`) on the way to an edit.
    ///
    /// # Why it is bad
    ///
    /// The text of an alias is somewhere else. An edit there would change every place that uses it.
    ///
    /// # Example
    ///
    /// ```yaml
    /// template: *shared
    /// ```
    ///
    /// # Remedy
    ///
    /// Write the value out where it is used.
    ///
    /// # What fix does
    ///
    /// Nothing: it refuses to edit the workload.
    ///
    /// # Source
    ///
    /// YAML 1.2 section 7.1 (alias nodes)
    "edit-in-alias", Error, Certain, Advice
}

pub(crate) fn found(what: &dyn Display) -> Finding {
    RULE.refused(what, "write the value out where it is used")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_refusal() {
        assert_eq!(found(&"an alias").message, "can't be edited safely: an alias");
    }
}
