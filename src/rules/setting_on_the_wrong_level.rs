use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// A setting is in a place where nothing reads it.
    ///
    /// # What it does
    ///
    /// It looks for annotations and labels of Istio on the workload itself, and for a grace period beside the pod
    /// template. Istio reads its annotations and labels from the pod, and Kubernetes reads the grace period from the
    /// spec of the pod. Both come from the pod template.
    ///
    /// # Why it is bad
    ///
    /// The pod seems to have the setting, but it runs with the defaults.
    ///
    /// # Example
    ///
    /// `metadata.annotations` of a Deployment has `proxy.istio.io/config`, but `spec.template.metadata` does not.
    ///
    /// # Remedy
    ///
    /// Move the setting into the pod template.
    ///
    /// # What fix does
    ///
    /// It leaves the setting. Only a person can say whether it is still wanted.
    ///
    /// # Source
    ///
    /// istio/istio `pkg/kube/inject/webhook.go` reads the pod that is created; Kubernetes,
    /// `PodSpec.terminationGracePeriodSeconds`
    "setting-on-the-wrong-level", Warning, Certain, Advice
}

/// A label or an annotation of Istio is on the workload. `what` is `label` or `annotation`.
pub(crate) fn istio(what: &str, name: &str, workload: &dyn Display, template: &dyn Display) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("the {what} `{name}` has no effect on a {workload}: Istio reads it from the pod"),
        format!("move it to `{template}.metadata.{what}s`, or remove it"),
    )
}

/// A grace period is beside the pod template.
pub(crate) fn grace_period(workload: &dyn Display, template: &dyn Display) -> Finding {
    RULE.found(
        Subject::Workload,
        format!(
            "`terminationGracePeriodSeconds` has no effect here: the spec of a {workload} has no such field, and the \
             API server drops it, or rejects it where validation is strict"
        ),
        format!("move it to `{template}.spec`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_names_the_place() {
        let found = istio("annotation", "proxy.istio.io/config", &"Deployment", &"spec.template");
        assert_eq!(found.remedy, "move it to `spec.template.metadata.annotations`, or remove it");
        assert_eq!(grace_period(&"Deployment", &"spec.template").remedy, "move it to `spec.template.spec`");
    }
}
