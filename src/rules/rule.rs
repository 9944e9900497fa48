//! What all findings of one rule share.

use std::fmt;
use std::hash::{Hash, Hasher};

use super::{Finding, Severity, Subject};

/// A rule. Each finding is an instance of one. The file of each rule has one static of this type.
#[derive(Debug)]
pub struct Rule {
    pub(super) id: &'static str,
    pub(super) severity: Severity,
    pub(super) confidence: Confidence,
    pub(super) remedy: Remedy,
    pub(super) page: &'static [&'static str],
}

/// How certain it is that a finding matters, with the assumption behind it. Ordered: `Certain` is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Confidence {
    /// No request is lost because of it.
    Style,
    /// True if an assumption holds that the input can't confirm. The text names it: "the sidecar is native".
    Likely(&'static str),
    /// True for every pod that is made from the manifest.
    Certain,
}

/// [`Confidence`] without the assumption. Ordered: `Certain` is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sureness {
    /// [`Confidence::Style`]
    Style,
    /// [`Confidence::Likely`]
    Likely,
    /// [`Confidence::Certain`]
    Certain,
}

/// How a user gets rid of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Remedy {
    /// The edit that `fix` makes.
    Edit,
    /// A field of the policy, by its name. Only the user knows the value to set.
    Policy(&'static str),
    /// A change that people make by hand: in the manifest, in the mesh, or in the app.
    Advice,
}

impl Confidence {
    /// Its name, as in reports.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Style => "style",
            Self::Likely(_) => "likely",
            Self::Certain => "certain",
        }
    }

    /// The same without the assumption.
    pub(crate) const fn sureness(self) -> Sureness {
        match self {
            Self::Style => Sureness::Style,
            Self::Likely(_) => Sureness::Likely,
            Self::Certain => Sureness::Certain,
        }
    }

    /// The assumption behind a likely finding.
    pub(crate) const fn assumption(self) -> Option<&'static str> {
        match self {
            Self::Likely(what) => Some(what),
            Self::Style | Self::Certain => None,
        }
    }
}

impl Rule {
    /// The stable kebab-case name.
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// The severity of its findings, unless a finding has its own.
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// The confidence of its findings, unless a finding has its own.
    pub const fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// How a user gets rid of its findings, unless a finding has its own way.
    pub const fn remedy(&self) -> Remedy {
        self.remedy
    }

    /// Whether its findings are about the edits, or about the numbers after the edits, unless a finding says otherwise.
    pub fn speaks_of_plan(&self) -> bool {
        SPEAK_OF_PLAN.contains(&self.id)
    }

    /// The rule of that id.
    pub fn find(id: &str) -> Option<&'static Self> {
        super::ALL.iter().find(|rule| rule.id == id).copied()
    }

    /// The first paragraph of its page, as one line.
    pub fn summary(&self) -> String {
        let lines: Vec<&str> = self.page.iter().map(|line| line.trim()).take_while(|line| !line.is_empty()).collect();
        lines.join(" ")
    }

    /// Its page in markdown: the summary, then one section for each of [`HEADINGS`](Self::HEADINGS).
    pub fn page(&self) -> String {
        self.page.iter().flat_map(|line| [line.strip_prefix(' ').unwrap_or(line), "\n"]).collect()
    }

    /// The headings of a page, in their order.
    pub const HEADINGS: [&str; 6] = ["What it does", "Why it is bad", "Example", "Remedy", "What fix does", "Source"];

    /// Makes a finding. No other function does. `message` is one sentence, and `remedy` says what to do.
    pub(super) fn found(
        &'static self,
        subject: Subject,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        let Self { severity, confidence, .. } = *self;
        let (message, remedy, way) = (message.into(), remedy.into(), self.remedy);
        let is_of_plan = self.speaks_of_plan();
        Finding { rule: self, severity, subject, message, remedy, way, is_of_plan, confidence, beside: None }
    }

    /// A finding for text that can't be edited safely, because of `what`.
    pub(super) fn refused(&'static self, what: &dyn fmt::Display, remedy: &str) -> Finding {
        self.found(Subject::Workload, format!("can't be edited safely: {what}"), remedy)
    }
}

const SPEAK_OF_PLAN: [&str; 17] = [
    "admin-port-out-of-reach",
    "app-sleep-kept",
    "drain-beyond-apps",
    "drain-beyond-drain-duration",
    "drain-lengthens-downtime",
    "drain-without-effect",
    "exit-on-idle-on-native",
    "foreign-hook-kept",
    "grace-beyond-cover",
    "grace-kept",
    "grace-over-node-limit",
    "hook-eats-grace",
    "mesh-drains-already",
    "mesh-hook-replaced",
    "shared-process-namespace",
    "template-is-fixed",
    "wait-not-possible",
];

/// Ids are unique, so rules with equal ids are equal.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

impl Hash for Rule {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}
