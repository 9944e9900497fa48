use super::{Finding, Subject};

rule! {
    /// A file parameter of an Argo CD Application wins over the value that is written.
    ///
    /// # What it does
    ///
    /// With `writeMesh: true` it looks for `helm.fileParameters` of settings that are written into the values.
    ///
    /// # Why it is bad
    ///
    /// Argo CD passes them to Helm after the values, so the value that is written has no effect. What is in the file
    /// can't be seen.
    ///
    /// # Example
    ///
    /// ```yaml
    /// helm:
    ///   fileParameters:
    ///   - {name: meshConfig.defaultConfig.terminationDrainDuration, path: drain.txt}
    /// ```
    ///
    /// # Remedy
    ///
    /// Take the parameter out, or put the value into its file.
    ///
    /// # What fix does
    ///
    /// It writes the values, and leaves the parameter. A setting that one of `helm.parameters` has is written there.
    ///
    /// # Source
    ///
    /// argoproj/argo-cd `util/helm/cmd.go`: `--set`, `--set-string` and `--set-file` come after `--values`
    "mesh-parameter-wins", Warning, Certain, Advice
}

/// `name` is the parameter; `values` are those that are written.
pub(crate) fn found(name: &str, values: &[String]) -> Finding {
    let written = values.iter().find(|value| value.split('=').next() == Some(name));
    let remedy = match written {
        Some(value) => format!("take it out, or put into its file what is written: {value}"),
        None => "take it out where the mesh is written".to_owned(),
    };
    RULE.found(Subject::Workload, format!("the file parameter `{name}` wins over the values of the chart"), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_to_set_is_named() {
        let values = ["a.b=40s".to_owned()];
        assert!(found("a.b", &values).remedy.ends_with("a.b=40s"));
        assert!(!found("a.c", &values).remedy.contains("40s"));
    }
}
