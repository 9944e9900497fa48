use std::fmt::Display;

use super::Finding;

rule! {
    /// An edit would be inside a mapping that a YAML merge key brings in.
    ///
    /// # What it does
    ///
    /// It looks for merge keys (`<<`) on the way to an edit.
    ///
    /// # Why it is bad
    ///
    /// Merged keys are somewhere else. And readers disagree on whether merge keys exist at all: YAML 1.2 has none.
    ///
    /// # Example
    ///
    /// ```yaml
    /// metadata:
    ///   <<: *defaults
    /// ```
    ///
    /// # Remedy
    ///
    /// Write the merged keys out.
    ///
    /// # What fix does
    ///
    /// Nothing: it refuses to edit the workload.
    ///
    /// # Source
    ///
    /// <https://yaml.org/type/merge.html>, which is for YAML 1.1 only
    "edit-in-merge", Error, Certain, Advice
}

pub(crate) fn found(what: &dyn Display) -> Finding {
    RULE.refused(what, "write the merged keys out")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_refusal() {
        assert_eq!(found(&"a merge").message, "can't be edited safely: a merge");
    }
}
