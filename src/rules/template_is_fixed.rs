use super::{Finding, Subject};

rule! {
    /// The pod template of a live object of this kind can't be changed.
    ///
    /// # What it does
    ///
    /// A live Pod or Job does not take the change: it has to be deleted and made again.
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
