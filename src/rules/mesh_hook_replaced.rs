use crate::istio::Origin;

use super::{Finding, HookOwner};

rule! {
    /// The hook that the mesh gives every istio-proxy is replaced by the pod's own.
    "mesh-hook-replaced", Info, Certain, Policy("preStop")
}

pub(crate) fn found(owner: HookOwner, command: &str, origin: &Origin) -> Finding {
    let message = format!("the pod's own hook replaces the preStop hook `{command}` of {origin}");
    RULE.found(owner.subject(), message, "")
}
