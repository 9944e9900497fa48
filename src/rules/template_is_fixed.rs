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
    /// If the object exists already, the API server rejects the change. The object must be deleted and created again.
    ///
    /// # Example
    ///
    /// `kubectl apply` of an edited Job that is running.
    ///
    /// # Remedy
    ///
    /// Delete the live object before you apply the edited one, or use `kubectl replace --force`.
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
        "delete the live object before you apply the edited one, or use `kubectl replace --force`",
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
