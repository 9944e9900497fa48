use std::fmt::Display;

use super::Finding;

rule! {
    /// A character is a line break to some readers only.
    ///
    /// # Why it is bad
    ///
    /// What is one line to one reader is two to another, so the same edit means different things to them.
    ///
    /// # Source
    ///
    /// YAML 1.1 section 4.1.4 and YAML 1.2 section 5.4: only the former takes U+0085, U+2028 and U+2029
    "ambiguous-line-break", Error, Certain, Advice
}

pub(crate) fn found(what: &dyn Display) -> Finding {
    RULE.refused(what, "write it as an escape in double quotes, or as a plain line break")
}
