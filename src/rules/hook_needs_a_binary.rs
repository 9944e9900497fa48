use crate::istio::Feature;

use super::{Finding, HookOwner, Remedy, Severity, Subject};

rule! {
    /// A preStop hook needs a program that the image lacks.
    ///
    /// # What it does
    ///
    /// It compares the program of a hook with the image. The distroless image of the proxy has no shell, no `sleep` and
    /// no `kill`. The pod's annotation `sidecar.istio.io/proxyImageType`, the mesh, or `proxyImage` of the policy says
    /// which image it is.
    ///
    /// # Why it is bad
    ///
    /// The hook fails at once, with an event, and SIGTERM follows.
    ///
    /// # Example
    ///
    /// `preStop: sigterm` with `proxyImage: distroless`.
    ///
    /// # Remedy
    ///
    /// Use `preStop: drain`: every image of the proxy has its program. For apps, set `target.kubernetes` to 1.30 or
    /// later. They then get the `sleep` action, which needs no program.
    ///
    /// # What fix does
    ///
    /// It writes the drain hook instead of one that would fail.
    ///
    /// # Source
    ///
    /// istio/istio `docker/iptables.yaml` and `pilot/docker/Dockerfile.proxyv2`
    "hook-needs-a-binary", Warning, Certain, Policy("preStop")
}

/// The hook of the policy is not written.
pub(crate) fn not_written(program: &str) -> Finding {
    let message = format!("the proxy's image is distroless and has no `{program}`: the drain hook is used instead");
    RULE.found(Subject::Workload, message, REMEDY).at(Severity::Info)
}

/// The edit gives an app a command that its image may lack.
pub(crate) fn of_app(container: &str) -> Finding {
    let finding = RULE.found(
        Subject::AppHook(container.to_owned()),
        format!(
            "container `{container}` gets the command `sleep`, which a distroless image lacks: the hook fails there, \
             and SIGTERM follows at once"
        ),
        format!("set target.kubernetes to {} or later, once all nodes have it", Feature::SleepAction.since()),
    );
    let finding = finding.by(Remedy::Policy("target.kubernetes")).assuming("the image of the app is distroless");
    Finding { is_of_plan: true, ..finding }
}

/// A hook that the policy did not write fails.
pub(crate) fn fails(owner: HookOwner, program: &str) -> Finding {
    let is_foreign = owner == HookOwner::Foreign;
    let finding = RULE.found(
        owner.subject(),
        format!(
            "the preStop hook of istio-proxy runs `{program}`, which a distroless image of the proxy lacks: the hook \
             fails, and SIGTERM follows at once"
        ),
        if is_foreign { REMEDY_OF_FOREIGN } else { REMEDY },
    );
    if is_foreign { finding.by(Remedy::Policy("replaceHooks")) } else { finding }
}

/// The same of a pod that runs.
pub(crate) fn fails_in_pod(program: &str) -> Finding {
    let remedy = "give the pod another hook: `istio-drain fix` writes one that every image of the proxy can run";
    fails(HookOwner::Foreign, program).mended_by(remedy.to_owned())
}

const REMEDY_OF_FOREIGN: &str = "set replaceHooks, or declare proxyImage: default if the image is another one";
const REMEDY: &str = "use preStop: drain, or declare proxyImage: default if the image is another one";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_written_is_a_note() {
        assert_eq!(not_written("kill").severity, Severity::Info);
        assert_eq!(fails(HookOwner::Foreign, "sleep").severity, Severity::Warning);
        assert!(of_app("web").speaks_of_plan() && !fails(HookOwner::New, "sleep").speaks_of_plan());
        assert_eq!(of_app("web").confidence().assumption(), Some("the image of the app is distroless"));
    }
}
