use crate::istio::Feature;
use crate::kubernetes::Release;

use super::{Finding, Severity, Subject};

rule! {
    /// `preStop: wait` is not possible for a pod.
    ///
    /// # What it does
    ///
    /// It checks what the hook needs: a proxy that runs as its own user, an agent that can be asked to drain (Istio
    /// 1.21), a shell in the proxy's image, a port that `pilot-agent request` accepts, a pod that does not run to
    /// completion, and no other native sidecar unless the proxy is native too.
    ///
    /// # Why it is bad
    ///
    /// The hook looks for sockets of users other than its own. When none is left, it asks the agent to drain. It would
    /// not see an app that runs as the proxy's user, and would end the proxy before that app. The kubelet ends native
    /// sidecars after all other containers, so a classic proxy would wait for their sockets until the grace period is
    /// over.
    ///
    /// # Example
    ///
    /// ```yaml
    /// securityContext:
    ///   runAsUser: 1337
    /// ```
    ///
    /// # Remedy
    ///
    /// Run the app as another user, or use another hook.
    ///
    /// # What fix does
    ///
    /// It writes the drain hook instead. If an app runs as the proxy's user, it refuses to edit the workload.
    ///
    /// # Source
    ///
    /// istio/istio `pkg/envoy/agent.go` (drain since #47226); istio-drain's own hook, measured with a real agent and a
    /// real Envoy
    "wait-not-possible", Warning, Certain, Policy("preStop")
}

/// An error, because no other hook is a safe substitute.
pub(crate) fn same_user() -> Finding {
    let message = "preStop: wait is not possible: an app runs as the user of the proxy, so the hook can't see which \
                   sockets are the app's";
    RULE.found(Subject::Workload, message, "give the app another runAsUser, or use another hook").at(Severity::Error)
}

/// The pods are those of a Job.
pub(crate) fn of_job() -> Finding {
    gives_way("the pods run to completion", "use preStop: drain for them, by a rule")
}

/// Another native sidecar ends after a classic proxy.
pub(crate) fn other_sidecar() -> Finding {
    gives_way(
        "a classic istio-proxy ends before the pod's native sidecar, and would wait for its sockets until the grace \
         period is over",
        "use preStop: drain, or set sidecar: native if the mesh injects native sidecars",
    )
}

/// The image has no shell.
pub(crate) fn no_shell() -> Finding {
    gives_way(
        "the proxy's image is distroless and has no `sh`",
        "use preStop: drain, or declare proxyImage: default if the image is another one",
    )
}

/// The agent can't be asked to drain.
pub(crate) fn too_old(release: Release) -> Finding {
    let since = Feature::DrainHook.since();
    gives_way(
        &format!("the agent of Istio {release} can't be asked to drain (needs {since})"),
        "upgrade Istio, or use another hook",
    )
}

/// `pilot-agent request` does not reach the agent's port.
pub(crate) fn status_port(port: u16) -> Finding {
    gives_way(
        &format!("`pilot-agent request` does not accept the agent's port {port}"),
        "remove the annotation status.sidecar.istio.io/port, or use 15020",
    )
}

fn gives_way(why: &str, remedy: &str) -> Finding {
    RULE.found(Subject::Workload, format!("preStop: wait is not possible, so the drain hook is used: {why}"), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_user_is_an_error() {
        assert_eq!(same_user().severity, Severity::Error);
        for found in [of_job(), no_shell(), other_sidecar(), too_old(Release::new(1, 20)), status_port(15999)] {
            assert_eq!(found.severity, Severity::Warning);
            assert!(
                found.message.starts_with("preStop: wait is not possible, so the drain hook is used: "),
                "{}",
                found.message
            );
        }
    }
}
