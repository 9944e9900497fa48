//! What holds in the end, with the defaults filled in.

use kube_core::Selector;

use crate::kinds::Kind;
use crate::shutdown::Policy;

use super::fields::Namespaces;
use super::rule::Rule;

/// What becomes of an object that can't be edited safely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refused {
    /// An error: nothing comes out.
    Error,
    /// A warning: the object stays as it is, the others are edited.
    Warn,
}

/// What holds in the end: the domain's policy, and what it is applied to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySet {
    /// How each workload is to shut down.
    pub policy: Policy,
    /// What an object that can't be edited safely is.
    pub refused: Refused,
    /// The kinds of workloads to edit, without doubles.
    pub kinds: Vec<Kind>,
    /// Rules for some workloads; the first one that matches counts.
    pub rules: Vec<Rule>,
    /// The labels of namespaces, as far as the policy declares them.
    pub namespaces: Namespaces,
    /// The namespace of objects that name none.
    pub default_namespace: Option<String>,
    /// `neverInjectSelector` of the mesh: pods that one of these matches are not injected.
    pub never_inject: Vec<Selector>,
    /// `alwaysInjectSelector` of the mesh: pods that one of these matches are injected.
    pub always_inject: Vec<Selector>,
    /// No objects are written back, only results: what kustomize wants of `validators:`.
    pub emit_nothing: bool,
    /// A workload that lacks its settings is an error, and nothing is edited.
    pub check: bool,
}
