use crate::istio::Feature;
use crate::kubernetes::Release;

use super::{Finding, Severity, Subject};

rule! {
    /// `preStop: wait` is not possible for a pod.
    ///
    /// # Why it is bad
    ///
    /// The hook looks for sockets of other users than its own, and asks the agent to drain when none is left. Where apps
    /// run as the proxy's user, it would not see them, and end the proxy before them.
    "wait-not-possible", Warning, Certain, Policy("preStop")
}

/// An error: there is no safe substitute for what was asked for.
pub(crate) fn same_user() -> Finding {
    let message = "preStop: wait is not possible: an app runs as the user of the proxy, so that its sockets can't be told \
                   from the proxy's";
    RULE.found(Subject::Workload, message, "give the app another runAsUser, or use another hook").at(Severity::Error)
}

/// The pods are those of a Job.
pub(crate) fn of_job() -> Finding {
    gives_way("the pods run to completion", "use preStop: drain for them, by a rule")
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

/// The agent is on a port that can't be asked.
pub(crate) fn status_port(port: u16) -> Finding {
    gives_way(
        &format!("`pilot-agent request` does not ask the agent's port {port}"),
        "take the annotation status.sidecar.istio.io/port out, or use 15020",
    )
}

fn gives_way(why: &str, remedy: &str) -> Finding {
    RULE.found(Subject::Workload, format!("preStop: wait gives way to the drain hook: {why}"), remedy)
}
