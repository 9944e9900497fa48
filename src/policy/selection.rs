//! Which workloads a rule of `workloads:` selects, and what it says of them.

use std::collections::BTreeMap;
use std::fmt;

use globset::GlobMatcher;
use kube_core::{Selector, SelectorExt as _};

use crate::kinds::Kind;
use crate::shutdown::Policy;

use super::error::name_of;

/// One rule of `workloads`. The first one that matches a workload counts for it, and no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadRule {
    /// The way to it in the resource that states it.
    pub path: Vec<String>,
    /// The byte of the file or of the input at which it stands; `None` for one that a flag states.
    pub offset: Option<usize>,
    /// Which workloads it is for.
    pub matcher: Matcher,
    /// They are left alone.
    pub skip: bool,
    /// What holds for them: the base with what the rule sets.
    pub policy: Policy,
    /// The names of the fields that it sets.
    pub stated: Vec<&'static str>,
}

impl WorkloadRule {
    /// What it is called in messages: `workloads[1]`.
    pub(crate) fn name(&self) -> String {
        name_of(&self.path)
    }
}

/// A workload, as far as a policy can tell it from others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Workload<'w> {
    /// The API group; empty for the core group.
    pub group: &'w str,
    /// `kind`
    pub kind: &'w str,
    /// Its namespace, where the manifest or `defaultNamespace` tells it.
    pub namespace: Option<&'w str>,
    /// Its name.
    pub name: &'w str,
    /// Its own labels, not those of its pods.
    pub labels: &'w BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: &'w BTreeMap<String, String>,
    /// Those of its pod template; none for a pod, which is its own template.
    pub template_annotations: &'w BTreeMap<String, String>,
}

/// Which workloads a rule is for: all that each of these matches. What is `None` matches every workload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Matcher {
    /// The kind; for a kind that is not known, one without templates.
    pub kind: Option<Kind>,
    /// The name.
    pub name: Option<Pattern>,
    /// The namespace. It matches no workload whose namespace is not known.
    pub namespace: Option<Pattern>,
    /// The labels of the workload itself.
    pub selector: Option<Selector>,
}

/// A glob.
#[derive(Clone)]
pub(crate) struct Pattern(pub(super) GlobMatcher);

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.0.glob().glob())
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.glob() == other.0.glob()
    }
}

impl Eq for Pattern {}

/// Prints the glob.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.glob().glob())
    }
}

impl Matcher {
    /// Whether a rule with it is for that workload.
    pub(crate) fn matches(&self, workload: &Workload<'_>) -> bool {
        let namespace = |pattern: &Pattern| workload.namespace.is_some_and(|name| pattern.0.is_match(name));
        self.kind.as_ref().is_none_or(|kind| kind.is(workload.group, workload.kind))
            && self.name.as_ref().is_none_or(|pattern| pattern.0.is_match(workload.name))
            && self.namespace.as_ref().is_none_or(namespace)
            && self.selector.as_ref().is_none_or(|selector| selector.matches(workload.labels))
    }
}

/// Prints what it wants, as in a rule: `kind: Deployment, name: web-*`.
impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("kind", self.kind.as_ref().map(Kind::to_string)),
            ("name", self.name.as_ref().map(Pattern::to_string)),
            ("namespace", self.namespace.as_ref().map(Pattern::to_string)),
            ("selector", self.selector.as_ref().map(Selector::to_string)),
        ];
        let parts: Vec<_> = parts.into_iter().filter_map(|(key, text)| Some(format!("{key}: {}", text?))).collect();
        if parts.is_empty() { f.write_str("every workload") } else { f.write_str(&parts.join(", ")) }
    }
}
