//! What a run did and found, workload by workload, with a place in the input for every finding.

use crate::istio::Reason;
use crate::object::Identity;
use crate::protocol::{Origin, ResultEntry};
use crate::shutdown::{Change, Finding, Severity};
use crate::yaml::{NodeId, NodeKind, Route, Step, Tree};

/// What became of one workload.
#[derive(Clone, Debug)]
pub struct WorkloadReport {
    /// What it is called.
    pub identity: Identity,
    /// Where it came from before it was put into the input.
    pub origin: Origin,
    /// The byte of the input at which it starts.
    pub offset: usize,
    /// What was done with it.
    pub outcome: Outcome,
    /// What was changed, where it was edited.
    pub changes: Vec<Change>,
    /// What is worth telling about it.
    pub findings: Vec<Located>,
}

/// What was done with a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is not one to be edited, for these reasons.
    LeftAlone(Vec<Reason>),
    /// It has all that it needs.
    Unchanged,
    /// It was edited.
    Edited,
    /// It would have been edited, had no error been found in another one.
    Withheld,
    /// It was not edited, since an error was found in it.
    Refused,
}

/// A finding and the place that it speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// What was found.
    pub finding: Finding,
    /// The byte of the input that it speaks of. Lines and columns are worked out where they are shown.
    pub offset: usize,
    /// The field, as a path from the object.
    pub field: String,
}

/// The offset of the node at the end of a route, or of the last node on the way that is there: the key where there is one,
/// since a value may be far below it.
pub fn offset_of(tree: &Tree<'_>, root: NodeId, route: &Route) -> usize {
    let (mut node, mut offset) = (root, tree.node(root).span.start());
    for step in &route.0 {
        let next = match step {
            Step::Key(name) => {
                let key = tree.entries(node).iter().rev().find(|(key, _)| tree.str(*key) == Some(name));
                key.map(|(key, value)| (tree.node(*key).span.start(), *value))
            }
            Step::Item(index) => match &tree.node(tree.resolve(node)).kind {
                NodeKind::Sequence { items, .. } => {
                    items.get(*index).map(|item| (tree.node(*item).span.start(), *item))
                }
                _ => None,
            },
            Step::End | Step::Text => None,
        };
        let Some((at, value)) = next else { break };
        (offset, node) = (at, value);
    }
    offset
}

impl WorkloadReport {
    /// The most serious severity among its findings.
    pub fn severity(&self) -> Option<Severity> {
        self.findings.iter().map(|located| located.finding.severity).max()
    }

    /// Its findings as entries of `results`.
    pub fn results(&self) -> impl Iterator<Item = (Severity, ResultEntry)> + '_ {
        self.findings.iter().map(|Located { finding, field, .. }| {
            let message = match finding.remedy.as_str() {
                "" => finding.message.clone(),
                remedy => format!("{} ({remedy})", finding.message),
            };
            let entry = ResultEntry {
                severity: finding.severity.name(),
                message,
                rule: finding.rule.id(),
                object: self.identity.clone(),
                field: field.clone(),
                origin: self.origin.clone(),
            };
            (finding.severity, entry)
        })
    }
}
