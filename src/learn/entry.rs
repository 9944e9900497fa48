//! One field, and how the statements of several clusters are combined.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;

use serde_json::Value;

/// One field of the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its path below `spec`, such as `["mesh", "drainDuration"]`.
    pub(crate) path: Vec<String>,
    /// What is known about it.
    pub(crate) knowledge: Knowledge,
}

/// What is known about a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Knowledge {
    /// It has a value.
    Known {
        /// The value, in the form of a ShutdownPolicy.
        value: Value,
        /// Where it was seen, or what it follows from; empty if the path says so.
        origin: String,
    },
    /// The input shows that it is not set. Where that was seen.
    Unset(String),
    /// The input does not show it. Where to look.
    Unseen(String),
    /// Clusters differ. Their statements.
    Disputed(String),
}

impl Entry {
    pub(super) fn new(path: &[&str], knowledge: Knowledge) -> Self {
        Self { path: path.iter().map(|step| (*step).to_owned()).collect(), knowledge }
    }

    /// A value that was seen.
    pub(super) fn known(path: &[&str], value: impl Into<Value>, origin: impl Into<String>) -> Self {
        Self::new(path, Knowledge::Known { value: value.into(), origin: origin.into() })
    }

    fn is_known(&self, path: &[&str]) -> bool {
        self.path == path && matches!(self.knowledge, Knowledge::Known { .. })
    }

    /// The name of the field, dots between the steps.
    pub(crate) fn name(&self) -> String {
        self.path.join(".")
    }
}

/// Combines the fields of all clusters, in the order of the first one. A value counts even if only some clusters show
/// it.
pub(super) fn together(sheets: Vec<(&str, Vec<Entry>)>) -> Vec<Entry> {
    let mut all: Vec<(Entry, Vec<&str>)> = Vec::new();
    let known_mode = sheets.iter().any(|(_, entries)| entries.iter().any(|entry| entry.is_known(&["sidecar"])));
    for (cluster, entries) in sheets {
        let places: HashMap<_, _> = all.iter().enumerate().map(|(at, (known, _))| (known.path.clone(), at)).collect();
        // Each new entry comes after the one that precedes it in this cluster, or after all.
        let mut new: Vec<Vec<(Entry, Vec<&str>)>> = all.iter().map(|_| Vec::new()).chain([Vec::new()]).collect();
        let mut last = all.len();
        let has_istiod = entries.iter().any(|entry| entry.is_known(&["target", "istio"]));
        for mut entry in entries {
            // Which kind of sidecar a mesh has follows from what is seen of it. That of another one is no answer.
            if known_mode && has_istiod && entry.path == ["sidecar"] && matches!(entry.knowledge, Knowledge::Unseen(_))
            {
                entry.knowledge = Knowledge::Disputed(format!("{cluster} leaves it open"));
            }
            match places.get(&entry.path) {
                None => new.get_mut(last).into_iter().for_each(|new| new.push((entry.clone(), vec![cluster]))),
                Some(at) => {
                    last = *at;
                    if let Some((known, clusters)) = all.get_mut(last) {
                        known.knowledge = merged(&known.knowledge, clusters, entry.knowledge, cluster);
                        clusters.push(cluster);
                    }
                }
            }
        }
        let old = all.into_iter().map(|entry| vec![entry]).chain([Vec::new()]);
        all = old.zip(new).flat_map(|(old, new)| old.into_iter().chain(new)).collect();
    }
    let entries: Vec<Entry> = all.into_iter().map(|(entry, _)| entry).collect();
    // One cluster may show the parts of a field that another can't show as a whole.
    let paths: BTreeSet<_> = entries.iter().map(|entry| entry.path.as_slice()).collect();
    let is_shown = |path: &[String]| {
        let mut behind = paths.range::<[String], _>((Bound::Excluded(path), Bound::Unbounded));
        behind.next().is_some_and(|other| other.starts_with(path))
    };
    let is_empty = |entry: &Entry| match &entry.knowledge {
        Knowledge::Unseen(_) => true,
        Knowledge::Known { value, .. } => value.as_object().is_some_and(serde_json::Map::is_empty),
        _ => false,
    };
    let kept = entries.iter().filter(|entry| !is_empty(entry) || !is_shown(&entry.path));
    kept.cloned().collect()
}

fn merged(known: &Knowledge, clusters: &[&str], other: Knowledge, cluster: &str) -> Knowledge {
    match (known, &other) {
        (Knowledge::Disputed(who), Knowledge::Disputed(others)) => Knowledge::Disputed(format!("{who}, {others}")),
        (_, Knowledge::Disputed(others)) => match said(known) {
            Some(one) => {
                let first = clusters.first().copied().unwrap_or_default();
                Knowledge::Disputed(format!("{first} has {one}, {others}"))
            }
            None => other,
        },
        (Knowledge::Disputed(who), _) => match said(&other) {
            Some(said) => Knowledge::Disputed(format!("{who}, {cluster} has {said}")),
            None => known.clone(),
        },
        (Knowledge::Known { value, .. }, Knowledge::Known { value: second, .. }) if value == second => known.clone(),
        _ => match (said(known), said(&other)) {
            (Some(one), Some(two)) if one != two => {
                let first = clusters.first().copied().unwrap_or_default();
                Knowledge::Disputed(format!("{first} has {one}, {cluster} has {two}"))
            }
            (None, Some(_)) => other,
            _ => known.clone(),
        },
    }
}

/// The statement of a cluster, if it has one.
fn said(knowledge: &Knowledge) -> Option<String> {
    match knowledge {
        Knowledge::Known { value, .. } => Some(crate::policy::flow(value)),
        Knowledge::Unset(_) => Some("none".to_owned()),
        Knowledge::Unseen(_) | Knowledge::Disputed(_) => None,
    }
}
