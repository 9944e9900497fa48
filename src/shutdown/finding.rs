//! What is worth telling: a rule, a severity, a sentence and a remedy, bound to a part of the pod.

use super::Rule;

/// How bad it is. Ordered: errors are the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Requests may be lost, or what is written there does nothing.
    Warning,
    /// Not edited, or it would be rejected.
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

/// The part of the workload that a finding speaks of. The domain names parts; only one place outside turns them into
/// text positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The workload as a whole.
    Workload,
    /// `terminationGracePeriodSeconds`.
    GracePeriod,
    /// The `proxy.istio.io/config` annotation.
    ProxyConfig,
    /// The preStop hook of the app container of that name.
    AppHook(String),
    /// The `istio-proxy` container override.
    ProxyContainer,
    /// The preStop hook of the `istio-proxy` override.
    ProxyHook,
}

/// One finding about one workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule it is an instance of.
    pub rule: Rule,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about.
    pub subject: Subject,
    /// One sentence, lower case, no full stop: what is so.
    pub message: String,
    /// What to do about it; may be empty only for notes.
    pub remedy: String,
}
