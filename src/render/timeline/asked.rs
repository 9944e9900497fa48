//! Which workloads are asked for.

use crate::observed::PodRecord;
use crate::report::WorkloadReport;

/// Which workloads are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// `NAME`
    pub name: Option<String>,
    /// What stands before the name: `web` of `web/NAME` is a kind, or a namespace.
    pub scope: Option<String>,
    /// `--kind`
    pub kind: Option<String>,
    /// `--namespace`
    pub namespace: Option<String>,
    /// `--with-fix`: what holds once the plan is carried out, too.
    pub with_fix: bool,
    /// `--log`: what was seen of pods.
    pub records: Option<Vec<PodRecord>>,
}

/// The short names of kinds (`kubectl api-resources`).
const SHORT_NAMES: [(&str, &str); 7] = [
    ("deploy", "Deployment"),
    ("sts", "StatefulSet"),
    ("ds", "DaemonSet"),
    ("rs", "ReplicaSet"),
    ("rc", "ReplicationController"),
    ("cj", "CronJob"),
    ("po", "Pod"),
];

/// Whether a kind is meant, as kubectl has it: `deployments.apps`, `deployment` and `deploy` are `Deployment`.
fn is_kind(asked: &str, kind: &str) -> bool {
    let bare = asked.split('.').next().unwrap_or(asked);
    let is = |name: &str| name.eq_ignore_ascii_case(kind);
    let short = SHORT_NAMES.iter().find(|(short, _)| short.eq_ignore_ascii_case(bare));
    is(asked) || is(bare) || bare.strip_suffix(['s', 'S']).is_some_and(is) || short.is_some_and(|(_, name)| is(name))
}

impl Asked {
    /// Whether it is for some workloads only.
    pub(super) const fn is_for_some(&self) -> bool {
        self.name.is_some() || self.kind.is_some() || self.namespace.is_some()
    }

    /// Whether a workload of this name is meant.
    pub(super) fn is_for(&self, report: &WorkloadReport, name: &str) -> bool {
        let identity = &report.identity;
        let namespace = identity.namespace.as_deref().unwrap_or("default");
        let is_scope = |scope: &String| is_kind(scope, &identity.kind) || scope == namespace;
        self.name.as_ref().is_none_or(|asked| asked.eq_ignore_ascii_case(name))
            && self.kind.as_ref().is_none_or(|asked| is_kind(asked, &identity.kind))
            && self.namespace.as_ref().is_none_or(|asked| asked.eq_ignore_ascii_case(namespace))
            && self.scope.as_ref().is_none_or(is_scope)
    }

    /// All of it, as it goes on behind "a workload".
    pub(super) fn words(&self) -> String {
        let name = self.name.iter().map(|name| match &self.scope {
            Some(scope) => format!(" called `{scope}/{name}`"),
            None => format!(" called `{name}`"),
        });
        let kind = self.kind.iter().map(|kind| format!(" of the kind `{kind}`"));
        let namespace = self.namespace.iter().map(|namespace| format!(" in the namespace `{namespace}`"));
        name.chain(kind).chain(namespace).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_as_kubectl_has_them() {
        for asked in ["Deployment", "deployments", "DEPLOY", "deploy", "deployments.apps", "deployment.v1.apps"] {
            assert!(is_kind(asked, "Deployment") && !is_kind(asked, "StatefulSet"), "{asked}");
        }
        assert!(is_kind("sts", "StatefulSet") && is_kind("StatefulSet.apps.kruise.io", "StatefulSet"));
        assert!(!is_kind("", "Deployment") && !is_kind("s", "Deployment") && !is_kind("dep", "Deployment"));
    }
}
