//! What a finding is called, wherever its lines are.

use crate::rules::Subject;

use super::{Located, WorkloadReport};

/// What a finding is called, wherever its lines are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    /// The id of the rule.
    pub rule: String,
    /// Group, kind, namespace and name of the object.
    pub object: String,
    /// The field that it is about, or the container whose hook it is about.
    pub field: String,
}

impl Name {
    /// The name of a finding about a workload.
    pub(crate) fn of(report: &WorkloadReport, located: &Located) -> Self {
        // Pods come and go.
        let owner = report.running.as_ref().and_then(|running| running.owner.as_ref());
        let identity = owner.unwrap_or(&report.identity);
        let group = identity.group().unwrap_or_default();
        let kind = if group.is_empty() { identity.kind.clone() } else { format!("{}.{group}", identity.kind) };
        let namespace = identity.namespace.as_deref().unwrap_or_default();
        let field = match &located.finding.subject {
            // Containers move in their list.
            Subject::AppHook(container) => format!("{} hook of {container}", report.template),
            _ => located.place.route.to_string(),
        };
        Self {
            rule: located.finding.rule.id().to_owned(),
            object: format!("{kind} {namespace}/{}", identity.name),
            field: field.trim_start().to_owned(),
        }
    }

    /// 64 bits of it, as text. The `nth` of the same name in a run is another one.
    pub(crate) fn fingerprint(&self, nth: usize) -> String {
        let text = format!("{}\n{}\n{}\n{nth}", self.rule, self.object, self.field);
        // FNV-1a: it has to be the same in every release, which no hash of std is.
        let hash = text
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        format!("{hash:016x}")
    }
}
