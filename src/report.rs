//! What a run did and found, workload by workload, with a place in the input for every finding.

mod explanation;

use std::sync::Arc;

use crate::istio::{Decision, Mode, Reason, SidecarMode};
use crate::object::Identity;
use crate::policy::Cause;
use crate::protocol::{Origin, PatchSign, ResultEntry};
use crate::rules::{Finding, Severity, dies_on_purpose, gateway_without_drain};
use crate::shutdown::Change;
use crate::yaml::{EditSet, Place, Value};

pub(crate) use explanation::{Explanation, command_line, handler, length, owner};

/// What became of one workload.
#[derive(Clone, Debug)]
pub struct WorkloadReport {
    /// What it is called.
    pub identity: Identity,
    /// The way to its pod template, where it has several: each of them has a report of its own. Else empty.
    pub template: String,
    /// Where it came from before it was put into the input.
    pub origin: Origin,
    /// The byte of the input at which it starts.
    pub offset: usize,
    /// What was done with it.
    pub outcome: Outcome,
    /// It is no workload, but an object that the mesh is configured by.
    pub(crate) is_mesh: bool,
    /// The rule of the policy that is for it, by its number from 0.
    pub(crate) rule: Option<usize>,
    /// The fields of the policy that are not those of the base, and who sets them.
    pub sources: Vec<(&'static str, Cause)>,
    /// What sidecar its pods get; nothing is known of workloads that were not read.
    pub(crate) sidecar: SidecarSeen,
    /// What the plan used; `None` where there was none to be made.
    pub(crate) explanation: Option<Arc<Explanation>>,
    /// What was changed, where it was edited.
    pub changes: Vec<Change>,
    /// The edits that `fix` would make, where the workload was only looked at.
    pub(crate) fix: EditSet,
    /// What is worth telling about it.
    pub findings: Vec<Located>,
}

/// What sidecar the pods of a workload get.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SidecarSeen {
    /// Whether they get one, and why.
    pub injection: Decision,
    /// Which kind, and why.
    pub mode: Mode,
    /// It can't be seen that they get one, and they are taken to.
    pub is_assumed: bool,
}

/// What was done with a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is not one to be edited, for these reasons.
    LeftAlone(Vec<Reason>),
    /// It is for the tools only and never reaches a cluster.
    Local,
    /// It is a part of a workload, which kustomize merges into the whole one.
    Patch(PatchSign),
    /// Flux fills in what the plan would go by.
    Variable,
    /// Its kind must not have what this tool writes.
    Forbidden {
        /// The reason: a clause to follow after "since".
        why: &'static str,
        /// What people can do by hand, in a few words; empty for nothing.
        remedy: &'static str,
    },
    /// Its pods are those of another workload.
    Refers(Identity),
    /// It is not a workload: it was read for what it says of others, as of the mesh around them.
    Observed,
    /// A rule of the policy or an annotation says that it is to be left alone.
    Skipped(Cause),
    /// It has all that it needs.
    Unchanged,
    /// It was edited.
    Edited,
    /// It lacks what the plan would write, and was only looked at.
    Lacking,
    /// It would have been edited, had no error been found in another one.
    Withheld,
    /// It was not edited, since an error was found in it.
    Refused,
}

impl Outcome {
    /// It is not one of those that the recipe is for, whatever is missing in it.
    pub(crate) fn is_left_alone(&self) -> bool {
        matches!(
            self,
            Self::LeftAlone(_)
                | Self::Local
                | Self::Variable
                | Self::Patch(_)
                | Self::Forbidden { .. }
                | Self::Skipped(_)
        )
    }
}

/// A finding and the place that it speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// What was found.
    pub finding: Finding,
    /// Where what it speaks of stands: the way is that from the object on.
    pub place: Place,
    /// What is there; `None` for nothing, and for what is too large to be shown.
    pub current: Option<Value>,
    /// What the plan puts there, where it is about that field.
    pub proposed: Option<Value>,
}

impl Located {
    /// A finding at its place, without the values there.
    pub(crate) const fn at(place: Place, finding: Finding) -> Self {
        Self { finding, place, current: None, proposed: None }
    }

    /// It as an entry of `results`, about an object that came from `origin`.
    pub(crate) fn entry(&self, object: Identity, origin: Origin) -> (Severity, ResultEntry) {
        let Self { finding, place, current, proposed } = self;
        let message = match finding.remedy.as_str() {
            "" => finding.message.clone(),
            remedy => format!("{} ({remedy})", finding.message),
        };
        let entry = ResultEntry {
            severity: finding.severity.name(),
            message,
            rule: finding.rule.id(),
            object,
            field: place.route.clone(),
            current: current.clone(),
            proposed: proposed.clone(),
            origin,
        };
        (finding.severity, entry)
    }
}

impl WorkloadReport {
    /// Nothing but what it is, and what becomes of it.
    pub(crate) fn new(identity: Identity, origin: Origin, offset: usize, outcome: Outcome) -> Self {
        Self {
            identity,
            template: String::new(),
            origin,
            offset,
            outcome,
            is_mesh: false,
            rule: None,
            sources: Vec::new(),
            sidecar: SidecarSeen::default(),
            explanation: None,
            changes: Vec::new(),
            fix: EditSet::default(),
            findings: Vec::new(),
        }
    }

    /// What would have been edited is not, since an error was found elsewhere.
    pub(crate) fn withhold(&mut self) {
        if self.outcome == Outcome::Edited {
            self.outcome = Outcome::Withheld;
        }
    }

    /// Whether nothing is to be done for a reason that is among the findings, rather than since all is there.
    pub(crate) fn is_left_for_a_finding(&self) -> bool {
        let says_why = |finding: &Finding| {
            finding.severity >= Severity::Warning
                || [&dies_on_purpose::RULE, &gateway_without_drain::RULE].contains(&finding.rule)
        };
        self.outcome == Outcome::Unchanged && self.findings.iter().any(|located| says_why(&located.finding))
    }

    /// What people call it: `apps/v1 Deployment prod/web`, with the way to the pod template where there are several.
    pub fn title(&self) -> String {
        match self.template.as_str() {
            "" if self.identity == Identity::default() => "Helm values".to_owned(),
            "" => self.identity.to_string().trim().to_owned(),
            template => format!("{} {template}", self.identity),
        }
    }

    /// The same with the file that it came from, where the host names it: lines and columns are those of the stream.
    pub(crate) fn title_with_origin(&self) -> String {
        let origin = self.origin.to_string();
        if origin.is_empty() { self.title() } else { format!("{}, {origin}", self.title()) }
    }

    /// The most serious severity among its findings.
    pub fn severity(&self) -> Option<Severity> {
        self.findings.iter().map(|located| located.finding.severity).max()
    }

    /// It is edited, or would be, for a sidecar that nothing shows.
    pub(crate) fn rests_on_assumption(&self) -> bool {
        self.sidecar.is_assumed && matches!(self.outcome, Outcome::Edited | Outcome::Lacking)
    }

    /// It is planned for either kind of sidecar, since nothing shows which it gets, and has a hook that costs a native
    /// one time.
    pub(crate) fn has_unknown_mode(&self) -> bool {
        use Outcome::{Edited, Lacking, Unchanged, Withheld};
        let has_hook = self.explanation.as_ref().is_some_and(|explanation| explanation.hook.is_some());
        has_hook
            && self.sidecar.mode.kind == SidecarMode::Unknown
            && matches!(self.outcome, Edited | Lacking | Unchanged | Withheld)
    }

    /// Its findings as entries of `results`.
    pub(crate) fn results(&self) -> impl Iterator<Item = (Severity, ResultEntry)> + '_ {
        self.findings.iter().map(|located| located.entry(self.identity.clone(), self.origin.clone()))
    }
}
