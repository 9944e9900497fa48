use super::{Finding, Subject};

rule! {
    /// An annotation that no release of Istio knows sets a hook or a drain duration.
    ///
    /// # What it does
    ///
    /// It looks for `sidecar.istio.io/preStopCommand`, which works only with an injection template that was changed to
    /// read it, and for `sidecar.istio.io/terminationDrainDuration`, which never had an effect.
    ///
    /// # Why it is bad
    ///
    /// The manifest looks as if the proxy waited, but the proxy does not wait.
    ///
    /// # Example
    ///
    /// ```yaml
    /// annotations:
    ///   sidecar.istio.io/preStopCommand: "sleep 30"
    /// ```
    ///
    /// # Remedy
    ///
    /// Remove the annotation. Set `preStop: {exec: [...]}` in the policy for your own hook, and `drain` for the drain
    /// duration.
    ///
    /// # What fix does
    ///
    /// It writes the hook and the drain duration that the policy asks for, and leaves the annotation.
    ///
    /// # Source
    ///
    /// istio/api `annotation/annotations.yaml` has neither; istio/istio#38494 asked for one and was declined
    "pre-stop-command-ignored", Warning, Certain, Advice
}

/// The mesh's template is in the input and does not read the annotation, or no template ever did.
pub(crate) fn found(name: &str) -> Finding {
    RULE.found(
        Subject::Annotation(name.to_owned()),
        format!("`{name}` has no effect: Istio does not know this annotation"),
        REMEDY,
    )
}

/// The mesh's template is not in the input. It may be a changed one.
pub(crate) fn unless_patched(name: &str) -> Finding {
    RULE.found(
        Subject::Annotation(name.to_owned()),
        format!("`{name}` has no effect, unless the injection template of the mesh was changed to read it"),
        REMEDY,
    )
    .assuming("the injection template is Istio's own")
}

const REMEDY: &str = "remove it, and set preStop or drain of the policy instead";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_that_is_not_seen_may_read_it() {
        assert!(unless_patched("a/b").message.contains("unless"));
        assert!(!found("a/b").message.contains("unless"));
    }
}
