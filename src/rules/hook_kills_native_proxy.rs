use crate::istio::ProxyEnd;
use crate::kubernetes::Seconds;

use super::ends_proxy_early::ended;
use super::{Finding, HookOwner, Remedy};

rule! {
    /// The preStop hook of a native sidecar ends the proxy before the apps, and nothing starts it again.
    ///
    /// # What it does
    ///
    /// It looks at what the hook of istio-proxy does, in pods whose sidecar is or may be native.
    ///
    /// # Why it is bad
    ///
    /// The kubelet starts the hooks of all containers at once, and sends SIGTERM to a native sidecar only when the apps
    /// are gone. A hook that ends the proxy ends the pod's network for the rest of the shutdown: no container is
    /// started again in a pod that is being deleted.
    ///
    /// # Example
    ///
    /// ```yaml
    /// initContainers:
    /// - name: istio-proxy
    ///   restartPolicy: Always
    ///   lifecycle:
    ///     preStop: {exec: {command: ["kill", "-SIGTERM", "1"]}}
    /// ```
    ///
    /// # Remedy
    ///
    /// Remove the hook, or set `replaceHooks`. For the hook of `preStop: sigterm`, set `sidecar: classic` if the mesh
    /// injects classic sidecars, or use `preStop: drain`.
    ///
    /// # What fix does
    ///
    /// It writes no hook if the sidecar is known to be native. It keeps a hook that it did not write, unless
    /// `replaceHooks` is set.
    ///
    /// # Source
    ///
    /// kubernetes/enhancements KEP-753 (sidecar containers); kubernetes/kubernetes
    /// `pkg/kubelet/kuberuntime/kuberuntime_container.go`
    "hook-kills-native-proxy", Warning, Certain, Policy("replaceHooks")
}

/// The hook ends the proxy in the way `by`, after the time `after`. The proxy is needed until `until`.
pub(crate) fn found(owner: HookOwner, by: ProxyEnd, after: Seconds, until: Seconds) -> Finding {
    let (message, remedy) = ended(owner, by, after, until);
    RULE.found(owner.subject(), message, remedy).of_hook(owner)
}

/// The SIGTERM hook, which does no harm on a classic sidecar. On a native one the proxy ends after `lasting`.
pub(crate) fn if_native(owner: HookOwner, lasting: Seconds) -> Finding {
    let finding = RULE.found(
        owner.subject(),
        format!(
            "the sidecar may be native: there the SIGTERM hook ends the proxy after {lasting}, even if the \
             apps still run"
        ),
        "set sidecar: classic if the mesh injects classic sidecars, or use preStop: drain",
    );
    finding.by(Remedy::Policy("preStop")).assuming("the sidecar is native")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_mode_is_an_assumption() {
        let [after, until] = [Seconds::new(5), Seconds::new(45)];
        assert_eq!(found(HookOwner::Foreign, ProxyEnd::Signal, after, until).confidence().assumption(), None);
        let unknown = if_native(HookOwner::New, Seconds::new(45));
        assert_eq!(unknown.confidence().assumption(), Some("the sidecar is native"));
        assert!(unknown.message.contains("after 45s"), "{}", unknown.message);
    }
}
