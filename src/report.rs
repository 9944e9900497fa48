//! The results of a run for each workload, with a place in the input for every finding.

mod explanation;
mod name;

use std::sync::Arc;

use crate::istio::{Decision, Mode, Reason, SettingPlace, SidecarMode};
use crate::object::Identity;
use crate::policy::Cause;
use crate::protocol::{ListPlace, Origin, PatchSign, ResultEntry};
use crate::rules::{Finding, Severity, dies_on_purpose, gateway_without_drain};
use crate::shutdown::{Change, PodFacts};
use crate::yaml::{EditSet, Place, Value};

pub(crate) use explanation::{Explanation, command_line, handler, length, owner};
pub(crate) use name::Name;

/// The result for one workload.
#[derive(Clone, Debug)]
pub struct WorkloadReport {
    /// What it is called.
    pub identity: Identity,
    /// The path of its pod template, if it has several. Each template then has its own report. Otherwise empty.
    pub template: String,
    /// Its origin before it was put into the input.
    pub origin: Origin,
    /// Its start in the input, in bytes.
    pub offset: usize,
    /// Its outcome.
    pub outcome: Outcome,
    /// It is no workload, but an object that the mesh is configured by.
    pub(crate) is_mesh: bool,
    /// The number of the rule that matches it, from 0.
    pub(crate) rule: Option<usize>,
    /// The fields of the policy that differ from the base, and who sets them.
    pub sources: Vec<(&'static str, Cause)>,
    /// Which sidecar its pods get. Unknown for workloads that were not read.
    pub(crate) sidecar: SidecarSeen,
    /// What the plan used; `None` if no plan was made.
    pub(crate) explanation: Option<Arc<Explanation>>,
    /// What is known of a running pod; `None` for a manifest.
    pub(crate) running: Option<RunningPod>,
    /// The changes, if it was edited.
    pub changes: Vec<Change>,
    /// The edits that `fix` would make, if the workload was only checked.
    pub(crate) fix: EditSet,
    /// Its findings.
    pub findings: Vec<Located>,
}

/// What sidecar the pods of a workload get.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SidecarSeen {
    /// Whether they get one, and why.
    pub injection: Decision,
    /// Which kind, and why.
    pub mode: Mode,
    /// The input does not show that they get one, so it is assumed.
    pub is_assumed: bool,
}

/// What is known of a running pod, beside what any pod template says.
#[derive(Clone, Debug)]
pub(crate) struct RunningPod {
    /// The workload that made it; `None` where nothing did.
    pub owner: Option<Identity>,
    /// The facts of the template that it was made of, as far as the pod shows them.
    pub written: Option<Arc<PodFacts>>,
}

/// What was done with a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is left alone, for these reasons.
    LeftAlone(Vec<Reason>),
    /// It is only for tools and never reaches a cluster.
    Local,
    /// It is a kustomize patch: a part of a workload.
    Patch(PatchSign),
    /// Flux fills in values that the plan needs.
    Variable,
    /// Its kind must not have the fields that this tool writes.
    Forbidden {
        /// The reason: a clause to follow "since".
        why: &'static str,
        /// What people can do by hand, in a few words; empty if there is nothing.
        remedy: &'static str,
    },
    /// Its pods are those of another workload.
    Refers(Identity),
    /// It is not a workload: it was read for what it says about others, such as the mesh.
    Observed,
    /// A rule of the policy or an annotation skips it.
    Skipped(Cause),
    /// It has all that it needs.
    Unchanged,
    /// It was edited.
    Edited,
    /// It lacks the planned settings, and was only checked.
    Lacking,
    /// It would have been edited, but another workload has an error.
    Withheld,
    /// It was not edited, because it has an error.
    Refused,
}

impl Outcome {
    /// Whether it is left alone, even if it lacks settings.
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

/// A finding and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// What was found.
    pub finding: Finding,
    /// Where what it speaks of stands: the way is that from the object on.
    pub place: Place,
    /// The current value; `None` if there is none, or if it is too large to show.
    pub current: Option<Value>,
    /// The planned value, if the finding is about that field.
    pub proposed: Option<Value>,
    /// The running pods and have it in common, if it is reported once for several or for their owner.
    pub pods: Vec<String>,
}

impl Located {
    /// A finding at its place, without the values there.
    pub(crate) const fn at(place: Place, finding: Finding) -> Self {
        Self { finding, place, current: None, proposed: None, pods: Vec::new() }
    }

    /// The finding as an entry of `results`, for an object with this origin. `beside`: where the setting of the mesh
    /// stands that it is about, too.
    pub(crate) fn entry(&self, object: Identity, origin: Origin, beside: Option<ListPlace>) -> (Severity, ResultEntry) {
        let Self { finding, place, current, proposed, .. } = self;
        let remedy = match finding.remedy.as_str() {
            "" => String::new(),
            remedy => format!(" ({remedy})"),
        };
        let mesh = beside.as_ref().map(|place| format!(" [mesh: {place}]")).unwrap_or_default();
        let entry = ResultEntry {
            severity: finding.severity.name(),
            message: format!("{}{mesh}{remedy}", finding.message),
            rule: finding.rule.id(),
            object,
            field: place.route.clone(),
            current: current.clone(),
            proposed: proposed.clone(),
            origin,
            beside,
        };
        (finding.severity, entry)
    }
}

impl WorkloadReport {
    /// A report with only an identity and an outcome.
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
            running: None,
            changes: Vec::new(),
            fix: EditSet::default(),
            findings: Vec::new(),
        }
    }

    /// Withdraws the edits, because another workload has an error.
    pub(crate) fn withhold(&mut self) {
        if self.outcome == Outcome::Edited {
            self.outcome = Outcome::Withheld;
        }
    }

    /// Whether it is unchanged because of a finding, not because it has all settings.
    pub(crate) fn is_left_for_a_finding(&self) -> bool {
        let says_why = |finding: &Finding| {
            finding.severity >= Severity::Warning
                || [&dies_on_purpose::RULE, &gateway_without_drain::RULE].contains(&finding.rule)
        };
        self.outcome == Outcome::Unchanged && self.findings.iter().any(|located| says_why(&located.finding))
    }

    /// Its name for people: `apps/v1 Deployment prod/web`, with the path of the pod template if there are several.
    pub fn title(&self) -> String {
        match self.template.as_str() {
            "" if self.identity == Identity::default() => "Helm values".to_owned(),
            "" => self.identity.to_string().trim().to_owned(),
            template => format!("{} {template}", self.identity),
        }
    }

    /// The same with its original file, if the host names it. Lines and columns refer to the stream.
    pub(crate) fn title_with_origin(&self) -> String {
        let origin = self.origin.to_string();
        if origin.is_empty() { self.title() } else { format!("{}, {origin}", self.title()) }
    }

    /// The highest severity of its findings.
    pub fn severity(&self) -> Option<Severity> {
        self.findings.iter().map(|located| located.finding.severity).max()
    }

    /// Whether it is edited, or would be, on the assumption that it gets a sidecar.
    pub(crate) fn rests_on_assumption(&self) -> bool {
        self.sidecar.is_assumed && matches!(self.outcome, Outcome::Edited | Outcome::Lacking)
    }

    /// Whether its kind of sidecar is unknown, and its hook makes a native sidecar stay longer.
    pub(crate) fn has_unknown_mode(&self) -> bool {
        use Outcome::{Edited, Lacking, Unchanged, Withheld};
        let has_hook = self.explanation.as_ref().is_some_and(|explanation| explanation.hook.is_some());
        has_hook
            && self.sidecar.mode.kind == SidecarMode::Unknown
            && matches!(self.outcome, Edited | Lacking | Unchanged | Withheld)
    }

    /// Its findings as entries of `results`. `place` tells where in the list a setting of the mesh stands.
    pub(crate) fn results(
        &self,
        place: impl Fn(&SettingPlace) -> Option<ListPlace>,
    ) -> impl Iterator<Item = (Severity, ResultEntry)> {
        self.findings.iter().map(move |located| {
            let beside = located.finding.beside.as_ref().and_then(&place);
            located.entry(self.identity.clone(), self.origin.clone(), beside)
        })
    }
}
