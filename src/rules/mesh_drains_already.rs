use crate::istio::Origin;
use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// The mesh sets a drain duration that is long enough.
    ///
    /// # What it does
    ///
    /// No drain duration is written for the pod. A hook is, where Envoy would close its listeners too early.
    "mesh-drains-already", Info, Certain, Advice
}

/// The mesh drains for `drain`; `has_hook` says that the pod has a hook all the same.
pub(crate) fn found(drain: Seconds, origin: &Origin, has_hook: bool) -> Finding {
    let needs = if has_hook { "no setting for it" } else { "neither a setting nor a hook of its own" };
    let message = format!("the mesh already drains for {drain} ({origin}), so the pod needs {needs}");
    RULE.found(Subject::Workload, message, "")
}
