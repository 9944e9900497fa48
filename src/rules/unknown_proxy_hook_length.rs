use crate::kubernetes::Seconds;

use super::{Finding, HookOwner};

rule! {
    /// The length of istio-proxy's preStop hook can't be read, so the grace period can't be worked out.
    "unknown-proxy-hook-length", Warning, Likely("the hook takes time"), Policy("replaceHooks")
}

/// The grace period stays at `grace`; it has to be what the hook takes, and `least` more.
pub(crate) fn found(owner: HookOwner, grace: Seconds, least: Seconds) -> Finding {
    let other_way = match owner {
        HookOwner::Mesh => "let the pod have a hook of its own",
        HookOwner::Foreign => "set replaceHooks",
        HookOwner::New | HookOwner::Present => "use a command whose length can be read",
    };
    RULE.found(
        owner.subject(),
        format!("how long the preStop hook of istio-proxy takes can't be read, so the grace period stays at {grace}"),
        format!("set terminationGracePeriodSeconds to what the hook takes plus {least}, or {other_way}"),
    )
}
