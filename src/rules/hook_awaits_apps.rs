use crate::istio::AppLoop;

use super::{Finding, Subject};

rule! {
    /// A loop in the preStop hook of istio-proxy waits until the apps have gone.
    ///
    /// # What it does
    ///
    /// It looks for loops over `netstat`, `ss`, `ps` or a URL of the app in the hook. Such a hook is kept, and the
    /// drain duration is not raised for it: the proxy gets SIGTERM only when the apps have gone.
    ///
    /// # Why it is bad
    ///
    /// The loop needs a shell and programs that a distroless image of the proxy lacks. With such an image the hook
    /// fails at once, and only the drain duration is left. A loop over sockets also sees the sockets of the proxy. If
    /// it ignores `envoy` but not `pilot-agent`, which listens on port 15020, it runs until the grace period is over.
    ///
    /// # Example
    ///
    /// ```yaml
    /// command:
    /// - sh
    /// - -c
    /// - while [ $(netstat -plunt | grep tcp | grep -v envoy | wc -l) -ne 0 ]; do sleep 1; done
    /// ```
    ///
    /// # Remedy
    ///
    /// Set `preStop: wait` with `replaceHooks`. That hook recognises the proxy's own sockets by their user. If it
    /// fails, the drain duration is still long enough.
    ///
    /// # What fix does
    ///
    /// It keeps the loop, unless `replaceHooks` is set.
    ///
    /// # Source
    ///
    /// <https://istio.io/latest/docs/ops/deployment/application-requirements/> (ports); istio/istio
    /// `docker/iptables.yaml` (the distroless image)
    "hook-awaits-apps", Warning, Likely("the image of the proxy is distroless"), Policy("replaceHooks")
}

/// The hook waits as `by` says. `sees_apps`: it can see processes of the apps.
pub(crate) fn found(subject: Subject, by: AppLoop, sees_apps: bool) -> Finding {
    let needs = by.needs();
    let end = match by {
        AppLoop::Processes if !sees_apps => {
            "; without shareProcessNamespace it does not see the processes of the apps".to_owned()
        }
        AppLoop::Sockets { counts_agent: true } => {
            "; it also counts sockets of pilot-agent, such as port 15020 (Envoy has 15000, 15006, 15021 and 15090), \
             so it may run until the grace period is over"
                .to_owned()
        }
        AppLoop::Sockets { .. } | AppLoop::Processes | AppLoop::Answers => String::new(),
    };
    RULE.found(
        subject,
        format!(
            "the preStop hook of istio-proxy waits in a loop until the apps have gone, and is kept: it needs a shell \
             and {needs}, and fails at once in a distroless image{end}"
        ),
        "set preStop: wait with replaceHooks, which writes a loop that ignores the proxy's own sockets",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_loop_sees_is_named() {
        let message = |by, sees_apps| found(Subject::ProxyHook, by, sees_apps).message;
        assert!(message(AppLoop::Sockets { counts_agent: true }, true).contains("port 15020"));
        assert!(!message(AppLoop::Sockets { counts_agent: false }, true).contains("port 15020"));
        assert!(message(AppLoop::Processes, false).contains("without shareProcessNamespace"));
        assert!(!message(AppLoop::Processes, true).contains("without shareProcessNamespace"));
    }
}
