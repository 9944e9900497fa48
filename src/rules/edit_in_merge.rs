use std::fmt::Display;

use super::Finding;

rule! {
    /// An edit would land inside of what a YAML merge key brings in.
    "edit-in-merge", Error, Certain, Advice
}

pub(crate) fn found(what: &dyn Display) -> Finding {
    RULE.refused(what, "write the merged keys out")
}
