use super::{Finding, Subject};

rule! {
    /// `pinSidecar` needs a declared sidecar mode.
    ///
    /// # What it does
    ///
    /// It looks for `pinSidecar: true` without `sidecar: classic` or `sidecar: native`.
    ///
    /// # Why it is bad
    ///
    /// There is no mode to write, so the setting has no effect.
    ///
    /// # Example
    ///
    /// ```yaml
    /// spec:
    ///   pinSidecar: true
    /// ```
    ///
    /// # Remedy
    ///
    /// Set `sidecar` to `classic` or `native`.
    ///
    /// # What fix does
    ///
    /// It writes everything else.
    ///
    /// # Source
    ///
    /// The page of the policy, `docs/policy.md` (`pinSidecar`)
    "pin-without-mode", Warning, Certain, Policy("sidecar")
}

pub(crate) fn found() -> Finding {
    RULE.found(
        Subject::Workload,
        "pinSidecar writes the declared mode of the sidecar, but no mode is declared",
        "set sidecar to classic or native",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_modes_are_named() {
        assert_eq!(found().remedy, "set sidecar to classic or native");
    }
}
