//! Workloads of kinds that nobody asked for, which no run looks at.

use std::collections::BTreeMap;
use std::fmt;

use crate::kinds::{KNOWN, Kind, KnownKind};
use crate::object::{self, Identity};
use crate::protocol::{self, Input};
use crate::report::WorkloadReport;
use crate::workload::kind_of;
use crate::yaml::{Keep, NodeId, Source, Tree, parse};

/// How many there are of each kind, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unasked(BTreeMap<String, usize>);

/// Counts the workloads in an input whose kinds are known and not among those asked for, but for those that were looked at since one
/// of those refers to them. It reads the input once more, so it is for those who want to be told everything; what can't be read is told
/// elsewhere.
pub(super) fn unasked(source: Source<'_>, asked: &[Kind], looked_at: &[WorkloadReport]) -> Unasked {
    let mut unasked = Unasked::default();
    let is_wanted = |tree: &Tree<'_>, item: NodeId| {
        object::kinds(tree, item).any(|name| is_known(name) || object::is_list_kind(name))
    };
    match protocol::read(source, Keep { list: "items", is_wanted: &is_wanted }) {
        Ok(Input::ResourceList(tree, ..)) => unasked.add(&tree, asked, looked_at),
        Ok(Input::Stream(units)) => {
            let trees = units.iter().filter(|unit| protocol::may_hold(unit, is_known));
            trees
                .filter_map(|unit| parse(source, unit.span, Keep::ALL).ok())
                .for_each(|tree| unasked.add(&tree, asked, looked_at));
        }
        Err(_) => {}
    }
    unasked
}

fn is_known(name: &str) -> bool {
    KNOWN.iter().any(|kind| kind.name == name)
}

fn known(identity: &Identity) -> Option<&'static KnownKind> {
    let gvk = identity.gvk()?;
    KNOWN.iter().find(|kind| kind.is(&gvk.group, &gvk.kind) && kind.forbidden().is_none())
}

impl Unasked {
    /// Counts those of another input in.
    pub fn append(&mut self, other: Self) {
        for (kind, count) in other.0 {
            *self.0.entry(kind).or_default() += count;
        }
    }

    fn add(&mut self, tree: &Tree<'_>, asked: &[Kind], looked_at: &[WorkloadReport]) {
        for object in object::collect(tree, is_known) {
            let is_looked_at = || looked_at.iter().any(|report| report.identity == object.identity);
            if let Some(kind) = known(&object.identity)
                && kind_of(&object.identity, asked).is_none()
                && !is_looked_at()
            {
                *self.0.entry(kind.full_name()).or_default() += 1;
            }
        }
    }
}

/// Prints as `3 workloads of kinds that were not asked for: 1 CronJob, 2 Job`; as nothing where there are none.
impl fmt::Display for Unasked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<_> = self.0.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        match self.0.values().sum() {
            0_usize => Ok(()),
            1 => write!(f, "1 workload of a kind that was not asked for: {}", kinds.join(", ")),
            count => write!(f, "{count} workloads of kinds that were not asked for: {}", kinds.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(unasked(Source::embedded(text), &Kind::defaults(), &[]).to_string(), expected, "{text}");
    }

    #[test]
    fn other_workloads_are_counted() {
        let job = "apiVersion: batch/v1\nkind: Job\n";
        let cron_job = "apiVersion: batch/v1\nkind: CronJob\n";
        let deployment = "apiVersion: apps/v1\nkind: Deployment\n";
        check(deployment, "");
        check(&format!("{job}---\n{deployment}"), "1 workload of a kind that was not asked for: 1 Job");
        check(
            &format!("{job}---\n{cron_job}---\n{job}"),
            "3 workloads of kinds that were not asked for: 1 CronJob, 2 Job",
        );
        check("apiVersion: serving.knative.dev/v1\nkind: Service\n---\napiVersion: v1\nkind: Service\n", "");
        check("apiVersion: example.com/v1\nkind: Job\n", "");
        check(
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- {apiVersion: v1, kind: Pod}\n",
            "1 workload of a kind that was not asked for: 1 Pod",
        );
        check("a: [\n", "");
    }
}
