use crate::kubernetes::Seconds;

use super::{Finding, Remedy, Subject};

rule! {
    /// A preStop hook takes the whole grace period, so the app has only two seconds after SIGTERM.
    ///
    /// # What it does
    ///
    /// It compares the longest preStop hook with the grace period that the pod ends up with.
    ///
    /// # Why it is bad
    ///
    /// The grace period counts from the start of the hook. When it is over, the kubelet gives a container two more
    /// seconds. Requests that are still open then are cut off by SIGKILL.
    ///
    /// # Example
    ///
    /// ```yaml
    /// terminationGracePeriodSeconds: 40
    /// containers:
    /// - name: web
    ///   lifecycle:
    ///     preStop: {exec: {command: ["sleep", "40"]}}
    /// ```
    ///
    /// # Remedy
    ///
    /// Raise `appShutdown` or `margin` in the policy. If the grace period of the manifest stays, raise that.
    ///
    /// # What fix does
    ///
    /// It raises the grace period, so that there is time for the hook and for the shutdown of the app. There are two
    /// exceptions: a policy with `appShutdown: 0s`, and a hook of istio-proxy with unknown length.
    ///
    /// # Source
    ///
    /// kubernetes/kubernetes `pkg/kubelet/kuberuntime/kuberuntime_container.go` (`killContainer`,
    /// `minimumGracePeriodInSeconds`)
    "hook-eats-grace", Warning, Certain, Policy("appShutdown")
}

/// The hook of `container` takes `longest` of the grace period, so the app has `left` after SIGTERM. `is_written`: the
/// policy sets the grace period, not the manifest.
pub(crate) fn found(
    container: &str,
    [longest, grace, left]: [Seconds; 3],
    is_proxy_gone: bool,
    is_written: bool,
) -> Finding {
    let and_no_proxy = if is_proxy_gone { " and no proxy" } else { "" };
    let finding = RULE.found(
        Subject::GracePeriod,
        format!(
            "the preStop hook of container `{container}` takes {longest} of the grace period of {grace}: \
             after SIGTERM the app has {left}{and_no_proxy}"
        ),
        match is_written {
            true => "raise appShutdown or margin".to_owned(),
            false => format!("raise terminationGracePeriodSeconds above {longest}"),
        },
    );
    if is_written { finding } else { finding.by(Remedy::Advice) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_depends_on_who_sets_the_grace_period() {
        let times = [40, 40, 2].map(Seconds::new);
        assert_eq!(found("web", times, false, true).remedy, "raise appShutdown or margin");
        assert_eq!(found("web", times, false, false).remedy, "raise terminationGracePeriodSeconds above 40s");
        assert!(found("web", times, true, true).message.ends_with("the app has 2s and no proxy"));
    }
}
