//! Predictions beside what logs and events say, for a terminal.

use crate::escape;
use crate::observed::{Beside, BesideRow, PodRecord, ZeroSource};

use super::story::{Asked, Names, Story};
use super::text::{Lines, Look};
use super::words::condition;

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

/// All records, each beside each timeline of its workload.
pub(super) fn beside(stories: &[Story], look: Look) -> String {
    let mut lines = Lines::new(look);
    for (story, record) in stories.iter().flat_map(|story| story.records.iter().map(move |record| (story, record))) {
        for timeline in &story.now {
            lines.push("");
            let pod = record.pod.as_deref().map_or_else(|| story.short().into(), escape::line);
            lines.label("  ", &format!("what was seen of {pod}, beside the prediction {}", condition(timeline)));
            match Beside::of(timeline, record) {
                Some(beside) => rows(&mut lines, &beside),
                None => lines.wrapped("  ", "Nothing in the log speaks of the end of the pod."),
            }
        }
    }
    lines.text()
}

fn rows(lines: &mut Lines, beside: &Beside) {
    lines.wrapped("  ", &format!("0 s is {}: {}.", beside.zero, beside.source.name()));
    let names = beside.rows.iter().map(|row| row.name.chars().count()).max().unwrap_or_default();
    let width = names.clamp(8, 16);
    let predicted = |row: &BesideRow| row.predicted.map_or_else(|| "-".to_owned(), |when| when.to_string());
    let times = beside.rows.iter().map(|row| predicted(row).len()).max().unwrap_or_default().max(9);
    lines.push(&format!("  {:>times$}  {:>8}  {:>10}  {:<width$}  what", "predicted", "seen", "difference", "who"));
    for row in &beside.rows {
        let seen = row.seen.map_or_else(|| "-".to_owned(), |seen| format!("{} s", tenths(seen)));
        let name: String = escape::line(&row.name).chars().take(width).collect();
        let (difference, text) = match (row.predicted, row.difference()) {
            (_, Some(by)) => (format!("{} s", signed(by)), row.text.clone()),
            (Some(_), None) => (String::new(), format!("did not come: {}", row.text)),
            (None, _) => (String::new(), format!("was not predicted: {}", row.text)),
        };
        let head = format!("  {:>times$}  {seen:>8}  {difference:>10}  {name:<width$}  ", predicted(row));
        lines.wrapped(&head, &escape::line(&text));
    }
    if let Some(end) = beside.log_end {
        lines.wrapped("  ", &format!("The log of the proxy ends at {} s.", tenths(end)));
    }
    if beside.source == ZeroSource::Killing {
        lines.wrapped("  ", "Most events have whole seconds, so a difference below 1 s says nothing.");
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
        return "istio-drain: no line of the logs has a time, and no event speaks of a pod\n".to_owned();
    }
    let names = Names::of(stories);
    let others = asked.records.iter().flatten().filter(|record| record.has_log() && names.story_of(record).is_none());
    let sentence = |record: &PodRecord| match &record.pod {
        Some(pod) => format!("the logs speak of the pod {}, which is none of these workloads'\n", escape::line(pod)),
        None => "a log names no pod: name the workload that it belongs to\n".to_owned(),
    };
    others.map(|record| format!("istio-drain: {}", sentence(record))).collect()
}
