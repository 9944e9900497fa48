//! A finding: a rule, a severity, a sentence and a remedy, for a part of the workload.

use crate::istio::SettingPlace;

use super::{Confidence, Remedy, Rule, Sureness};

/// How bad a finding is. Ordered: `Error` is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Requests may be lost, or a setting has no effect.
    Warning,
    /// The workload is not edited, or the API server or the injector would reject it.
    Error,
}

impl Severity {
    /// Its name, as in `results`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// The part of the workload that a finding is about. `report::offset_of` turns it into a place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The workload as a whole.
    Workload,
    /// `terminationGracePeriodSeconds`.
    GracePeriod,
    /// The `proxy.istio.io/config` annotation.
    ProxyConfig,
    /// The annotation of that name on the pod template.
    Annotation(String),
    /// The preStop hook of the app container of that name.
    AppHook(String),
    /// The `istio-proxy` container override.
    ProxyContainer,
    /// The preStop hook of the `istio-proxy` override.
    ProxyHook,
}

/// Who gave istio-proxy its hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum HookOwner {
    /// This tool, in this run.
    New,
    /// This tool, in an earlier run.
    Present,
    /// Somebody else.
    Foreign,
    /// The mesh.
    Mesh,
}

impl HookOwner {
    /// The subject of findings about the hook. A new hook is not in the input yet, so the subject is the workload.
    /// Findings then keep the same place on every run.
    pub(crate) const fn subject(self) -> Subject {
        match self {
            Self::Foreign => Subject::ProxyHook,
            Self::New | Self::Present | Self::Mesh => Subject::Workload,
        }
    }
}

/// One finding about one workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that makes it.
    pub rule: &'static Rule,
    /// The rule's severity, or the finding's own.
    pub severity: Severity,
    /// The part of the workload that it is about.
    pub subject: Subject,
    /// The problem, in one sentence in lower case without a full stop.
    pub message: String,
    /// What to do about it. Empty only for notes.
    pub remedy: String,
    /// The rule's way to get rid of it, or the finding's own.
    pub(super) way: Remedy,
    /// Whether it is about the edits, or about the numbers after the edits: as others of its rule, or by itself.
    pub(super) is_of_plan: bool,
    /// Private, so that only rules can make findings.
    pub(super) confidence: Confidence,
    /// Where the setting of the mesh stands that it is about, too.
    pub beside: Option<SettingPlace>,
}

/// Of more pods than that the others are only counted.
const SHOWN_PODS: usize = 3;

impl Finding {
    /// The same finding with another severity.
    pub(super) fn at(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    /// The same finding, which goes away by something else than others of its rule.
    pub(super) fn by(self, way: Remedy) -> Self {
        Self { way, ..self }
    }

    /// The same finding, about what stands at that place, too.
    pub(crate) fn beside(self, place: Option<&SettingPlace>) -> Self {
        Self { beside: place.cloned(), ..self }
    }

    /// The same finding, true only if the assumption holds.
    pub(super) fn assuming(self, what: &'static str) -> Self {
        Self { confidence: Confidence::Likely(what), ..self }
    }

    /// The same finding with the confidence `style`.
    pub(super) fn of_style(self) -> Self {
        Self { confidence: Confidence::Style, ..self }
    }

    /// The same finding, true only if the assumption holds. Likely and style findings stay as they are.
    pub(crate) fn likely(self, what: Option<&'static str>) -> Self {
        match what {
            Some(what) if self.confidence == Confidence::Certain => self.assuming(what),
            _ => self,
        }
    }

    /// The same, with a remedy that people carry out by hand.
    pub(crate) fn mended_by(self, remedy: String) -> Self {
        Self { remedy, way: Remedy::Advice, ..self }
    }

    /// The same, seen in these running pods, and resolved by `remedy`.
    pub(crate) fn seen_in_pods(self, pods: &[String], remedy: String) -> Self {
        let shown: Vec<_> = pods.iter().take(SHOWN_PODS).map(String::as_str).collect();
        let rest = pods.len().saturating_sub(SHOWN_PODS);
        let rest = if rest == 0 { String::new() } else { format!(" and {rest} more") };
        let count = if pods.len() == 1 { "1 pod runs".to_owned() } else { format!("{} pods run", pods.len()) };
        let message = format!("{} ({count} like that: {}{rest})", self.message, shown.join(", "));
        Self { message, remedy, ..self }
    }

    /// The same finding about the hook of `owner`, which is out of reach if it is that of the mesh. A hook that the
    /// policy asks for is another one with another `preStop`.
    pub(super) fn of_hook(self, owner: HookOwner) -> Self {
        match owner {
            HookOwner::New | HookOwner::Present => self.by(Remedy::Policy("preStop")),
            HookOwner::Foreign => self,
            HookOwner::Mesh => self.by(Remedy::Advice),
        }
    }

    /// Whether it is about the edits, or about the numbers after the edits. Then it does not apply to a workload as it
    /// is, if the workload would be edited.
    pub(crate) const fn speaks_of_plan(&self) -> bool {
        self.is_of_plan
    }

    /// Whether nothing is edited because of it.
    pub(crate) fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// How a user gets rid of it.
    pub(crate) const fn way(&self) -> Remedy {
        self.way
    }

    /// How certain it is that the finding matters.
    pub(crate) const fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// How bad it is, given how sure it is: an error is one only if it is certain, and what is a matter of style is a
    /// note.
    pub(crate) fn level(&self) -> Severity {
        self.severity.min(match self.confidence.sureness() {
            Sureness::Certain => Severity::Error,
            Sureness::Likely => Severity::Warning,
            Sureness::Style => Severity::Info,
        })
    }

    /// Makes a warning of an error.
    pub(crate) fn soften(&mut self) {
        self.severity = self.severity.min(Severity::Warning);
    }
}
