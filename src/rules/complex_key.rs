use std::fmt::Display;

use super::Finding;

rule! {
    /// A key on the way to an edit is not plain text.
    "complex-key", Error, Certain, Advice
}

pub(crate) fn found(what: &dyn Display) -> Finding {
    RULE.refused(what, "use plain words or strings as keys")
}
