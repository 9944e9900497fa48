//! The workloads that others, such as a Rollout with a `workloadRef`, have their pod templates in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crate::object::{Identity, IdentityKey};

/// These workloads, found by what they are called.
#[derive(Clone, Debug, Default)]
pub(crate) struct Referred {
    by_kind: BTreeMap<String, Vec<Identity>>,
    /// In the default namespace of the run, where they name none.
    keys: OnceLock<BTreeSet<IdentityKey>>,
}

impl Referred {
    pub(super) fn of(all: Vec<Identity>) -> Self {
        let mut by_kind: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for identity in all {
            by_kind.entry(identity.kind.clone()).or_default().push(identity);
        }
        Self { by_kind, keys: OnceLock::new() }
    }

    /// Whether a workload of that kind is among them.
    pub(crate) fn has_kind(&self, kind: &str) -> bool {
        self.by_kind.contains_key(kind)
    }

    /// Whether that one is. A run has one default namespace.
    pub(crate) fn has(&self, identity: &Identity, default_namespace: Option<&str>) -> bool {
        let all = || self.by_kind.values().flatten().map(|one| one.key(default_namespace)).collect();
        self.has_kind(&identity.kind) && self.keys.get_or_init(all).contains(&identity.key(default_namespace))
    }
}
