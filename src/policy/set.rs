//! What holds for a run in the end, with the defaults filled in.

use std::collections::BTreeMap;

use kube_core::Selector;

use crate::istio::MeshSettings;
use crate::kinds::Kind;
use crate::kubernetes::Release;
use crate::rules::{Rule, Severity, Sureness};
use crate::shutdown::Policy;

use super::selection::WorkloadRule;

/// The labels of namespaces, by their names.
pub(crate) type Namespaces = BTreeMap<String, BTreeMap<String, String>>;

/// What is declared of revisions, by their names.
pub(crate) type Revisions = BTreeMap<String, DeclaredRevision>;

/// What is declared of one revision of Istio.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeclaredRevision {
    /// Its release.
    pub(crate) istio: Option<Release>,
    /// What is set for its mesh.
    pub(crate) mesh: MeshSettings,
    /// The tags that stand for it.
    pub(crate) tags: Vec<String>,
}

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
    /// The revisions that there are, and what holds for pods of each where `target.istio` and `mesh` say nothing.
    pub(crate) revisions: Revisions,
    /// The revisions and tags that have webhooks, where all of them are known.
    pub(crate) webhooks: Option<Vec<String>>,
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
    /// Edit the objects that the mesh is configured by, too.
    pub(crate) write_mesh: bool,
    /// A source states `preStop`.
    pub(crate) states_hook: bool,
    /// What is done with what a check finds.
    pub checks: Checks,
}

/// What is done with what a check finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checks {
    /// The rules whose findings count; empty for all.
    pub select: Vec<&'static Rule>,
    /// The rules whose findings don't.
    pub ignore: Vec<&'static Rule>,
    /// The least severity with which a finding fails the check.
    pub fail_on: Severity,
    /// The least sureness with which it does.
    pub min_confidence: Sureness,
    /// The file that lists the findings that are known and accepted.
    pub baseline: Option<String>,
}

impl Default for Checks {
    fn default() -> Self {
        Self {
            select: Vec::new(),
            ignore: Vec::new(),
            fail_on: Severity::Warning,
            min_confidence: Sureness::Certain,
            baseline: None,
        }
    }
}

/// What holds where nothing is configured.
impl Default for PolicySet {
    fn default() -> Self {
        Self {
            policy: Policy::builtin(),
            kinds: Kind::defaults(),
            rules: Vec::new(),
            namespaces: Namespaces::new(),
            revisions: Revisions::new(),
            webhooks: None,
            default_namespace: None,
            never_inject: Vec::new(),
            always_inject: Vec::new(),
            emit_nothing: false,
            check: false,
            write_mesh: false,
            states_hook: false,
            checks: Checks::default(),
        }
    }
}
