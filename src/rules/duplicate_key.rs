use std::fmt::Display;

use crate::istio::SettingPlace;

use super::{Finding, Severity, Subject};

rule! {
    /// A key on the way to an edit occurs twice, and readers differ in which one they use.
    ///
    /// # What it does
    ///
    /// It looks for equal keys in every mapping that an edit goes through, in what is read of a workload, in Lists and
    /// ResourceLists, and in objects that say something of the mesh. For the latter it is a warning.
    ///
    /// # Why it is bad
    ///
    /// kubectl rejects the file or uses the last value. Other readers use the first. An edit of one of them may have no
    /// effect.
    ///
    /// # Example
    ///
    /// ```yaml
    /// metadata:
    ///   labels: {app: web}
    ///   labels: {app: shop}
    /// ```
    ///
    /// # Remedy
    ///
    /// Remove one of the two. If one document holds two objects, put a line with `---` between them.
    ///
    /// # What fix does
    ///
    /// Nothing: it refuses to edit the workload.
    ///
    /// # Source
    ///
    /// YAML 1.2 section 3.2.1.3: the keys of a mapping are unique
    "duplicate-key", Error, Certain, Advice
}

/// `is_of_object`: the duplicate is at the top level of the object, so the marker between two objects may be missing.
pub(crate) fn found(what: &dyn Display, is_of_object: bool) -> Finding {
    RULE.refused(
        what,
        match is_of_object {
            true => "remove one of the two, or put a line with `---` between two objects",
            false => "remove one of the two",
        },
    )
}

/// A list has `key` twice, the first time at `first`.
pub(crate) fn in_list(key: &str, first: &SettingPlace) -> Finding {
    let message = format!("the list has the key `{key}` twice, and readers differ in which one they take");
    RULE.found(Subject::Workload, message, "remove one of the two, or put a line with `---` between two lists")
        .beside(Some(first))
}

/// The text of `proxy.istio.io/config` has `key` twice in one mapping.
pub(crate) fn in_config(key: &str) -> Finding {
    let message =
        format!("`proxy.istio.io/config` has the key `{key}` twice, and readers differ in which one they take");
    RULE.found(Subject::ProxyConfig, message, "remove one of the two")
}

/// An object of the mesh has `key` twice, the first time at `first`.
pub(crate) fn in_mesh(key: &str, first: Option<&SettingPlace>) -> Finding {
    let message =
        format!("`{key}` is written twice, and readers differ in which one they take: here the last one counts");
    RULE.found(Subject::Workload, message, "remove one of the two").at(Severity::Warning).beside(first)
}

/// The container at `place` has two names.
pub(crate) fn container_name(place: &str) -> Finding {
    RULE.found(
        Subject::Workload,
        format!("`{place}` has two keys `name`, so it is not clear whether it is `istio-proxy`"),
        "remove one of the two",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_marker_is_a_remedy_for_objects_only() {
        assert!(found(&"x", true).remedy.contains("---"));
        assert_eq!(found(&"x", false).remedy, container_name("spec.containers[0]").remedy);
    }
}
