//! The final policy of a run, with all defaults filled in.

use std::collections::BTreeMap;

use kube_core::Selector;

use crate::istio::MeshSettings;
use crate::kinds::Kind;
use crate::kubernetes::Release;
use crate::rules::{Finding, Rule, Severity, Sureness};
use crate::shutdown::Policy;

use super::matching::WorkloadRule;

/// The labels of namespaces, by their names.
pub(crate) type Namespaces = BTreeMap<String, BTreeMap<String, String>>;

/// The declared revisions, by name.
pub(crate) type Revisions = BTreeMap<String, DeclaredRevision>;

/// One declared revision of Istio.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeclaredRevision {
    /// Its release.
    pub(crate) istio: Option<Release>,
    /// The settings of its mesh.
    pub(crate) mesh: MeshSettings,
    /// The tags that refer to it.
    pub(crate) tags: Vec<String>,
}

/// The policy of a run, combined from all sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySet {
    /// How workloads should shut down. Rules and annotations win over it.
    pub policy: Policy,
    /// The kinds of workloads to edit, never empty.
    pub(crate) kinds: Vec<Kind>,
    /// The rules for some workloads. The first one that matches counts.
    pub rules: Vec<WorkloadRule>,
    /// The labels of namespaces that may not be in the input.
    pub(crate) namespaces: Namespaces,
    /// The revisions, each with the settings for its pods. `target.istio` and `mesh` win over them.
    pub(crate) revisions: Revisions,
    /// All revisions and tags that have webhooks, if they are known.
    pub(crate) webhooks: Option<Vec<String>>,
    /// The namespace of objects that name none.
    pub(crate) default_namespace: Option<String>,
    /// Pods that are not injected: `neverInjectSelector` of the injector.
    pub(crate) never_inject: Vec<Selector>,
    /// Pods that are injected: `alwaysInjectSelector` of the injector.
    pub(crate) always_inject: Vec<Selector>,
    /// Write no objects back.
    pub emit_nothing: bool,
    /// Report needed edits as errors, and edit nothing.
    pub check: bool,
    /// Edit the objects that the mesh is configured by, too.
    pub(crate) write_mesh: bool,
    /// A source states `preStop`.
    pub(crate) states_hook: bool,
    /// How findings of a check are treated.
    pub checks: Checks,
}

/// From which severity on a finding fails a check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailOn {
    /// From `info` on.
    Info,
    /// From `warning` on.
    #[default]
    Warning,
    /// Only errors do.
    Error,
    /// None does. What can't be read still fails.
    Never,
}

impl FailOn {
    fn fails(self, level: Severity) -> bool {
        match self {
            Self::Info => true,
            Self::Warning => level >= Severity::Warning,
            Self::Error => level == Severity::Error,
            Self::Never => false,
        }
    }
}

/// What is done with what a check finds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checks {
    /// The rules whose findings count; empty for all.
    pub select: Vec<&'static Rule>,
    /// The rules whose findings don't count.
    pub ignore: Vec<&'static Rule>,
    /// The least severity with which a finding fails the check; `warning` if it is not stated.
    pub fail_on: Option<FailOn>,
    /// The least sureness with which it does; `certain` if it is not stated.
    pub min_confidence: Option<Sureness>,
    /// The file that lists the findings that are known and accepted.
    pub baseline: Option<String>,
}

impl Checks {
    /// Whether a finding that is as bad and as sure as that fails a check.
    pub(crate) fn fail(&self, finding: &Finding) -> bool {
        self.fail_from(self.min_confidence.unwrap_or(Sureness::Certain), finding)
    }

    /// Whether a finding fails only a check with `--min-confidence likely`.
    pub(crate) fn fail_if_likely(&self, finding: &Finding) -> bool {
        !self.fail(finding) && self.fail_from(Sureness::Likely, finding)
    }

    fn fail_from(&self, least: Sureness, finding: &Finding) -> bool {
        self.fail_on.unwrap_or_default().fails(finding.level()) && finding.confidence().sureness() >= least
    }

    /// Whether it is stated what fails a check.
    pub(crate) fn state_what_fails(&self) -> bool {
        self.fail_on.is_some() || self.min_confidence.is_some()
    }
}

/// The policy without any configuration.
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
