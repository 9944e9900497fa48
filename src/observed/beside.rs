//! What was predicted of a pod beside what was seen of it.

use k8s_openapi::jiff::Timestamp;

use crate::timeline::{LaneRole, Timeline, When};

use super::{PodRecord, Sighting};

/// What the time 0 of a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ZeroSource {
    /// The first event Killing of the last deletion.
    Killing,
    /// The pod's `deletionTimestamp`, less its grace period.
    Deletion,
    /// The first line of the proxy that speaks of its end, taken to have come as predicted.
    Proxy,
}

/// A prediction, and what was seen of the same pod.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Beside {
    /// The time 0.
    pub zero: Timestamp,
    /// What says so.
    pub source: ZeroSource,
    /// In the order of time.
    pub rows: Vec<BesideRow>,
    /// When the log of the proxy ends, in seconds after the time 0.
    pub log_end: Option<f64>,
}

/// One thing that was predicted, or seen, or both.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BesideRow {
    /// The lane that it belongs to.
    pub role: LaneRole,
    /// The name of that lane.
    pub name: String,
    /// What it is for programs.
    pub code: &'static str,
    /// When it was predicted.
    pub predicted: Option<When>,
    /// When it was seen, in seconds after the time 0.
    pub seen: Option<f64>,
    /// What was written down, or else what was predicted; not escaped.
    pub text: String,
}

/// Events of one deletion come within that many seconds.
const ONE_DELETION: f64 = 2.0;

impl BesideRow {
    /// How many seconds it was seen after its prediction; 0 within a range.
    pub(crate) fn difference(&self) -> Option<f64> {
        let (predicted, seen) = (self.predicted?, self.seen?);
        let (from, to) = (predicted.earliest.as_secs_f64(), predicted.latest.as_secs_f64());
        Some((seen - from).min(0.0) + (seen - to).max(0.0))
    }

    fn time(&self) -> f64 {
        self.seen.or(self.predicted.map(|when| when.earliest.as_secs_f64())).unwrap_or_default()
    }
}

impl Beside {
    /// Lays a record beside a timeline. `None` if nothing in it says when the shutdown began.
    pub(crate) fn of(timeline: &Timeline, record: &PodRecord) -> Option<Self> {
        let (zero, source) = zero(timeline, record)?;
        let after = |at: Timestamp| seconds(at, zero);
        let mut seen: Vec<&Sighting> = record.log.iter().chain(&record.events).collect();
        seen.retain(|one| after(one.at) >= -ONE_DELETION);
        seen.sort_by_key(|one| one.at);
        let mut rows: Vec<BesideRow> = Vec::new();
        let of_kubelet = |one: &Sighting| one.role != LaneRole::Endpoints;
        let (has_log, has_events) = (record.has_log(), record.events.iter().any(of_kubelet));
        for (lane, event) in timeline.events() {
            let is_seen = |one: &&&Sighting| is_it(one, lane.role, &lane.name, event.code);
            let found = seen.iter().find(is_seen);
            let would_show = match (lane.role, event.code) {
                (LaneRole::Proxy, "sigterm" | "gone") | (LaneRole::Inbound, "drains") => has_log,
                // A killed proxy writes nothing. One that says that it goes was not killed.
                (LaneRole::Proxy, "sigkill") => record.log.iter().any(|one| one.code == "gone"),
                (LaneRole::Kubelet, "deleted") | (_, "hookFails") => has_events,
                _ => false,
            };
            if found.is_some() || would_show {
                rows.push(BesideRow {
                    role: lane.role,
                    name: lane.name.clone(),
                    code: event.code,
                    predicted: Some(event.at),
                    seen: found.map(|one| after(one.at)),
                    text: found.map_or_else(|| event.text.clone(), |one| one.text.clone()),
                });
            }
        }
        for one in seen {
            let name = name_of(one);
            if !rows.iter().any(|row| is_it(one, row.role, &row.name, row.code)) {
                let (role, code, text) = (one.role, one.code, one.text.clone());
                rows.push(BesideRow { role, name, code, predicted: None, seen: Some(after(one.at)), text });
            }
        }
        rows.sort_by(|one, other| one.time().total_cmp(&other.time()));
        Some(Self { zero, source, rows, log_end: record.log_end.map(after) })
    }
}

/// The lane of a sighting, as timelines call it.
fn name_of(one: &Sighting) -> String {
    match one.role {
        LaneRole::Kubelet => "kubelet".to_owned(),
        LaneRole::Endpoints => "endpoints".to_owned(),
        LaneRole::Inbound => "Envoy inbound".to_owned(),
        _ => one.container.clone(),
    }
}

fn is_it(one: &Sighting, role: LaneRole, name: &str, code: &str) -> bool {
    (one.role, one.code) == (role, code) && (role != LaneRole::App || one.container == name)
}

fn seconds(at: Timestamp, zero: Timestamp) -> f64 {
    at.duration_since(zero).as_secs_f64()
}

fn zero(timeline: &Timeline, record: &PodRecord) -> Option<(Timestamp, ZeroSource)> {
    let mut kills: Vec<_> = record.events.iter().filter(|one| one.code == "deleted").map(|one| one.at).collect();
    kills.sort_unstable();
    let first_of_last = kills
        .into_iter()
        .rev()
        .reduce(|first, earlier| if seconds(first, earlier) <= ONE_DELETION { earlier } else { first });
    if let Some(at) = first_of_last {
        return Some((at, ZeroSource::Killing));
    }
    if let Some(at) = record.deleted {
        return Some((at, ZeroSource::Deletion));
    }
    let first = record.log.iter().find(|one| matches!(one.code, "sigterm" | "drains"))?;
    let events = timeline.events();
    let predicted = events.iter().find(|(lane, event)| (lane.role, event.code) == (first.role, first.code));
    let start = predicted.map(|(_, event)| event.at.earliest).unwrap_or_default();
    Some((first.at.checked_sub(start).ok()?, ZeroSource::Proxy))
}
