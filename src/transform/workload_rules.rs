//! Which rules of the policy matched a workload of the input.

use crate::object::Identity;
use crate::policy::{PolicySet, WorkloadRule};
use crate::protocol::{Origin, ResultEntry};
use crate::report::{Located, WorkloadReport};
use crate::rules::{Finding, Severity, unmatched_rule};
use crate::yaml::{NodeId, Place, Tree};

/// A rule of `workloads`, and whether it matched in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleUse {
    /// The rule.
    pub rule: WorkloadRule,
    /// It is in the functionConfig of the input. Otherwise a file or a flag states it.
    pub is_of_input: bool,
    /// It matched a workload, in at least one input.
    pub matched: bool,
}

impl RuleUse {
    /// The finding if it matched no workload.
    pub fn finding(&self) -> Finding {
        unmatched_rule::found(&self.rule.name(), &self.rule.matcher, self.rule.matcher.namespace.is_some())
    }
}

/// What the run that gave these reports made of the rules.
pub(super) fn uses(policy: &PolicySet, is_of_input: bool, reports: &[WorkloadReport]) -> Vec<RuleUse> {
    let used = |number: usize| reports.iter().any(|report| report.rule == Some(number));
    let rules = policy.rules.iter().enumerate();
    rules.map(|(number, rule)| RuleUse { rule: rule.clone(), is_of_input, matched: used(number) }).collect()
}

/// What several inputs under one policy made of its rules together.
pub(super) fn uses_together<'d>(inputs: impl IntoIterator<Item = &'d [RuleUse]>) -> Vec<RuleUse> {
    let mut inputs = inputs.into_iter();
    let mut all = inputs.next().unwrap_or_default().to_vec();
    for uses in inputs {
        all.iter_mut().zip(uses).for_each(|(one, other)| one.matched |= other.matched);
    }
    all
}

/// The rules of a functionConfig that were for no workload, as entries of `results`: they speak of the functionConfig.
pub(super) fn results(tree: &Tree<'_>, root: NodeId, rules: &[RuleUse]) -> Vec<(Severity, ResultEntry)> {
    let text = |path: &[&str]| tree.str_at(root, &[&["functionConfig"], path].concat()).map(str::to_owned);
    let unmatched = rules.iter().filter(|rule| rule.is_of_input && !rule.matched);
    let functions = || Identity {
        api_version: text(&["apiVersion"]).unwrap_or_default(),
        kind: text(&["kind"]).unwrap_or_default(),
        namespace: text(&["metadata", "namespace"]),
        name: text(&["metadata", "name"]).unwrap_or_default(),
    };
    let located = |rule: &RuleUse| Located::at(Place { offset: 0, route: rule.rule.path.clone() }, rule.finding());
    unmatched.map(|rule| located(rule).entry(functions(), Origin::default(), None)).collect()
}
