use super::{Finding, Severity, Subject};

rule! {
    /// A classic sidecar keeps a pod from completing.
    ///
    /// # What it does
    ///
    /// It looks at Jobs, CronJobs and other kinds whose pods run to completion, and at the sidecar mode of their pods.
    ///
    /// # Why it is bad
    ///
    /// A pod is complete when all its containers have exited, and a classic istio-proxy does not exit by itself.
    /// Kubernetes does not wait for native sidecars.
    ///
    /// # Example
    ///
    /// A CronJob in a mesh of Istio 1.20, with `sidecar.istio.io/inject: "true"`. Its pods never complete, and the next
    /// run may never start.
    ///
    /// # Remedy
    ///
    /// Use native sidecars, and set `sidecar: native` in the policy. Otherwise let the app send a POST request to
    /// `http://localhost:15020/quitquitquit` as its last action.
    ///
    /// # What fix does
    ///
    /// It writes what the pod needs when it is deleted. It can't make the pod complete.
    ///
    /// # Source
    ///
    /// kubernetes/kubernetes#25908; kubernetes/enhancements KEP-753 (sidecar containers)
    "classic-proxy-keeps-job", Warning, Certain, Policy("sidecar")
}

/// The sidecar is known to be classic.
pub(crate) fn classic() -> Finding {
    RULE.found(
        Subject::Workload,
        "the pods run to completion, and a classic sidecar keeps running after the app has ended, so they never \
         complete",
        REMEDY,
    )
}

/// The sidecar may be classic.
pub(crate) fn if_classic() -> Finding {
    let message = "the pods run to completion, and a classic sidecar would keep running after the app has ended";
    RULE.found(Subject::Workload, message, REMEDY).at(Severity::Info).assuming("the sidecar is classic")
}

const REMEDY: &str =
    "use native sidecars, and set sidecar: native; or let the app call the agent's /quitquitquit at its end";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_mode_is_a_note() {
        assert_eq!(classic().severity, Severity::Warning);
        let unknown = if_classic();
        assert_eq!(
            (unknown.severity, unknown.confidence().assumption()),
            (Severity::Info, Some("the sidecar is classic"))
        );
    }
}
