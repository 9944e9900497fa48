//! Timelines for programs. docs/explain.md describes the form; `version` changes where a field changes its meaning or
//! goes.

use std::iter;
use std::time::Duration;

use serde::Serialize;

use crate::escape;
use crate::istio::SidecarMode;
use crate::observed::{Beside, PodRecord};
use crate::timeline::{Timeline, When};

use super::sentences::cost;
use super::story::Story;

/// The version of the form.
const VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StoryJson<'s> {
    place: &'s str,
    kind: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'s str>,
    name: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'s str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pods: &'s [String],
    #[serde(skip_serializing_if = "str::is_empty")]
    no_timeline_since: &'s str,
    seconds_at_risk: f64,
    timelines: Vec<TimelineJson<'s>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixJson<'s>>,
}

#[derive(Serialize)]
struct FixJson<'s> {
    changes: &'s [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<String>,
    timelines: Vec<TimelineJson<'s>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TimelineJson<'s> {
    sidecar: &'static str,
    sidecar_is_known: bool,
    pod_gone: WhenJson,
    losses: Vec<LossJson<'s>>,
    lanes: Vec<LaneJson<'s>>,
    premises: Vec<PremiseJson<'s>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    seen: Vec<SeenJson<'s>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SeenJson<'s> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pod: Option<&'s str>,
    zero: String,
    zero_is: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    log_end: Option<f64>,
    events: Vec<SeenEventJson>,
}

#[derive(Serialize)]
struct SeenEventJson {
    role: &'static str,
    name: String,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    predicted: Option<WhenJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<f64>,
    text: String,
}

#[derive(Serialize)]
struct LossJson<'s> {
    class: &'static str,
    kind: &'static str,
    certain: bool,
    from: WhenJson,
    to: WhenJson,
    why: &'s str,
}

#[derive(Serialize)]
struct LaneJson<'s> {
    role: &'static str,
    name: &'s str,
    phases: Vec<PhaseJson>,
    events: Vec<EventJson<'s>>,
}

#[derive(Serialize)]
struct PhaseJson {
    state: &'static str,
    from: WhenJson,
    to: WhenJson,
}

#[derive(Serialize)]
struct EventJson<'s> {
    at: WhenJson,
    code: &'static str,
    text: &'s str,
}

#[derive(Serialize)]
struct PremiseJson<'s> {
    name: &'s str,
    value: &'s str,
    origin: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    by: &'s str,
}

/// Seconds, equal where the time is known.
#[derive(Serialize)]
struct WhenJson {
    earliest: f64,
    latest: f64,
}

/// Thousandths are the finest there is.
fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

fn range(when: When) -> WhenJson {
    WhenJson { earliest: seconds(when.earliest), latest: seconds(when.latest) }
}

/// All stories as one document, a part at a time.
pub(super) fn json(stories: &[Story]) -> impl Iterator<Item = String> {
    let head = format!("{{\n  \"version\": {VERSION},\n  \"workloads\": [");
    let workloads = stories.iter().enumerate().map(|(number, story)| {
        let text = serde_json::to_string_pretty(&workload(story)).unwrap_or_default();
        // What was seen is somebody else's words.
        let text = escape::json(&text).replace('\n', INDENT);
        format!("{}{INDENT}{text}", if number == 0 { "" } else { "," })
    });
    let end = if stories.is_empty() { "]\n}\n" } else { "\n  ]\n}\n" };
    iter::once(head).chain(workloads).chain(iter::once(end.to_owned()))
}

/// Before each line of a workload.
const INDENT: &str = "\n    ";

fn workload(story: &Story) -> StoryJson<'_> {
    let fix = || FixJson {
        changes: &story.changes,
        cost: cost(story),
        timelines: story.then.iter().map(|it| course(it, &[])).collect(),
    };
    StoryJson {
        place: &story.place,
        kind: &story.kind,
        namespace: story.namespace.as_deref(),
        name: &story.name,
        owner: story.owner.as_deref(),
        pods: &story.pods,
        no_timeline_since: &story.reason,
        seconds_at_risk: seconds(story.at_risk()),
        timelines: story.now.iter().map(|it| course(it, &story.records)).collect(),
        fix: (!story.then.is_empty()).then(fix),
    }
}

fn seen<'s>(timeline: &Timeline, record: &'s PodRecord) -> Option<SeenJson<'s>> {
    let beside = Beside::of(timeline, record)?;
    let thousandths = |seconds: f64| (seconds * 1000.0).round() / 1000.0 + 0.0;
    let events = beside.rows.iter().map(|row| SeenEventJson {
        role: row.role.code(),
        name: row.name.clone(),
        code: row.code,
        predicted: row.predicted.map(range),
        seen: row.seen.map(thousandths),
        difference: row.difference().map(thousandths),
        text: row.text.clone(),
    });
    Some(SeenJson {
        pod: record.pod.name.as_deref(),
        zero: beside.zero.to_string(),
        zero_is: beside.source.code(),
        log_end: beside.log_end.map(thousandths),
        events: events.collect(),
    })
}

fn course<'s>(timeline: &'s Timeline, records: &'s [PodRecord]) -> TimelineJson<'s> {
    let losses = timeline.losses.iter().map(|loss| LossJson {
        class: loss.class.code(),
        kind: loss.kind.code(),
        certain: loss.is_certain,
        from: range(loss.from),
        to: range(loss.to),
        why: loss.why,
    });
    let lanes = timeline.lanes.iter().map(|lane| LaneJson {
        role: lane.role.code(),
        name: &lane.name,
        phases: lane
            .phases
            .iter()
            .map(|phase| PhaseJson { state: phase.state.code(), from: range(phase.from), to: range(phase.to) })
            .collect(),
        events: lane
            .events
            .iter()
            .map(|event| EventJson { at: range(event.at), code: event.code, text: &event.text })
            .collect(),
    });
    let premises = timeline.premises.iter().map(|premise| PremiseJson {
        name: &premise.name,
        value: &premise.value,
        origin: premise.standing.code(),
        by: &premise.by,
    });
    TimelineJson {
        sidecar: match timeline.mode {
            SidecarMode::Classic => "classic",
            SidecarMode::Native => "native",
            SidecarMode::Unknown => "none",
        },
        sidecar_is_known: !timeline.is_guess,
        pod_gone: range(timeline.gone),
        losses: losses.collect(),
        lanes: lanes.collect(),
        premises: premises.collect(),
        seen: records.iter().filter_map(|record| seen(timeline, record)).collect(),
    }
}
