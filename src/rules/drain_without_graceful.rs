use super::{Finding, HookOwner};

rule! {
    /// The preStop hook of istio-proxy drains Envoy without `graceful`, so its listeners close at once.
    ///
    /// # What it does
    ///
    /// It looks for hooks that call `drain_listeners` of Envoy's admin interface without the parameter `graceful`.
    ///
    /// # Why it is bad
    ///
    /// Clients keep opening connections until the pod's endpoints are gone everywhere, and all of these connections are
    /// refused. Without `inboundonly` the app can't open connections any more, either.
    ///
    /// # Example
    ///
    /// ```yaml
    /// preStop:
    ///   exec:
    ///     command: ["pilot-agent", "request", "POST", "drain_listeners?inboundonly"]
    /// ```
    ///
    /// # Remedy
    ///
    /// Add `graceful` and `skip_exit`: `drain_listeners?inboundonly&graceful&skip_exit`. Or set `replaceHooks`.
    ///
    /// # What fix does
    ///
    /// It keeps the hook, unless `replaceHooks` is set.
    ///
    /// # Source
    ///
    /// <https://www.envoyproxy.io/docs/envoy/latest/operations/admin> (`drain_listeners`)
    "drain-without-graceful", Warning, Certain, Policy("replaceHooks")
}

pub(crate) fn found(owner: HookOwner) -> Finding {
    RULE.found(
        owner.subject(),
        "the preStop hook of istio-proxy drains Envoy without `graceful`: its listeners close at once, and \
         new connections are refused until the endpoints are gone",
        match owner {
            HookOwner::Mesh => "add `graceful` to the hook in the mesh's `global.proxy.lifecycle`",
            HookOwner::Foreign => "add `graceful` and `skip_exit`, or set replaceHooks",
            HookOwner::New | HookOwner::Present => "use preStop: drain",
        },
    )
    .of_hook(owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_is_for_the_owner_of_the_hook() {
        assert!(found(HookOwner::Mesh).remedy.contains("global.proxy.lifecycle"));
        assert!(found(HookOwner::Foreign).remedy.contains("replaceHooks"));
        assert_eq!(found(HookOwner::Present).remedy, "use preStop: drain");
    }
}
