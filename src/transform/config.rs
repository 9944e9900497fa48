//! The policy that a host hands over beside the manifests, with the place of whatever is wrong in it.

use crate::policy::{PolicyError, PolicyFields};
use crate::protocol;
use crate::yaml::{NodeId, Source, Tree, parse_all};

use super::TransformError;

/// The policy in the functionConfig of a ResourceList.
pub(super) fn of_list(tree: &Tree<'_>, root: NodeId) -> Result<PolicyFields, TransformError> {
    let config = protocol::function_config(tree, root).map_err(unreadable)?;
    PolicyFields::from_resource(&config).map_err(|error| {
        let offset = protocol::function_config_offset(tree, root, &error.field);
        TransformError::Policy(error, offset)
    })
}

/// The policy in the config file that kustomize hands to an exec plugin: a ShutdownPolicy or a ConfigMap, with `argsOneLiner` and
/// `argsFromFile` beside its fields, which kustomize has read already.
///
/// # Errors
///
/// A text that is no YAML or not one document, and what is wrong with the policy in it; offsets are those of the file.
pub fn plugin_policy(source: Source<'_>) -> Result<PolicyFields, TransformError> {
    let tree = parse_all(source).map_err(TransformError::Syntax)?;
    let [root] = *tree.roots() else {
        let second = tree.roots().get(1).map_or(0, |root| tree.node(*root).span.start());
        return Err(wrong("the config of a plugin must be one document", second));
    };
    let config = protocol::plugin_config(&tree, root).map_err(unreadable)?;
    PolicyFields::from_resource(&config).map_err(|error| {
        let offset = protocol::plugin_config_offset(&tree, root, &error.field);
        TransformError::Policy(error, offset)
    })
}

fn unreadable(offset: usize) -> TransformError {
    wrong("this can't be taken for a policy (use strings as keys, each of them once, and no tags)", offset)
}

fn wrong(message: &str, offset: usize) -> TransformError {
    TransformError::Policy(PolicyError { field: Vec::new(), message: message.to_owned() }, offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shutdown::Seconds;

    #[test]
    fn the_config_of_a_plugin_is_a_policy() {
        let policy = |text: &str| plugin_policy(Source::embedded(text));
        let drain = |text: &str| policy(text).unwrap().resolve().policy.drain;
        let head =
            "apiVersion: istio-drain.dev/v1alpha1\nargsOneLiner: --exact\nargsFromFile: a\nkind: ShutdownPolicy\n";
        assert_eq!(drain(&format!("{head}spec:\n  drain: 40s\n")), Some(Seconds::new(40)));
        assert_eq!(drain(head), None);
        assert_eq!(drain("apiVersion: v1\nkind: ConfigMap\ndata: {drain: 40s}\n"), Some(Seconds::new(40)));
        let place = |text: &str| {
            let offset = policy(text).unwrap_err().offset().unwrap();
            Source::embedded(text).position(offset).to_string()
        };
        assert_eq!(place(&format!("{head}spec:\n  dran: 40s\n")), "6:3");
        assert_eq!(place(&format!("{head}sepc:\n  drain: 40s\n")), "5:1");
        assert_eq!(place(&format!("{head}spec: [\n")), "5:7");
        assert_eq!(place(&format!("{head}---\n{head}")), "6:1");
        assert_eq!(place(""), "1:1");
    }
}
