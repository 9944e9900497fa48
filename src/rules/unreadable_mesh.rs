use std::fmt::Display;

use super::{Finding, Subject};

rule! {
    /// A setting of an object that configures the mesh can't be read, so it is ignored.
    ///
    /// # What it does
    ///
    /// It reads the ConfigMaps of Istio, IstioOperators, Helm values and ProxyConfigs of the input.
    ///
    /// # Why it is bad
    ///
    /// The pods are planned as if the setting did not exist.
    ///
    /// # Example
    ///
    /// ```yaml
    /// kind: ConfigMap
    /// metadata: {name: istio, namespace: istio-system}
    /// data:
    ///   mesh: |
    ///     defaultConfig: {terminationDrainDuration: 60}
    /// ```
    ///
    /// # Remedy
    ///
    /// Correct the setting. A duration needs a unit: `60s`.
    ///
    /// # What fix does
    ///
    /// It plans without the setting.
    ///
    /// # Source
    ///
    /// istio/istio `pkg/config/mesh/mesh.go`
    "unreadable-mesh", Warning, Certain, Advice
}

/// The text in `field` is not YAML.
pub(crate) fn text(field: &str) -> Finding {
    let message = format!("the text in `{field}` can't be read as YAML, so it is ignored");
    RULE.found(Subject::Workload, message, "correct the text")
}

/// The value of `field` is not a valid duration.
pub(crate) fn duration(field: &str, why: &dyn Display) -> Finding {
    let message = format!("`{field}` is not a valid duration, so it is ignored: {why}");
    RULE.found(Subject::Workload, message, "correct the duration")
}

/// The value of `field` is not one of the `accepted` values.
pub(crate) fn value(field: &str, accepted: &str) -> Finding {
    let message = format!("`{field}` is ignored: it must be {accepted}");
    RULE.found(Subject::Workload, message, "correct the value")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_named() {
        assert!(text("data.mesh").message.contains("`data.mesh`"));
        assert!(duration("a.b", &"no unit").message.ends_with("so it is ignored: no unit"));
        assert!(value("a.b", "true or false").message.contains("it must be true or false"));
    }
}
