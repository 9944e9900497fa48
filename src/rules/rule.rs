//! What every finding of one kind has in common.

use std::fmt;
use std::hash::{Hash, Hasher};

use super::{Finding, Severity, Subject};

/// A rule: what findings are instances of. One static of it stands in each rule's file.
#[derive(Debug)]
pub struct Rule {
    pub(super) id: &'static str,
    pub(super) severity: Severity,
    pub(super) confidence: Confidence,
    pub(super) remedy: Remedy,
    pub(super) page: &'static [&'static str],
}

/// How sure a finding is to matter. Ordered: certain ones are the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Confidence {
    /// Good to know, or a matter of order: no request is lost because of it.
    Style,
    /// True if an assumption holds that the input can't confirm. The text names it: "the sidecar is native".
    Likely(&'static str),
    /// True for every pod that is made from the manifest.
    Certain,
}

/// How sure a finding is to matter, without what it assumes. Ordered: certain ones are the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sureness {
    /// [`Confidence::Style`]
    Style,
    /// [`Confidence::Likely`]
    Likely,
    /// [`Confidence::Certain`]
    Certain,
}

/// What makes a finding go away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Remedy {
    /// The edit that `fix` makes.
    Edit,
    /// A field of the policy, by its name there. It has to be set to a value that only the user knows.
    Policy(&'static str),
    /// Something that people have to do: in the manifest, in the mesh, in the app.
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

    /// The same without what it assumes.
    pub(crate) const fn sureness(self) -> Sureness {
        match self {
            Self::Style => Sureness::Style,
            Self::Likely(_) => Sureness::Likely,
            Self::Certain => Sureness::Certain,
        }
    }

    /// What has to hold for the finding to be true, where that is not certain.
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

    /// How bad its findings are, unless one says otherwise.
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// How sure its findings are, unless one says otherwise.
    pub const fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// What makes its findings go away.
    pub const fn remedy(&self) -> Remedy {
        self.remedy
    }

    /// Whether its findings speak of what is written, or of the numbers that come of it. They say nothing of a workload that stays as it is
    /// and would be edited.
    pub fn speaks_of_plan(&self) -> bool {
        SPEAK_OF_PLAN.contains(&self.id)
    }

    /// The rule of that id.
    pub fn find(id: &str) -> Option<&'static Self> {
        super::ALL.iter().find(|rule| rule.id == id).copied()
    }

    /// What the rule is about: the first paragraph of its page, as one line.
    pub fn summary(&self) -> String {
        let lines: Vec<&str> = self.page.iter().map(|line| line.trim()).take_while(|line| !line.is_empty()).collect();
        lines.join(" ")
    }

    /// Its page in markdown: the summary, then a section under each of
    /// the headings [`HEADINGS`](Self::HEADINGS).
    pub fn page(&self) -> String {
        self.page.iter().flat_map(|line| [line.strip_prefix(' ').unwrap_or(line), "\n"]).collect()
    }

    /// The headings of a page, in their order.
    pub const HEADINGS: [&str; 6] = ["What it does", "Why it is bad", "Example", "Remedy", "What fix does", "Source"];

    /// The only way to a finding: about a part of the workload, one sentence, and what to do about it.
    pub(super) fn found(
        &'static self,
        subject: Subject,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        let Self { severity, confidence, .. } = *self;
        Finding { rule: self, severity, subject, message: message.into(), remedy: remedy.into(), confidence }
    }

    /// A text that can't be edited safely, because of `what`.
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

/// Ids are unique, so they are what makes rules equal.
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
