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
pub enum Confidence {
    /// Good to know, or a matter of order: no request is lost because of it.
    Style,
    /// True if an assumption holds that the input can't confirm. The text names it: "the sidecar is native".
    Likely(&'static str),
    /// True for every pod that is made from the manifest.
    Certain,
}

/// What makes a finding go away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// The edit that `fix` makes.
    Edit,
    /// A field of the policy, by its name there. It has to be set to a value that only the user knows.
    Policy(&'static str),
    /// Something that people have to do: in the manifest, in the mesh, in the app.
    Advice,
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

    /// What the rule is about: the first paragraph of its page, as one line.
    pub fn summary(&self) -> String {
        let lines: Vec<&str> = self.page.iter().map(|line| line.trim()).take_while(|line| !line.is_empty()).collect();
        lines.join(" ")
    }

    /// Its page in markdown: the summary, then sections under those of the headings [`HEADINGS`](Self::HEADINGS) that
    /// it has.
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
        let severity = self.severity;
        Finding { rule: self, severity, subject, message: message.into(), remedy: remedy.into() }
    }

    /// A text that can't be edited safely, because of `what`.
    pub(super) fn refused(&'static self, what: &dyn fmt::Display, remedy: &str) -> Finding {
        self.found(Subject::Workload, format!("can't be edited safely: {what}"), remedy)
    }
}

/// The names that callers in other rooms still use.
#[expect(non_upper_case_globals, missing_docs)]
impl Rule {
    pub const AmbiguousLineBreak: &'static Self = &super::ambiguous_line_break::RULE;
    pub const BadAnnotation: &'static Self = &super::bad_annotation::RULE;
    pub const BadDrainDuration: &'static Self = &super::bad_drain_duration::RULE;
    pub const BadProxyConfig: &'static Self = &super::bad_proxy_config::RULE;
    pub const ComplexKey: &'static Self = &super::complex_key::RULE;
    pub const DiesOnPurpose: &'static Self = &super::dies_on_purpose::RULE;
    pub const DuplicateKey: &'static Self = &super::duplicate_key::RULE;
    pub const EditInAlias: &'static Self = &super::edit_in_alias::RULE;
    pub const EditInMerge: &'static Self = &super::edit_in_merge::RULE;
    pub const GatewayWithoutDrain: &'static Self = &super::gateway_without_drain::RULE;
    pub const InitContainerProxy: &'static Self = &super::init_container_proxy::RULE;
    pub const InjectionNotSeen: &'static Self = &super::injection_not_seen::RULE;
    pub const MeshContradiction: &'static Self = &super::mesh_contradiction::RULE;
    pub const MissingTemplate: &'static Self = &super::missing_template::RULE;
    pub const MissingWorkloadRef: &'static Self = &super::missing_workload_ref::RULE;
    pub const NativeAnnotationValue: &'static Self = &super::native_annotation_value::RULE;
    pub const NotDrained: &'static Self = &super::not_drained::RULE;
    pub const OverrideWithoutInjection: &'static Self = &super::override_without_injection::RULE;
    pub const OverridesAnnotation: &'static Self = &super::overrides_annotation::RULE;
    pub const TwoHandlers: &'static Self = &super::two_handlers::RULE;
    pub const TwoProxies: &'static Self = &super::two_proxies::RULE;
    pub const Uneditable: &'static Self = &super::uneditable::RULE;
    pub const UnknownAnnotation: &'static Self = &super::unknown_annotation::RULE;
    pub const UnknownProxyConfigField: &'static Self = &super::unknown_proxy_config_field::RULE;
    pub const UnknownTag: &'static Self = &super::unknown_tag::RULE;
    pub const UnmatchedRule: &'static Self = &super::unmatched_rule::RULE;
    pub const UnreadableGracePeriod: &'static Self = &super::unreadable_grace_period::RULE;
    pub const UnreadableMesh: &'static Self = &super::unreadable_mesh::RULE;
}

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
