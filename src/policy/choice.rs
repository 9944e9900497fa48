//! The policy for one workload. Its annotations win over the first rule that matches it, and that rule wins over the
//! base.
//!
//! | what | from |
//! |---|---|
//! | `istio-drain.dev/drain`, `.../sidecar`, `.../skip` | the workload, or its pod template |
//! | `skip` and fields | the first rule that matches |
//! | all else | the base |
//!
//! An annotation may be on the workload, or on its template, from which the pods get it. Neither wins. If both exist
//! with different values, nobody can know which one is out of date, so that is an error.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::shutdown::Policy;
use crate::yaml::Route;

use super::error::did_you_mean;
use super::field::{Field, FieldSlot};
use super::given::Given;
use super::matching::WorkloadTraits;
use super::set::PolicySet;
use super::shape::Shape;
use super::table::find;

/// The prefix of all annotations that this tool reads.
pub(crate) const PREFIX: &str = "istio-drain.dev/";

/// The annotations, without the prefix. All except `skip` are fields of the policy.
const ANNOTATIONS: [&str; 3] = ["drain", SKIP, "sidecar"];
const SKIP: &str = "skip";

/// The policy for one workload, and who set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WorkloadPolicy {
    /// How it should shut down.
    pub policy: Policy,
    /// Who says that it must be left alone; `None` if nobody does.
    pub skip: Option<Cause>,
    /// The number of the rule that matches it, from 0.
    pub rule: Option<usize>,
    /// The fields that differ from the base, and who sets them.
    pub sources: Vec<(&'static str, Cause)>,
    /// The mistakes in its annotations.
    pub remarks: Vec<Remark>,
}

/// Who sets a field for a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The rule with that number, from 0.
    Rule(usize),
    /// Its annotation.
    Annotation(AnnotatedPart),
}

/// Where an annotation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnnotatedPart {
    /// On the workload itself.
    Workload,
    /// On its pod template.
    Template,
}

/// A mistake in an annotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remark {
    /// Where the annotation is.
    pub holder: AnnotatedPart,
    /// Its full name.
    pub annotation: String,
    /// What is wrong.
    pub kind: RemarkKind,
    /// One line, lower case, no full stop.
    pub message: String,
}

/// The kinds of mistakes in annotations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RemarkKind {
    /// The annotation does not accept the value.
    BadValue,
    /// The workload and its template have different values.
    Conflict,
    /// There is no annotation of that name.
    Unknown,
}

/// Prints the source, to follow "by".
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(number) => write!(f, "workloads[{number}]"),
            Self::Annotation(AnnotatedPart::Workload) => f.write_str("its annotation"),
            Self::Annotation(AnnotatedPart::Template) => f.write_str("the annotation of its pod template"),
        }
    }
}

impl PolicySet {
    /// What holds for a workload.
    pub(crate) fn for_workload(&self, workload: &WorkloadTraits<'_>) -> WorkloadPolicy {
        let found = self.rules.iter().enumerate().find(|(_, rule)| rule.matcher.matches(workload));
        let mut chosen = WorkloadPolicy {
            policy: found.map_or(&self.policy, |(_, rule)| &rule.policy).clone(),
            skip: found.filter(|(_, rule)| rule.skip).map(|(number, _)| Cause::Rule(number)),
            rule: found.map(|(number, _)| number),
            sources: Vec::new(),
            remarks: Vec::new(),
        };
        if let Some((number, rule)) = found {
            chosen.sources.extend(rule.stated.iter().map(|name| (*name, Cause::Rule(number))));
        }
        if !annotations(workload).iter().any(|(_, map)| map.keys().any(|name| name.starts_with(PREFIX))) {
            return chosen;
        }
        chosen.remarks = unknown(workload);
        for name in ANNOTATIONS {
            match annotation(workload, name) {
                Ok(Some((holder, value))) => chosen.annotate(name, holder, value),
                Ok(None) => {}
                Err(remark) => chosen.remarks.push(remark),
            }
        }
        chosen
    }
}

impl WorkloadPolicy {
    /// Applies an annotation.
    fn annotate(&mut self, name: &str, holder: AnnotatedPart, value: &str) {
        let cause = Cause::Annotation(holder);
        let annotation = format!("{PREFIX}{name}");
        // Annotations are strings, so the values are `"true"` and `"false"`.
        let value = Value::from(value.trim());
        let given = Given::new(&Route::default().key(annotation.clone()), &value);
        let read = match find(name) {
            Some(Field { name, place: FieldSlot::Workload(put), .. }) => put(&mut self.policy, &given).map(|()| {
                self.sources.retain(|(known, _)| known != name);
                self.sources.push((*name, cause));
            }),
            _ => {
                let skip = given.word(&[("true", true), ("false", false)], Shape::Word(&["true", "false"]));
                skip.map(|is_true| self.skip = is_true.then_some(cause))
            }
        };
        if let Err(error) = read {
            let message = error.to_string();
            self.remarks.push(Remark { holder, annotation, kind: RemarkKind::BadValue, message });
        }
    }
}

fn annotations<'w>(workload: &WorkloadTraits<'w>) -> [(AnnotatedPart, &'w BTreeMap<String, String>); 2] {
    [(AnnotatedPart::Workload, workload.annotations), (AnnotatedPart::Template, workload.template_annotations)]
}

/// The value of an annotation, wherever it stands.
fn annotation<'w>(workload: &WorkloadTraits<'w>, name: &str) -> Result<Option<(AnnotatedPart, &'w str)>, Remark> {
    let name = format!("{PREFIX}{name}");
    let mut found = annotations(workload).into_iter().filter_map(|(holder, map)| Some((holder, map.get(&name)?)));
    match (found.next(), found.next()) {
        (Some((_, one)), Some((holder, other))) if one != other => Err(Remark {
            holder,
            kind: RemarkKind::Conflict,
            message: format!("`{name}` is `{other}` here and `{one}` on the workload"),
            annotation: name,
        }),
        (first, _) => Ok(first.map(|(holder, value)| (holder, value.as_str()))),
    }
}

/// The annotation that names rules whose findings are known and accepted, for this workload.
pub(crate) const IGNORE: &str = "istio-drain.dev/ignore";

/// Remarks on annotations with our prefix whose name is unknown.
fn unknown(workload: &WorkloadTraits<'_>) -> Vec<Remark> {
    let names = ANNOTATIONS.map(|name| format!("{PREFIX}{name}"));
    let known = names.each_ref().map(String::as_str);
    let of_holder = |(holder, map): (AnnotatedPart, &BTreeMap<String, String>)| -> Vec<Remark> {
        let is_known = |name: &str| name == IGNORE || known.contains(&name);
        let ours = map.keys().filter(|name| name.starts_with(PREFIX) && !is_known(name));
        ours.map(|name| {
            let meant = ANNOTATIONS.iter().find(|known| {
                crate::nearest::nearest(name.strip_prefix(PREFIX).unwrap_or_default(), &[known]).is_some()
            });
            let remedy = match meant {
                Some(meant) => format!("(did you mean `{PREFIX}{meant}`?)"),
                None => did_you_mean("", &known),
            };
            let message = format!("unknown annotation `{name}` {remedy}");
            Remark { holder, annotation: name.clone(), kind: RemarkKind::Unknown, message }
        })
        .collect()
    };
    annotations(workload).into_iter().flat_map(of_holder).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::policy::PolicyFields;
    use crate::shutdown::{Refused, Seconds, Sidecar};

    fn set() -> PolicySet {
        let spec = json!({
            "drain": "10s", "margin": "3s",
            "workloads": [
                {"name": "web-*", "drain": "20s", "exact": true, "refused": "warn"},
                {"name": "old-*", "skip": true},
                {"name": "web-2", "drain": "99s"},
            ],
        });
        let resource = json!({"apiVersion": "istio-drain.dev/v1alpha1", "kind": "ShutdownPolicy", "spec": spec});
        PolicyFields::from_resource(&resource).unwrap().resolve()
    }

    fn choose(name: &str, own: &[(&str, &str)], template: &[(&str, &str)]) -> WorkloadPolicy {
        let map = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| (format!("{PREFIX}{name}"), (*value).to_owned())).collect()
        };
        let (labels, own, template) = (BTreeMap::new(), map(own), map(template));
        set().for_workload(&WorkloadTraits {
            group: "apps",
            kind: "Deployment",
            namespace: None,
            name,
            labels: &labels,
            annotations: &own,
            template_annotations: &template,
        })
    }

    #[test]
    fn the_base_holds_where_nothing_else_does() {
        let chosen = choose("api", &[], &[]);
        assert_eq!(chosen.policy, set().policy);
        assert_eq!((chosen.rule, chosen.skip, chosen.sources, chosen.remarks), (None, None, vec![], vec![]));
    }

    #[test]
    fn the_first_rule_wins_over_the_base() {
        let chosen = choose("web-2", &[], &[]);
        assert_eq!(chosen.policy.drain, Some(Seconds::new(20)));
        assert_eq!((chosen.policy.margin, chosen.policy.exact), (Seconds::new(3), true));
        assert_eq!((chosen.rule, chosen.policy.refused), (Some(0), Refused::Warn));
        assert_eq!(chosen.sources, ["drain", "exact", "refused"].map(|name| (name, Cause::Rule(0))));
        assert_eq!(choose("old-1", &[], &[]).skip, Some(Cause::Rule(1)));
    }

    #[test]
    fn annotations_win_over_rules() {
        let chosen = choose("web-1", &[("drain", "90s")], &[("sidecar", "native")]);
        assert_eq!((chosen.policy.drain, chosen.policy.sidecar), (Some(Seconds::new(90)), Sidecar::Native));
        let (own, template) = (Cause::Annotation(AnnotatedPart::Workload), Cause::Annotation(AnnotatedPart::Template));
        let rule = |name| (name, Cause::Rule(0));
        assert_eq!(chosen.sources, [rule("exact"), rule("refused"), ("drain", own), ("sidecar", template)]);
        assert_eq!(choose("old-1", &[("skip", "false")], &[]).skip, None);
        assert_eq!(choose("api", &[("skip", "true")], &[("skip", "true")]).skip, Some(own));
        assert_eq!(choose("api", &[], &[("skip", "true")]).skip, Some(template));
    }

    #[test]
    fn wrong_annotations_are_told() {
        let check = |own: &[(&str, &str)], template: &[(&str, &str)], holder, kind, start: &str| {
            let remarks = choose("api", own, template).remarks;
            let [remark] = remarks.as_slice() else { panic!("{remarks:?}") };
            assert_eq!((remark.holder, remark.kind), (holder, kind));
            assert!(remark.message.starts_with(start), "{}", remark.message);
        };
        use {AnnotatedPart::*, RemarkKind::*};
        let bare = "`istio-drain.dev/drain` must be a duration: `90` lacks a unit (did you mean `90s`?";
        check(&[("drain", "90")], &[], Workload, BadValue, bare);
        check(&[], &[("skip", "yes")], Template, BadValue, "`istio-drain.dev/skip` must be `true` or `false`, not");
        check(&[("sidecar", "nativ")], &[], Workload, BadValue, "`istio-drain.dev/sidecar` must be `auto`, `classic`");
        let both = "`istio-drain.dev/drain` is `2s` here and `1s` on the workload";
        check(&[("drain", "1s")], &[("drain", "2s")], Template, Conflict, both);
        let meant = "unknown annotation `istio-drain.dev/Drain` (did you mean `istio-drain.dev/drain`?)";
        check(&[("Drain", "1s")], &[], Workload, Unknown, meant);
        let all = "unknown annotation `istio-drain.dev/timeout` (expected one of `istio-drain.dev/drain`, ";
        check(&[], &[("timeout", "1s")], Template, Unknown, all);
    }
}
