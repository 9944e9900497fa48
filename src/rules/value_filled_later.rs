use super::{Finding, Severity, Subject};

rule! {
    /// Another tool fills in a value that the shutdown depends on.
    ///
    /// # What it does
    ///
    /// It looks for Flux's variables (`${NAME}`, `${NAME:=default}`) and for kpt's setters (`# kpt-set: ${name}`) at the
    /// grace period, the hooks of containers, and the annotations and labels that Istio reads.
    ///
    /// # Why it is bad
    ///
    /// What a variable will be is not known, so no number can be made to fit it. What a setter governs gets the setter's value
    /// back with the next `kpt fn render`.
    ///
    /// # Example
    ///
    /// ```yaml
    /// terminationGracePeriodSeconds: ${GRACE:=60}
    /// ```
    ///
    /// # Remedy
    ///
    /// Pipe what Flux builds into istio-drain. Give the setter a value that is large enough, or let istio-drain run behind
    /// `apply-setters` in the pipeline of the Kptfile.
    ///
    /// # What fix does
    ///
    /// It leaves a workload with such variables alone, and edits what a setter governs.
    ///
    /// # Source
    ///
    /// <https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution>,
    /// <https://catalog.kpt.dev/function-catalog/apply-setters/v0.2/>
    "value-filled-later", Warning, Certain, Advice
}

/// `what` holds a variable of Flux.
pub(crate) fn by_flux(what: &str, variable: &str) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("{what} holds `{variable}`, which Flux fills in later, so what it will be is not known"),
        "pipe what Flux builds (`flux build kustomization NAME --path DIR | istio-drain`), or write the value out",
    )
}

/// `what` is governed by a setter of kpt, and is changed or not.
pub(crate) fn by_kpt(what: &str, setter: &str, is_changed: bool) -> Finding {
    let found = RULE.found(
        Subject::Workload,
        format!("{what} is governed by the kpt setter `{setter}`: `kpt fn render` puts the setter's value there"),
        "give the setter that value, or let istio-drain run behind apply-setters in the Kptfile",
    );
    if is_changed { found } else { found.at(Severity::Info) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_names_the_tool() {
        assert!(by_flux("x", "${A}").remedy.contains("flux build"));
        let kpt = by_kpt("x", "${a}", false);
        assert!(kpt.severity == Severity::Info && kpt.remedy.contains("Kptfile"));
    }
}
