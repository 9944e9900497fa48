use crate::istio::SettingOrigin;

use super::{Finding, Remedy, Subject};

rule! {
    /// A preStop hook ends up with two handlers, which the API server rejects.
    ///
    /// # What it does
    ///
    /// It looks for two handlers in one hook of the manifest. It also looks at what the injector merges: the hook of
    /// the override, of the mesh, and Istio's own hook for native sidecars.
    ///
    /// # Why it is bad
    ///
    /// In such a merge an exec hook replaces an exec hook, but handlers of two types stay side by side. The API server
    /// accepts only one, so no pod can be created.
    ///
    /// # Example
    ///
    /// ```yaml
    /// - name: istio-proxy
    ///   image: auto
    ///   lifecycle:
    ///     preStop: {sleep: {seconds: 10}}
    /// ```
    ///
    /// The sidecar is native, so Istio gives it an exec hook.
    ///
    /// # Remedy
    ///
    /// Keep one handler. Remove the hook of the override, or set `replaceHooks`.
    ///
    /// # What fix does
    ///
    /// It writes no exec hook beside a hook of another type. It keeps what is there, unless `replaceHooks` is set.
    ///
    /// # Source
    ///
    /// kubernetes/kubernetes `pkg/apis/core/validation` (`validateHandler`); istio/istio `pkg/kube/inject/inject.go`;
    /// istio/istio#51865
    "two-handlers", Warning, Certain, Policy("replaceHooks")
}

/// The manifest itself has more than one.
pub(crate) fn in_manifest(subject: Subject, container: &str, handlers: &[String]) -> Finding {
    let (number, names) = (handlers.len(), handlers.join(", "));
    let message = format!(
        "the preStop hook of `{container}` has {number} handlers ({names}), but the API server allows only \
                 one"
    );
    let is_of_proxy = subject == Subject::ProxyHook;
    let finding = RULE.found(subject, message, "keep one of them");
    if is_of_proxy { finding } else { finding.by(Remedy::Advice) }
}

/// The mesh has a hook of type `handler`, and the pod an exec hook that is kept.
pub(crate) fn pod_beside_mesh(handler: &str, origin: &SettingOrigin) -> Finding {
    let beside = "together with the exec hook of this pod it makes two handlers, which the API server rejects";
    RULE.found(Subject::ProxyHook, format!("{}: {beside}", of_mesh(handler, origin)), MEND_MESH).by(Remedy::Advice)
}

/// The mesh has a hook of type `handler`, so none is written.
pub(crate) fn none_beside_mesh(handler: &str, origin: &SettingOrigin) -> Finding {
    let beside = "together with an exec hook it would make two handlers, which the API server rejects, so none is \
                  written, and the grace period is that of a proxy without a hook";
    RULE.found(Subject::Workload, format!("{}: {beside}", of_mesh(handler, origin)), MEND_MESH).by(Remedy::Advice)
}

fn of_mesh(handler: &str, origin: &SettingOrigin) -> String {
    format!("the mesh gives istio-proxy a preStop hook of type {handler} ({origin})")
}

/// The pod has a hook of another type than exec, and the mesh or Istio gives it an exec hook.
pub(crate) fn beside(exec: ExecHook<'_>) -> Finding {
    let (whose, remedy) = match exec {
        ExecHook::Mesh(origin) => (format!("the exec hook of {origin}"), REMOVE_OR_REPLACE),
        ExecHook::Istio => ("Istio's own exec hook".to_owned(), REMOVE_OR_REPLACE),
        ExecHook::IstioIfNative => (
            "the exec hook that Istio gives to native sidecars, if this is one,".to_owned(),
            "remove the hook, set replaceHooks, or set sidecar: classic if the mesh injects classic sidecars",
        ),
    };
    let message = format!(
        "the preStop hook of istio-proxy is not an exec hook: together with {whose} it makes two handlers, which the \
         API server rejects"
    );
    let finding = RULE.found(Subject::ProxyHook, message, remedy);
    if matches!(exec, ExecHook::IstioIfNative) { finding.assuming("the sidecar is native") } else { finding }
}

/// The exec hook that a hook of another type is merged with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ExecHook<'o> {
    Mesh(&'o SettingOrigin),
    Istio,
    IstioIfNative,
}

const MEND_MESH: &str = "make it an exec hook, or remove it from the mesh's `global.proxy.lifecycle`";
const REMOVE_OR_REPLACE: &str = "remove the hook, or set replaceHooks";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unknown_mode_is_an_assumption() {
        assert_eq!(beside(ExecHook::Istio).confidence().assumption(), None);
        assert_eq!(beside(ExecHook::IstioIfNative).confidence().assumption(), Some("the sidecar is native"));
        assert!(beside(ExecHook::IstioIfNative).remedy.contains("sidecar: classic"));
    }

    #[test]
    fn handlers_of_the_manifest_are_named() {
        let handlers = ["exec", "sleep"].map(str::to_owned);
        assert!(in_manifest(Subject::ProxyHook, "istio-proxy", &handlers).message.contains("2 handlers (exec, sleep)"));
    }

    #[test]
    fn the_type_of_the_mesh_is_named() {
        assert!(pod_beside_mesh("sleep", &SettingOrigin::Declared).message.contains("of type sleep"));
        assert!(none_beside_mesh("sleep", &SettingOrigin::Declared).remedy.contains("global.proxy.lifecycle"));
    }
}
