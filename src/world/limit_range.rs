//! What LimitRanges fill in where a container doesn't ask for it.

use crate::object::{self, Texts};
use crate::yaml::{NodeId, Tree};

use super::by_selector::BySelector;

/// A LimitRange that fills in what containers don't ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LimitRange {
    /// The namespace that it is for.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// What containers get by default.
    pub defaults: ContainerDefaults,
}

/// The first LimitRanges of a namespace, up to this many, are looked at for each of its pods. Nobody has more than a
/// few.
const MOST_OF_NAMESPACE: usize = 10;

/// The numbers of those of each namespace.
pub(super) fn by_namespace(all: &[LimitRange]) -> BySelector<Vec<usize>> {
    let numbered = all.iter().enumerate().map(|(number, range)| (range.namespace.clone(), Texts::new(), number));
    BySelector::of(numbered.collect(), |known: &mut Vec<usize>, number| {
        if known.len() < MOST_OF_NAMESPACE {
            known.push(number);
        }
    })
}

/// Quantities by the name of the resource, such as `cpu`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ContainerDefaults {
    requests: Texts,
    limits: Texts,
}

impl ContainerDefaults {
    /// Those of a LimitRange's limits for containers. The API server completes them when it stores the object: limits
    /// by `max`, requests by the limits and then by `min` (kubernetes `pkg/apis/core/v1/defaults.go`,
    /// `SetDefaults_LimitRangeItem`).
    pub(super) fn of(tree: &Tree<'_>, limits: NodeId) -> Self {
        let mut defaults = Self::default();
        for item in tree.items(limits).filter(|item| tree.str_at(*item, &["type"]) == Some("Container")) {
            let field = |name: &str| object::texts(tree, tree.get(item, name));
            let limits = completed(field("default"), field("max"));
            let requests = completed(completed(field("defaultRequest"), limits.clone()), field("min"));
            defaults =
                Self { requests: completed(defaults.requests, requests), limits: completed(defaults.limits, limits) };
        }
        defaults
    }

    /// Whether nothing is filled in.
    pub(super) fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.limits.is_empty()
    }

    /// What is filled in at a container that asks for these, as `requests.cpu 100m`. A limit of the container's own is
    /// its request, too (the same file, `SetDefaults_Pod`).
    pub(crate) fn fill(&self, requests: &[(String, String)], limits: &[(String, String)]) -> Vec<String> {
        let lacks = |list: &[(String, String)], name: &str| list.iter().all(|(asked, _)| asked != name);
        let limited = self.limits.iter().filter(|(name, _)| lacks(limits, name));
        let requested = self.requests.iter().filter(|(name, _)| lacks(requests, name) && lacks(limits, name));
        let shown =
            |list: &'static str| move |(name, quantity): (&String, &String)| format!("{list}.{name} {quantity}");
        requested.map(shown("requests")).chain(limited.map(shown("limits"))).collect()
    }
}

/// The quantities with those of `others` that are not among them.
fn completed(mut own: Texts, others: Texts) -> Texts {
    for (name, quantity) in others {
        own.entry(name).or_insert(quantity);
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Source, parse_all};

    #[track_caller]
    fn check(limits: &str, requests: &[&str], own_limits: &[&str], expected: &[&str]) {
        let tree = parse_all(Source::embedded(limits)).unwrap();
        let asked = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), "1".to_owned())).collect::<Vec<_>>();
        let defaults = ContainerDefaults::of(&tree, tree.roots()[0]);
        assert_eq!(defaults.fill(&asked(requests), &asked(own_limits)), expected, "{limits}");
    }

    #[test]
    fn what_is_filled_in_is_what_the_api_server_makes_of_the_fields() {
        let of = |fields: &str| format!("[{{type: Container, {fields}}}]");
        check("[{type: Pod, max: {cpu: 1}}]", &[], &[], &[]);
        check(&of("default: {cpu: 100m}"), &[], &[], &["requests.cpu 100m", "limits.cpu 100m"]);
        check(&of("defaultRequest: {cpu: 1}, max: {cpu: 2}"), &[], &[], &["requests.cpu 1", "limits.cpu 2"]);
        check(&of("defaultRequest: {memory: 1Gi}"), &[], &[], &["requests.memory 1Gi"]);
        check(&of("min: {cpu: 10m}"), &[], &[], &["requests.cpu 10m"]);
        check(&of("default: {cpu: 1}, min: {cpu: 10m}"), &["cpu"], &[], &["limits.cpu 1"]);
        check(&of("default: {cpu: 1, memory: 1Gi}"), &[], &["cpu"], &["requests.memory 1Gi", "limits.memory 1Gi"]);
        check(&of("maxLimitRequestRatio: {cpu: 2}"), &[], &[], &[]);
        let two = "[{type: Container, default: {cpu: 1}}, {type: Container, min: {cpu: 5m, memory: 1Mi}}]";
        check(two, &[], &[], &["requests.cpu 1", "requests.memory 1Mi", "limits.cpu 1"]);
    }
}
