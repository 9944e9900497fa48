use std::fmt::Display;

use super::Finding;

rule! {
    /// A character is a line break only for some readers of YAML.
    ///
    /// # What it does
    ///
    /// It looks for U+0085, U+2028 and U+2029 in text that has to be edited, and for other line breaks that readers
    /// disagree about.
    ///
    /// # Why it is bad
    ///
    /// Some readers see one line where others see two. The same edit would mean different things to them.
    ///
    /// # Example
    ///
    /// ```yaml
    /// description: "first<U+2028>second"
    /// ```
    ///
    /// # Remedy
    ///
    /// Write the character as an escape in double quotes, such as `"\L"` for U+2028, or use a plain line break.
    ///
    /// # What fix does
    ///
    /// Nothing: it refuses to edit the workload.
    ///
    /// # Source
    ///
    /// YAML 1.1 section 4.1.4 counts these characters as line breaks, YAML 1.2 section 5.4 does not
    "ambiguous-line-break", Error, Certain, Advice
}

pub(crate) fn found(what: &dyn Display) -> Finding {
    RULE.refused(what, "write it as an escape in double quotes, or as a plain line break")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_refusal() {
        assert_eq!(found(&"U+0085 in line 3").message, "can't be edited safely: U+0085 in line 3");
    }
}
