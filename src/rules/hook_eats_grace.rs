use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// The preStop hook takes the whole grace period, so the app has only the kubelet's two seconds after SIGTERM.
    ///
    /// # Why it is bad
    ///
    /// The grace period counts from the start of the hook. What is still open when it is over is cut off by SIGKILL.
    ///
    /// # Source
    ///
    /// kubernetes/kubernetes `pkg/kubelet/kuberuntime/kuberuntime_container.go` (`killContainer`)
    "hook-eats-grace", Warning, Certain, Policy("appShutdown")
}

/// The hook of `container` takes `longest` of the grace period, which leaves the app the time `left`. `is_written` says
/// that the policy, not the manifest, sets the grace period.
pub(crate) fn found(
    container: &str,
    [longest, grace, left]: [Seconds; 3],
    is_proxy_gone: bool,
    is_written: bool,
) -> Finding {
    let and_no_proxy = if is_proxy_gone { " and no proxy" } else { "" };
    RULE.found(
        Subject::GracePeriod,
        format!(
            "the preStop hook of container `{container}` takes {longest} of the grace period of {grace}: \
             after SIGTERM the app has {left}{and_no_proxy}"
        ),
        match is_written {
            true => "raise appShutdown or margin".to_owned(),
            false => format!("raise terminationGracePeriodSeconds above {longest}"),
        },
    )
}
