use super::{Finding, Subject};

rule! {
    /// A preStop hook has its whole command line in one word, so it fails at once.
    ///
    /// # What it does
    ///
    /// It looks for exec hooks whose first word contains blanks, such as `"sleep 15"`.
    ///
    /// # Why it is bad
    ///
    /// No shell splits the words of an exec hook. The kubelet looks for a program whose name is the whole first word,
    /// and there is none. The hook fails with an event, and SIGTERM follows while clients still send requests.
    ///
    /// # Example
    ///
    /// ```yaml
    /// preStop:
    ///   exec:
    ///     command: ["sleep 15"]
    /// ```
    ///
    /// # Remedy
    ///
    /// Write each word as an item of its own: `["sleep", "15"]`.
    ///
    /// # What fix does
    ///
    /// It counts the hook as 0 seconds, and leaves it as it is.
    ///
    /// # Source
    ///
    /// <https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/>
    "hook-command-in-one-word", Warning, Certain, Advice
}

/// The hook of `container` has the words `command`. Its author probably meant the words `meant`.
pub(crate) fn found(subject: Subject, container: &str, command: &[String], meant: &[String]) -> Finding {
    RULE.found(
        subject,
        format!(
            "the preStop hook of container `{container}` runs a program called `{}`, which does not exist: the hook \
             fails at once, counts as 0s, and SIGTERM follows",
            command.first().map_or("", String::as_str)
        ),
        format!("split it into words: {meant:?}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_is_the_command_in_words() {
        let meant = ["sleep", "15"].map(str::to_owned);
        let found = found(Subject::AppHook("web".to_owned()), "web", &["sleep 15".to_owned()], &meant);
        assert!(found.message.contains("`sleep 15`"), "{}", found.message);
        assert!(found.remedy.ends_with(r#"["sleep", "15"]"#), "{}", found.remedy);
    }
}
