//! One field, and what several clusters say of it together.

use serde_json::Value;

/// One field of the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The way to it below `spec`, as `["mesh", "drainDuration"]`.
    pub(crate) path: Vec<String>,
    /// What is known of it.
    pub(crate) knowledge: Knowledge,
}

/// What is known of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Knowledge {
    /// This value, which was seen there; the origin is empty where the path says it.
    Known {
        /// The value, in the form of a ShutdownPolicy.
        value: Value,
        /// Where it was seen, or from what it follows.
        origin: String,
    },
    /// It is not set anywhere, which was seen.
    Unset(String),
    /// The input can't show it: where to look.
    Unseen(String),
    /// Clusters differ in it: who says what.
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

    /// The name of the field, dots between the steps.
    pub(crate) fn name(&self) -> String {
        self.path.join(".")
    }
}

/// What clusters, each with its name, say together, in the order in which the first one has the fields. What only some
/// of them show is believed.
pub(super) fn together(sheets: Vec<(&str, Vec<Entry>)>) -> Vec<Entry> {
    let mut all: Vec<(Entry, Vec<&str>)> = Vec::new();
    for (cluster, entries) in sheets {
        let mut last = None;
        for entry in entries {
            let Some(at) = all.iter().position(|(known, _)| known.path == entry.path) else {
                // Behind the one that stands before it here, or behind its siblings.
                let at = last.map_or(all.len(), |last: usize| last + 1);
                all.insert(at, (entry, vec![cluster]));
                last = Some(at);
                continue;
            };
            last = Some(at);
            if let Some((known, clusters)) = all.get_mut(at) {
                known.knowledge = merged(&known.knowledge, clusters, entry.knowledge, cluster);
                clusters.push(cluster);
            }
        }
    }
    let entries: Vec<Entry> = all.into_iter().map(|(entry, _)| entry).collect();
    // What one cluster can't show as a whole another one may show in its parts.
    let is_shown =
        |path: &[String]| entries.iter().any(|other| other.path.len() > path.len() && other.path.starts_with(path));
    let kept =
        entries.iter().filter(|entry| !matches!(entry.knowledge, Knowledge::Unseen(_)) || !is_shown(&entry.path));
    kept.cloned().collect()
}

fn merged(known: &Knowledge, clusters: &[&str], other: Knowledge, cluster: &str) -> Knowledge {
    match (known, &other) {
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

/// What a cluster says, where it was seen.
fn said(knowledge: &Knowledge) -> Option<String> {
    match knowledge {
        Knowledge::Known { value, .. } => Some(crate::policy::flow(value)),
        Knowledge::Unset(_) => Some("none".to_owned()),
        Knowledge::Unseen(_) | Knowledge::Disputed(_) => None,
    }
}
