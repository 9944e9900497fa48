use super::{Finding, Severity, Subject};

rule! {
    /// Another tool fills in a value that the shutdown depends on.
    ///
    /// # What it does
    ///
    /// It looks for Flux's variables (`${NAME}`, `${NAME:=default}`) and for kpt's setters (`# kpt-set: ${name}`) in
    /// the grace period, in the hooks of containers, and in the annotations and labels that Istio reads.
    ///
    /// # Why it is bad
    ///
    /// The value of a variable is not known, so no other number can fit it. And the next `kpt fn render` overwrites an
    /// edited field with the value of its setter.
    ///
    /// # Example
    ///
    /// ```yaml
    /// terminationGracePeriodSeconds: ${GRACE:=60}
    /// ```
    ///
    /// # Remedy
    ///
    /// Flux: pipe the output of `flux build` into istio-drain. kpt: give the setter a value that is large enough, or
    /// run istio-drain after `apply-setters` in the pipeline of the Kptfile.
    ///
    /// # What fix does
    ///
    /// It leaves a workload with such variables alone. It edits a field that has a setter.
    ///
    /// # Source
    ///
    /// <https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution>,
    /// <https://catalog.kpt.dev/function-catalog/apply-setters/v0.2/>
    "value-filled-later", Warning, Certain, Advice
}

/// `what` contains a variable of Flux.
pub(crate) fn by_flux(what: &str, variable: &str) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("{what} contains `{variable}`, which Flux fills in later, so its value is not known"),
        "run on the output of Flux (`flux build kustomization NAME --path DIR | istio-drain`), or write the value out",
    )
}

/// `what` has a setter of kpt. `is_changed`: the plan changes it.
pub(crate) fn by_kpt(what: &str, setter: &str, is_changed: bool) -> Finding {
    let found = RULE.found(
        Subject::Workload,
        format!(
            "{what} is set by the kpt setter `{setter}`: the next `kpt fn render` overwrites it with the setter's \
                 value"
        ),
        "give the setter that value, or run istio-drain after apply-setters in the Kptfile",
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
