//! Which pods the API server sends to Istio's injector, and to which revision. The selectors of the webhooks decide.
//!
//! # Cases
//!
//! Istio 1.10 and later. `-` is no such label, `*` any or none; the first row that fits counts. "by default" is
//! `enableNamespacesByDefault`. Outcomes are the revision whose injector is called.
//!
//! | namespace istio-injection | namespace istio.io/rev | pod sidecar.istio.io/inject | pod istio.io/rev | by default | outcome |
//! |---|---|---|---|---|---|
//! | enabled | * | false | * | * | not called |
//! | enabled | * | * | * | * | default |
//! | disabled | * | * | * | * | not called |
//! | Enabled | * | * | * | * | not called |
//! | "" | * | * | * | * | not called |
//! | - | * | false | * | * | not called |
//! | - | "" | * | * | * | not called |
//! | - | default | * | * | * | default |
//! | - | canary | * | * | * | canary |
//! | - | - | * | "" | * | not called |
//! | - | - | * | default | * | default |
//! | - | - | * | blue | * | blue |
//! | - | - | true | - | * | default |
//! | - | - | - | - | on | default |
//! | - | - | - | - | off | not called |
//! | - | - | True | - | * | not called |
//! | - | - | yes | - | * | not called |
//! | - | - | "" | - | * | not called |
//!
//! # Cases up to Istio 1.9
//!
//! Labels of pods could refuse injection, but not ask for it.
//!
//! | namespace istio-injection | namespace istio.io/rev | pod sidecar.istio.io/inject | pod istio.io/rev | by default | outcome |
//! |---|---|---|---|---|---|
//! | * | * | false | * | * | not called |
//! | enabled | * | * | * | * | default |
//! | disabled | * | * | * | * | not called |
//! | Enabled | * | * | * | * | not called |
//! | "" | * | * | * | * | not called |
//! | - | "" | * | * | * | not called |
//! | - | default | * | * | * | default |
//! | - | canary | * | * | * | canary |
//! | - | - | * | * | on | default |
//! | - | - | * | * | off | not called |
//!
//! A revision in a label is assumed to exist, as a revision or as a tag. In system namespaces "by default" is off.
//!
//! Source: the istiod chart's `templates/mutatingwebhook.yaml` and `templates/revision-tags-mwc.yaml`.

use std::collections::BTreeMap;

use super::{PodIdentity, Surroundings};

/// The label with which a namespace asks for the sidecars of the default revision.
pub(super) const NAMESPACE_INJECTION: &str = "istio-injection";
/// The label with which namespaces and pods choose a revision.
pub(super) const REVISION: &str = "istio.io/rev";
/// The revision that answers if none is named.
pub(super) const DEFAULT_REVISION: &str = "default";

/// Labels by name.
type Labels = BTreeMap<String, String>;

/// Which injector is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selection {
    /// The injector of this revision, because of this label of the namespace.
    ByNamespace(&'static str, String),
    /// The injector of this revision, because of the pod's label `istio.io/rev` or `sidecar.istio.io/inject`.
    ByPod(String),
    /// The injector of the default revision, because nothing objects.
    ByDefault(String),
    /// None, because of this label of the namespace.
    NamespaceIsOut(&'static str),
    /// None, because the pod refuses.
    PodIsOut,
    /// None, because nothing asks for it.
    Nobody,
}

impl Selection {
    /// The revision whose injector is called.
    pub(super) fn revision(&self) -> Option<&str> {
        match self {
            Self::ByNamespace(_, revision) | Self::ByPod(revision) | Self::ByDefault(revision) => Some(revision),
            Self::NamespaceIsOut(_) | Self::PodIsOut | Self::Nobody => None,
        }
    }
}

/// What the selectors depend on, beside the pod and the namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Selectors {
    /// Pods can ask for a sidecar with their own labels: [`super::Feature::ObjectSelectors`].
    pub pods_can_ask: bool,
    /// `enableNamespacesByDefault`, if it applies to the namespace.
    pub by_default: bool,
}

/// The labels of a namespace that choose an injector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ChoosingLabels<'n> {
    /// [`NAMESPACE_INJECTION`]
    pub injection: Option<&'n str>,
    /// [`REVISION`]
    pub revision: Option<&'n str>,
}

impl<'n> From<&'n Labels> for ChoosingLabels<'n> {
    fn from(labels: &'n Labels) -> Self {
        let label = |key: &str| labels.get(key).map(String::as_str);
        Self { injection: label(NAMESPACE_INJECTION), revision: label(REVISION) }
    }
}

/// Which injector is called for a pod in a namespace with these labels.
pub(super) fn select(pod: &PodIdentity, namespace: ChoosingLabels<'_>, selectors: Selectors) -> Selection {
    let inject = pod.inject_label.as_deref();
    let refuses = inject == Some("false");
    match (namespace.injection, namespace.revision) {
        (Some("enabled"), _) if refuses => Selection::PodIsOut,
        (Some("enabled"), _) => Selection::ByNamespace(NAMESPACE_INJECTION, DEFAULT_REVISION.to_owned()),
        (Some(_), _) => Selection::NamespaceIsOut(NAMESPACE_INJECTION),
        (None, _) if refuses => Selection::PodIsOut,
        (None, Some("")) => Selection::NamespaceIsOut(REVISION),
        (None, Some(revision)) => Selection::ByNamespace(REVISION, revision.to_owned()),
        (None, None) => match (pod.revision.as_deref(), inject) {
            _ if !selectors.pods_can_ask => by_default(selectors),
            (Some(""), _) => Selection::Nobody,
            (Some(revision), _) => Selection::ByPod(revision.to_owned()),
            (None, Some("true")) => Selection::ByPod(DEFAULT_REVISION.to_owned()),
            (None, Some(_)) => Selection::Nobody,
            (None, None) => by_default(selectors),
        },
    }
}

fn by_default(selectors: Selectors) -> Selection {
    match selectors.by_default {
        true => Selection::ByDefault(DEFAULT_REVISION.to_owned()),
        false => Selection::Nobody,
    }
}

/// The revision whose settings apply to a pod, according to labels: its namespace's, otherwise its own. `None` if that
/// is not visible. Each revision has its own ConfigMap with the settings of the mesh, so this must be known first.
pub(crate) fn chosen_revision<'a>(pod_revision: Option<&'a str>, namespace: Option<&'a Labels>) -> Option<&'a str> {
    let revision = match namespace {
        Some(labels) => match (labels.get(NAMESPACE_INJECTION), labels.get(REVISION)) {
            (Some(_), _) => Some(DEFAULT_REVISION),
            (None, Some(revision)) => Some(revision.as_str()),
            (None, None) => Some(pod_revision.unwrap_or(DEFAULT_REVISION)),
        },
        None => pod_revision,
    };
    revision.filter(|revision| !revision.is_empty())
}

/// All labels that a namespace with unknown labels may have. Other labels and other values make no difference.
pub(super) fn all_namespaces() -> impl Iterator<Item = ChoosingLabels<'static>> {
    [None, Some("enabled"), Some("disabled")].into_iter().flat_map(|injection| {
        let revisions = [None, Some(DEFAULT_REVISION), Some("")].into_iter();
        revisions.map(move |revision| ChoosingLabels { injection, revision })
    })
}

/// The value of a label of the pod's namespace, if its labels are known.
pub(super) fn namespace_label<'a>(around: &'a Surroundings, key: &str) -> Option<&'a str> {
    around.namespace_labels.as_ref()?.value.get(key).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::doc_table;

    /// Checks every combination of values in the columns against the first row that matches.
    fn check(heading: &str, pods_can_ask: bool) {
        let rows = doc_table::rows(include_str!("selection.rs"), heading);
        let column = |at: usize, others: &[&'static str]| -> Vec<String> {
            let named = rows.iter().map(|row| row[at].clone()).chain(others.iter().map(|&value| value.to_owned()));
            let mut values: Vec<String> = named.filter(|value| value != "*").collect();
            values.sort_unstable();
            values.dedup();
            values
        };
        let label = |value: &str| (value != "-").then(|| value.trim_matches('"').to_owned());
        let mut used = vec![false; rows.len()];
        let inject_values = column(2, &["-", "true", "false", "True", "yes", "\"\""]);
        for injection in column(0, &["-"]) {
            for revision in column(1, &["-"]) {
                for inject in &inject_values {
                    for pod_revision in column(3, &["-", "blue", "\"\""]) {
                        for by_default in ["on", "off"] {
                            let given = [&injection, &revision, inject, &pod_revision, &by_default.to_owned()];
                            let fits = |row: &Vec<String>| {
                                row.iter().zip(given).all(|(cell, value)| cell == "*" || cell == value)
                            };
                            let at = rows.iter().position(fits).unwrap_or_else(|| panic!("no row for {given:?}"));
                            used[at] = true;
                            let pod = PodIdentity {
                                inject_label: label(inject),
                                revision: label(&pod_revision),
                                ..PodIdentity::default()
                            };
                            let labels = [(NAMESPACE_INJECTION, &injection), (REVISION, &revision)];
                            let labels =
                                labels.into_iter().filter_map(|(key, value)| Some((key.to_owned(), label(value)?)));
                            let selectors = Selectors { pods_can_ask, by_default: by_default == "on" };
                            let selection = select(&pod, ChoosingLabels::from(&labels.collect()), selectors);
                            assert_eq!(selection.revision().unwrap_or("not called"), rows[at][5], "{given:?}");
                        }
                    }
                }
            }
        }
        let unused: Vec<_> = rows.iter().zip(used).filter(|(_, used)| !used).collect();
        assert!(unused.is_empty(), "{unused:?}");
    }

    #[test]
    fn every_combination_of_labels() {
        check("Cases", true);
    }

    #[test]
    fn every_combination_of_labels_up_to_istio_1_9() {
        check("Cases up to Istio 1.9", false);
    }

    #[test]
    fn the_revision_that_labels_choose() {
        let labels = |pairs: &[(&str, &str)]| -> Labels {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let check = |pod: Option<&str>, namespace: Option<&[(&str, &str)]>, expected: Option<&str>| {
            let namespace = namespace.map(labels);
            assert_eq!(chosen_revision(pod, namespace.as_ref()), expected, "{pod:?} in {namespace:?}");
        };
        check(None, None, None);
        check(Some("blue"), None, Some("blue"));
        check(Some(""), None, None);
        check(None, Some(&[]), Some("default"));
        check(Some("blue"), Some(&[]), Some("blue"));
        check(Some("blue"), Some(&[("istio.io/rev", "canary")]), Some("canary"));
        check(Some("blue"), Some(&[("istio.io/rev", "canary"), ("istio-injection", "enabled")]), Some("default"));
        check(None, Some(&[("istio.io/rev", "")]), None);
    }
}
