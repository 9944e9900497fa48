//! The table over all workloads, for a terminal.

use crate::render::Paint;
use crate::render::paint::PaintStyle;

use super::sentences::{fixed, gone, lost, seconds};
use super::story::{Story, by_risk};
use super::text::{Lines, Look};

/// The least that the name of a workload gets.
const LEAST_NAME: usize = 16;

/// A row for each workload, those that lose most first.
pub(super) fn overview(stories: &[Story], look: Look) -> String {
    let mut lines = Lines::new(look);
    let names: Vec<_> = stories.iter().map(|story| story.short().chars().count()).collect();
    // Numbers in front, then the name, and what is lost in what is left.
    let numbers = 10 + 16;
    let most = look.columns.saturating_sub(numbers) / 2;
    let name = names.into_iter().max().unwrap_or_default().clamp(LEAST_NAME, most.max(LEAST_NAME));
    let head = format!("{:>8}  {:<14}  {:<name$}  {}", "at risk", "gone after", "workload", "what is lost");
    lines.push(&look.paint.on(PaintStyle::Head, head.trim_end()));
    for story in by_risk(stories) {
        let (risk, after) = match gone(&story.now) {
            Some(after) if story.loses() => (seconds(story.at_risk()), after.to_string()),
            Some(after) => ("-".to_owned(), after.to_string()),
            None => (String::new(), String::new()),
        };
        let what = match (story.now.is_empty(), lost(&story.now)) {
            (true, _) => format!("no timeline: {}", story.reason),
            (false, lost) if lost.is_empty() => "nothing".to_owned(),
            (false, lost) => lost,
        };
        let what = fixed(story).map_or_else(|| what.clone(), |fixed| format!("{what}; {fixed}"));
        let style = if story.loses() { PaintStyle::Gone } else { PaintStyle::Come };
        let paint = if story.now.is_empty() { Paint::Plain } else { look.paint };
        lines.row(&format!("{risk:>8}  {after:<14}  "), &story.short(), name, &what, |text| {
            paint.on(style, text).into_owned()
        });
    }
    let count = |is: fn(&Story) -> bool| stories.iter().filter(|story| is(story)).count();
    let (losing, left) = (count(Story::loses), count(|story| story.now.is_empty()));
    let left = if left == 0 { String::new() } else { format!("; {left} without a timeline") };
    lines.push("");
    lines.wrapped(
        "",
        &format!("In {losing} of {} workloads, a pod that is deleted loses requests{left}.", stories.len()),
    );
    let is_one_name = stories.windows(2).all(|two| matches!(two, [one, other] if one.name == other.name));
    let how = if is_one_name {
        "`--kind` and `--namespace` choose one of them."
    } else {
        "`istio-drain explain PATH NAME` shows one of them second by second."
    };
    lines.wrapped("", how);
    lines.text()
}
