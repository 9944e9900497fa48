use super::{Finding, Subject};

rule! {
    /// The pod template of a live object of this kind can't be changed.
    ///
    /// # What it does
    ///
    /// It looks for Pods and Jobs that are edited.
    ///
    /// # Why it is bad
    ///
    /// The API server rejects the change where the object exists already: it has to be deleted and created again.
    ///
    /// # Example
    ///
    /// `kubectl apply` of an edited Job that runs.
    ///
    /// # Remedy
    ///
    /// Delete a live one before the edited one is applied, or use `kubectl replace --force`.
    ///
    /// # What fix does
    ///
    /// It edits the manifest.
    ///
    /// # Source
    ///
    /// kubernetes/kubernetes `pkg/apis/core/validation`, `pkg/apis/batch/validation`
    "template-is-fixed", Info, Style, Advice
}

pub(crate) fn found() -> Finding {
    RULE.found(
        Subject::Workload,
        "the pod template of a live object of this kind can't be changed",
        "delete a live one before the edited one is applied, or replace it with `kubectl replace --force`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_is_a_command() {
        assert!(found().remedy.contains("kubectl replace --force"));
    }
}
