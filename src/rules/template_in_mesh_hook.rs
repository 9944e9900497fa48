use super::{Finding, Subject};

rule! {
    /// A hook of the mesh holds an action of a Go template, which nobody renders.
    ///
    /// # What it does
    ///
    /// It looks for `{{` in the commands of `global.proxy.lifecycle`, and in the command that `preStop` would write
    /// there.
    ///
    /// # Why it is bad
    ///
    /// The injector puts the values into its template as they are, by `toYaml`. What that puts out is not read as a
    /// template again. So `sleep {{ .Spec.TerminationGracePeriodSeconds }}` reaches the shell as it stands, and fails.
    ///
    /// # Example
    ///
    /// ```yaml
    /// global:
    ///   proxy:
    ///     lifecycle:
    ///       preStop:
    ///         exec: {command: [sh, -c, "sleep {{ .Spec.TerminationGracePeriodSeconds }}"]}
    /// ```
    ///
    /// # Remedy
    ///
    /// State a fixed time by `drain`, or give workloads hooks of their own.
    ///
    /// # What fix does
    ///
    /// It never writes such a command into the mesh.
    ///
    /// # Source
    ///
    /// The istiod chart, `files/injection-template.yaml` (`toYaml .Values.global.proxy.lifecycle`)
    "template-in-mesh-hook", Warning, Certain, Advice
}

/// What stands between braces in the command reaches the shell as it is.
pub(crate) fn found(command: &str) -> Finding {
    RULE.found(
        Subject::Workload,
        format!(
            "the hook `{command}` of the mesh holds a template, which nobody renders: it reaches the shell unchanged"
        ),
        "state a fixed time by drain, or give workloads hooks of their own",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_named() {
        assert!(found("sleep {{ .X }}").message.starts_with("the hook `sleep {{ .X }}` of the mesh holds"));
    }
}
