use super::{Finding, Subject};

rule! {
    /// A hook for the whole mesh hides the ones that Istio's template gives.
    ///
    /// # What it does
    ///
    /// It tells what it costs where `writeMesh` and `preStop` write `global.proxy.lifecycle`.
    ///
    /// # Why it is bad
    ///
    /// The template takes the first of three: the lifecycle of the values, the hook that holds the apps back until the
    /// proxy is ready, the drain hook of native sidecars. With the first one, apps start before their proxy, and a
    /// native proxy waits its drain duration after the apps have gone. The branch for
    /// `sidecar.istio.io/preStopCommand` comes later, too, so the annotation does nothing.
    ///
    /// # Example
    ///
    /// ```yaml
    /// spec: {writeMesh: true, preStop: sigterm, drain: 40s}
    /// ```
    ///
    /// # Remedy
    ///
    /// Leave `preStop` out: `drain` alone is enough where no hook of an app is longer than `drainDuration`. Workloads
    /// that need a hook get their own one.
    ///
    /// # What fix does
    ///
    /// It writes the hook.
    ///
    /// # Source
    ///
    /// The istiod chart, `files/injection-template.yaml`; istio/istio#37541, #47373
    "mesh-wide-hook", Warning, Certain, Policy("preStop")
}

pub(crate) fn found() -> Finding {
    RULE.found(
        Subject::Workload,
        "a hook for the whole mesh hides the template's own hooks: the one that holds apps back until the proxy is \
         ready, and the drain of native sidecars",
        "leave preStop out: drain alone does for most pods, and those that need a hook get one of their own",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alternative_is_named() {
        assert!(found().remedy.starts_with("leave preStop out"));
    }
}
