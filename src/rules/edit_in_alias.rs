use std::fmt::Display;

use super::Finding;

rule! {
    /// An edit would land inside a YAML alias, and so change other places too.
    "edit-in-alias", Error, Certain, Advice
}

pub(crate) fn found(what: &dyn Display) -> Finding {
    RULE.refused(what, "write the value out where it is used")
}
