//! Values that another tool fills in: the variables of Flux, and the setters of kpt. Only values that the recipe reads
//! or writes are checked.

use crate::facts::{NATIVE_SIDECAR, PROXY_CONFIG};
use crate::rules::{Finding, value_filled_later};
use crate::workload::PodTemplate;
use crate::yaml::{NodeId, Patch, Route, Tree};

/// A value that the shutdown of the pod depends on.
struct Watched {
    route: Route,
    node: NodeId,
    what: String,
    /// A shell reads it, and has variables of its own.
    is_script: bool,
}

/// The label and the annotation that ask for a sidecar (istio/api `label/labels.yaml`, `annotation/annotations.yaml`).
const INJECT: &str = "sidecar.istio.io/inject";
/// The text before the name of a setter (kptdev/krm-functions-catalog `functions/go/apply-setters`).
const SETTER: &str = "# kpt-set:";

/// How far before the end of a line a setter is looked for, in bytes. A whole cluster can stand on one line, and hold
/// any number of values.
const LONGEST_SETTER: usize = 1_024;

/// A finding for each value with a variable of Flux.
pub(super) fn by_flux(tree: &Tree<'_>, template: &PodTemplate) -> Vec<(Route, Finding)> {
    let variable_of = |node: NodeId| variable(tree.as_written(node)?);
    let held = watched(tree, template, |node| variable_of(node).is_some()).into_iter().filter(|it| !it.is_script);
    held.filter_map(|it| Some((it.route, value_filled_later::by_flux(&it.what, variable_of(it.node)?)))).collect()
}

/// A finding for each value with a setter of kpt. `patch` has the planned changes.
pub(super) fn by_kpt(tree: &Tree<'_>, template: &PodTemplate, patch: &Patch) -> Vec<(Route, Finding)> {
    let setter = |node: NodeId| Some(tree.line_tail(node, LONGEST_SETTER).split_once(SETTER)?.1.trim());
    let found = watched(tree, template, |node| setter(node).is_some()).into_iter().filter_map(|it| {
        let is_changed = patch.at(&it.route).is_some();
        Some((it.route, value_filled_later::by_kpt(&it.what, setter(it.node)?, is_changed)))
    });
    found.collect()
}

/// The values of the recipe that `is_filled` is true of.
fn watched(tree: &Tree<'_>, template: &PodTemplate, is_filled: impl Fn(NodeId) -> bool) -> Vec<Watched> {
    let mut found = Vec::new();
    for path in [
        ["spec", "terminationGracePeriodSeconds"].as_slice(),
        &["metadata", "annotations", PROXY_CONFIG],
        &["metadata", "annotations", NATIVE_SIDECAR],
        &["metadata", "annotations", INJECT],
        &["metadata", "labels", INJECT],
    ] {
        found.extend(tree.get_path(template.node, path).filter(|node| is_filled(*node)).map(|node| Watched {
            route: template.route.then(path.iter().copied()),
            node,
            what: format!("`{}`", path.last().copied().unwrap_or_default()),
            is_script: false,
        }));
    }
    let containers = tree.get_path(template.node, &["spec", "containers"]);
    for (index, container) in containers.into_iter().flat_map(|list| tree.items(list)).enumerate() {
        let Some(hook) = tree.get_path(container, &["lifecycle", "preStop"]) else { continue };
        let what =
            || format!("the preStop hook of container `{}`", tree.str_at(container, &["name"]).unwrap_or_default());
        let base = || template.route.then(["spec", "containers"]).then([index]).then(["lifecycle", "preStop"]);
        let command = tree.get_path(hook, &["exec", "command"]).into_iter().flat_map(|list| tree.items(list));
        let words: Vec<_> = command.collect();
        let is_script = words.iter().any(|word| tree.as_written(*word) == Some("-c"));
        let others = [["sleep", "seconds"], ["httpGet", "port"], ["httpGet", "path"]];
        let others = others.into_iter().filter_map(|path| Some((tree.get_path(hook, &path)?, path)));
        let others = others.filter(|(node, _)| is_filled(*node)).map(|(node, path)| (base().then(path), node));
        let words = words.iter().enumerate().filter(|(_, word)| is_filled(**word));
        let words = words.map(|(at, word)| (base().then(["exec", "command"]).then([at]), *word));
        found.extend(words.chain(others).map(|(route, node)| Watched { route, node, what: what(), is_script }));
    }
    found
}

/// The first variable of Flux in a text: `${NAME}` or `${NAME:=default}`. `$${NAME}` is none.
fn variable(text: &str) -> Option<&str> {
    let starts = text.match_indices("${").map(|(at, _)| at);
    starts.filter(|at| !text.get(..*at).is_some_and(|before| before.ends_with('$'))).find_map(|at| {
        let rest = text.get(at..)?;
        let is_name = rest.get(2..)?.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        rest.get(..=rest.find('}')?).filter(|_| is_name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_told_from_other_texts() {
        assert_eq!(variable("${GRACE:=60}s"), Some("${GRACE:=60}"));
        assert_eq!(variable("a $${A} ${_b}"), Some("${_b}"));
        for other in ["$(A)", "$A", "${}", "${1}", "$${A}", "${A", ""] {
            assert_eq!(variable(other), None, "{other}");
        }
    }
}
