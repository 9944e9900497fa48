use crate::kubernetes::Seconds;

use super::{Finding, Subject};

rule! {
    /// A preStop hook of istio-proxy that this tool does not write is kept.
    "foreign-hook-kept", Info, Certain, Policy("replaceHooks")
}

/// A hook of that length, where it is known and more than nothing.
pub(crate) fn found(length: Option<Seconds>) -> Finding {
    let length = length.map_or_else(String::new, |length| format!(" of {length}"));
    RULE.found(
        Subject::ProxyHook,
        format!("the preStop hook{length} of istio-proxy is not one that istio-drain writes, so it is kept"),
        "set replaceHooks to have it replaced",
    )
}
