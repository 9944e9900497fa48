//! What holds for a run in the end, with the defaults filled in.

use std::collections::BTreeMap;

use kube_core::Selector;

use crate::kinds::Kind;
use crate::shutdown::Policy;

use super::selection::WorkloadRule;

/// The labels of namespaces, by their names.
pub(crate) type Namespaces = BTreeMap<String, BTreeMap<String, String>>;

/// What the user wants of a run, with all sources laid over each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySet {
    /// How workloads are to shut down, where neither a rule nor their annotations say otherwise.
    pub policy: Policy,
    /// The kinds of workloads to edit, never empty.
    pub(crate) kinds: Vec<Kind>,
    /// What holds for some workloads; the first one that matches counts.
    pub rules: Vec<WorkloadRule>,
    /// The labels of namespaces, where the input may not have them.
    pub(crate) namespaces: Namespaces,
    /// The namespace of objects that name none.
    pub(crate) default_namespace: Option<String>,
    /// Pods that are not injected: `neverInjectSelector` of the injector.
    pub(crate) never_inject: Vec<Selector>,
    /// Pods that are injected: `alwaysInjectSelector` of the injector.
    pub(crate) always_inject: Vec<Selector>,
    /// Write no objects back.
    pub emit_nothing: bool,
    /// Report what is to be edited, as errors, and edit nothing.
    pub check: bool,
}

/// What holds where nothing is configured.
impl Default for PolicySet {
    fn default() -> Self {
        Self {
            policy: Policy::builtin(),
            kinds: Kind::defaults(),
            rules: Vec::new(),
            namespaces: Namespaces::new(),
            default_namespace: None,
            never_inject: Vec::new(),
            always_inject: Vec::new(),
            emit_nothing: false,
            check: false,
        }
    }
}
