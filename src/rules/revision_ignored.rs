use super::{Finding, Subject};

rule! {
    /// The pod names another revision of Istio than its namespace.
    ///
    /// # What it does
    ///
    /// It compares the label `istio.io/rev` of the pod with the labels of its namespace.
    ///
    /// # Why it is bad
    ///
    /// The namespace wins. The pod gets the sidecar and the settings of the revision that the namespace chooses, and
    /// those of the one that it names have no effect on it.
    ///
    /// # Example
    ///
    /// A pod with `istio.io/rev: blue` in a namespace with `istio.io/rev: green`.
    ///
    /// # Remedy
    ///
    /// Take the label out, or move the namespace to the revision.
    ///
    /// # What fix does
    ///
    /// It plans with the mesh of the namespace's revision, and leaves the label.
    ///
    /// # Source
    ///
    /// the istiod chart's `templates/mutatingwebhook.yaml`
    "revision-ignored", Warning, Certain, Advice
}

/// The pod names `own`, and `namespace` chooses `chosen` by its label `label`.
pub(crate) fn found(own: &str, namespace: &str, label: &str, chosen: &str) -> Finding {
    RULE.found(
        Subject::Workload,
        format!(
            "the label istio.io/rev of the pod names the revision `{own}`, but the namespace `{namespace}` chooses \
             `{chosen}` by its label {label}, and that wins"
        ),
        "take the label out, or move the namespace to the revision",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_revisions_are_named() {
        let message = found("blue", "shop", "istio.io/rev", "green").message;
        assert!(message.contains("names the revision `blue`") && message.contains("chooses `green`"), "{message}");
    }
}
