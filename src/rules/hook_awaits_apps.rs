use crate::istio::AppLoop;

use super::{Finding, Subject};

rule! {
    /// A loop in the preStop hook of istio-proxy waits until the apps have gone.
    ///
    /// # What it does
    ///
    /// The hook is kept, and the drain duration is not raised for it: SIGTERM comes only when the apps have gone.
    ///
    /// # Why it is bad
    ///
    /// The loop needs a shell and programs that a distroless image of the proxy lacks. There the hook fails at once,
    /// and only the drain duration is left. A loop over sockets sees those of the proxy, too: one that leaves out
    /// `envoy` but not `pilot-agent`, which listens on port 15020, goes on until the grace period is over.
    ///
    /// # Remedy
    ///
    /// `preStop: wait` with `replaceHooks` writes a loop that tells the proxy's own sockets by their user, and that fails
    /// into a drain that is long enough.
    ///
    /// # Source
    ///
    /// <https://istio.io/latest/docs/ops/deployment/application-requirements/>; istio/istio `docker/iptables.yaml`
    "hook-awaits-apps", Warning, Likely("the image of the proxy is distroless"), Policy("replaceHooks")
}

/// The hook waits in the way of `by`; `sees_apps` says that it sees anything of the apps.
pub(crate) fn found(subject: Subject, by: AppLoop, sees_apps: bool) -> Finding {
    let needs = by.needs();
    let end = match by {
        AppLoop::Processes if !sees_apps => {
            "; without shareProcessNamespace it does not see the processes of the apps".to_owned()
        }
        AppLoop::Sockets { counts_agent: true } => {
            "; it also counts sockets of pilot-agent, such as port 15020 (Envoy has 15000, 15006, 15021 and 15090), so it may \
             go on until the grace period is over"
                .to_owned()
        }
        AppLoop::Sockets { .. } | AppLoop::Processes | AppLoop::Answers => String::new(),
    };
    RULE.found(
        subject,
        format!(
            "the preStop hook of istio-proxy waits in a loop until the apps have gone, and is kept: it needs a shell and \
             {needs}, and fails at once in a distroless image{end}"
        ),
        "set preStop: wait with replaceHooks, which converts it to a loop that tells the proxy's own sockets apart",
    )
}
