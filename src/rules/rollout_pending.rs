use super::{Finding, Subject};

rule! {
    /// A pod runs with other settings than the template of its owner has now.
    ///
    /// # What it does
    ///
    /// Where the input holds both a pod and the workload that made it, it compares what matters at shutdown: the grace
    /// period, the preStop hooks, the annotation `proxy.istio.io/config` and the override of istio-proxy.
    ///
    /// # Why it is bad
    ///
    /// A pod keeps what it was made with. Later changes of the template do not affect it.
    ///
    /// # Example
    ///
    /// A Deployment has `terminationGracePeriodSeconds: 60`, and its pods run with 30: the rollout is paused, or a
    /// policy engine changes pods when they are made.
    ///
    /// # Remedy
    ///
    /// Restart the pods: `kubectl rollout restart`.
    ///
    /// # What fix does
    ///
    /// It leaves running pods alone.
    ///
    /// # Source
    ///
    /// Kubernetes' documentation of Deployments: only new pods get what is changed in the template
    "rollout-pending", Warning, Likely("no rollout is under way"), Advice
}

/// The pod was made by a workload of that kind and name, and runs with `differences`: `grace 30 instead of 60`.
pub(crate) fn found(owner: [&str; 3], differences: &[String]) -> Finding {
    let [kind, namespace, name] = owner;
    let message = format!("the pod is not what its {kind} makes now: {}", differences.join("; "));
    let remedy = if ["Deployment", "StatefulSet", "DaemonSet"].contains(&kind) {
        let namespace = if namespace.is_empty() { String::new() } else { format!(" -n {namespace}") };
        format!("restart the pods: `kubectl rollout restart {}/{name}{namespace}`", kind.to_lowercase())
    } else {
        format!("let the {kind} replace its pods")
    };
    let advice = "where they differ again, something changes pods when they are made, as a policy engine does";
    RULE.found(Subject::Workload, message, format!("{remedy}; {advice}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_one_that_kubectl_takes() {
        let remedy = |kind, namespace| found([kind, namespace, "web"], &[]).remedy;
        assert!(remedy("Deployment", "shop").contains("`kubectl rollout restart deployment/web -n shop`"));
        assert!(remedy("StatefulSet", "").contains("`kubectl rollout restart statefulset/web`"));
        assert!(remedy("Rollout", "shop").starts_with("let the Rollout replace its pods"));
    }
}
