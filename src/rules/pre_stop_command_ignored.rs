use super::{Finding, Subject};

rule! {
    /// An annotation that no release of Istio knows sets a hook or a drain duration.
    ///
    /// # What it does
    ///
    /// `sidecar.istio.io/preStopCommand` works only with an injection template that was changed to read it, and
    /// `sidecar.istio.io/terminationDrainDuration` never did anything.
    ///
    /// # Why it is bad
    ///
    /// The manifest looks as if the proxy waited, and it does not.
    ///
    /// # Example
    ///
    /// `sidecar.istio.io/preStopCommand: "sleep 30"` in a mesh with Istio's own template.
    ///
    /// # Remedy
    ///
    /// Remove the annotation. `preStop: {exec: [...]}` of the policy writes a hook of your own, `drain` the drain duration.
    ///
    /// # What fix does
    ///
    /// It writes the hook and the drain duration that the policy says, and leaves the annotation.
    ///
    /// # Source
    ///
    /// istio/api `annotation/annotations.yaml` has neither; istio/istio#38494 asked for one and was refused.
    "pre-stop-command-ignored", Warning, Certain, Advice
}

/// The template of the mesh is in the input and does not read the annotation, or no template ever did.
pub(crate) fn found(name: &str) -> Finding {
    RULE.found(
        Subject::Annotation(name.to_owned()),
        format!("`{name}` has no effect: Istio knows no such annotation"),
        REMEDY,
    )
}

/// The template of the mesh is not in the input: it may be one that was changed.
pub(crate) fn unless_patched(name: &str) -> Finding {
    RULE.found(
        Subject::Annotation(name.to_owned()),
        format!("`{name}` has no effect, unless the injection template of the mesh was changed to read it"),
        REMEDY,
    )
    .assuming("the injection template is Istio's own")
}

const REMEDY: &str = "remove it, and set preStop or drain of the policy to what it was meant to do";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_that_is_not_seen_may_read_it() {
        assert!(unless_patched("a/b").message.contains("unless"));
        assert!(!found("a/b").message.contains("unless"));
    }
}
