use std::fmt::Display;

use super::Finding;

rule! {
    /// A key on the way to an edit is not plain text.
    ///
    /// # What it does
    ///
    /// It looks at the keys of every mapping that an edit goes through. YAML allows lists and mappings as keys,
    /// Kubernetes does not.
    ///
    /// # Why it is bad
    ///
    /// The API server can't read such an object, and the tool can't prove an edit beside such a key right.
    ///
    /// # Example
    ///
    /// ```yaml
    /// annotations:
    ///   ? [a, b]
    ///   : c
    /// ```
    ///
    /// # Remedy
    ///
    /// Use plain words or strings as keys.
    ///
    /// # What fix does
    ///
    /// Nothing: it refuses to edit the workload.
    ///
    /// # Source
    ///
    /// YAML 1.2 section 3.2.1.1; sigs.k8s.io/yaml turns YAML into JSON, whose keys are strings
    "complex-key", Error, Certain, Advice
}

pub(crate) fn found(what: &dyn Display) -> Finding {
    RULE.refused(what, "use plain words or strings as keys")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_refusal() {
        assert_eq!(found(&"a list is a key").message, "can't be edited safely: a list is a key");
    }
}
