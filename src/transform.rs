//! The main job: text in, edits and reports out. This room calls the other rooms one after the other.

mod ambiguity;
mod bounds;
mod choice;
mod filled;
mod foreign;
#[cfg(test)]
mod growth;
mod heed;
mod interest;
mod kustomize;
mod list;
mod lower;
mod mesh;
mod mesh_draft;
mod observe;
mod passes;
mod planning;
mod pod;
mod pods;
mod policy_source;
mod proof;
mod restore;
mod run;
mod running;
mod shown;
mod site;
mod unasked;
mod undo;
mod unit;
mod workload;
mod workload_rules;

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroUsize;

use crate::policy::{Checks, PolicyError, PolicyFields};
use crate::protocol::ListFlaw;
use crate::report::{Name, WorkloadReport};
use crate::rules::Severity;
use crate::yaml::{EditSet, OverlapError, Patch, Source, SyntaxError};

pub(crate) use crate::protocol::listed_patches;
use bounds::{RunBounds, TooMuch};
pub(crate) use foreign::without_objects;
use passes::{Opened, open, plan_all};
pub(crate) use policy_source::plugin_policy;
pub use policy_source::read_policy;
use proof::ProofError;
pub(crate) use run::{Fate, Kustomized, Manifest, NoManifest, Role, Run};
pub(crate) use unasked::Unasked;
pub(crate) use workload_rules::RuleUse;

/// The settings of one run, beside the input.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The policy from flags and files. A functionConfig in the input fills in the rest.
    pub policy: PolicyFields,
    /// Parse every document, even if it can't matter.
    pub strict: bool,
    /// How many threads to use.
    pub threads: NonZeroUsize,
    /// Read running pods as they are, whichever kinds are asked for. A check always does.
    pub reads_running: bool,
    /// Who says which findings of a check fail it.
    pub judging: Judging,
    /// Keep the changes of values behind the edits, for whoever compares them with the output.
    pub keeps_patches: bool,
}

impl Settings {
    /// A policy for one text, which is read on one thread.
    pub fn of(policy: PolicyFields) -> Self {
        Self {
            policy,
            strict: false,
            threads: NonZeroUsize::MIN,
            reads_running: false,
            judging: Judging::default(),
            keeps_patches: false,
        }
    }
}

/// Who says which findings of a check fail it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judging {
    /// The run itself, which makes errors of them. The findings of these names are known and left out.
    Here(BTreeSet<Name>),
    /// Whoever reads its reports.
    Later,
}

impl Default for Judging {
    fn default() -> Self {
        Self::Here(BTreeSet::new())
    }
}

/// The result for one input: edits and reports.
#[derive(Clone, Debug, Default)]
pub struct Transformed {
    /// The edits of the input. They are proven: the edited text was parsed again, and has the planned changes and
    /// nothing else.
    pub edits: EditSet,
    /// Every workload of the kinds asked for, in the order of the input.
    pub reports: Vec<WorkloadReport>,
    /// The policy's rules, in its order, and which of them matched a workload here.
    pub rules: Vec<RuleUse>,
    /// The changes of values behind the edits, where the settings say that they are kept: the offset of a document's
    /// root, and the changes in it.
    pub patches: Vec<(usize, Patch)>,
    /// The input was a ResourceList.
    pub is_resource_list: bool,
    /// Workloads of kinds that were not asked for.
    pub(crate) unasked: Unasked,
    /// Policies among the documents of a stream. That of a ResourceList is its functionConfig, which counts.
    pub(crate) policies: usize,
    /// What is done with what was found, where the policy has it only checked.
    pub(crate) checks: Option<Checks>,
    /// What is written in place of the edited input, where the policy says `emitNothing`: the list without its items,
    /// or no text at all.
    pub emitted: Option<String>,
}

impl Transformed {
    /// Whether an error was found. Nothing is edited then; a ResourceList still gets its `results`.
    pub fn has_errors(&self) -> bool {
        has_errors(&self.reports)
    }

    /// Withdraws all edits, because of an error elsewhere.
    pub(crate) fn withhold(&mut self) {
        withhold(&mut self.reports);
        self.edits = EditSet::default();
        self.patches.clear();
    }
}

/// Why there is no output at all.
#[derive(Clone, Debug)]
pub enum TransformError {
    /// The input is not YAML.
    Syntax(SyntaxError),
    /// The policy in the input's functionConfig, or in a policy file, is wrong; each flaw has its offset.
    Policy(PolicyError),
    /// A ResourceList that can't be answered; with its offset.
    List(usize, ListFlaw),
    /// The `items` of the ResourceList are not a list, or can't be made one; with their offset.
    Items(usize),
    /// No document of the input is an object; with the offset of the first that holds something.
    NoObject(usize),
    /// It is a template that was not rendered; with the offset of its first braces.
    Template(usize),
    /// The text in an object of the mesh, which is to be written, is not YAML; with the offset of the text.
    MeshText(usize, SyntaxError),
    /// There is too much in it.
    Bounds(TooMuch),
    /// Two edits want the same bytes.
    Overlap(OverlapError),
    /// The edited text is not what was planned.
    Proof(ProofError),
}

impl fmt::Display for TransformError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(error) => f.write_str(&error.message),
            Self::Policy(error) => error.fmt(f),
            Self::List(_, flaw) => flaw.fmt(f),
            Self::Items(_) => f.write_str("`items` must be a list (write `items: []` for none)"),
            Self::NoObject(_) => {
                f.write_str("nothing in the input is a Kubernetes object: no document has both `apiVersion` and `kind`")
            }
            Self::Template(_) => f.write_str("this is a template that was not rendered"),
            Self::MeshText(_, error) => {
                write!(f, "this text is not YAML, so writeMesh can't write it: {error} (correct it)")
            }
            Self::Bounds(limit) => limit.fmt(f),
            Self::Overlap(error) => write!(f, "{error} (this is a bug in istio-drain; nothing was written)"),
            Self::Proof(error) => write!(f, "{error} (this is a bug in istio-drain; nothing was written)"),
        }
    }
}

impl std::error::Error for TransformError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Syntax(error) | Self::MeshText(_, error) => Some(error),
            Self::Policy(error) => Some(error),
            Self::List(..) | Self::Items(_) | Self::NoObject(_) | Self::Template(_) | Self::Bounds(_) => None,
            Self::Overlap(error) => Some(error),
            Self::Proof(error) => Some(error),
        }
    }
}

impl TransformError {
    /// Its position in the input, if it has one, in bytes.
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::Syntax(error) => Some(error.offset),
            Self::Policy(error) => error.flaws.first().and_then(|flaw| flaw.offset),
            Self::List(offset, _)
            | Self::Items(offset)
            | Self::NoObject(offset)
            | Self::Template(offset)
            | Self::MeshText(offset, _) => Some(*offset),
            Self::Bounds(TooMuch::Findings(offset)) => Some(*offset),
            Self::Bounds(_) | Self::Overlap(_) | Self::Proof(_) => None,
        }
    }
}

/// Plans, makes and proves the edits of a single input.
///
/// # Errors
///
/// See [`TransformError`]; there is no output then.
pub fn transform(source: Source<'_>, settings: &Settings) -> Result<Transformed, TransformError> {
    transform_under(source, &PolicyFields::default(), settings)
}

/// The same with a policy that was found beside the input. It is the weakest source, and is not used for a
/// ResourceList.
fn transform_under(
    source: Source<'_>,
    found: &PolicyFields,
    settings: &Settings,
) -> Result<Transformed, TransformError> {
    let (policy, opened) = open(source, found, settings)?;
    let bounds = RunBounds::of(source.text().len());
    if let Opened::Stream(parts) = &opened {
        bounds.takes_documents(parts.len());
    }
    let mut done = plan_all(&policy, vec![(source, opened)], settings, &bounds, || ());
    done.pop().unwrap_or_else(|| Ok(Transformed::default()))
}

/// If there is one error, nothing is edited.
fn withhold(reports: &mut [WorkloadReport]) {
    reports.iter_mut().for_each(WorkloadReport::withhold);
}

fn has_errors(reports: &[WorkloadReport]) -> bool {
    reports.iter().any(|report| report.severity() == Some(Severity::Error))
}
