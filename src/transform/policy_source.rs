//! Reads the policy from a file or a host, with the place of each error.

use crate::object::NotJson;
use crate::policy::{PolicyError, PolicyFields};
use crate::protocol::{Host, config_place, config_value, function_config};
use crate::yaml::{KeyIndex, NodeId, Resolved, Source, Tree, parse_all};

use super::TransformError;

/// Reads a policy file: one YAML or JSON document with a ShutdownPolicy, or with a ConfigMap that has the same as
/// `data`.
///
/// # Errors
///
/// What is not YAML, more than one document, or none, and what is wrong with the policy: each with its place in the
/// file.
pub fn read_policy(source: Source<'_>) -> Result<PolicyFields, TransformError> {
    read_file(source, Host::Any)
}

/// The policy in the config file that kustomize hands to an exec plugin: the same, with `argsOneLiner` and
/// `argsFromFile` beside its fields, which kustomize has read already.
///
/// # Errors
///
/// The same as [`read_policy`]'s.
pub(crate) fn plugin_policy(source: Source<'_>) -> Result<PolicyFields, TransformError> {
    read_file(source, Host::ExecPlugin)
}

fn read_file(source: Source<'_>, host: Host) -> Result<PolicyFields, TransformError> {
    let tree = parse_all(source).map_err(TransformError::Syntax)?;
    match documents(&tree).as_slice() {
        [] => Err(TransformError::Policy(PolicyError::empty())),
        [config] => read(&tree, *config, host),
        [_, second, ..] => {
            let offset = tree.node(*second).span.start();
            let message = "the policy has more than one document (keep one)";
            Err(TransformError::Policy(PolicyError::of_text(message, Some(offset))))
        }
    }
}

/// Reads the functionConfig of a ResourceList.
pub(super) fn of_list(tree: &Tree<'_>, root: NodeId) -> Result<PolicyFields, TransformError> {
    match function_config(tree, root).map_err(|error| TransformError::Policy(unreadable(error)))? {
        Some(config) => read(tree, config, Host::Any),
        None => Ok(PolicyFields::default()),
    }
}

/// The documents that hold something.
fn documents(tree: &Tree<'_>) -> Vec<NodeId> {
    let roots = tree.roots().iter().copied();
    roots.filter(|root| tree.scalar(*root) != Some(Resolved::Null)).collect()
}

/// All mistakes are reported, in the order of the text.
fn read(tree: &Tree<'_>, config: NodeId, host: Host) -> Result<PolicyFields, TransformError> {
    let (resource, unread) = config_value(tree, config, host);
    let mut more = 0;
    let mut flaws: Vec<_> = unread.iter().flat_map(|flaw| unreadable(*flaw).flaws).collect();
    match PolicyFields::from_resource(&resource) {
        Ok(mut fields) if flaws.is_empty() => {
            let index = KeyIndex::new(tree);
            fields.locate(|path| index.reach(config, path).0);
            return Ok(fields);
        }
        Ok(_) => {}
        Err(error) => {
            more = error.more;
            flaws.extend(error.flaws.into_iter().filter_map(|mut flaw| {
                let (offset, value) = config_place(tree, config, &flaw.field);
                // What is missing in a value that can't be read may be what can't be read.
                let is_unread = unread.iter().any(|unread| (value.start()..value.end()).contains(&unread.offset));
                flaw.offset = Some(offset);
                (!is_unread).then_some(flaw)
            }));
        }
    }
    flaws.sort_by_key(|flaw| flaw.offset);
    Err(TransformError::Policy(PolicyError::of(flaws, more)))
}

fn unreadable(flaw: NotJson) -> PolicyError {
    PolicyError::of_text(&flaw.to_string(), Some(flaw.offset)).because(flaw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shutdown::Seconds;

    const HEAD: &str = "apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\n";

    #[track_caller]
    fn check(text: &str, expected: Result<(), (&str, &str)>) {
        let source = Source::embedded(text);
        let read = read_policy(source)
            .map(|_| ())
            .map_err(|error| (source.position(error.offset().expect("it has a place")).to_string(), error.to_string()));
        match (&read, expected) {
            (Ok(()), Ok(())) => {}
            (Err((place, message)), Err((at, start))) if place == at && message.starts_with(start) => {}
            _ => panic!("{text}: {read:?}"),
        }
    }

    #[test]
    fn files_hold_one_policy() {
        check(&format!("# ours\n{HEAD}spec:\n  drain: 40s # long polls\n"), Ok(()));
        check(&format!("\u{FEFF}---\n{HEAD}...\n---\n# nothing\n"), Ok(()));
        check("{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"data\": {\"drain\": \"40s\"}}", Ok(()));
        check(&format!("{HEAD}x: &x {{drain: 40s}}\nspec: {{<<: *x}}\n"), Err(("3:1", "unknown field `x` at the top")));
        check("", Err(("1:1", "the policy is empty (expected `apiVersion: istio-drain.dev/v1alpha1`")));
        check("# nothing\n---\n", Err(("1:1", "the policy is empty")));
        check(&format!("{HEAD}---\n{HEAD}"), Err(("4:1", "the policy has more than one document (keep one)")));
        check("spec:\n  drain: [40s\n", Err(("2:10", "unclosed bracket")));
        check("- a\n", Err(("1:1", "the policy is a list")));
    }

    #[test]
    fn mistakes_have_places() {
        check(&format!("{HEAD}spec:\n  drain: 40s\n  exact: 1\n"), Err(("5:3", "`exact` must be `true` or `false`")));
        check(&format!("{HEAD}spec:\n  target:\n    istio: 1.30\n"), Err(("5:5", "`target.istio` must be a release")));
        check(&format!("{HEAD}spec:\n  drain: !x 40s\n"), Err(("4:13", "this has a tag")));
        check(&format!("{HEAD}spec:\n  drain: 1s\n  drain: 2s\n"), Err(("5:3", "this key is written twice")));
    }

    #[test]
    fn several_mistakes_are_reported_in_order() {
        let text = format!(
            "{HEAD}spec:\n  margin: 1\n  workloads:\n  - {{name: !x a, drain: 1s}}\n  - {{name: b}}\n  dran: 1s\n"
        );
        let source = Source::embedded(&text);
        let Err(TransformError::Policy(error)) = read_policy(source) else { panic!("it is read") };
        let places: Vec<_> = error.flaws.iter().map(|flaw| source.position(flaw.offset.unwrap()).to_string()).collect();
        assert_eq!(places, ["4:3", "6:15", "7:5", "8:3"], "{error}");
    }

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
