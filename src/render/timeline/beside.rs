//! Predictions beside what logs and events say, for a terminal.

use std::time::Duration;

use crate::escape;
use crate::observed::{Beside, BesideRow, PodRecord, ZeroSource};
use crate::timeline::{LaneRole, Timeline};

use super::asked::Asked;
use super::sentences::condition;
use super::story::{Names, Story};
use super::text::{Lines, Look};

impl ZeroSource {
    /// What people call it.
    const fn name(self) -> &'static str {
        match self {
            Self::Killing => "the event Killing",
            Self::Deletion => "the pod's deletionTimestamp, less its grace period",
            Self::Proxy => {
                "no event Killing and no deleted pod was given: the proxy's first line about its end is taken \
                            to have come as predicted"
            }
        }
    }

    /// Its name for programs.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Killing => "killing",
            Self::Deletion => "deletionTimestamp",
            Self::Proxy => "proxy",
        }
    }
}

/// What was seen of one pod beside one prediction, in words that are escaped.
pub(super) struct SeenTable {
    /// Of which pod, and beside which prediction; without a capital.
    pub title: String,
    /// What the time 0 is.
    pub zero: String,
    /// In the order of time.
    pub rows: Vec<SeenRow>,
    /// What to keep in mind, in sentences.
    pub notes: Vec<String>,
}

/// A row of it.
pub(super) struct SeenRow {
    pub predicted: String,
    pub seen: String,
    pub difference: String,
    pub who: String,
    pub what: String,
    /// It was seen as it was predicted, but for what clocks do.
    pub is_as_predicted: bool,
}

impl SeenRow {
    /// All of it in one line.
    pub(super) fn sentence(&self) -> String {
        let Self { predicted, seen, difference, who, what, .. } = self;
        match (predicted.as_str(), seen.as_str()) {
            ("-", _) => format!("{who}, seen at {seen}: {what}"),
            (_, "-") => format!("{who}, predicted for {predicted}: {what}"),
            _ => format!("{who}, predicted for {predicted}, seen at {seen} ({difference}): {what}"),
        }
    }
}

/// The heads of its columns.
pub(super) const HEADS: [&str; 5] = ["predicted", "seen", "difference", "who", "what"];

/// A difference up to that many seconds says nothing: most events have whole seconds.
const ROUNDED: f64 = 1.0;

/// All records of a story, each beside each of its timelines.
pub(super) fn tables(story: &Story) -> Vec<SeenTable> {
    let pairs = story.records.iter().flat_map(|record| story.now.iter().map(move |timeline| (record, timeline)));
    let table = |(record, timeline): (&PodRecord, &Timeline)| {
        let pod = record.pod.name.as_deref().map_or_else(|| story.short().into(), escape::line);
        let title = format!("what was seen of {pod}, beside the prediction {}", condition(timeline));
        let Some(beside) = Beside::of(timeline, record) else {
            let zero = "Nothing in the log is about the end of the pod.".to_owned();
            return SeenTable { title, zero, rows: Vec::new(), notes: Vec::new() };
        };
        let zero = format!("0 s is {}: {}.", beside.zero, beside.source.name());
        SeenTable { title, zero, rows: beside.rows.iter().map(row).collect(), notes: notes(&beside) }
    };
    pairs.map(table).collect()
}

fn row(row: &BesideRow) -> SeenRow {
    let difference = row.difference();
    let what = match (row.predicted, difference) {
        (_, Some(_)) => row.text.clone(),
        (Some(_), None) => format!("did not come: {}", row.text),
        (None, _) => format!("was not predicted: {}", row.text),
    };
    SeenRow {
        predicted: row.predicted.map_or_else(|| "-".to_owned(), |when| when.to_string()),
        seen: row.seen.map_or_else(|| "-".to_owned(), |seen| format!("{} s", tenths(seen))),
        difference: difference.map_or_else(String::new, |by| format!("{} s", signed(by))),
        who: escape::line(&row.name).into_owned(),
        what: escape::line(&what).into_owned(),
        // The cluster knows before its clients do.
        is_as_predicted: difference.is_some_and(|by| by < ROUNDED && (by > -ROUNDED || row.code == "endpointsGone")),
    }
}

fn notes(beside: &Beside) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(end) = beside.log_end {
        notes.push(format!("The log of the proxy ends at {} s.", tenths(end)));
    }
    if beside.source == ZeroSource::Killing {
        notes.push("Most events have whole seconds, so a difference below 1 s says nothing.".to_owned());
    }
    if beside.rows.iter().any(|row| row.code == "endpointsGone" && row.seen.is_some()) {
        notes.push(
            "The time of the endpoints is when the cluster stopped listing the pod. Clients learn that later, and the \
             prediction is about them."
                .to_owned(),
        );
    }
    notes
}

/// Something that was seen, as a mark in a lane.
pub(super) struct SeenMark {
    pub role: LaneRole,
    pub lane: String,
    pub at: Duration,
    pub title: String,
}

/// What was seen of the pods of a story, for the picture of a prediction.
pub(super) fn marks(story: &Story, timeline: &Timeline) -> Vec<SeenMark> {
    // What would be after a fix has not been seen.
    if !story.now.iter().any(|now| std::ptr::eq(now, timeline)) {
        return Vec::new();
    }
    let rows = story.records.iter().filter_map(|record| Beside::of(timeline, record)).flat_map(|beside| beside.rows);
    let mark = |row: BesideRow| {
        let seen = row.seen.filter(|seen| *seen >= 0.0)?;
        let title = format!("seen at {seen:.1} s: {}", escape::line(&row.text));
        Some(SeenMark { role: row.role, lane: row.name, at: Duration::try_from_secs_f64(seen).ok()?, title })
    };
    rows.filter_map(mark).collect()
}

/// Whether anything is shown that was seen.
pub(super) fn has_seen(stories: &[Story]) -> bool {
    stories.iter().any(|story| !story.records.is_empty())
}

/// All of them, for a terminal.
pub(super) fn beside(stories: &[Story], look: Look) -> String {
    let mut lines = Lines::new(look);
    for table in stories.iter().flat_map(tables) {
        lines.push("");
        lines.label("  ", &table.title);
        lines.wrapped("  ", &table.zero);
        if !table.rows.is_empty() {
            rows(&mut lines, &table.rows);
        }
        table.notes.iter().for_each(|note| lines.wrapped("  ", note));
    }
    lines.text()
}

fn rows(lines: &mut Lines, rows: &[SeenRow]) {
    let widest =
        |text: fn(&SeenRow) -> &str| rows.iter().map(|row| text(row).chars().count()).max().unwrap_or_default();
    let (width, times) = (widest(|row| &row.who).clamp(8, 16), widest(|row| &row.predicted).max(9));
    let [predicted, seen, difference, who, what] = HEADS;
    lines.push(&format!("  {predicted:>times$}  {seen:>8}  {difference:>10}  {who:<width$}  {what}"));
    for row in rows {
        let SeenRow { predicted, seen, difference, .. } = row;
        let who: String = row.who.chars().take(width).collect();
        let head = format!("  {predicted:>times$}  {seen:>8}  {difference:>10}  {who:<width$}  ");
        lines.wrapped(&head, &row.what);
    }
}

/// Seconds with a tenth, and no negative zero.
fn tenths(seconds: f64) -> String {
    format!("{:.1}", (seconds * 10.0).round() / 10.0 + 0.0)
}

fn signed(seconds: f64) -> String {
    format!("{:+.1}", (seconds * 10.0).round() / 10.0 + 0.0)
}

/// What is said of logs that belong to no workload that is shown.
pub(crate) fn logs_of_others(stories: &[Story], asked: &Asked) -> String {
    if asked.records.as_ref().is_some_and(Vec::is_empty) {
        return "istio-drain: no line of the logs has a time, and no event or endpoint is about a pod\n".to_owned();
    }
    let names = Names::of(stories);
    let others = asked.records.iter().flatten().filter(|record| record.has_log() && names.story_of(record).is_none());
    let sentence = |record: &PodRecord| match &record.pod.name {
        Some(pod) => {
            format!("the logs are about the pod {}, which belongs to none of these workloads\n", escape::line(pod))
        }
        None => "a log names no pod: name the workload that it belongs to\n".to_owned(),
    };
    others.map(|record| format!("istio-drain: {}", sentence(record))).collect()
}
