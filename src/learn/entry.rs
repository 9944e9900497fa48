//! One field, and how the statements of several clusters are combined.

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
        let mut last = None;
        let has_istiod = entries.iter().any(|entry| entry.is_known(&["target", "istio"]));
        for mut entry in entries {
            // Which kind of sidecar a mesh has follows from what is seen of it. That of another one is no answer.
            if known_mode && has_istiod && entry.path == ["sidecar"] && matches!(entry.knowledge, Knowledge::Unseen(_))
            {
                entry.knowledge = Knowledge::Disputed(format!("{cluster} leaves it open"));
            }
            let Some(at) = all.iter().position(|(known, _)| known.path == entry.path) else {
                // After the entry that precedes it in this cluster, or after its siblings.
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
    // One cluster may show the parts of a field that another can't show as a whole.
    let is_shown =
        |path: &[String]| entries.iter().any(|other| other.path.len() > path.len() && other.path.starts_with(path));
    let kept =
        entries.iter().filter(|entry| !matches!(entry.knowledge, Knowledge::Unseen(_)) || !is_shown(&entry.path));
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
