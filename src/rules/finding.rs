//! What is worth telling: a rule, a severity, a sentence and a remedy, bound to a part of the workload.

use super::{Confidence, Rule};

/// How bad it is. Ordered: errors are the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Requests may be lost, or a setting has no effect.
    Warning,
    /// Not edited, or the API server or the injector would reject it.
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

/// The part of the workload that a finding is about. Only one place outside turns parts into text positions.
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
    /// What a finding about the hook is about. A hook that is only written now has no place of its own yet, and its
    /// findings are to have the same place on every run.
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
    /// The rule it is an instance of.
    pub rule: &'static Rule,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about.
    pub subject: Subject,
    /// One sentence, lower case, no full stop: what is so.
    pub message: String,
    /// What to do about it; empty only for notes.
    pub remedy: String,
    /// Private, so that only rules make findings.
    pub(super) confidence: Confidence,
}

impl Finding {
    /// The same finding, as bad as that.
    pub(super) fn at(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    /// The same finding, true only if the assumption holds.
    pub(super) fn assuming(self, what: &'static str) -> Self {
        Self { confidence: Confidence::Likely(what), ..self }
    }

    /// The same finding, good to know only.
    pub(super) fn of_style(self) -> Self {
        Self { confidence: Confidence::Style, ..self }
    }

    /// The same finding, true only if the assumption holds; what is a matter of style stays one.
    pub(crate) fn likely(self, what: Option<&'static str>) -> Self {
        match what {
            Some(what) if self.confidence == Confidence::Certain => self.assuming(what),
            _ => self,
        }
    }

    /// Whether nothing is edited because of it.
    pub(crate) fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// How sure it is.
    pub(crate) const fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// Makes a warning of an error.
    pub(crate) fn soften(&mut self) {
        self.severity = self.severity.min(Severity::Warning);
    }
}
