use crate::istio::Origin;

use super::{Finding, Subject};

rule! {
    /// A preStop hook ends up with two handlers, which the API server rejects.
    ///
    /// # Why it is bad
    ///
    /// The injector merges the hook of an override into the one of its template. An exec hook replaces an exec hook, and
    /// handlers of two types stay side by side: no pod can be created.
    ///
    /// # Source
    ///
    /// kubernetes/kubernetes `pkg/apis/core/validation` (`validateHandler`); istio/istio `pkg/kube/inject/inject.go`
    "two-handlers", Warning, Certain, Policy("replaceHooks")
}

/// The manifest itself has more than one.
pub(crate) fn in_manifest(subject: Subject, container: &str, handlers: &[String]) -> Finding {
    let (number, names) = (handlers.len(), handlers.join(", "));
    let message =
        format!("the preStop hook of `{container}` has {number} handlers ({names}), and the API server allows one");
    RULE.found(subject, message, "keep one of them")
}

/// The mesh has a hook of type `handler`, and the pod an exec hook that is kept.
pub(crate) fn pod_beside_mesh(handler: &str, origin: &Origin) -> Finding {
    let beside = "together with the exec hook of this pod it makes two handlers, which the API server rejects";
    RULE.found(Subject::ProxyHook, format!("{}: {beside}", of_mesh(handler, origin)), REMOVE_OR_REPLACE)
}

/// The mesh has a hook of type `handler`, so none is written.
pub(crate) fn none_beside_mesh(handler: &str, origin: &Origin) -> Finding {
    let beside = "together with an exec hook it would make two handlers, which the API server rejects, so none is \
                  written, and the grace period is that of a proxy without a hook";
    let remedy = "make it an exec hook, or remove it from the mesh's `global.proxy.lifecycle`";
    RULE.found(Subject::Workload, format!("{}: {beside}", of_mesh(handler, origin)), remedy)
}

fn of_mesh(handler: &str, origin: &Origin) -> String {
    format!("the mesh gives istio-proxy a preStop hook of type {handler} ({origin})")
}

/// The pod has a hook of another type than exec, and another one gives it an exec hook.
pub(crate) fn beside(exec: ExecHook<'_>) -> Finding {
    let (whose, remedy) = match exec {
        ExecHook::Mesh(origin) => (format!("the exec hook of {origin}"), REMOVE_OR_REPLACE),
        ExecHook::Istio => ("Istio's own exec hook".to_owned(), REMOVE_OR_REPLACE),
        ExecHook::IstioIfNative => (
            "the exec hook that Istio gives to native sidecars, should this be one,".to_owned(),
            "remove the hook, set replaceHooks, or set sidecar: classic if that is what the mesh injects",
        ),
    };
    let message = format!(
        "the preStop hook of istio-proxy is not an exec hook: together with {whose} it makes two handlers, which the \
         API server rejects"
    );
    let finding = RULE.found(Subject::ProxyHook, message, remedy);
    if matches!(exec, ExecHook::IstioIfNative) { finding.assuming("the sidecar is native") } else { finding }
}

/// Whose exec hook a hook of another type is merged with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ExecHook<'o> {
    Mesh(&'o Origin),
    Istio,
    IstioIfNative,
}

const REMOVE_OR_REPLACE: &str = "remove the hook, or set replaceHooks";
