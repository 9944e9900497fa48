use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// The text can't be edited safely.
    "uneditable", Error, Certain, Advice
}

/// What no other rule has a name for.
pub(crate) fn found(what: &dyn Display) -> Finding {
    RULE.refused(what, "make the change by hand")
}

/// `proxy.istio.io/config` holds several YAML documents.
pub(crate) fn documents(number: usize) -> Finding {
    let what = format!("`proxy.istio.io/config` holds {number} YAML documents, of which Istio reads the first only");
    Finding { subject: Subject::ProxyConfig, ..RULE.refused(&what, "keep the first one only") }
}

/// `proxy.istio.io/config` has a field in both of its spellings.
pub(crate) fn both_spellings([camel, snake]: [&str; 2]) -> Finding {
    let what = format!("`proxy.istio.io/config` has both `{camel}` and `{snake}`, of which Istio reads the first only");
    Finding { subject: Subject::ProxyConfig, ..RULE.refused(&what, "remove one of the two") }
}
