use super::{Finding, HookOwner};

rule! {
    /// The preStop hook of istio-proxy drains Envoy without `graceful`, so its listeners close at once.
    ///
    /// # Why it is bad
    ///
    /// Others go on to open connections until the pod's endpoints are gone everywhere, and all of them are refused. Without
    /// `inboundonly` the app can open no connections any more, either.
    ///
    /// # Source
    ///
    /// <https://www.envoyproxy.io/docs/envoy/latest/operations/admin>
    "drain-without-graceful", Warning, Certain, Policy("replaceHooks")
}

pub(crate) fn found(owner: HookOwner) -> Finding {
    RULE.found(
        owner.subject(),
        "the preStop hook of istio-proxy drains Envoy without `graceful`: its listeners close at once, and connections that \
         come until the endpoints are gone are refused",
        match owner {
            HookOwner::Mesh => "add `graceful` to the hook in the mesh's `global.proxy.lifecycle`",
            HookOwner::Foreign => "add `graceful` and `skip_exit`, or set replaceHooks",
            HookOwner::New | HookOwner::Present => "use preStop: drain",
        },
    )
}
