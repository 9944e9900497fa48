use crate::kubernetes::Seconds;

use super::{Finding, HookOwner};

rule! {
    /// The length of istio-proxy's preStop hook can't be read, so the grace period can't be worked out.
    ///
    /// # What it does
    ///
    /// It reads the length of the hook of istio-proxy, as it does for apps. The grace period must be long enough for
    /// the hook, the drain duration and a margin.
    ///
    /// # Why it is bad
    ///
    /// If the grace period is too short, the proxy is killed in the middle of its drain.
    ///
    /// # Example
    ///
    /// ```yaml
    /// - name: istio-proxy
    ///   image: auto
    ///   lifecycle:
    ///     preStop: {exec: {command: ["/wait.sh"]}}
    /// ```
    ///
    /// # Remedy
    ///
    /// Set `terminationGracePeriodSeconds` to the length of the hook plus the time that the message names. Or set
    /// `replaceHooks`.
    ///
    /// # What fix does
    ///
    /// It leaves the grace period as it is.
    ///
    /// # Source
    ///
    /// Kubernetes, Container Lifecycle Hooks: the grace period counts from the start of the hook
    "unknown-proxy-hook-length", Warning, Likely("the hook takes time"), Policy("replaceHooks")
}

/// The grace period stays at `grace`. It must be at least the length of the hook plus `least`.
pub(crate) fn found(owner: HookOwner, grace: Seconds, least: Seconds) -> Finding {
    let other_way = match owner {
        HookOwner::Mesh => "give the pod its own hook",
        HookOwner::Foreign => "set replaceHooks",
        HookOwner::New | HookOwner::Present => "use a command whose length can be read",
    };
    RULE.found(
        owner.subject(),
        format!("the length of istio-proxy's preStop hook can't be read, so the grace period stays at {grace}"),
        format!("set terminationGracePeriodSeconds to the length of the hook plus {least}, or {other_way}"),
    )
    .of_hook(owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_is_for_the_owner_of_the_hook() {
        let remedy = |owner| found(owner, Seconds::new(30), Seconds::new(30)).remedy;
        assert!(remedy(HookOwner::Foreign).ends_with("plus 30s, or set replaceHooks"));
        assert!(remedy(HookOwner::New).ends_with("or use a command whose length can be read"));
    }
}
