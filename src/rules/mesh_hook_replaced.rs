use crate::istio::SettingOrigin;

use super::{Finding, HookOwner};

rule! {
    /// The pod's own hook replaces the one that the mesh gives to every istio-proxy.
    ///
    /// # What it does
    ///
    /// It looks for a hook in `global.proxy.lifecycle` of the mesh, if the pod has or gets its own hook.
    ///
    /// # Why it is bad
    ///
    /// A hook such as `sleep 10` delays the drain of a classic proxy. The drain duration makes up for that if the
    /// length of the hook is known. Then nothing is lost: `fix` warns that the hook is replaced, and `check` only notes
    /// it.
    ///
    /// # Example
    ///
    /// `global.proxy.lifecycle` with `preStop: {exec: {command: ["sleep", "10"]}}`, and a pod that gets the drain hook.
    ///
    /// # Remedy
    ///
    /// Set `preStop: none` to keep the mesh's hook. If the pod's own hook is meant, suppress the finding.
    ///
    /// # What fix does
    ///
    /// It writes the pod's hook, and adds the length of the mesh's hook to the drain duration.
    ///
    /// # Source
    ///
    /// istio/istio `pkg/kube/inject/webhook.go` (`reapplyOverwrittenContainers`); the istiod chart,
    /// `files/injection-template.yaml`
    "mesh-hook-replaced", Warning, Certain, Policy("preStop")
}

/// `held` is how long the mesh's hook delayed the drain of a classic proxy, in seconds; `None` if that can't be read.
pub(crate) fn found(
    owner: HookOwner,
    command: &str,
    origin: &SettingOrigin,
    is_native: bool,
    held: Option<u64>,
) -> Finding {
    let is_made_up_for = is_native || held.is_some();
    let held = match held {
        _ if is_native => String::new(),
        Some(0) => ", which did not delay the proxy".to_owned(),
        Some(held) => format!(", which delayed the proxy by {held}s: the drain duration makes up for that"),
        None => ", whose length can't be read: the drain duration does not make up for it".to_owned(),
    };
    let message = format!("the pod's own hook replaces the preStop hook `{command}` of {origin}{held}");
    let remedy = "set preStop to `none` to keep the mesh's hook";
    let finding = RULE.found(owner.subject(), message, remedy);
    if is_made_up_for { finding.of_style() } else { finding }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Severity;

    #[test]
    fn how_long_it_held_the_proxy_is_named() {
        let message = |native, held| found(HookOwner::New, "sleep 10", &SettingOrigin::Declared, native, held).message;
        assert!(message(false, Some(10)).contains("by 10s"), "{}", message(false, Some(10)));
        assert!(message(false, None).contains("can't be read"), "{}", message(false, None));
        assert!(!message(true, Some(10)).contains("by 10s"), "{}", message(true, Some(10)));
    }

    #[test]
    fn a_replaced_hook_is_a_warning_of_a_check_only_where_nothing_makes_up_for_it() {
        let found = |held| found(HookOwner::New, "sleep 10", &SettingOrigin::Declared, false, held);
        assert_eq!((found(Some(10)).severity, found(Some(10)).level()), (Severity::Warning, Severity::Info));
        assert_eq!(found(None).level(), Severity::Warning);
    }
}
