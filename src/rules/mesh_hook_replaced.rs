use crate::istio::Origin;

use super::{Finding, HookOwner};

rule! {
    /// The hook that the mesh gives every istio-proxy is replaced by the pod's own.
    "mesh-hook-replaced", Warning, Certain, Policy("preStop")
}

/// `held` is how long the mesh's hook held a classic proxy back, in seconds; `None` where that can't be read.
pub(crate) fn found(owner: HookOwner, command: &str, origin: &Origin, is_native: bool, held: Option<u64>) -> Finding {
    let held = match held {
        _ if is_native => String::new(),
        Some(0) => ", which didn't hold the proxy back".to_owned(),
        Some(held) => format!(", which held the proxy back for {held}s: the drain duration makes up for that"),
        None => ", and how long that held the proxy back can't be read: the drain duration doesn't make up for it"
            .to_owned(),
    };
    let message = format!("the pod's own hook replaces the preStop hook `{command}` of {origin}{held}");
    let remedy = "set `drain` to what the pod needs, or set preStop to `none` to keep the mesh's hook";
    RULE.found(owner.subject(), message, remedy)
}
