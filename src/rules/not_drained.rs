use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// The pod loses requests when it is deleted as it is, or lacks settings that are planned for it.
    ///
    /// # What it does
    ///
    /// It makes the same plan as `fix`. If the plan would change something, the rule works out what happens to the pod
    /// as it is, and reports the worst loss and its time. The finding is certain if every pod loses that, likely if
    /// only pods with a certain kind of sidecar or app do, and a matter of style if no loss is known.
    ///
    /// # Why it is bad
    ///
    /// A classic sidecar gets SIGTERM at once. It drains for Istio's default of 5 seconds, even if the app takes longer
    /// to shut down. After that the pod has no network. An app that stops at once refuses requests that clients still
    /// send. Requests that are open at the end of the grace period are cut off by SIGKILL.
    ///
    /// # Example
    ///
    /// ```yaml
    /// containers:
    /// - name: app
    ///   lifecycle: {preStop: {exec: {command: [sleep, "40"]}}}
    /// terminationGracePeriodSeconds: 60
    /// ```
    ///
    /// The proxy exits after 5 seconds, but the app serves for 35 more.
    ///
    /// # Remedy
    ///
    /// Run `istio-drain fix` over it.
    ///
    /// # What fix does
    ///
    /// It writes the settings that the finding names.
    ///
    /// # Source
    ///
    /// kubernetes/kubernetes `pkg/kubelet/kuberuntime/kuberuntime_container.go` (`killContainer`), istio/istio
    /// `pkg/envoy/agent.go` (`terminate`)
    "not-drained", Error, Certain, Edit
}

/// What helps where the template of the owner has all that the pods lack.
pub(crate) const MENDED: &str = "restart the pods: the template of their owner has what they lack";

/// What makes sure that nothing is lost: what `fix` writes, or what is to be written into the owner of a running pod.
pub(crate) struct Needed<'n> {
    /// The changes, as a list.
    pub changes: &'n str,
    /// The workload that makes the pod, where that has to be edited; else `fix` edits what was read.
    pub owner: Option<&'n str>,
}

impl Needed<'_> {
    fn remedy(&self) -> String {
        match self.owner {
            None => format!("`istio-drain fix` writes {}", self.changes),
            Some(owner) => format!("edit {owner}: it needs {}", self.changes),
        }
    }

    fn found(&self, message: String) -> Finding {
        RULE.found(Subject::Workload, message, self.remedy())
    }
}

/// The hook of an app takes all of the grace period, so what it works on after SIGTERM is cut off after `left`.
pub(crate) fn cut_off(needed: &Needed<'_>, container: &str, [hook, grace, left]: [Seconds; 3]) -> Finding {
    let start = format!("the preStop hook of container `{container}` takes {hook}, and the grace period is {grace}");
    needed.found(format!("{start}: {left} after SIGTERM the app is killed, with all that it still works on"))
}

/// The proxy exits while the hook of an app still delays its end.
pub(crate) fn proxy_gone(needed: &Needed<'_>, container: &str, [hook, gone]: [Seconds; 2]) -> Finding {
    let rest = hook.minus(gone);
    needed.found(format!(
        "the proxy exits {gone} after the deletion of the pod, and the preStop hook of container `{container}` takes \
         {hook}: for {rest} every request to the app and from it fails"
    ))
}

/// The proxy exits before the time that the policy asks for.
pub(crate) fn before_drain(needed: &Needed<'_>, [drain, gone]: [Seconds; 2]) -> Finding {
    needed.found(format!(
        "the proxy exits {gone} after the deletion of the pod, and the policy asks for {drain}: requests that take \
         longer are cut off"
    ))
}

/// The grace period ends the drain of the proxy.
pub(crate) fn drain_cut_off(needed: &Needed<'_>, [stays, grace]: [Seconds; 2]) -> Finding {
    needed.found(format!(
        "the proxy is set to go {stays} after the deletion of the pod, and the grace period is {grace}: it is killed \
         before, with the connections that it has"
    ))
}

/// Apps without a hook go while others still send to them.
pub(crate) fn endpoints(needed: &Needed<'_>, container: &str) -> Finding {
    needed.found(format!(
        "container `{container}` has no preStop hook: others send requests to the pod for some seconds after its \
         deletion, and an app that is gone by then refuses them"
    ))
}

/// The proxy exits while an app shuts down.
pub(crate) fn before_app(needed: &Needed<'_>, [until, gone]: [Seconds; 2]) -> Finding {
    needed.found(format!(
        "the proxy exits {gone} after the deletion of the pod, and the app may need until {until}: what it works on \
         then fails"
    ))
}

/// The app has less of the grace period after SIGTERM than it may take.
pub(crate) fn short_grace(needed: &Needed<'_>, [left, shutdown, grace]: [Seconds; 3]) -> Finding {
    needed.found(format!(
        "after its preStop hook the app has {left} of the grace period of {grace}, and may take {shutdown} to end: \
         what is left is killed"
    ))
}

/// The proxy does not stay for the grace period that somebody wrote.
pub(crate) fn before_grace(needed: &Needed<'_>, [grace, gone]: [Seconds; 2]) -> Finding {
    needed.found(format!(
        "the app may use its grace period of {grace}, and the proxy exits {gone} after the deletion of the pod: from \
         then on the app has no network"
    ))
}

/// Envoy closes connections in the last third of `drainDuration`.
pub(crate) fn connections(needed: &Needed<'_>, [needs, closes]: [Seconds; 2]) -> Finding {
    needed.found(format!(
        "from {closes} after the deletion of the pod on the proxy closes idle connections and WebSockets, and the app \
         may need them until {needs}"
    ))
}

/// A gateway stays for less than the policy asks for.
pub(crate) fn of_gateway(needed: &Needed<'_>) -> Finding {
    needed.found("the gateway does not drain for as long as the policy asks for".to_owned())
}

/// Nothing is known to be lost.
pub(crate) fn nothing_lost(needed: &Needed<'_>) -> Finding {
    needed
        .found("no request is known to be lost, but settings that are planned for the pod are missing".to_owned())
        .of_style()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_and_the_changes_are_named() {
        let seconds = |all: [u64; 2]| all.map(Seconds::new);
        let needed = Needed { changes: "terminationDrainDuration 45s", owner: None };
        let found = proxy_gone(&needed, "app", seconds([40, 5]));
        assert!(found.message.ends_with("takes 40s: for 35s every request to the app and from it fails"));
        assert_eq!(found.remedy, "`istio-drain fix` writes terminationDrainDuration 45s");
        let owned = Needed { owner: Some("apps/v1 Deployment web"), ..needed };
        assert!(nothing_lost(&owned).remedy.starts_with("edit apps/v1 Deployment web: it needs "));
    }
}
