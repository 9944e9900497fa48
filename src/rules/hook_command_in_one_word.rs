use super::{Finding, Subject};

rule! {
    /// A preStop hook has its whole command line in one word, so it fails at once.
    ///
    /// # Why it is bad
    ///
    /// No shell splits the words of an exec hook: the kubelet looks for a program whose name is all of the first one.
    /// There is none, the hook fails with an event, and SIGTERM follows while clients still send requests.
    ///
    /// # Source
    ///
    /// <https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/>
    "hook-command-in-one-word", Warning, Certain, Advice
}

/// The hook of `container` has the words `command`, and was meant to have those of `meant`.
pub(crate) fn found(subject: Subject, container: &str, command: &[String], meant: &[String]) -> Finding {
    RULE.found(
        subject,
        format!(
            "the preStop hook of container `{container}` runs a program of the name `{}`, and there is none: it fails at \
             once, so it counts as 0s, and SIGTERM follows",
            command.first().map_or("", String::as_str)
        ),
        format!("write each word for itself: {meant:?}"),
    )
}
